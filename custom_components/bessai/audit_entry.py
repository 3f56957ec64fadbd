"""One line of the audit trail, and how it is written down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from .core.verdict import Ground, Reason


class AuditKind(StrEnum):
    """What an entry is about."""

    COMMAND = "command"
    """A wish with its verdict and what was read back."""
    RELEASE = "release"
    WRITE = "write"
    EVENT = "event"
    """Of safety: blocked, cleared and so on."""
    MODE = "mode"
    ALLOW = "allow"
    LIMIT = "limit"
    FINDING = "finding"
    """Something is off about the plant, or no longer, or the owner judged it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the trail."""

    at: datetime
    """Aware, UTC."""

    kind: AuditKind
    what: str
    """What it is about: a direction, a register's key, the type of an event."""

    who: str | None = None
    """Who wanted it; ``None``: BESSAI by itself."""

    why: tuple[Ground, ...] = ()
    outcome: str | None = None
    """What became of it, in one word."""

    detail: Mapping[str, Any] = field(default_factory=dict)
    """What else there is to know; fit for JSON."""

    def as_document(self) -> dict[str, Any]:
        """Return the entry as JSON has it."""
        return {
            "at": self.at.isoformat(),
            "kind": self.kind.value,
            "what": self.what,
            "who": self.who,
            "why": [_ground_document(ground) for ground in self.why],
            "outcome": self.outcome,
            "detail": dict(self.detail),
        }


def parse_entry(document: Mapping[str, Any]) -> AuditEntry:
    """Return an entry from JSON.

    Raises:
        KeyError, TypeError, ValueError: If it is none.
    """
    return AuditEntry(
        at=_moment(document["at"]),
        kind=AuditKind(document["kind"]),
        what=str(document["what"]),
        who=document["who"],
        why=tuple(parse_ground(ground) for ground in document["why"]),
        outcome=document["outcome"],
        detail=dict(document["detail"]),
    )


def _moment(text: str) -> datetime:
    """Return a time; one without a zone could not be put in order with others."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"no zone: {text}")
    return moment


def parse_ground(document: Mapping[str, Any]) -> Ground:
    """Return a ground from JSON.

    Raises:
        KeyError, TypeError, ValueError: If it is none.
    """
    return Ground(
        reason=Reason(document["reason"]),
        value=document["value"],
        limit=document["limit"],
    )


def _ground_document(ground: Ground) -> dict[str, Any]:
    return {
        "reason": ground.reason.value,
        "value": ground.value,
        "limit": ground.limit,
    }
