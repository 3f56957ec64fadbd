"""What the battery earned, against the self-consumption it would have done by itself.

Beside the real battery goes a *shadow*: the same battery, left to the inverter. Both
begin the day with the same stored energy and meet the same house and the same sun. The
shadow is told by how far it is **ahead** of the real one, not by a state of its own:
what the model of losses gets wrong then meets both alike, and a day on which nobody
commanded the battery earns exactly nothing.

Time between two readings that are far apart, or that has no price, is not counted: not
as money, and not as energy either.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from ..core.battery_spec import BatterySpec
from ..core.interval import Interval
from .problem import ProblemStep
from .shadow import Encounter

LONGEST = timedelta(minutes=5)
"""Readings further apart than this say nothing about the time between them."""

CLOSE_KWH = 0.02
"""A shadow that is closer than this to a battery that is left to the inverter does what
the inverter does: simulating it would only add what the simulation gets wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReading:
    """One poll, and what a kWh costs and earns from then on."""

    at: datetime
    """Aware, UTC."""

    grid_kw: float
    """Positive when importing."""

    battery_kw: float
    """Positive when discharging."""

    stored_kwh: float
    released: bool
    """Whether the battery was left to the inverter."""

    import_price: float | None = None
    """Per kWh; ``None``: nobody knows."""

    export_price: float | None = None
    value_per_kwh: float | None = None
    """What one more stored kWh is worth later; ``None``: nobody knows."""

    @property
    def net_load_kw(self) -> float:
        """House minus panels, positive when that is what the house lacks."""
        return self.grid_kw + self.battery_kw

    @property
    def has_prices(self) -> bool:
        """Whether what comes after it can be counted as money."""
        return self.import_price is not None and self.export_price is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayAccount:
    """What a day has cost until now, in the prices' currency."""

    label: date
    """The day by the calendar of the home."""

    day: Interval
    """From midnight to midnight there: 23, 24 or 25 hours."""

    actual_cost: float = 0.0
    """Bill and wear of what the battery did."""

    shadow_cost: float = 0.0
    """Bill and wear of self-consumption."""

    ahead_kwh: float = 0.0
    """By how much more the shadow has stored than the battery; may be negative."""

    settled_s: float = 0.0
    lost_s: float = 0.0
    """Time that could not be counted."""

    price_sum: float = 0.0
    """Import price, summed over the settled seconds."""

    value_per_kwh: float | None = None
    """The latest that was known."""

    @property
    def is_shadow_close(self) -> bool:
        """Whether both batteries stand as good as alike."""
        return abs(self.ahead_kwh) <= CLOSE_KWH

    @property
    def stored_value(self) -> float:
        """What a stored kWh counts: the plan's word, else the day's mean price."""
        if self.value_per_kwh is not None:
            return self.value_per_kwh
        return self.price_sum / self.settled_s if self.settled_s else 0.0

    @property
    def saving(self) -> float:
        """What was saved until now; energy that is left over counts at its value."""
        left_over = -self.ahead_kwh * self.stored_value
        return self.shadow_cost - self.actual_cost + left_over


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The account of today, and the reading that the next one is compared with."""

    account: DayAccount
    last: MeterReading

    def take(
        self,
        reading: MeterReading,
        today: DayAccount,
        battery: BatterySpec,
        *,
        pace: float = 1.0,
    ) -> tuple[Settlement, DayAccount | None]:
        """Return the settlement after a reading, and the account it closes, if any.

        Args:
            reading: The latest poll.
            today: An empty account of the day that the reading belongs to. A clock that
                is set back across midnight opens the day before anew; its results
                are added up.
            battery: What the shadow can do, and what wear costs.
            pace: How many seconds pass in the plant per second of the clock.
        """
        account = self._counted(reading, battery, pace)
        if today.label == account.label:
            return Settlement(account=account, last=reading), None
        if is_gap(self.last, reading):
            lost_s = _seconds(max(self.last.at, today.day.start), reading.at)
            today = replace(today, lost_s=lost_s)
        return Settlement(account=today, last=reading), account

    def _counted(
        self, reading: MeterReading, battery: BatterySpec, pace: float
    ) -> DayAccount:
        """Return the account with the time since the last reading counted.

        It belongs to the day in which it began.
        """
        last, account = self.last, self.account
        if reading.value_per_kwh is not None:
            account = replace(account, value_per_kwh=reading.value_per_kwh)
        if reading.at <= last.at:
            return account  # the clock was set back: no time has passed
        if is_gap(last, reading):
            return _lose(account, last.at, min(reading.at, account.day.end))
        if not last.has_prices:
            return _lose(account, last.at, reading.at)
        return _settle(account, (last, reading), battery, pace)


def open_settlement(reading: MeterReading, today: DayAccount) -> Settlement:
    """Begin with a first reading; ``today`` is an empty account of its day."""
    return Settlement(account=today, last=reading)


def _seconds(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds())


def is_gap(last: MeterReading, reading: MeterReading) -> bool:
    """Return whether the time between two readings is too long to be counted."""
    return reading.at - last.at > LONGEST


def encounter(
    last: MeterReading, reading: MeterReading, battery: BatterySpec, pace: float
) -> Encounter:
    """Return what batteries meet between two readings, the first of which has prices.

    Powers are taken as the mean of both, prices as those of the first.
    """
    return Encounter(
        step=_step_between(last, reading, pace),
        net_kw=_mean(last.net_load_kw, reading.net_load_kw),
        battery=battery,
    )


def _lose(account: DayAccount, start: datetime, end: datetime) -> DayAccount:
    return replace(account, lost_s=account.lost_s + _seconds(start, end))


def _settle(
    account: DayAccount,
    readings: tuple[MeterReading, MeterReading],
    battery: BatterySpec,
    pace: float,
) -> DayAccount:
    """Return the account with the time between two readings counted."""
    last, reading = readings
    scene = encounter(last, reading, battery, pace)
    actual = scene.of_the_battery(_mean(last.battery_kw, reading.battery_kw))
    shadow = actual
    if not (last.released and reading.released and account.is_shadow_close):
        shadow = scene.of_the_shadow(last.stored_kwh, account.ahead_kwh)
    seconds = _seconds(last.at, reading.at)
    return replace(
        account,
        actual_cost=account.actual_cost + actual.cost,
        shadow_cost=account.shadow_cost + shadow.cost,
        ahead_kwh=account.ahead_kwh + shadow.stored_kwh - actual.stored_kwh,
        settled_s=account.settled_s + seconds,
        price_sum=account.price_sum + scene.step.import_price * seconds,
    )


def _mean(first: float, second: float) -> float:
    return (first + second) / 2


def _step_between(
    last: MeterReading, reading: MeterReading, pace: float
) -> ProblemStep:
    net_kw = _mean(last.net_load_kw, reading.net_load_kw)
    return ProblemStep(
        interval=Interval(start=last.at, end=last.at + (reading.at - last.at) * pace),
        import_price=last.import_price or 0.0,
        export_price=last.export_price or 0.0,
        pv_kw=max(0.0, -net_kw),
        load_kw=max(0.0, net_kw),
    )
