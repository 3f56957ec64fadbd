"""A comparison that outlives a restart, and documents that are none."""

from datetime import UTC, date, datetime
import json
from typing import Any

import pytest

from custom_components.bessai.planning.comparison import (
    Comparison,
    Contender,
    Name,
)
from custom_components.bessai.planning.comparison_days import ComparedDay, Times
from custom_components.bessai.planning.comparison_document import (
    ComparisonBooks,
    ComparisonError,
    comparison_document,
    parse_comparison,
)
from custom_components.bessai.planning.settlement import MeterReading

from .test_comparison import CHARGE, MIDNIGHT, MINUTE

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TIMES = Times(settled_s=100.0, lost_s=10.0, fallback_s=5.0, agreed_s=50.0)
BOOKS = ComparisonBooks(
    days=(
        ComparedDay(
            label=date(2026, 11, 20),
            currency="EUR",
            policy_saving=1.5,
            plan_saving=-0.5,
            times=TIMES,
        ),
    ),
    today=Comparison(
        label=date(2026, 11, 21),
        currency="EUR",
        begun_at=MIDNIGHT,
        contenders={
            Name.POLICY: Contender(stored_kwh=5.0, cost=-1.0),
            Name.PLAN: Contender(stored_kwh=6.0, cost=2.0),
            Name.SELF_CONSUMPTION: Contender(stored_kwh=0.0),
        },
        value_per_kwh=0.25,
        noted_at=NOW,
        settled_at=NOW - 3 * MINUTE,
        last=None,
        times=TIMES,
    ),
)


def through_json(books: ComparisonBooks) -> ComparisonBooks:
    """Return what comes back from a file."""
    return parse_comparison(json.loads(json.dumps(comparison_document(books))))


@pytest.mark.parametrize("books", [ComparisonBooks(), BOOKS])
def test_books_come_back_as_they_were(books: ComparisonBooks) -> None:
    assert through_json(books) == books


def test_what_happens_while_nobody_looks_is_forgotten() -> None:
    assert BOOKS.today is not None
    reading = MeterReading(
        at=NOW, grid_kw=1.0, battery_kw=0.0, stored_kwh=5.0, released=True
    )
    today = BOOKS.today.telling({Name.PLAN: CHARGE}, NOW, has_fallen_back=True)
    today, _ = today.take(reading, today.label, batteries=_unused())
    again = through_json(ComparisonBooks(today=today)).today
    assert again is not None
    assert again.last is None
    assert again.contenders[Name.PLAN].told is None
    assert not again.has_fallen_back


def _unused() -> Any:
    """Return what stands for batteries that no time passes for."""
    return None


def _damaged(*path: str | int, value: object = None) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(comparison_document(BOOKS)))
    node: Any = document
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return document


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"days": None, "today": None},
        {"days": [], "today": 3},
        {"days": [[]], "today": None},
        _damaged("days", 0, "label", value="yesterday"),
        _damaged("days", 0, "policy_saving", value=float("nan")),
        _damaged("days", 0, "times", value={"of_day_s": 1.0}),
        _damaged("today", "contenders", "plan"),
        _damaged("today", "contenders", value={}),
        _damaged("today", "contenders", "plan", "stored_kwh", value="much"),
        _damaged("today", "value_per_kwh", value=float("inf")),
        _damaged("today", "noted_at", value="2026-11-21T12:00:00"),
        _damaged("today", "times", "lost_s"),
    ],
)
def test_a_damaged_document_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ComparisonError, match="it cannot be read"):
        parse_comparison(document)
