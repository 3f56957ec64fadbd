"""What a replay came to, in money, energy and writes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from ..core.price_curve import PriceStep
from ..simulator.truth import PlantTruth


@dataclass(slots=True, kw_only=True)
class ReplayDay:
    """One day of the site's calendar."""

    day: date
    bill: float = 0.0
    """Paid for imports less earned by exports, in the prices' currency."""

    wear: float = 0.0
    import_kwh: float = 0.0
    export_kwh: float = 0.0
    pv_kwh: float = 0.0
    load_kwh: float = 0.0
    charge_kwh: float = 0.0
    """Into the battery's terminals."""

    discharge_kwh: float = 0.0
    """Out of the battery's terminals."""

    stored_kwh: float = 0.0
    """At the end of the day."""

    stored_writes: int = 0
    """Of settings that the plant keeps, which wears its memory."""

    forcible_writes: int = 0

    @property
    def cost(self) -> float:
        """Bill and wear; what was stored or used up is not counted."""
        return self.bill + self.wear


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayResult:
    """What a way to work the battery came to."""

    days: tuple[ReplayDay, ...]
    stored_before_kwh: float
    plans: int = 0
    """How often it was planned."""

    @property
    def bill(self) -> float:
        """Of all days, in the prices' currency."""
        return sum(day.bill for day in self.days)

    @property
    def wear(self) -> float:
        """Of all days."""
        return sum(day.wear for day in self.days)

    @property
    def stored_gain_kwh(self) -> float:
        """What is stored more at the end than at the beginning."""
        return self.days[-1].stored_kwh - self.stored_before_kwh

    @property
    def throughput_kwh(self) -> float:
        """Through the battery's terminals, both ways."""
        return sum(day.charge_kwh + day.discharge_kwh for day in self.days)

    def cost(self, value_per_kwh: float) -> float:
        """Return bill and wear, less what the energy is worth that was stored.

        Args:
            value_per_kwh: Of stored energy at the end; the same for all that is
                compared.
        """
        return self.bill + self.wear - value_per_kwh * self.stored_gain_kwh

    def cycles(self, capacity_kwh: float) -> float:
        """Return full cycles: half of the throughput over the capacity."""
        return self.throughput_kwh / 2 / capacity_kwh


class Account:
    """Counts what a plant's counters do, at the prices of the time."""

    def __init__(self, time_zone: tzinfo, wear_cost: float, truth: PlantTruth) -> None:
        """Begin with the counters as they stand."""
        self._time_zone, self._wear_cost = time_zone, wear_cost
        self._last = truth
        self._days: dict[date, ReplayDay] = {}
        self.stored_before_kwh = truth.stored_kwh

    def count(self, start: datetime, truth: PlantTruth, price: PriceStep) -> ReplayDay:
        """Count what has happened since the last time, all of it at one price.

        Args:
            start: When that time began; aware.
            truth: Of the plant now.
            price: From then to now.

        Returns:
            The day that it was counted for.
        """
        local = start.astimezone(self._time_zone).date()
        day = self._days.setdefault(local, ReplayDay(day=local))
        last, self._last = self._last, truth
        imported = truth.import_kwh - last.import_kwh
        exported = truth.export_kwh - last.export_kwh
        charged = truth.charge_kwh - last.charge_kwh
        discharged = truth.discharge_kwh - last.discharge_kwh
        day.bill += price.import_price * imported - price.export_price * exported
        day.wear += self._wear_cost * (charged + discharged)
        day.import_kwh += imported
        day.export_kwh += exported
        day.charge_kwh += charged
        day.discharge_kwh += discharged
        day.pv_kwh += truth.pv_kwh - last.pv_kwh
        day.load_kwh += truth.load_kwh - last.load_kwh
        day.stored_kwh = truth.stored_kwh
        return day

    def days(self) -> Iterator[ReplayDay]:
        """Yield the days, the earliest first."""
        for day in sorted(self._days):
            yield self._days[day]
