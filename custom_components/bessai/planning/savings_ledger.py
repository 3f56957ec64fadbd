"""The results of the days: what was saved, and how much of the day that is known of."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from .settlement import DayAccount

MOST_DAYS: Final = 400
"""A year and a month: enough to compare this month with that of last year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayResult:
    """What a day has brought, in a currency."""

    label: date
    currency: str
    saving: float
    """Against self-consumption; negative: it has cost money."""

    actual_cost: float
    self_consumption_cost: float
    settled_s: float
    lost_s: float
    """Time that could not be counted."""

    def __add__(self, other: DayResult) -> DayResult:
        """Return both parts of the same day as one."""
        return replace(
            self,
            saving=self.saving + other.saving,
            actual_cost=self.actual_cost + other.actual_cost,
            self_consumption_cost=self.self_consumption_cost
            + other.self_consumption_cost,
            settled_s=self.settled_s + other.settled_s,
            lost_s=self.lost_s + other.lost_s,
        )


def result_of(account: DayAccount, currency: str) -> DayResult:
    """Return what an account comes to."""
    return DayResult(
        label=account.label,
        currency=currency,
        saving=account.saving,
        actual_cost=account.actual_cost,
        self_consumption_cost=account.shadow_cost,
        settled_s=account.settled_s,
        lost_s=account.lost_s,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SavingsLedger:
    """The results of the last days, and the sum of those before them."""

    days: tuple[DayResult, ...] = ()
    """In order; at most one of a day and currency."""

    earlier: Mapping[str, float] = field(default_factory=dict)
    """Saving of the days that are no longer listed, by currency."""

    def with_result(self, result: DayResult) -> SavingsLedger:
        """Return the ledger with a closed account, added to one of the same day."""
        days = {(one.label, one.currency): one for one in self.days}
        key = (result.label, result.currency)
        days[key] = days[key] + result if key in days else result
        listed = [days[key] for key in sorted(days)]
        earlier = dict(self.earlier)
        for old in listed[:-MOST_DAYS]:
            earlier[old.currency] = earlier.get(old.currency, 0.0) + old.saving
        return SavingsLedger(days=tuple(listed[-MOST_DAYS:]), earlier=earlier)

    def of_day(self, label: date, currency: str) -> float:
        """Return what the closed accounts of a day have saved."""
        return sum(
            one.saving
            for one in self.days
            if one.label == label and one.currency == currency
        )

    def of_month(self, label: date, currency: str) -> float:
        """Return what the closed accounts of a day's month have saved."""
        return sum(
            one.saving
            for one in self.days
            if (one.label.year, one.label.month) == (label.year, label.month)
            and one.currency == currency
        )

    def total(self, currency: str) -> float:
        """Return what all closed accounts in a currency have saved."""
        listed = sum(one.saving for one in self.days if one.currency == currency)
        return self.earlier.get(currency, 0.0) + listed
