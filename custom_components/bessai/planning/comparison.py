"""Policy, plan and self-consumption beside each other, each with a battery of its own.

The three batteries meet the house and the sun as they are measured, whoever commands
the real one, and each does what it was told after the last reading. All begin with
what is really stored; from then on each keeps its own store, over midnight too. What
one has stored more than another counts at the value of stored energy. After more than
an hour that could not be counted all are brought back to what is really stored, and
the difference is settled at that value.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from ..core.battery_spec import BatterySpec
from ..core.setpoint import Setpoint, Wish
from .comparison_days import ComparedDay, Times
from .execution import Decision, remembered, wish_of
from .plan import Intent
from .settlement import MeterReading, encounter, is_gap

LONGEST_APART = timedelta(hours=1)
"""For so long a battery that nobody follows still has about what it had."""


class Name(StrEnum):
    """Who is compared."""

    POLICY = "policy"
    PLAN = "plan"
    SELF_CONSUMPTION = "self_consumption"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batteries:
    """The same battery, as far as it may be used by whom."""

    commanded: BatterySpec
    """Within the owner's limits, which hold for set-points."""

    own: BatterySpec
    """Within the inverter's, which hold for all that it does by itself."""

    def under(self, wish: Wish | None) -> BatterySpec:
        """Return the battery that carries out a wish."""
        return self.commanded if isinstance(wish, Setpoint) else self.own


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One way to use the battery: what it has, and what it has cost today."""

    stored_kwh: float
    cost: float = 0.0
    """Bill and wear since the day began, and what was stored then at its value."""

    told: Decision | None = None
    """What it does; ``None``: self-consumption, it never was told anything."""

    @property
    def intent(self) -> Intent:
        """What it does, in one word."""
        return Intent.SELF_CONSUMPTION if self.told is None else self.told.intent

    def worth(self, value_per_kwh: float) -> float:
        """Return what it has stored at that value, less what it has cost."""
        return self.stored_kwh * value_per_kwh - self.cost

    def begun(self, value_per_kwh: float) -> Contender:
        """Return it at the beginning of a day: it buys what it has."""
        return replace(self, cost=self.stored_kwh * value_per_kwh)

    def brought_to(self, stored_kwh: float, value_per_kwh: float) -> Contender:
        """Return it with other energy, bought or sold at that value."""
        bought_kwh = stored_kwh - self.stored_kwh
        return replace(
            self, stored_kwh=stored_kwh, cost=self.cost + bought_kwh * value_per_kwh
        )

    def after(
        self,
        readings: tuple[MeterReading, MeterReading],
        batteries: Batteries,
        pace: float,
    ) -> Contender:
        """Return it after the time between two readings."""
        wish = wish_of(self.told)
        met = encounter(*readings, batteries.under(wish), pace)
        outcome = met.of_the_wish(wish, self.stored_kwh)
        return replace(
            self,
            stored_kwh=self.stored_kwh + outcome.stored_kwh,
            cost=self.cost + outcome.cost,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How the contenders stand today, and the reading that the next one is met with."""

    label: date
    """The day by the calendar of the home."""

    currency: str
    begun_at: datetime
    """Since when there is a comparison in this currency; aware."""

    contenders: Mapping[Name, Contender]
    value_per_kwh: float
    """Of stored energy: the latest that the plan named."""

    noted_at: datetime
    """When the latest reading was taken; aware."""

    settled_at: datetime
    """Until when the contenders were followed; aware."""

    last: MeterReading | None
    """The latest reading; ``None``: nobody knows it any more."""

    times: Times = field(default_factory=Times)
    has_fallen_back: bool = False
    """Whether the policy's battery does what the fallback says."""

    @property
    def day(self) -> ComparedDay:
        """What today has brought until now; energy that is left over counts."""
        worth = {
            name: one.worth(self.value_per_kwh) for name, one in self.contenders.items()
        }
        by_itself = worth[Name.SELF_CONSUMPTION]
        return ComparedDay(
            label=self.label,
            currency=self.currency,
            policy_saving=worth[Name.POLICY] - by_itself,
            plan_saving=worth[Name.PLAN] - by_itself,
            times=self.times,
        )

    def take(
        self,
        reading: MeterReading,
        label: date,
        batteries: Batteries,
        *,
        pace: float = 1.0,
    ) -> tuple[Comparison, ComparedDay | None]:
        """Return the comparison after a reading, and the day it closes, if any.

        Time between two readings belongs to the day in which it began.

        Args:
            reading: The latest poll.
            label: The day that it belongs to.
            batteries: What the contenders can do, and what wear costs.
            pace: How many seconds pass in the plant per second of the clock.
        """
        counted = self._counted(reading, batteries, pace)
        if label == self.label:
            return counted, None
        return counted._begun(label), counted.day  # noqa: SLF001 - our own

    def telling(
        self,
        decisions: Mapping[Name, Decision | None],
        now: datetime,
        *,
        has_fallen_back: bool,
    ) -> Comparison:
        """Return the comparison with contenders that were told something.

        Args:
            decisions: ``None``: self-consumption.
            now: Aware.
            has_fallen_back: Whether the policy's decision is the fallback's.
        """
        told = {
            name: replace(one, told=remembered(one.told, decisions[name], now))
            for name, one in self.contenders.items()
            if name in decisions
        }
        return replace(
            self,
            contenders={**self.contenders, **told},
            has_fallen_back=has_fallen_back,
        )

    def _counted(
        self, reading: MeterReading, batteries: Batteries, pace: float
    ) -> Comparison:
        """Return the comparison with the time since the last reading counted."""
        noted = self._noted(reading)
        seconds = (reading.at - self.noted_at).total_seconds()
        if seconds <= 0:  # the clock was set back: no time has passed
            return replace(noted, settled_at=min(self.settled_at, reading.at))
        last = self.last
        if last is None or not last.has_prices or is_gap(last, reading):
            return noted._losing(seconds, reading.stored_kwh)  # noqa: SLF001 - our own
        contenders = {
            name: one.after((last, reading), batteries, pace)
            for name, one in self.contenders.items()
        }
        return replace(
            noted,
            contenders=contenders,
            settled_at=reading.at,
            times=self.times + self._times_of(seconds),
        )

    def _noted(self, reading: MeterReading) -> Comparison:
        value = reading.value_per_kwh
        return replace(
            self,
            last=reading,
            noted_at=reading.at,
            value_per_kwh=self.value_per_kwh if value is None else value,
        )

    def _times_of(self, seconds: float) -> Times:
        agree = self.contenders[Name.POLICY].intent is self.contenders[Name.PLAN].intent
        return Times(
            settled_s=seconds,
            fallback_s=seconds if self.has_fallen_back else 0.0,
            agreed_s=seconds if agree else 0.0,
        )

    def _losing(self, seconds: float, stored_kwh: float) -> Comparison:
        """Return the comparison after time that cannot be counted."""
        lost = replace(self, times=self.times + Times(lost_s=seconds))
        if self.noted_at - self.settled_at <= LONGEST_APART:
            return lost
        brought = {
            name: one.brought_to(stored_kwh, self.value_per_kwh)
            for name, one in self.contenders.items()
        }
        return replace(lost, contenders=brought)

    def _begun(self, label: date) -> Comparison:
        """Return the comparison at the beginning of a day."""
        contenders = {
            name: one.begun(self.value_per_kwh) for name, one in self.contenders.items()
        }
        return replace(self, label=label, contenders=contenders, times=Times())


def open_comparison(reading: MeterReading, label: date, currency: str) -> Comparison:
    """Begin with a first reading: all contenders have what is really stored."""
    contender = Contender(stored_kwh=reading.stored_kwh)
    known = (reading.value_per_kwh, reading.import_price, 0.0)
    return Comparison(
        label=label,
        currency=currency,
        begun_at=reading.at,
        contenders=dict.fromkeys(Name, contender),
        value_per_kwh=next(value for value in known if value is not None),
        noted_at=reading.at,
        settled_at=reading.at,
        last=reading,
    )
