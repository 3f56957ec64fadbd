"""The store: what it can take and give, and what happens to the energy."""

from dataclasses import dataclass
from typing import NamedTuple

from .parameters import BatteryParameters

_HOUR_S = 3600.0
_KILO = 1000.0
_INSTANT_S = 1e-3
"""Short enough that a store which is not at its bound allows the full power."""


class Range(NamedTuple):
    """Powers at the terminals, W, both not negative."""

    charge_w: float
    discharge_w: float


class Bounds(NamedTuple):
    """Stored energies between which the battery is worked, Wh."""

    floor_wh: float
    ceiling_wh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """The laws of one battery system."""

    parameters: BatteryParameters

    @property
    def capacity_wh(self) -> float:
        """Usable capacity, Wh."""
        return self.parameters.capacity_kwh * _KILO

    def limits(self, stored_wh: float, temperature_c: float) -> Range:
        """Return what the battery's own management allows at present.

        Lithium iron phosphate: no charge below 0 °C, less up to 10 °C and from 45 °C
        on; charging tapers in the last 5 % and discharging in the last 5 %, both to
        a tenth.
        """
        soc = stored_wh / self.capacity_wh
        return Range(
            self.parameters.charge_power_w
            * _ramp((1.0 - soc) / 0.05, 0.1)
            * _ramp(temperature_c / 10.0, 0.0)
            * _ramp((55.0 - temperature_c) / 10.0, 0.0),
            self.parameters.discharge_power_w
            * _ramp(soc / 0.05, 0.1)
            * _ramp((temperature_c + 20.0) / 20.0, 0.0)
            * _ramp((60.0 - temperature_c) / 10.0, 0.0),
        )

    def possible(
        self,
        allowed: Range,
        bounds: Bounds,
        stored_wh: float,
        drain_w: float,
        duration_s: float,
    ) -> Range:
        """Return what can be held for a duration without leaving the bounds.

        Args:
            allowed: The limits in force.
            bounds: Between which the store may be worked.
            stored_wh: What is stored at the beginning.
            drain_w: The standby loss, which charging may make good.
            duration_s: For how long; 0 asks for this instant.
        """
        per_hour = _HOUR_S / max(duration_s, _INSTANT_S)
        room_w = (bounds.ceiling_wh - stored_wh) * per_hour + drain_w
        stock_w = (stored_wh - bounds.floor_wh) * per_hour - drain_w
        charge_w = room_w / self.parameters.charge_efficiency
        discharge_w = stock_w * self.parameters.discharge_efficiency
        return Range(
            min(max(charge_w, 0.0), allowed.charge_w),
            min(max(discharge_w, 0.0), allowed.discharge_w),
        )

    def store(
        self, stored_wh: float, power_w: float, drain_w: float, duration_s: float
    ) -> float:
        """Return what is stored afterwards, Wh.

        Exactly ``stored + charge * efficiency - discharge / efficiency - drain``, the
        drain ending when nothing is left.

        Args:
            stored_wh: What is stored at the beginning.
            power_w: At the terminals, positive when discharging.
            drain_w: The standby loss.
            duration_s: For how long.
        """
        if power_w < 0.0:
            inflow_w = -power_w * self.parameters.charge_efficiency
        else:
            inflow_w = -power_w / self.parameters.discharge_efficiency
        after_wh = stored_wh + (inflow_w - drain_w) * duration_s / _HOUR_S
        return min(max(after_wh, 0.0), self.capacity_wh)


def _ramp(part: float, least: float) -> float:
    """Return ``part`` held between ``least`` and 1."""
    return min(max(part, least), 1.0)
