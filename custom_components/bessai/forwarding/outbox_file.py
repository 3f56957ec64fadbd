"""The file of the outbox: how it is opened, what it must hold, how errors are told.

A commit is synchronised to the disk (``synchronous = FULL``): with NORMAL, a power cut
takes back commits of a WAL although they were reported, and a number might be used
twice. At one commit a minute that is 1,440 synchronisations a day instead of none; the
bytes written are the same.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
import errno
from pathlib import Path
import sqlite3
from typing import Any

from .outbox_values import OutboxError, OutboxFault, RecoveryCause

APPLICATION_ID = 0x42455353
"""``BESS``, where SQLite's file header says whose a file is."""

VERSION = 1
"""Of the tables below. There is no way back: a newer file is set aside."""

SET_ASIDE_KEPT = 3
"""Files set aside that stay; each may have the size of a full outbox."""

_PRAGMAS = (
    # No other process may have the file, so there is no shared memory beside it.
    "locking_mode = EXCLUSIVE",
    # Works only before the first table; the space is given back when it is empty.
    "auto_vacuum = INCREMENTAL",
    "journal_mode = WAL",
    "synchronous = FULL",
    # Overwriting what is deleted would write each message twice.
    "secure_delete = OFF",
    "trusted_schema = OFF",
    # A day without the internet may make it longer; it does not stay so.
    "journal_size_limit = 4194304",
)
_PARCEL = """
    seq INTEGER PRIMARY KEY, event_id TEXT NOT NULL, observed_us INTEGER NOT NULL,
    ordering_key TEXT NOT NULL, attributes TEXT NOT NULL, data BLOB NOT NULL,
    checksum INTEGER NOT NULL
"""
_TABLES = (
    f"CREATE TABLE message ({_PARCEL}) STRICT",
    f"CREATE TABLE parked ({_PARCEL}) STRICT",
    "CREATE TABLE ledger (next_seq INTEGER NOT NULL, dropped INTEGER NOT NULL) STRICT",
)
_BEGIN = f"""
BEGIN IMMEDIATE;
{";".join(_TABLES)};
INSERT INTO ledger VALUES (1, 0);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
COMMIT;
"""  # noqa: S608 - nothing in it comes from elsewhere
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}

UNREADABLE = (sqlite3.Error, UnicodeDecodeError)
"""What reading a file raises: SQLite says what is wrong in words out of the file, which
may be no words any more."""


class Unusable(Exception):  # noqa: N818 - a file, not an error of anybody
    """A file that has to be set aside."""

    def __init__(self, cause: RecoveryCause, detail: str) -> None:
        """Take why, for people and for the name of the file."""
        super().__init__(detail)
        self.cause = cause
        self.detail = detail


def open_file(path: Path) -> sqlite3.Connection:
    """Open an outbox's file, or begin it.

    Raises:
        Unusable: If it is damaged, of a newer version or something else.
        sqlite3.Error: If it cannot be opened now.
    """
    connection = connect(path)
    try:
        _prepare(connection)
    except UNREADABLE as err:
        leave(connection)
        if fault_of(err) is not OutboxFault.CORRUPTED:
            raise
        raise Unusable(RecoveryCause.CORRUPTED, str(err)) from err
    except Unusable:
        leave(connection)
        raise
    return connection


def leave(connection: sqlite3.Connection) -> None:
    """Close a file and leave it as it is: what is damaged is evidence.

    Else, closing writes the log into the file and deletes it.
    """
    connection.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE)
    connection.close()


def connect(path: Path) -> sqlite3.Connection:
    """Open a file of SQLite; nothing of it has been read yet."""
    connection = sqlite3.connect(path, timeout=1, autocommit=True)
    # A damaged text is found by its checksum; here it may be anything.
    connection.text_factory = lambda text: text.decode(errors="replace")
    return connection


