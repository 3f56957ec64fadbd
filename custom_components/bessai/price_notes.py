"""What there is to know about prices, as people are told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from .planning.price_series import BLOCKING, NoteKind, SeriesNote
from .texts import Texts

_SHOWN = 3
"""Of the same kind; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A named problem: its text is ``common.price_note_<kind>``."""

    kind: NoteKind
    is_blocking: bool
    """Whether there is no curve because of it."""

    key: str
    """Of the text, below ``common``."""

    placeholders: dict[str, str]


def build_notes(notes: Iterable[SeriesNote]) -> tuple[Note, ...]:
    """Return the notes for people, the grave ones first, few of each kind."""
    kept: dict[NoteKind, list[SeriesNote]] = {}
    for note in notes:
        of_kind = kept.setdefault(note.kind, [])
        if note not in of_kind:
            of_kind.append(note)
    shown = [_build(note) for same in kept.values() for note in same[:_SHOWN]]
    return tuple(sorted(shown, key=lambda note: not note.is_blocking))


def _build(note: SeriesNote) -> Note:
    return Note(
        kind=note.kind,
        is_blocking=note.kind in BLOCKING,
        key=f"price_note_{note.kind}",
        placeholders={
            "count": str(note.count),
            "start": show_time(note.start),
            "end": show_time(note.end),
            "value": "-" if note.value is None else show_price(note.value),
            "text": note.text or "-",
        },
    )


@callback
def show_notes(texts: Texts, notes: Iterable[Note]) -> list[str]:
    """Return a sentence for each note."""
    return [texts.say(note.key, **note.placeholders) for note in notes]


def show_time(moment: datetime | None) -> str:
    """Return a moment in local time, in the order that every country understands."""
    return "-" if moment is None else f"{dt_util.as_local(moment):%Y-%m-%d %H:%M}"


def show_price(price: float) -> str:
    """Return a price per kWh with the digits that matter."""
    return f"{price:.4f}" if abs(price) < 10 else f"{price:.1f}"
