"""How long a command lasts by itself, and how often it has to be renewed.

The lease is written into the device: when nobody renews it any more, the device ends
the command on its own. See ``huawei_facts.md`` 4.2 and ``design.md`` 7.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

MINUTE_S = 60
"""What devices count their periods in."""

LEAST_PERIOD_S = 120
LEAST_RENEWAL_S = 20
"""Owners of slow dongles found a rhythm of 30 s fast enough to worry about."""

UNKNOWN_WRITE_S = 1.0
"""What a write takes until one was measured: more than a good link needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseTerms:
    """What suits a link."""

    period_s: int
    """After so long the device ends a command by itself: the worst overrun if we die.
    Whole minutes."""

    renewal_s: float
    """So long after it was given or renewed, a command is renewed."""


def lease_terms(write_p95_s: float | None, writes: int) -> LeaseTerms:
    """Return the shortest lease that two failed renewals in a row do not end.

    ``P = max(2 min, ceil((2T + 3nW) / 60 s) min)`` with ``T = P / 3``, at least 20 s,
    hence ``P >= 9nW``; see ``design.md`` 7.

    Args:
        write_p95_s: 95th percentile of what a write takes, s; ``None`` if unknown.
        writes: Requests of one renewal.
    """
    needed_s = 9 * writes * (UNKNOWN_WRITE_S if write_p95_s is None else write_p95_s)
    period_s = max(LEAST_PERIOD_S, MINUTE_S * ceil(needed_s / MINUTE_S))
    return _terms(period_s)


def _terms(period_s: int) -> LeaseTerms:
    return LeaseTerms(
        period_s=period_s, renewal_s=max(period_s / 3, float(LEAST_RENEWAL_S))
    )


def shortened(terms: LeaseTerms, most_s: float | None) -> LeaseTerms:
    """Return terms under which the device ends a command early enough by itself.

    Args:
        terms: What suits the link.
        most_s: After so long the command must have ended whatever becomes of us;
            less than a minute counts as one. ``None``: there is no such end.
    """
    if most_s is None or most_s >= terms.period_s:
        return terms
    period_s = MINUTE_S * max(1, int(most_s // MINUTE_S))
    return _terms(period_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The time-limited right to one command."""

    terms: LeaseTerms
    until: datetime
    """When the command has to end; aware, UTC."""

    armed_at: datetime
    """When the device was told last to begin counting from nothing."""

    renewed_at: datetime
    """When the device was told last to go on. Whether that restarts its countdown is
    not documented."""

    shortest_s: int
    """The shortest period it was told since ``armed_at``."""

    is_counting: bool = True
    """``False``: the device was seen to have counted to the end."""

    restarts: bool = False
    """Whether the device is known to count anew with each renewal."""

    def is_due(self, now: datetime) -> bool:
        """Return whether it is time to renew: not if the end comes before."""
        renewal = self.renewed_at + timedelta(seconds=self.terms.renewal_s)
        return now < self.until and (not self.is_counting or now >= renewal)

    def has_lapsed(self, now: datetime) -> bool:
        """Return whether the device has ended the command, whatever it counts from."""
        return now >= self.renewed_at + timedelta(seconds=self.terms.period_s)

    def may_have_lapsed(self, now: datetime) -> bool:
        """Return whether the device may have counted to the end.

        A minute is allowed for how devices count minutes.
        """
        since, period_s = self.armed_at, self.shortest_s
        if self.restarts:
            since, period_s = self.renewed_at, self.terms.period_s
        return now >= since + timedelta(seconds=period_s - MINUTE_S)

    def outlasts_countdown(self, now: datetime) -> bool:
        """Return whether a command still in force shows that renewals restart it."""
        period_s = self.shortest_s + MINUTE_S
        return now > self.armed_at + timedelta(seconds=period_s)

    def period_s(self, now: datetime) -> int:
        """Return the period to write now: no longer than what is left needs.

        Whole minutes, at least one.
        """
        left_s = (self.until - now).total_seconds()
        minutes = max(1, ceil(left_s / MINUTE_S))
        return min(self.terms.period_s, MINUTE_S * minutes)

    def renewed(self, terms: LeaseTerms, now: datetime) -> Lease:
        """Return the lease after the device was told to go on, under these terms.

        One that had ended the command begins to count from nothing.
        """
        if not self.is_counting:
            return grant(terms, self.until, now, restarts=self.restarts)
        shortest_s = min(self.shortest_s, terms.period_s)
        return replace(self, terms=terms, renewed_at=now, shortest_s=shortest_s)

    def lapsed(self) -> Lease:
        """Return the lease after the device was seen to have ended the command."""
        return replace(self, is_counting=False)


def grant(
    terms: LeaseTerms, until: datetime, now: datetime, *, restarts: bool = False
) -> Lease:
    """Return the lease of a command that is given now.

    Args:
        terms: What suits the link.
        until: When the command has to end; aware.
        now: Aware.
        restarts: Whether the device is known to count anew with each renewal.
    """
    return Lease(
        terms=terms,
        until=until,
        armed_at=now,
        renewed_at=now,
        shortest_s=terms.period_s,
        restarts=restarts,
    )
