"""What an outbox is told and what it tells: bounds, state, faults, recovery."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..core.errors import BessaiError


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxLimits:
    """How much an outbox keeps; the oldest go where there is more."""

    rows: int = 200_000
    """Eleven days at one message per 5 s."""

    bytes: int = 85_000_000
    """As :attr:`OutboxState.bytes` counts them."""

    parked: int = 1_000
    """Refused messages laid aside for somebody to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxState:
    """What is in an outbox at one moment."""

    rows: int
    bytes: int
    """About what the rows take on the disk: the parcels and their columns."""

    oldest_observed_at: datetime | None
    """``None`` if it is empty."""

    dropped: int
    """Messages given up for want of room since the outbox was begun; survives
    restarts."""

    parked: int
    """Refused messages that are laid aside now."""


class OutboxFault(StrEnum):
    """Why an outbox cannot do what it should: a closed list."""

    DISK_FULL = "disk_full"
    """Room has to be made; what is there can still be read."""

    CORRUPTED = "corrupted"
    """Opening it again sets the damaged file aside and rescues what it can."""

    UNAVAILABLE = "unavailable"
    """The disk fails, the folder may not be written to, or another process has it."""


class OutboxError(BessaiError):
    """What was asked of the outbox has not happened, not even in part."""

    def __init__(self, kind: OutboxFault, detail: str) -> None:
        """Take the kind, and what SQLite or the system said of it."""
        super().__init__(f"{kind}: {detail}")
        self.kind = kind


class RecoveryCause(StrEnum):
    """Why a new outbox was begun in place of a former one: a closed list."""

    CORRUPTED = "corrupted"
    FOREIGN = "foreign"
    """Of a newer version, or no outbox at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """A file that could not be used was set aside; what became of what it held."""

    cause: RecoveryCause
    detail: str
    set_aside: str
    """Where the former file is now."""

    rescued: int
    """Messages that were taken over into the new one."""

    lost: int | None
    """Messages that were in it and could not be read, at most; ``None``: unknown."""
