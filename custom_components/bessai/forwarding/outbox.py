"""Keeps messages that no cloud has accepted yet, over restarts, kills and power cuts.

Every method is called from one and the same thread, the one that opened it; SQLite's
connection checks that. All of them block, most of them on the disk.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
import sqlite3
from typing import Self

from .outbox_file import Unusable, finish_replacing, open_file, settle, translated
from .outbox_ledger import read_ledger, write_ledger
from .outbox_rescue import begin_anew
from .outbox_rows import DamagedRow, from_row
from .outbox_table import Table
from .outbox_values import OutboxLimits, OutboxState, Recovery
from .parcel import Parcel

PARKED_BYTES = 10_000_000
"""Ten messages of the largest kind there is; of ordinary ones, all that may be."""

SPARE_PAGES = 64
"""A quarter of a megabyte that an empty outbox keeps, rather than growing again."""


class Outbox:
    """Messages in the order of their numbers; bounded, the oldest go first."""

    def __init__(self, connection: sqlite3.Connection, limits: OutboxLimits) -> None:
        """Count what an open file holds; use :meth:`open`."""
        self._connection = connection
        self._limits = limits
        self._messages = Table(connection, "message")
        self._parked = Table(connection, "parked")
        self._ledger = read_ledger(connection)

    @classmethod
    def open(
        cls, path: Path, *, now: datetime, limits: OutboxLimits | None = None
    ) -> tuple[Self, Recovery | None]:
        """Open an outbox, or begin it; say so if a former one could not be used.

        Args:
            path: Its file; the folder is made where it is missing.
            now: For the name of a file set aside, and for numbers that no former
                outbox has used.
            limits: How much is kept.

        Raises:
            OutboxError: If there is none to be had now; the file stays as it is.
        """
        limits = limits or OutboxLimits()
        with translated():
            path.parent.mkdir(parents=True, exist_ok=True)
            finish_replacing(path)
            try:
                return cls(open_file(path), limits), None
            except Unusable as err:
                recovery = begin_anew(path, err, now)
            return cls(open_file(path), limits), recovery

    def close(self) -> None:
        """Write everything into one file and let go of it."""
        self._connection.close()

    def state(self) -> OutboxState:
        """Return what is in it.

        Raises:
            OutboxError: If the file cannot be read.
        """
        oldest = self.first(1, 1)
        return OutboxState(
            rows=self._messages.tally.rows,
            bytes=self._messages.tally.bytes,
            oldest_observed_at=oldest[0].observed_at if oldest else None,
            dropped=self._ledger.dropped,
            parked=self._parked.tally.rows,
        )

    def reserve(self, count: int) -> range:
        """Return numbers that nobody has had and nobody else will get.

        They are lost with the process, so that a kill leaves a gap, never a repetition.

        Raises:
            OutboxError: If that cannot be kept; none of them may be used then.
        """
        first = self._ledger.next_seq
        with self._change():
            self._ledger = replace(self._ledger, next_seq=first + count)
        return range(first, first + count)

    def give_back(self, unused: range) -> None:
        """Take back the last numbers reserved, so that an orderly stop leaves no gap.

        Raises:
            OutboxError: If that cannot be kept; they are lost then.
        """
        if unused and unused.stop == self._ledger.next_seq:
            with self._change():
                self._ledger = replace(self._ledger, next_seq=unused.start)

    def append(self, parcels: Sequence[Parcel], *, dropped: int = 0) -> None:
        """Keep messages, all or none; on return they survive a power cut.

        Repeating it is harmless: what is already there stays as it is. The oldest
        messages give way if there are too many.

        Args:
            parcels: In any order.
            dropped: Messages that had to go before they came here, to be counted.

        Raises:
            OutboxError: If they could not be kept.
        """
        with self._change():
            for parcel in parcels:
                self._messages.add(parcel)
            top = max((parcel.seq for parcel in parcels), default=0)
            next_seq = max(top + 1, self._ledger.next_seq)
            self._ledger = replace(self._ledger, next_seq=next_seq)
            limits = self._limits
            self._drop(dropped + self._messages.trim(limits.rows, limits.bytes))

    def first(self, count: int, max_bytes: int, *, after_seq: int = 0) -> list[Parcel]:
        """Return the oldest messages, at least one if there is any.

        Those whose rows are damaged are given up, and counted.

        Args:
            count: At most so many.
            max_bytes: Of data and attributes together, except that the first message
                is always among them.
            after_seq: Leave out those up to this number.

        Raises:
            OutboxError: If they cannot be read.
        """
        while True:
            parcels, damaged = self._read(count, max_bytes, after_seq)
            if damaged:
                with self._change():
                    for seq in damaged:
                        self._messages.delete(seq)
                    self._drop(len(damaged))
            if parcels or not damaged:
                return parcels

    def remove(self, seqs: Iterable[int]) -> None:
        """Forget messages that were accepted; those that are not there do no harm.

        Raises:
            OutboxError: If they are all still there.
        """
        with self._change():
            for seq in seqs:
                self._messages.delete(seq)
        # What it does can wait for ever; the messages are gone already.
        with suppress(sqlite3.Error):
            self._shrink()

    def park(self, parcel: Parcel) -> None:
        """Lay a refused message aside, wherever it was before.

        The oldest of those laid aside are dropped, and counted, if there are too many.

        Raises:
            OutboxError: If it is where it was.
        """
        with self._change():
            self._messages.delete(parcel.seq)
            self._parked.add(parcel)
            self._drop(self._parked.trim(self._limits.parked, PARKED_BYTES))

    def unpark(self) -> None:
        """Put everything that was laid aside back in its place, to be tried again.

        Raises:
            OutboxError: If it is where it was.
        """
        with self._change():
            with closing(self._parked.after(0, self._limits.parked)) as rows:
                aside = list(rows)
            for row in aside:
                self._parked.delete(row[0])
                try:
                    self._messages.add(from_row(row))
                except DamagedRow:
                    self._drop(1)

    def discard_parked(self) -> None:
        """Give up everything that was laid aside, and count it as dropped.

        Raises:
            OutboxError: If it is where it was.
        """
        with self._change():
            self._drop(self._parked.trim(0, 0))

    def _read(
        self, count: int, max_bytes: int, after_seq: int
    ) -> tuple[list[Parcel], list[int]]:
        """Return whole messages, and the numbers of damaged ones among them."""
        parcels: list[Parcel] = []
        damaged: list[int] = []
        room = max_bytes
        rows = self._messages.after(after_seq, count)
        with translated(), closing(rows):
            for row in rows:
                try:
                    parcel = from_row(row)
                except DamagedRow:
                    damaged.append(row[0])
                    continue
                room -= parcel.size
                if parcels and room < 0:
                    break
                parcels.append(parcel)
        return parcels, damaged

    def _drop(self, count: int) -> None:
        self._ledger = replace(self._ledger, dropped=self._ledger.dropped + count)

    @contextmanager
    def _change(self) -> Iterator[None]:
        """Do all of it or nothing, in the file as in what is known of it."""
        before = self._messages.tally, self._parked.tally, self._ledger
        with translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                if self._ledger != before[2]:
                    write_ledger(self._connection, self._ledger)
                self._connection.execute("COMMIT")
            except BaseException:
                self._messages.tally, self._parked.tally, self._ledger = before
                # SQLite takes it back by itself after some errors, as a full disk.
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def _shrink(self) -> None:
        """Give the space back that a long outage took, once everything is sent.

        Not before: moving messages about in the file would cost more writing than the
        space is worth.
        """
        if self._messages.tally.rows:
            return
        (free,) = self._connection.execute("PRAGMA freelist_count").fetchone()
        if free > SPARE_PAGES:
            self._connection.execute("PRAGMA incremental_vacuum").fetchall()
            settle(self._connection)
