"""A comparison as JSON has it, and back.

Neither the latest reading nor what the contenders were told is kept: what happens
while nobody looks, as during a restart, is not counted.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from ..core.errors import BessaiError
from .comparison import Comparison, Contender, Name
from .comparison_days import ComparedDay, Times
from .settlement_document import amount


class ComparisonError(BessaiError):
    """A document that is no comparison."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonBooks:
    """All that has to outlive a restart."""

    days: tuple[ComparedDay, ...] = ()
    """That are over, in order."""

    today: Comparison | None = None
    """``None``: there was no reading yet."""


def comparison_document(books: ComparisonBooks) -> dict[str, Any]:
    """Return the books as JSON has them."""
    return {
        "days": [asdict(day) | {"label": day.label.isoformat()} for day in books.days],
        "today": books.today and _today_document(books.today),
    }


def parse_comparison(document: Mapping[str, Any]) -> ComparisonBooks:
    """Return the books of a document.

    Raises:
        ComparisonError: If they cannot be read.
    """
    try:
        today = document["today"]
        return ComparisonBooks(
            days=tuple(_parse_day(day) for day in document["days"]),
            today=None if today is None else _parse_today(today),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as err:
        raise ComparisonError(f"it cannot be read: {err!r}") from err


def _today_document(today: Comparison) -> dict[str, Any]:
    return {
        "label": today.label.isoformat(),
        "currency": today.currency,
        "begun_at": today.begun_at.isoformat(),
        "noted_at": today.noted_at.isoformat(),
        "settled_at": today.settled_at.isoformat(),
        "value_per_kwh": today.value_per_kwh,
        "contenders": {
            name.value: {"stored_kwh": one.stored_kwh, "cost": one.cost}
            for name, one in today.contenders.items()
        },
        "times": asdict(today.times),
    }


def _parse_today(document: Mapping[str, Any]) -> Comparison:
    contenders = document["contenders"]
    return Comparison(
        label=date.fromisoformat(document["label"]),
        currency=str(document["currency"]),
        begun_at=_moment(document["begun_at"]),
        noted_at=_moment(document["noted_at"]),
        settled_at=_moment(document["settled_at"]),
        value_per_kwh=amount(document["value_per_kwh"]),
        contenders={name: Contender(**_numbers(contenders[name])) for name in Name},
        last=None,
        times=Times(**_numbers(document["times"])),
    )


def _parse_day(document: Mapping[str, Any]) -> ComparedDay:
    return ComparedDay(
        label=date.fromisoformat(document["label"]),
        currency=str(document["currency"]),
        policy_saving=amount(document["policy_saving"]),
        plan_saving=amount(document["plan_saving"]),
        times=Times(**_numbers(document["times"])),
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} names no time zone")
    return moment


def _numbers(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: amount(value) for key, value in document.items()}
