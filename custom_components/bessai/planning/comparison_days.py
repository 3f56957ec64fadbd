"""What each day of a comparison has brought, and of how much of it that is known."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

MOST_DAYS: Final = 62
"""Two months: enough to look back at how a policy does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How much of the time is known, and what it was like; seconds."""

    settled_s: float = 0.0
    lost_s: float = 0.0
    """That could not be counted."""

    fallback_s: float = 0.0
    """In which the policy could not be asked and its battery did what the fallback
    says; part of the settled time, as is the next one."""

    agreed_s: float = 0.0
    """In which policy and plan wanted the same kind of thing."""

    def __add__(self, other: Times) -> Times:
        """Return both times as one."""
        return Times(
            settled_s=self.settled_s + other.settled_s,
            lost_s=self.lost_s + other.lost_s,
            fallback_s=self.fallback_s + other.fallback_s,
            agreed_s=self.agreed_s + other.agreed_s,
        )

    @property
    def agreement(self) -> float | None:
        """Share of the settled time in which they agreed; ``None``: there is none."""
        return self.agreed_s / self.settled_s if self.settled_s else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedDay:
    """A day, or several, in a currency; savings are against self-consumption."""

    label: date
    """By the calendar of the home; of several days the last one."""

    currency: str
    policy_saving: float = 0.0
    plan_saving: float = 0.0
    times: Times = Times()

    @property
    def advantage(self) -> float:
        """What the policy saved beyond the plan; negative: less than it."""
        return self.policy_saving - self.plan_saving

    def __add__(self, other: ComparedDay) -> ComparedDay:
        """Return what both have brought, as of this day."""
        return replace(
            self,
            policy_saving=self.policy_saving + other.policy_saving,
            plan_saving=self.plan_saving + other.plan_saving,
            times=self.times + other.times,
        )


def with_day(
    days: Iterable[ComparedDay], closed: ComparedDay
) -> tuple[ComparedDay, ...]:
    """Return the latest days with one that is over, added to one of the same label."""
    kept = {(one.label, one.currency): one for one in days}
    key = (closed.label, closed.currency)
    kept[key] = kept[key] + closed if key in kept else closed
    return tuple(kept[key] for key in sorted(kept))[-MOST_DAYS:]


def sum_of(
    days: Iterable[ComparedDay], first: date, last: date, currency: str
) -> ComparedDay:
    """Return what the days of a currency from a first to a last one have brought."""
    total = ComparedDay(label=last, currency=currency)
    for one in days:
        if first <= one.label <= last and one.currency == currency:
            total += one
    return total
