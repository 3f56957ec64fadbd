"""The accepted writes of a simulated plant."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One accepted write."""

    at: datetime
    """Aware, UTC, by the plant's clock."""

    unit_id: int
    address: int
    words: tuple[int, ...]


class PlantJournal:
    """The latest accepted writes, oldest first; older ones are forgotten."""

    def __init__(self, *, size: int = 10_000) -> None:
        self._entries: deque[JournalEntry] = deque(maxlen=size)

    @property
    def entries(self) -> tuple[JournalEntry, ...]:
        """Every remembered write, oldest first."""
        return tuple(self._entries)

    def add(self, entry: JournalEntry) -> None:
        """Remember a write."""
        self._entries.append(entry)

    def to(self, address: int) -> tuple[JournalEntry, ...]:
        """Return the writes that began at this address, oldest first."""
        return tuple(entry for entry in self._entries if entry.address == address)
