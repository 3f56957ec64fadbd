"""Parcels and outboxes for tests."""

from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
import shutil
import sqlite3

from custom_components.bessai.forwarding.outbox import Outbox
from custom_components.bessai.forwarding.outbox_values import OutboxLimits
from custom_components.bessai.forwarding.parcel import Parcel

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MEGABYTE = 1_000_000

BARE = """
    import sys, types
    # Of the package only this folder: all of it would import Home Assistant.
    package = types.ModuleType("custom_components.bessai")
    package.__path__ = ["custom_components/bessai"]
    sys.modules[package.__name__] = package
"""
"""What a script begins with that needs the outbox and nothing else."""


def parcel(seq: int, *, size: int = 300) -> Parcel:
    """Return a message with this number; its data has ``size`` bytes."""
    return Parcel(
        seq=seq,
        event_id=f"event-{seq}",
        data=b"%0*d" % (size, seq),
        attributes={"message_type": "telemetry", "site_id": "home"},
        observed_at=NOW + timedelta(microseconds=seq),
    )


def parcels(numbers: Iterable[int], *, size: int = 300) -> list[Parcel]:
    """Return messages with these numbers."""
    return [parcel(seq, size=size) for seq in numbers]


def opened(path: Path, limits: OutboxLimits | None = None) -> Outbox:
    """Open an outbox that nothing is wrong with."""
    outbox, recovery = Outbox.open(path, now=NOW, limits=limits)
    assert recovery is None
    return outbox


def numbers_in(outbox: Outbox) -> list[int]:
    """Return the numbers of all messages, as they would be drained."""
    return [each.seq for each in outbox.first(1_000_000, 10**12)]


def leave_behind(path: Path, target: Path) -> Path:
    """Copy what a process killed now would leave on the disk."""
    target.parent.mkdir(exist_ok=True)
    for suffix in ("", "-wal"):
        source = path.with_name(path.name + suffix)
        if source.exists():
            shutil.copyfile(source, target.with_name(target.name + suffix))
    return target


def alter(path: Path, *statements: str) -> None:
    """Change a closed outbox's file as nobody should."""
    with closing(sqlite3.connect(path, autocommit=True)) as connection:
        for statement in statements:
            connection.execute(statement)
