"""What a plant has to know of its past to go on after a restart."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
import math
from typing import Any

from ..core.errors import BessaiError
from .ledger import Counters


class UnreadablePast(BessaiError):  # noqa: N818 - named after what happened
    """A document that was not written by :meth:`Past.as_document`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Where a plant stood when it was stopped."""

    at: datetime
    """Aware."""

    soc_pct: float
    counters: Counters
    day: Counters
    """What the counters stood at when the inverter's day began."""

    def as_document(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        return {
            "at": self.at.isoformat(),
            "soc_pct": self.soc_pct,
            "counters": asdict(self.counters),
            "day": asdict(self.day),
        }


def parse_past(document: Mapping[str, Any]) -> Past:
    """Return the past that was stored.

    Raises:
        UnreadablePast: If the document is not one of :meth:`Past.as_document`.
    """
    try:
        return Past(
            at=_moment(document["at"]),
            soc_pct=min(max(_number(document["soc_pct"]), 0.0), 100.0),
            counters=_counters(document["counters"]),
            day=_counters(document["day"]),
        )
    except (KeyError, TypeError, ValueError) as err:
        raise UnreadablePast(f"stored plant is not readable: {err!r}") from err


def _counters(document: Mapping[str, Any]) -> Counters:
    return Counters(
        **{field.name: _number(document[field.name]) for field in fields(Counters)}
    )


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number) or number < 0:
        raise ValueError(value)
    return number


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment
