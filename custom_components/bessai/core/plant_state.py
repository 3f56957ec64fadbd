"""What the guard has to know of a plant, whatever its make."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

_WATT_SECONDS_PER_KWH = 3_600_000


class Readiness(StrEnum):
    """Whether a part of the plant can carry a command."""

    READY = "ready"
    ASLEEP = "asleep"
    """Only a charge command wakes it, and that may take minutes."""

    NOT_READY = "not_ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantState:
    """The inputs of the safety rules; ``None``: the plant does not say.

    Powers in W with our sign, temperatures in °C, states of charge in percent.
    """

    read_at: datetime
    """When the oldest of the fast values below was read; aware, UTC."""

    poll_period_s: float
    """At which pace the fast values are read."""

    soc_pct: float | None
    battery_power_w: float | None
    pv_power_w: float | None
    battery_temperature_min_c: float | None
    """Of the coldest sensor; ``None`` as soon as one that is fitted says nothing."""

    battery_temperature_max_c: float | None
    inverter_temperature_c: float | None
    charge_limit_w: float | None
    """What the battery can take at present, not negative."""

    discharge_limit_w: float | None
    """What the battery can give at present, not negative."""

    inverter: Readiness | None
    inverter_status: str | None
    """The device's own word for it."""

    battery: Readiness | None
    battery_status: str | None
    blocking_alarms: tuple[str, ...] | None
    """Names of the active alarms that forbid any command."""

    limited: bool | None
    """Whether the inverter says that it may not give what it could."""

    commanded: bool | None
    """Whether the plant says that a forcible command is in force."""

    capacity_kwh: float | None
    """Rated; ``None`` where it is not known."""

    maximum_power_w: float | None
    """Most AC power of the inverter; ``None`` where it is not known."""

    stored_charge_limit_w: float | None
    """The owner's stored limit, as it is without us."""

    stored_discharge_limit_w: float | None
    charge_cutoff_pct: float | None
    discharge_cutoff_pct: float | None
    grid_charge_enabled: bool | None
    """As it stands now."""

    manager: str | None
    """Name of a device on site that overrides commands, if there is one."""

    def seconds_until(self, soc_pct: float, power_w: float) -> float | None:
        """Return how long a power takes to bring about a state of charge, s.

        ``None`` where that is not known. Losses are left out, so it takes a little
        less when discharging, and a little more when charging.
        """
        if self.soc_pct is None or not self.capacity_kwh or not power_w:
            return None
        given_kwh = (self.soc_pct - soc_pct) / 100 * self.capacity_kwh
        return given_kwh * _WATT_SECONDS_PER_KWH / power_w

    def soc_after(self, power_w: float, seconds: float) -> float | None:
        """Return the state of charge after a while at a power, percent.

        Losses are left out, so it is early when discharging and late by a little when
        charging; without a known capacity it stays what it is.
        """
        if self.soc_pct is None or not self.capacity_kwh:
            return self.soc_pct
        given_kwh = power_w * seconds / _WATT_SECONDS_PER_KWH
        return self.soc_pct - 100 * given_kwh / self.capacity_kwh
