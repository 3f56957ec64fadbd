"""What was learned about one plant and must outlive a restart.

Kept as plain JSON by whoever owns a disk. A document that does not parse is given up
as a whole: everything in it can be learned again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ..core.errors import BessaiError
from ..core.telemetry import Value
from .absence import AbsenceLog, Refusal
from .counters import CounterFilter, CounterState, DayMeter, DayStart
from .span_trial import SpanTrials


class UnreadableMemory(BessaiError):  # noqa: N818 - named after what happened
    """A stored document that was not written by this version."""


@dataclass(slots=True, kw_only=True)
class PlantMemory:
    """The learned facts of one plant; the driver changes it as it learns."""

    serial_number: str | None = None
    firmware: str | None = None
    facts: dict[str, Value] = field(default_factory=dict)
    """Values that conditions of the profile depend on, as last known."""
    parts: set[str] = field(default_factory=set)
    """Parts this plant was seen to have."""
    absences: AbsenceLog = field(default_factory=AbsenceLog)
    spans: SpanTrials = field(default_factory=SpanTrials)
    counters: CounterFilter = field(default_factory=CounterFilter)
    days: DayMeter = field(default_factory=DayMeter)

    def meet(self, serial_number: str, firmware: str) -> None:
        """Drop what does not hold for the plant and firmware that answer now."""
        if self.serial_number != serial_number:
            self.facts, self.parts = {}, set()
            self.counters, self.days = CounterFilter(), DayMeter()
        if (self.serial_number, self.firmware) != (serial_number, firmware):
            self.absences, self.spans = AbsenceLog(), SpanTrials()
        self.serial_number, self.firmware = serial_number, firmware

    def as_document(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        return {
            "serial_number": self.serial_number,
            "firmware": self.firmware,
            "facts": self.facts,
            "parts": sorted(self.parts),
            "absences": {
                key: [
                    refusal.count,
                    refusal.first.isoformat(),
                    refusal.last.isoformat(),
                ]
                for key, refusal in self.absences.refused.items()
            },
            "spans": [
                [start, count, used]
                for (start, count), used in self.spans.verdicts.items()
            ],
            "counters": {
                key: [state.value, state.seen_at.isoformat(), str(state.reset_day)]
                for key, state in self.counters.states.items()
            },
            "days": {
                key: [str(start.day), start.value, start.latest]
                for key, start in self.days.starts.items()
            },
        }


def parse_memory(document: Mapping[str, Any]) -> PlantMemory:
    """Return the memory that was stored.

    Raises:
        UnreadableMemory: If the document is not one of :meth:`PlantMemory.as_document`.
    """
    try:
        return PlantMemory(
            serial_number=_optional_text(document["serial_number"]),
            firmware=_optional_text(document["firmware"]),
            facts={str(key): _fact(value) for key, value in document["facts"].items()},
            parts={str(part) for part in document["parts"]},
            absences=AbsenceLog(_each(document["absences"], _refusal)),
            spans=SpanTrials(
                {
                    (int(start), int(count)): bool(used)
                    for start, count, used in document["spans"]
                }
            ),
            counters=CounterFilter(_each(document["counters"], _counter)),
            days=DayMeter(_each(document["days"], _day)),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        raise UnreadableMemory(f"stored plant memory is not readable: {err!r}") from err


def _each[Item](
    document: Mapping[str, Any], parse: Callable[[Any], Item]
) -> dict[str, Item]:
    return {str(key): parse(value) for key, value in document.items()}


def _optional_text(value: object) -> str | None:
    return None if value is None else str(value)


def _fact(value: object) -> Value:
    if value is None or isinstance(value, int | float | str):
        return value
    raise TypeError(value)


def _refusal(value: tuple[int, str, str]) -> Refusal:
    count, first, last = value
    return Refusal(count=int(count), first=_moment(first), last=_moment(last))


def _counter(value: tuple[float, str, str]) -> CounterState:
    reading, seen_at, reset_day = value
    return CounterState(
        value=float(reading),
        seen_at=_moment(seen_at),
        reset_day=date.fromisoformat(reset_day),
    )


def _day(value: tuple[str, float, float]) -> DayStart:
    day, start, latest = value
    return DayStart(
        day=date.fromisoformat(day), value=float(start), latest=float(latest)
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment
