"""What an outbox remembers besides messages: the next number, and how many are lost."""

from dataclasses import dataclass
import sqlite3


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The one row of the table of this name."""

    next_seq: int
    """The lowest number that nobody has been given."""

    dropped: int
    """Messages given up for want of room, or because their rows were damaged."""


def read_ledger(connection: sqlite3.Connection) -> Ledger:
    """Return the ledger of a file; no number in use is ever given out again."""
    query = "SELECT next_seq, dropped, (SELECT max(seq) FROM message) FROM ledger"
    next_seq, dropped, highest = connection.execute(query).fetchone()
    return Ledger(next_seq=max(next_seq, (highest or 0) + 1), dropped=dropped)


def write_ledger(connection: sqlite3.Connection, ledger: Ledger) -> None:
    """Replace the ledger of a file."""
    query = "UPDATE ledger SET next_seq = ?, dropped = ?"
    connection.execute(query, (ledger.next_seq, ledger.dropped))
