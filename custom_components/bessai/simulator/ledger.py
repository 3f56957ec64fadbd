"""The energy counters of the plant, lifetime and since the inverter's midnight."""

from dataclasses import dataclass, replace
from datetime import datetime

from .balance import Flows
from .parameters import PlantParameters

_WS_PER_KWH = 3_600_000.0


@dataclass(slots=True, kw_only=True)
class Counters:
    """Energies that only grow, kWh."""

    pv: float = 0.0
    load: float = 0.0
    imported: float = 0.0
    exported: float = 0.0
    charged: float = 0.0
    discharged: float = 0.0
    yielded: float = 0.0
    """Out of the AC side of the inverter; what it draws is not subtracted."""

    lost: float = 0.0

    def add(self, flows: Flows, duration_s: float) -> None:
        """Count flows that lasted for a time."""
        hours = duration_s / _WS_PER_KWH
        self.pv += flows.pv_w * hours
        self.load += flows.load_w * hours
        self.imported += max(flows.grid_w, 0.0) * hours
        self.exported += max(-flows.grid_w, 0.0) * hours
        self.charged += max(-flows.battery_w, 0.0) * hours
        self.discharged += max(flows.battery_w, 0.0) * hours
        self.yielded += max(flows.ac_w, 0.0) * hours
        self.lost += flows.loss_w * hours


class Ledger:
    """The counters with what they stood at when hour, day, month and year began."""

    def __init__(
        self, opened: datetime, counters: Counters, day: Counters | None = None
    ) -> None:
        """Begin every period at once.

        Args:
            opened: The inverter's local time of the beginning.
            counters: What the counters stand at.
            day: What they stood at when the day began; ``None``: it begins now.
        """
        self.counters = counters
        self.peak_today_w = 0.0
        self._last_turn = opened
        self.hour = replace(counters)
        self.day = replace(day or counters)
        self.month = replace(counters)
        self.year = replace(counters)

    def count(self, flows: Flows, duration_s: float) -> None:
        """Count flows that lasted for a time."""
        self.counters.add(flows, duration_s)
        self.peak_today_w = max(self.peak_today_w, flows.ac_w)

    def turn(self, local: datetime) -> None:
        """Begin the periods that differ from those of the last turn."""
        last, self._last_turn = self._last_turn, local
        self.hour = replace(self.counters)
        if local.date() != last.date():
            self.day = replace(self.counters)
            self.peak_today_w = 0.0
        if (local.year, local.month) != (last.year, last.month):
            self.month = replace(self.counters)
        if local.year != last.year:
            self.year = replace(self.counters)


def usual_counters(parameters: PlantParameters) -> Counters:
    """Return what the counters of a plant that is about a year old stand at.

    Round figures of a household: 950 full-load hours of sun and 3.2 MWh used, of it
    1.1 MWh or more from the grid, the battery turned over 240 times.
    """
    pv = 0.95 * parameters.pv.peak_w if parameters.pv.string_count else 0.0
    battery = parameters.battery
    charged = discharged = 0.0
    if battery:
        charged = 240.0 * battery.capacity_kwh
        discharged = charged * battery.charge_efficiency * battery.discharge_efficiency
    lost = 0.02 * (pv + discharged)
    yielded = max(pv - charged + discharged - lost, 0.0)
    load = 3200.0
    imported = max(1100.0, load - yielded)
    return Counters(
        pv=pv,
        load=load,
        imported=imported,
        exported=yielded + imported - load,
        charged=charged,
        discharged=discharged,
        yielded=yielded,
        lost=lost,
    )
