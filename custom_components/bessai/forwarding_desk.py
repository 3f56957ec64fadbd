"""The desk in front of the outbox: numbers drafts, words them, and does what is due.

Everything here blocks, and happens in one and the same thread.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
import sqlite3
from typing import Final

from homeassistant.util import dt as dt_util

from .const import LOGGER
from .forwarding.courier_steps import Commit, Drain, Park, Remove
from .forwarding.message import Message, attributes, encode
from .forwarding.outbox import Outbox
from .forwarding.outbox_values import (
    OutboxError,
    OutboxFault,
    OutboxState,
    Recovery,
)
from .forwarding.parcel import Parcel
from .forwarding_draft import Draft

RESERVED: Final = 200
"""Numbers that one write to the disk reserves: an hour and a half of usual messages,
and what a kill leaves as a gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What each message says of who sends it."""

    site_id: str
    gateway_version: str
    ordering_key: str


class Desk:
    """An outbox that is opened when it is first used, and again if it is damaged."""

    def __init__(self, path: Path, sender: Sender) -> None:
        """Name the file; nothing is opened yet."""
        self.recovery: Recovery | None = None
        """What became of a file that could not be used, since the start."""

        self._path, self._sender = path, sender
        self._outbox: Outbox | None = None
        self._numbers = range(0)

    def open(self) -> OutboxState:
        """Open the outbox, or begin it.

        Raises:
            OutboxError: If there is none to be had now.
        """
        if self._outbox is None:
            self._outbox, recovery = Outbox.open(self._path, now=dt_util.utcnow())
            self._numbers = range(0)
            if recovery is not None:
                self.recovery = recovery
                LOGGER.warning(
                    "Messages to the cloud could not be read (%s); the file is now "
                    "%s, %d messages were saved",
                    recovery.detail,
                    recovery.set_aside,
                    recovery.rescued,
                )
        return self._outbox.state()

    def pack(self, drafts: Iterable[Draft]) -> list[Parcel]:
        """Return drafts as parcels, in their order; what cannot be one is left out.

        Raises:
            OutboxError: If they cannot be numbered.
        """
        parcels = []
        for draft in drafts:
            if not self._numbers:
                self._numbers = self._opened.reserve(RESERVED)
            try:
                parcels.append(self._pack(draft, self._numbers[0]))
            except Exception:  # noqa: BLE001 - one message must not stop the others
                LOGGER.exception("A message to the cloud cannot be made")
                continue
            self._numbers = self._numbers[1:]
        return parcels

    def read(self, step: Drain) -> list[Parcel]:
        """Return the oldest messages.

        Raises:
            OutboxError: If they cannot be read.
        """
        return self._opened.first(step.count, step.max_bytes, after_seq=step.after_seq)

    def write(self, step: Commit | Remove | Park) -> OutboxState:
        """Change what is in the outbox, and return what it has then.

        Raises:
            OutboxError: If it was not changed.
        """
        outbox = self._opened
        match step:
            case Commit():
                outbox.append(step.parcels, dropped=step.dropped)
            case Remove():
                outbox.remove(step.seqs)
            case Park():
                outbox.park(step.parcel)
        return outbox.state()

    def unpark(self) -> OutboxState:
        """Put what was laid aside back in its place; return what there is then.

        Raises:
            OutboxError: If it is still laid aside.
        """
        outbox = self._opened
        outbox.unpark()
        return outbox.state()

    def discard_parked(self) -> OutboxState:
        """Give up what was laid aside; return what there is then.

        Raises:
            OutboxError: If it is still laid aside.
        """
        outbox = self._opened
        outbox.discard_parked()
        return outbox.state()

    def try_disk(self) -> OutboxState:
        """Write, to see whether that can be done; return what there is.

        Raises:
            OutboxError: If it cannot.
        """
        outbox = self._opened
        outbox.give_back(outbox.reserve(1))
        return outbox.state()

    def drop_damaged(self) -> None:
        """Let go of a damaged file; the next one who opens it begins anew."""
        outbox, self._outbox = self._outbox, None
        if outbox is not None:
            with suppress(sqlite3.Error):
                outbox.close()

    def close(self) -> None:
        """Give back the numbers that were not used, and close the file."""
        outbox, self._outbox = self._outbox, None
        if outbox is None:
            return
        with suppress(OutboxError):
            outbox.give_back(self._numbers)
        self._numbers = range(0)
        with suppress(sqlite3.Error):
            outbox.close()

    @property
    def _opened(self) -> Outbox:
        if self._outbox is None:
            self.open()
        if self._outbox is None:  # which open() never leaves so
            raise OutboxError(OutboxFault.UNAVAILABLE, "it is not open")
        return self._outbox

    def _pack(self, draft: Draft, seq: int) -> Parcel:
        sender = self._sender
        message = Message(
            message_type=draft.message_type,
            site_id=sender.site_id,
            event_id=draft.event_id,
            seq=seq,
            observed_at=draft.observed_at,
            gateway_version=sender.gateway_version,
            payload=draft.payload(),
        )
        return Parcel(
            seq=seq,
            event_id=draft.event_id,
            data=encode(message),
            attributes=attributes(message),
            observed_at=draft.observed_at,
            ordering_key=sender.ordering_key,
        )


def outbox_files(path: Path) -> Sequence[Path]:
    """Return the files of an outbox, those that were set aside included."""
    return sorted(path.parent.glob(f"{path.name}*")) if path.parent.is_dir() else []


def remove_outbox(path: Path) -> None:
    """Delete the files of an outbox that nobody has open."""
    for file in outbox_files(path):
        file.unlink(missing_ok=True)
