"""One message to the cloud: the envelope, its bytes and its attributes.

``docs/forwarding_messages.md`` explains every field, ``schemas/`` defines them for
machines; a test holds the three together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
import json
import math
from typing import Any

from ..core.errors import BessaiError

SCHEMA_VERSION = 1
"""Grows when a field changes its meaning or goes; new fields alone do not move it."""

MAX_BYTES = 1_000_000
"""A tenth of what Pub/Sub takes (10 MB of one message and of one request), so that some
messages always fit into a request. A plan of two days in quarters of an hour has
68,000, telemetry at most 1,600."""

CONTENT_TYPE = "application/json"


class MessageTooLarge(BessaiError):  # noqa: N818 - named after what happened
    """A message that nobody would take; its text gives type, size and limit."""


class MessageType(StrEnum):
    """What a message is about: a closed list, each with a schema of its payload."""

    TELEMETRY = "telemetry"
    SAFETY_EVENT = "safety_event"
    DISPATCH = "dispatch"
    PLAN = "plan"
    FINDING = "finding"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is told to the cloud, with who tells it and when it happened."""

    message_type: MessageType
    site_id: str
    """The plant, by the name its owner gave it for the cloud."""

    event_id: str
    """UUIDv7 as text; the same however often the message arrives."""

    seq: int
    """From 1, one more per message of an outbox, never used twice."""

    observed_at: datetime
    """When it happened, not when it is sent; aware, UTC."""

    gateway_version: str
    """Version of this integration."""

    payload: Mapping[str, Any]
    """What JSON can say: texts, numbers, booleans, ``None``, mappings by text and
    sequences of these. ``None`` is an unknown value; never 0."""


def encode(message: Message) -> bytes:
    """Return a message as compact JSON in UTF-8, its keys in alphabetical order.

    Equal messages give equal bytes. What is no number (NaN, infinite) becomes null.

    Raises:
        MessageTooLarge: If it has more than :data:`MAX_BYTES`.
        TypeError: If the payload holds what JSON cannot say; a bug of ours.
    """
    envelope = {
        "schema_version": SCHEMA_VERSION,
        "message_type": message.message_type.value,
        "site_id": message.site_id,
        "event_id": message.event_id,
        "seq": message.seq,
        "observed_at": timestamp(message.observed_at),
        "gateway_version": message.gateway_version,
        "payload": _finite(message.payload),
    }
    text = json.dumps(
        envelope,
        allow_nan=False,
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    )
    # A lone half of a surrogate pair, as a broken device might say it, is no UTF-8.
    data = text.encode(errors="replace")
    if len(data) > MAX_BYTES:
        raise MessageTooLarge(
            f"{message.message_type}: {len(data)} bytes, at most {MAX_BYTES}"
        )
    return data


def attributes(message: Message) -> dict[str, str]:
    """Return what subscriptions can filter by without opening the message."""
    return {
        "message_type": message.message_type.value,
        "site_id": message.site_id,
        "schema_version": str(SCHEMA_VERSION),
        "event_id": message.event_id,
        "content_type": CONTENT_TYPE,
    }


def timestamp(moment: datetime) -> str:
    """Return an aware moment as RFC 3339 in UTC with microseconds.

    Always with six digits, so that the texts sort as the moments do.

    Raises:
        ValueError: If it has no time zone: nobody could tell what it means.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a moment without a time zone: {moment.isoformat()}")
    text = moment.astimezone(UTC).isoformat(timespec="microseconds")
    return text.removesuffix("+00:00") + "Z"


def _finite(value: Any) -> Any:
    """Return a value with null in place of what JSON has no number for."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case Mapping():
            return {key: _finite(each) for key, each in value.items()}
        case list() | tuple():
            return [_finite(each) for each in value]
        case _:
            return value
