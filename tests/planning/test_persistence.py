"""How far a difference from the usual goes on."""

from datetime import timedelta
from random import Random

import pytest

from custom_components.bessai.planning.persistence import (
    Correction,
    Past,
    Persistence,
    correction_now,
    fit_persistence,
    lead_h,
)
from custom_components.bessai.planning.quarters import QUARTER, quarters_between

from .power_builders import MONDAY

USUAL_W = 500.0


def past(factors: list[float]) -> Past:
    """Return a past whose quarter hours were so many times the usual."""
    end = MONDAY + len(factors) * QUARTER
    grid = quarters_between(MONDAY, end)
    pairs = {
        quarter: (USUAL_W * factor, USUAL_W)
        for quarter, factor in zip(grid, factors, strict=True)
    }
    return Past(pairs, end)


def days_at(levels: list[float]) -> list[float]:
    return [level for level in levels for _ in range(96)]


def test_chance_is_not_carried_on() -> None:
    chance = Random(1)  # noqa: S311 - to be had again
    found = fit_persistence(past([chance.uniform(0.2, 1.8) for _ in range(56 * 96)]))
    assert found.level < 0.2
    assert found.recent < 0.1


def test_hours_that_go_on_are_recognised() -> None:
    chance = Random(2)  # noqa: S311 - to be had again
    blocks = [chance.uniform(0.4, 1.6) for _ in range(56 * 6)]
    found = fit_persistence(past([block for block in blocks for _ in range(16)]))
    assert found.recent > 0.35


def test_days_that_go_on_are_recognised() -> None:
    chance = Random(3)  # noqa: S311 - to be had again
    weeks = [chance.uniform(0.4, 1.6) for _ in range(8)]
    found = fit_persistence(past(days_at([week for week in weeks for _ in range(7)])))
    assert found.level > 0.5


def test_swinging_back_is_not_mistaken_for_going_on() -> None:
    assert fit_persistence(past(days_at([0.5, 1.5] * 14))).level == 0.0


def test_little_past_is_hardly_trusted() -> None:
    days = days_at([0.5, 0.5, 0.5])
    assert 0 < fit_persistence(past(days)).level < 0.3


def test_no_past_teaches_nothing() -> None:
    nothing = Past({}, MONDAY)
    assert fit_persistence(nothing) == Persistence()
    assert correction_now(nothing, Persistence(level=0.9, recent=0.9)) == Correction()


def test_usual_nothing_teaches_nothing() -> None:
    dark = Past({MONDAY + i * QUARTER: (0.0, 0.0) for i in range(200)}, MONDAY)
    assert fit_persistence(dark) == Persistence()


def test_correction_takes_what_remained_of_a_difference() -> None:
    found = correction_now(past([1.0] * 88 + [2.0] * 8), Persistence(recent=0.5))
    assert found.level == 0.0
    assert found.recent == pytest.approx(0.45, abs=0.01)


def test_level_is_not_counted_twice() -> None:
    found = correction_now(past([2.0] * 96), Persistence(level=1.0, recent=1.0))
    assert found.factor(0) == pytest.approx(2.0, rel=0.06)


def test_missing_hours_weigh_nothing() -> None:
    known = {MONDAY: (USUAL_W * 2, USUAL_W), MONDAY + QUARTER: (0.0, USUAL_W)}
    found = correction_now(Past(known, MONDAY + 4 * QUARTER), Persistence(recent=1.0))
    assert found.recent == pytest.approx(0.0)


def test_correction_fades() -> None:
    correction = Correction(level=0.5, recent=0.5)
    factors = [correction.factor(hours) for hours in (0, 1, 5, 13, 72, 1000)]
    assert factors[0] == factors[1] == pytest.approx(2.25)
    assert factors == sorted(factors, reverse=True)
    assert factors[-1] == pytest.approx(1.0)


def test_factor_is_never_negative() -> None:
    gone = correction_now(past([0.0] * 96), Persistence(level=0.9, recent=0.9))
    assert 0 < gone.factor(0) < 0.5


def test_lead_is_to_the_middle_and_never_behind() -> None:
    now = MONDAY + timedelta(minutes=10)
    assert lead_h(now, MONDAY) == 0.0
    assert lead_h(now, MONDAY + timedelta(hours=1)) == pytest.approx(57.5 / 60)