def fault_of(err: Exception) -> OutboxFault:
    """Return what one of :data:`UNREADABLE` means for the outbox.

    A statement that does not fit the tables (``SQLITE_ERROR``) is a damaged schema:
    our own statements fit.
    """
    if not isinstance(err, sqlite3.Error):
        return OutboxFault.CORRUPTED
    code: int = err.sqlite_errorcode
    if code & 0xFF == sqlite3.SQLITE_FULL:
        return OutboxFault.DISK_FULL
    if code & 0xFF in _DAMAGE or code == sqlite3.SQLITE_IOERR_SHORT_READ:
        return OutboxFault.CORRUPTED
    return OutboxFault.UNAVAILABLE


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of SQLite and of the system into ours; bugs stay what they are."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except UNREADABLE as err:
        raise OutboxError(fault_of(err), str(err)) from err
    except OSError as err:
        full = err.errno in {errno.ENOSPC, errno.EDQUOT}
        fault = OutboxFault.DISK_FULL if full else OutboxFault.UNAVAILABLE
        raise OutboxError(fault, err.strerror or type(err).__name__) from err


def settle(connection: sqlite3.Connection) -> None:
    """Move everything from the log into the file, and empty the log.

    Raises:
        sqlite3.Error: If the disk has no room for it.
    """
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def fresh_path(path: Path) -> Path:
    """Return where the successor of an unusable file is made."""
    return path.with_name(f"{path.name}.new")


def replace_file(path: Path, cause: RecoveryCause, now: datetime) -> Path:
    """Set a file aside and put its finished successor in its place; return where.

    Killed in between, :func:`finish_replacing` does the rest at the next start.
    """
    aside = path.with_name(f"{path.name}.{cause}-{now:%Y%m%dT%H%M%S%f}")
    path.rename(aside)
    log = _log_of(path)
    if log.exists():
        log.rename(_log_of(aside))
    fresh_path(path).rename(path)
    for old in _set_aside(path)[:-SET_ASIDE_KEPT]:
        old.unlink()
        _log_of(old).unlink(missing_ok=True)
    return aside


def finish_replacing(path: Path) -> None:
    """Put a successor in its place, or forget an unfinished one."""
    fresh = fresh_path(path)
    if path.exists():
        fresh.unlink(missing_ok=True)
        _log_of(fresh).unlink(missing_ok=True)
    elif fresh.exists():
        _put_log_aside(path)
        fresh.rename(path)


def _put_log_aside(path: Path) -> None:
    """Let no log lie where a successor would take it for its own, and read it in."""
    log, aside = _log_of(path), _set_aside(path)
    if log.exists() and aside:
        log.rename(_log_of(aside[-1]))
    log.unlink(missing_ok=True)


def _set_aside(path: Path) -> list[Path]:
    """Return the files set aside, the oldest first."""
    found = [
        aside
        for cause in RecoveryCause
        for aside in path.parent.glob(f"{path.name}.{cause}-*")
        if not aside.name.endswith("-wal")
    ]
    return sorted(found, key=lambda aside: aside.name.rpartition("-")[2])


def _log_of(path: Path) -> Path:
    """Return the write-ahead log of a file, by SQLite's rule."""
    return path.with_name(f"{path.name}-wal")


def _prepare(connection: sqlite3.Connection) -> None:
    """Set the connection up and judge what it is connected to."""
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    owner = _answer(connection, "PRAGMA application_id")
    version = _answer(connection, "PRAGMA user_version")
    if not owner and not _answer(connection, "SELECT count(*) FROM sqlite_schema"):
        connection.executescript(_BEGIN)
    elif owner != APPLICATION_ID:
        raise Unusable(RecoveryCause.FOREIGN, "the file is no outbox")
    elif version != VERSION:
        raise Unusable(RecoveryCause.FOREIGN, f"the outbox has version {version}")
    _check(connection)


def _check(connection: sqlite3.Connection) -> None:
    """Read through one of our own files; SQLite's own check believes every name."""
    verdict = _answer(connection, "PRAGMA quick_check(1)")
    if verdict != "ok":
        raise Unusable(RecoveryCause.CORRUPTED, verdict)
    tables = connection.execute("SELECT sql FROM sqlite_schema ORDER BY rowid")
    if tuple(sql for (sql,) in tables.fetchall()) != _TABLES:
        raise Unusable(RecoveryCause.CORRUPTED, "the tables are not what they were")
    if _answer(connection, "SELECT count(*) FROM ledger") != 1:
        raise Unusable(RecoveryCause.CORRUPTED, "the ledger is missing")


def _answer(connection: sqlite3.Connection, query: str) -> Any:
    """Return the one value that a query gives."""
    with closing(connection.execute(query)) as answers:
        return answers.fetchone()[0]
