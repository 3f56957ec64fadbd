"""A message that is not worded yet: what happened and when, seen in the event loop."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid7

from .forwarding.message import MessageType


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What becomes a message in the outbox's thread: a plan has some 70 kB."""

    message_type: MessageType
    observed_at: datetime
    """Aware, UTC."""

    payload: Callable[[], Mapping[str, Any]]
    """Words it; called once, in another thread, so it may hold frozen values only."""

    event_id: str = field(default_factory=lambda: str(uuid7()))
