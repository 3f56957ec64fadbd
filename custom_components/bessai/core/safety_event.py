"""What happened to safety, for people, automations and the audit trail."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .verdict import Ground


class SafetyEventKind(StrEnum):
    """The types of the event entity ``safety``."""

    BLOCKED = "blocked"
    CLEARED = "cleared"
    HEARTBEAT_LOST = "heartbeat_lost"
    HEARTBEAT_RESTORED = "heartbeat_restored"
    LEASE_EXPIRED = "lease_expired"
    COMMAND_FAILED = "command_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyEvent:
    """One of them, with its reasons."""

    kind: SafetyEventKind
    at: datetime
    """Aware, UTC."""

    urgent: bool = True
    """Whether somebody should be told at once: it took a command away or refused one,
    or it is more than a plant that is silent while nothing is wanted of it."""

    grounds: tuple[Ground, ...] = ()
    error: str | None = None
    """What the device or the link said, for a command that failed."""
