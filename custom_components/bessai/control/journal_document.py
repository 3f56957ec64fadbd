"""The control journal as plain JSON values, and back."""

from collections.abc import Mapping
from datetime import date, datetime
from math import isfinite
from typing import Any

from ..core.command import CommandMark, ControlJournal, Original, Standing
from ..core.errors import BessaiError


class UnreadableJournal(BessaiError):  # noqa: N818 - named after what happened
    """A stored document that was not written by this version."""


def journal_document(journal: ControlJournal) -> dict[str, Any]:
    """Return a journal as plain JSON values."""
    mark = journal.command
    return {
        "originals": {
            key: [original.value, original.written]
            for key, original in journal.originals.items()
        },
        "command": None
        if mark is None
        else [mark.standing.value, mark.power_w, mark.until.isoformat()],
        "stored_writes": {
            day.isoformat(): count for day, count in journal.stored_writes.items()
        },
    }


def parse_journal(document: Mapping[str, Any]) -> ControlJournal:
    """Return the journal that was stored.

    Raises:
        UnreadableJournal: If the document is not one of :func:`journal_document`.
    """
    try:
        return ControlJournal(
            originals={
                str(key): Original(value=_number(value), written=_number(written))
                for key, (value, written) in document["originals"].items()
            },
            command=_mark(document["command"]),
            stored_writes={
                date.fromisoformat(day): int(count)
                for day, count in document["stored_writes"].items()
            },
        )
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as err:
        raise UnreadableJournal(f"control journal is not readable: {err!r}") from err


def _mark(value: Any) -> CommandMark | None:
    if value is None:
        return None
    standing, power_w, until = value
    moment = datetime.fromisoformat(until)
    if moment.tzinfo is None:
        raise ValueError(until)
    return CommandMark(
        standing=Standing(standing), power_w=_number(power_w), until=moment
    )


def _number(value: Any) -> float:
    """Return a value that could be written to a plant."""
    number = float(value)
    if not isfinite(number):
        raise ValueError(value)
    return number
