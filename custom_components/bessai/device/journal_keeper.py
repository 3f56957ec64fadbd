"""Keeps the control journal: changed here, on disk when it matters."""

from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from ..core.command import CommandMark, ControlJournal, Original

type Keep = Callable[[ControlJournal], Awaitable[None]]
"""Returns once the journal is on disk; raises :class:`CommandError` if it is not."""

_DAYS_KEPT = timedelta(days=8)


class JournalKeeper:
    """The journal of one plant."""

    def __init__(self, journal: ControlJournal, keep: Keep) -> None:
        """Go on with a journal that is on disk."""
        self.journal = journal
        self._kept: ControlJournal | None = journal
        """What is on disk; ``None``: whether the last one arrived is not known."""
        self._keep = keep
        self._former: dict[str, set[float]] = {}

    async def save(self) -> None:
        """Bring the journal to disk if it has changed."""
        if self.journal != self._kept:
            journal = self.journal
            try:
                await self._keep(journal)
            except CancelledError:
                self._kept = None
                raise
            self._kept = journal

    def mark(self, mark: CommandMark | None) -> None:
        """Note the forcible command that is about to be given, or that none is left."""
        self._change(command=mark)

    def owe(self, key: str, original: Original) -> None:
        """Note what has to be put back."""
        before = self.journal.originals.get(key)
        if before is not None:
            self._former.setdefault(key, set()).add(before.written)
        self._change(originals={**self.journal.originals, key: original})

    def settle(self, key: str) -> None:
        """Note that nothing has to be put back any more."""
        self._former.pop(key, None)
        owed = self.journal.originals.items()
        self._change(originals={other: one for other, one in owed if other != key})

    def wrote(self, key: str) -> frozenset[float]:
        """Return what we may have written to a setting that is owed.

        More than the journal says: whether the last write took place may be unknown.
        """
        return frozenset({self.journal.originals[key].written}).union(
            self._former.get(key, ())
        )

    def count_write(self, today: date) -> None:
        """Count a write of a stored setting."""
        counts = {
            day: count
            for day, count in self.journal.stored_writes.items()
            if day > today - _DAYS_KEPT
        }
        self._change(stored_writes=counts | {today: counts.get(today, 0) + 1})

    def _change(self, **changes: Any) -> None:
        self.journal = replace(self.journal, **changes)
