"""Tolerances learn what a sound plant does, and little of anything else."""

from collections.abc import Callable
from copy import deepcopy
import json
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.bessai.anomaly.tolerances import (
    DAY_S,
    DAYS,
    DOUBT,
    MARGIN,
    MOST,
    MOST_NAMES,
    Tolerances,
)

from .residuals import residual

BALANCE = residual(0.0)
NAME = BALANCE.name
STEP_S = 288.0


def day(tolerances: Tolerances, *heights: float, name: str = NAME) -> None:
    """Let a day pass with these highs of one residual."""
    for height in heights:
        tolerances.note(name, height)
    for _ in range(round(DAY_S / STEP_S)):
        tolerances.pass_time(STEP_S)


def after(*heights: float) -> float:
    """Return the tolerance after days of these highs, in floors."""
    tolerances = Tolerances()
    for height in heights:
        day(tolerances, height)
    return tolerances.factor(BALANCE)


def test_at_first_it_is_wider_than_the_floor() -> None:
    assert Tolerances().factor(BALANCE) == DOUBT
    assert 1.0 < after(0.1, 0.1, 0.1) < after(0.1) < DOUBT


def test_a_quiet_plant_is_held_to_its_floor_after_two_weeks() -> None:
    assert after(*[0.2] * DAYS) == 1.0


def test_what_sound_days_reach_is_tolerated_with_a_margin() -> None:
    assert after(*[2.0] * DAYS) == pytest.approx(2.0 * MARGIN)


def test_two_days_are_too_few_to_widen_anything() -> None:
    assert after(3.0, 3.0) < DOUBT
    assert after(3.0, 3.0, 3.0) == MOST


def test_what_does_not_learn_has_its_floor() -> None:
    tolerances = Tolerances()
    day(tolerances, 3.0)
    assert tolerances.factor(residual(0.0, learns=False)) == 1.0


@pytest.mark.parametrize("days", range(3, DAYS + 1))
@pytest.mark.parametrize("height", [1.5, 1e300, float("inf")])
def test_one_bad_day_widens_nothing(days: int, height: float) -> None:
    """Nor does an attack of a day, be it the first one of all."""
    sound = [0.3] * (days - 1)
    assert after(height, *sound) == after(*sound, height) == after(0.3, *sound)


def test_two_bad_days_in_a_row_widen_nothing_later_on() -> None:
    assert after(*[0.3] * 12, 4.0, 4.0) == after(*[0.3] * 14)


def test_what_was_once_learned_is_forgotten_with_its_days() -> None:
    assert after(*[3.0] * 3, *[0.2] * DAYS) == 1.0


def test_nobody_widens_it_step_by_step_without_end() -> None:
    """Each day a little below the tolerance of the day, for a year."""
    tolerances = Tolerances()
    widest = 0.0
    for _ in range(60):
        day(tolerances, 0.99 * tolerances.factor(BALANCE))
        widest = max(widest, tolerances.factor(BALANCE))
    assert widest <= MOST


def test_a_day_on_which_it_could_not_be_judged_does_not_count() -> None:
    tolerances = Tolerances()
    for _ in range(4):
        day(tolerances, 2.0)
        day(tolerances)
    assert tolerances.factor(BALANCE) == pytest.approx(2.0 * MARGIN)


def test_the_highest_of_a_day_counts() -> None:
    tolerances = Tolerances()
    for _ in range(3):
        day(tolerances, 1.0, 2.0, 0.5)
    assert tolerances.factor(BALANCE) == pytest.approx(2.0 * MARGIN)


def test_progress_is_observed_time() -> None:
    tolerances = Tolerances()
    assert tolerances.progress == 0.0
    day(tolerances)
    assert tolerances.progress == pytest.approx(1 / 3)
    for nothing in (0.0, -5.0, 3600.0, float("nan"), float("inf")):
        tolerances.pass_time(nothing)
    assert tolerances.progress == pytest.approx(1 / 3)
    day(tolerances)
    day(tolerances)
    day(tolerances)
    assert tolerances.progress == 1.0


