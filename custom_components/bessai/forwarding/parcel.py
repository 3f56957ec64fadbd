"""A message ready to be sent: bytes that nobody needs to understand any more."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What the outbox keeps and the publisher sends."""

    seq: int
    """Its place in the order; unique in an outbox."""

    event_id: str
    data: bytes
    """The message, encoded."""

    attributes: Mapping[str, str]
    observed_at: datetime
    """When what it tells of happened; aware, UTC."""

    ordering_key: str = ""
    """Messages of one key are delivered in order where a subscription wants that;
    empty: no order."""

    @property
    def size(self) -> int:
        """Bytes of data and attributes, which is what the service counts."""
        texts = (*self.attributes.keys(), *self.attributes.values())
        return len(self.data) + sum(len(text.encode()) for text in texts)
