"""A table of parcels, with how many it holds and how much they take."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
import sqlite3

from .outbox_rows import COLUMNS, SIZE, Row, as_row
from .parcel import Parcel


@dataclass(frozen=True, slots=True)
class Tally:
    """Counted once, when the file is opened, and kept in step from then on."""

    rows: int
    bytes: int


class Table:
    """One table of the outbox. Transactions and errors are its user's business."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        """Count what is in the table; the name is one of ours."""
        self._connection = connection
        columns, places = ", ".join(COLUMNS), ", ".join("?" for _ in COLUMNS)
        self._insert = f"INTO {name} ({columns}) VALUES ({places})"
        self._select = f"SELECT {columns} FROM {name}"  # noqa: S608 - a name of ours
        self._sizes = f"SELECT seq, {SIZE} FROM {name} ORDER BY seq"  # noqa: S608
        self._delete = f"DELETE FROM {name} WHERE seq"  # noqa: S608
        self._totals = f"SELECT count(*), coalesce(sum({SIZE}), 0) FROM {name}"  # noqa: S608
        self.tally = Tally(*connection.execute(self._totals).fetchone())

    def add(self, parcel: Parcel) -> None:
        """Put a parcel in, unless its number is already there."""
        query = f"INSERT OR IGNORE {self._insert} RETURNING {SIZE}"
        for (size,) in self._connection.execute(query, as_row(parcel)).fetchall():
            self._count(1, size)

    def delete(self, seq: int) -> None:
        """Take a parcel out, if it is there."""
        query = f"{self._delete} = ? RETURNING {SIZE}"
        for (size,) in self._connection.execute(query, (seq,)).fetchall():
            self._count(-1, -size)

    def trim(self, rows: int, size: int) -> int:
        """Take out the oldest until the bounds are kept; return how many those are."""
        before = self.tally
        last = 0
        if before.rows > rows or before.bytes > size:
            with closing(self._connection.execute(self._sizes)) as sizes:
                for seq, freed in sizes:
                    if self.tally.rows <= rows and self.tally.bytes <= size:
                        break
                    self._count(-1, -freed)
                    last = seq
            self._connection.execute(f"{self._delete} <= ?", (last,))
        return before.rows - self.tally.rows

    def after(self, seq: int, count: int) -> Generator[Row]:
        """Yield the rows behind a number, in their order; close it when done."""
        query = f"{self._select} WHERE seq > ? ORDER BY seq LIMIT ?"
        with closing(self._connection.execute(query, (seq, count))) as rows:
            yield from rows

    def _count(self, rows: int, size: int) -> None:
        self.tally = Tally(self.tally.rows + rows, self.tally.bytes + size)
