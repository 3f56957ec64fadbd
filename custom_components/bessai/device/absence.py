"""Which registers this plant does not have, and how sure we are.

An illegal address is not proof: whole blocks answer so for minutes after a firmware
update (wlcrs issues 1339 and 1343). It takes several refusals, well apart, before a
register counts as absent and is not asked again until the firmware changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

CONFIRMATIONS = 3
CONFIRMED_OVER = timedelta(minutes=10)
"""Longer than an inverter was seen to stumble after an update."""

RETRY_AFTER = timedelta(minutes=5)
"""A suspect is left out of the plan for this long, so that three refusals span
more than :data:`CONFIRMED_OVER` without a request in every poll."""

RETRY_ABSENT_AFTER = timedelta(days=1)
"""What counts as absent is asked for now and then all the same: a dongle that was
busy looking for its inverter may have refused everything for half an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """How often, and since when, a register was refused."""

    count: int
    first: datetime
    last: datetime

    @property
    def proven(self) -> bool:
        """Whether the register counts as absent."""
        return self.count >= CONFIRMATIONS and self.last - self.first >= CONFIRMED_OVER


class AbsenceLog:
    """Remembers refused registers by key."""

    def __init__(self, refusals: Mapping[str, Refusal] | None = None) -> None:
        self._refusals = dict(refusals or {})

    def record_refused(self, key: str, now: datetime) -> None:
        """Count one refusal of a register that was asked for alone.

        Those from the future were noted by a clock that was ahead, and prove nothing.
        """
        known = self._refusals.get(key)
        self._refusals[key] = (
            Refusal(count=1, first=now, last=now)
            if known is None or now < known.first
            else replace(known, count=known.count + 1, last=now)
        )

    def record_answered(self, key: str) -> None:
        """Forget the suspicion: the register answered after all."""
        self._refusals.pop(key, None)

    def is_absent(self, key: str) -> bool:
        """Return whether the register is proven absent."""
        refusal = self._refusals.get(key)
        return refusal is not None and refusal.proven

    def is_due(self, key: str, now: datetime, *, optional: bool = True) -> bool:
        """Return whether the register may be asked for in a poll at ``now``.

        After one from the future it may: to wait for that day could take years.

        Args:
            key: Which register.
            now: When the poll begins; aware.
            optional: Whether it may be absent at all. One that may not is never
                given up.
        """
        refusal = self._refusals.get(key)
        if refusal is None or now < refusal.last:
            return True
        rest = RETRY_ABSENT_AFTER if refusal.proven and optional else RETRY_AFTER
        return now - refusal.last >= rest

    @property
    def refused(self) -> Mapping[str, Refusal]:
        """The refused registers, for storage and diagnostics."""
        return dict(self._refusals)
