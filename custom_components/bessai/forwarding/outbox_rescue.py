"""What can still be read of an outbox that cannot be used any more.

Read from both ends, since one damaged page cuts the messages in two. Refused messages
that were laid aside stay in the old file.
"""

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
from itertools import batched
from pathlib import Path
import sqlite3

from .outbox_file import (
    UNREADABLE,
    Unusable,
    connect,
    fresh_path,
    leave,
    open_file,
    replace_file,
    settle,
)
from .outbox_ledger import Ledger, read_ledger, write_ledger
from .outbox_rows import COLUMNS, DamagedRow, from_row
from .outbox_table import Table
from .outbox_values import Recovery
from .parcel import Parcel

# By place, not by name: names may be damaged, or there are more of them by now.
_UPWARDS = "SELECT * FROM message ORDER BY rowid"
_DOWNWARDS = "SELECT * FROM message ORDER BY rowid DESC"

ROWS_AT_ONCE = 1_000
"""Written in one go, to bound the log."""


def begin_anew(path: Path, unusable: Unusable, now: datetime) -> Recovery:
    """Replace a file by a new outbox with what can be read of it; keep the former.

    Raises:
        sqlite3.Error: If the new one cannot be written; all is as it was then.
        OSError: Likewise.
    """
    with (
        closing(Rescue(path)) as rescue,
        closing(open_file(fresh_path(path))) as fresh,
    ):
        rescued = _take_over(rescue, fresh, now)
    return Recovery(
        cause=unusable.cause,
        detail=unusable.detail,
        set_aside=str(replace_file(path, unusable.cause, now)),
        rescued=rescued,
        lost=rescue.lost,
    )


def _take_over(rescue: Rescue, fresh: sqlite3.Connection, now: datetime) -> int:
    """Fill a new outbox from what is left of a former one; return how many those are.

    The former ledger may be older than the numbers that were used, if the end of its
    log is lost. So the numbers go on at the milliseconds since 1970: to catch up with
    those, an outbox would have to take a thousand messages a second.
    """
    former = rescue.ledger()
    start = max(former.next_seq, int(now.timestamp() * 1_000))
    write_ledger(fresh, replace(former, next_seq=start))
    messages = Table(fresh, "message")
    for parcels in batched(rescue.parcels(), ROWS_AT_ONCE, strict=False):
        fresh.execute("BEGIN")
        for parcel in parcels:
            messages.add(parcel)
        fresh.execute("COMMIT")
    settle(fresh)
    return messages.tally.rows


class Rescue:
    """Reads a damaged file once; the file stays as it is."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            sqlite3.Error: If even that is impossible.
        """
        self._connection = connect(path)
        with suppress(*UNREADABLE):
            self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._low = 0
        self._high: int | None = None
        self._damaged = 0
        self._is_torn = True

    def close(self) -> None:
        """Let go of the file."""
        leave(self._connection)

    def ledger(self) -> Ledger:
        """Return what is known of the numbers; nothing may be."""
        with suppress(*UNREADABLE, TypeError):
            return read_ledger(self._connection)
        return Ledger(next_seq=1, dropped=0)

    def parcels(self) -> Iterator[Parcel]:
        """Yield what is whole, some of it twice: up to the damage, then down to it."""
        for parcel in self._read(_UPWARDS):
            self._low = max(self._low, parcel.seq)
            yield parcel
        if self._is_torn:
            for parcel in self._read(_DOWNWARDS):
                self._high = min(self._high or parcel.seq, parcel.seq)
                yield parcel

    @property
    def lost(self) -> int | None:
        """Messages not read, at most; ``None`` if nobody knows where they ended."""
        if not self._is_torn:
            return self._damaged
        if self._high is None:
            return None
        return max(self._high - self._low - 1, 0) + self._damaged

    def _read(self, query: str) -> Iterator[Parcel]:
        """Yield what is whole until the end or until the damage."""
        with suppress(*UNREADABLE):
            yield from self._whole(query)
            self._is_torn = False

    def _whole(self, query: str) -> Iterator[Parcel]:
        with closing(self._connection.execute(query)) as rows:
            for row in rows:
                try:
                    yield from_row(row[: len(COLUMNS)])
                except DamagedRow:
                    self._damaged += 1