def test_what_the_owner_accepts_is_usual_until_its_days_have_passed() -> None:
    tolerances = Tolerances()
    for _ in range(DAYS):
        day(tolerances, 0.2)
    tolerances.accept({NAME: 2.0})
    assert tolerances.factor(BALANCE) == pytest.approx(2.0 * MARGIN)
    for _ in range(DAYS):
        day(tolerances, 0.2)
    assert tolerances.factor(BALANCE) == 1.0


def test_what_the_owner_accepts_on_the_first_day_is_usual_at_once() -> None:
    tolerances = Tolerances()
    tolerances.accept({NAME: 2.0, "other:x": float("inf")})
    assert tolerances.factor(BALANCE) == pytest.approx(2.0 * MARGIN)
    other = tolerances.document()["highs"]["other:x"]
    assert max(other[1]) == MOST


def test_more_residuals_than_there_can_be_are_not_kept() -> None:
    tolerances = Tolerances()
    for number in range(MOST_NAMES + 50):
        tolerances.note(f"balance:{number}", 1.0)
    tolerances.note("x" * 1000, 1.0)
    assert len(tolerances.document()["highs"]) == MOST_NAMES
    assert tolerances.factor(residual(0.0, subject="x" * 1000)) == DOUBT


def learned() -> Tolerances:
    """Return what knows three days and a half of two residuals."""
    tolerances = Tolerances()
    for height in (1.0, 2.0, 1.5):
        tolerances.note("other:x", height / 2)
        day(tolerances, height)
    tolerances.note(NAME, 1.25)
    tolerances.pass_time(250.0)
    return tolerances


def test_a_restart_loses_nothing() -> None:
    tolerances = learned()
    document = json.loads(json.dumps(tolerances.document()))
    again = Tolerances()
    again.restore(document)
    assert again.document() == document
    assert again.factor(BALANCE) == tolerances.factor(BALANCE)
    assert again.progress == pytest.approx(tolerances.progress)
    day(again)
    day(tolerances)
    assert again.factor(BALANCE) == tolerances.factor(BALANCE)


DAMAGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a part is missing": lambda document: document.pop("day_s"),
    "time that ran back": lambda document: document.update(observed_s=-1.0),
    "endless time": lambda document: document.update(observed_s=float("inf")),
    "no number": lambda document: document.update(observed_s=True),
    "a word": lambda document: document.update(day_s="1"),
    "a list": lambda document: document.update(highs=[]),
    "no name": lambda document: document.update(highs={1: [None, []]}),
    "a long name": lambda document: document.update(highs={"x" * 121: [None, []]}),
    "too many": lambda document: document.update(
        highs={str(number): [None, []] for number in range(MOST_NAMES + 1)}
    ),
    "no days": lambda document: document.update(highs={"x": [None, None]}),
    "too many days": lambda document: document.update(highs={"x": [None, [1.0] * 15]}),
    "NaN": lambda document: document.update(highs={"x": [None, [float("nan")]]}),
    "a negative high": lambda document: document.update(highs={"x": [-1.0, []]}),
    "half a residual": lambda document: document.update(highs={"x": [1.0]}),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_document_is_refused_whole(
    damage: Callable[[dict[str, Any]], Any],
) -> None:
    document = deepcopy(learned().document())
    damage(document)
    tolerances = Tolerances()
    before = tolerances.document()
    with pytest.raises((AttributeError, LookupError, TypeError, ValueError)):
        tolerances.restore(document)
    assert tolerances.document() == before


def test_a_document_cannot_widen_more_than_days_can() -> None:
    tolerances = Tolerances()
    tolerances.restore(
        {"observed_s": 1e9, "day_s": 1e9, "highs": {NAME: [1e9, [1e9] * 14]}}
    )
    assert tolerances.factor(BALANCE) == MOST
    assert tolerances.progress == 1.0


@settings(max_examples=50)
@given(st.lists(st.floats(min_value=0.0), max_size=30))
def test_a_tolerance_is_never_below_its_floor_nor_above_the_most(
    heights: list[float],
) -> None:
    assert 1.0 <= after(*heights) <= MOST
