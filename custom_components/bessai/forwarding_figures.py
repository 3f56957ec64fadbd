"""How it stands with what goes to the cloud, as entities and diagnostics show it."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Final

from homeassistant.util import dt as dt_util

from .forwarding.courier_steps import Send
from .forwarding.outbox_values import OutboxState
from .forwarding.parcel import Parcel
from .forwarding.publisher import (
    FailureReason,
    LastingFailure,
    PublishError,
    RefusedContent,
)

MOST_PENDING: Final = 5_000
"""As many as a courier has in memory at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why nothing is sent until somebody acts."""

    reason: FailureReason
    detail: str
    """What the service said, as the text of the error; nothing of a key."""


@dataclass(slots=True, kw_only=True)
class Figures:
    """Counts and times; what must outlive a restart is in its document."""

    is_connected: bool | None = None
    """Whether the last request was answered well; ``None`` before the first."""

    acknowledged_at: datetime | None = None
    """When the cloud last took messages; aware, UTC."""

    reason: FailureReason | None = None
    """Why the cloud took nothing the last time, whether that passes or not."""

    trouble: Trouble | None = None
    last_error: str | None = None
    """Of the last request, whatever became of it since."""

    storage_error: str | None = None
    """Why the outbox could not be used the last time; ``None``: it could."""

    outbox: OutboxState | None = None
    """What is on disk; ``None`` before it was opened."""

    drafts: int = 0
    """Messages that have no number yet."""

    lost: int = 0
    """Messages that were given up before they had a number, since the start."""

    _pending: OrderedDict[int, datetime] = field(default_factory=OrderedDict)
    """Messages in memory: number to when it happened."""

    _bytes: int = 0
    _day: date | None = None

    @property
    def backlog(self) -> int:
        """How many messages wait for the cloud, on disk or in memory."""
        stored = 0 if self.outbox is None else self.outbox.rows
        return stored + self.in_memory + self.drafts

    @property
    def in_memory(self) -> int:
        """How many messages with a number would be lost by a kill."""
        return len(self._pending)

    @property
    def oldest_unsent(self) -> datetime | None:
        """When the oldest of these happened; aware, UTC."""
        if self.outbox is not None and self.outbox.oldest_observed_at is not None:
            return self.outbox.oldest_observed_at
        return next(iter(self._pending.values()), None)

    @property
    def dropped(self) -> int:
        """How many messages were given up for want of room, ever."""
        return self.lost + (0 if self.outbox is None else self.outbox.dropped)

    @property
    def parked(self) -> int:
        """How many refused messages are laid aside now."""
        return 0 if self.outbox is None else self.outbox.parked

    @property
    def bytes_today(self) -> int:
        """Data and attributes that the cloud took since midnight, local time."""
        return self._bytes if self._day == _today() else 0

    def accepted(self, parcels: Iterable[Parcel]) -> None:
        """Note messages that are in memory from now on."""
        for parcel in parcels:
            self._pending[parcel.seq] = parcel.observed_at
        while len(self._pending) > MOST_PENDING:
            self._pending.popitem(last=False)

    def left_memory(self, parcels: Iterable[Parcel]) -> None:
        """Note messages that are in memory no more: taken, stored or laid aside."""
        for parcel in parcels:
            self._pending.pop(parcel.seq, None)

    def acknowledged(self, send: Send, now: datetime) -> None:
        """Note that a request was answered well; ``now`` is aware."""
        self._bytes = self.bytes_today + sum(one.size for one in send.parcels)
        self._day = _today()
        self.acknowledged_at = now
        self.is_connected, self.trouble, self.last_error = True, None, None
        self.reason = None
        self.left_memory(send.parcels)

    def failed(self, error: PublishError) -> None:
        """Note that a request was not; the cloud is there if it refuses content."""
        self.last_error = str(error)
        if isinstance(error, RefusedContent):
            return
        self.is_connected, self.reason = False, error.reason
        if isinstance(error, LastingFailure):
            self.trouble = Trouble(reason=error.reason, detail=str(error))

    def stopped(self, reason: FailureReason) -> bool:
        """Note that nothing is sent for a reason, e.g. because all is refused.

        Returns:
            Whether that was not known.
        """
        self.is_connected, self.reason = False, reason
        if self.trouble is not None and self.trouble.reason is reason:
            return False
        detail = self.last_error or reason.text
        self.trouble = Trouble(reason=reason, detail=detail)
        return True

    def summary(self) -> dict[str, Any]:
        """Return what diagnostics say of it."""
        return {
            "connected": self.is_connected,
            "acknowledged_at": self.acknowledged_at,
            "backlog": self.backlog,
            "oldest_unsent": self.oldest_unsent,
            "bytes_today": self.bytes_today,
            "lost": self.lost,
            "outbox": None if self.outbox is None else asdict(self.outbox),
            "trouble": None if self.trouble is None else asdict(self.trouble),
            "last_error": self.last_error,
            "storage_error": self.storage_error,
        }

    def document(self) -> dict[str, Any]:
        """Return what is kept over a restart."""
        at = self.acknowledged_at
        return {
            "acknowledged_at": at.isoformat() if at else None,
            "day": self._day.isoformat() if self._day else None,
            "bytes": self._bytes,
        }

    def restore(self, document: Mapping[str, Any]) -> None:
        """Take back what was kept; what is damaged is left out."""
        at = dt_util.parse_datetime(str(document.get("acknowledged_at")))
        if at is not None and at.tzinfo is not None:
            self.acknowledged_at = at
        day, size = dt_util.parse_date(str(document.get("day"))), document.get("bytes")
        if day is not None and type(size) is int and size >= 0:
            self._day, self._bytes = day, size


def _today() -> date:
    return dt_util.now().date()
