"""Sums over the last minutes stay what they are, whatever comes."""

import math

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.anomaly import window
from custom_components.bessai.anomaly.window import (
    Integral,
    Pace,
    SlidingMean,
    Trail,
    usable,
)


@pytest.mark.parametrize(
    "value", [None, math.nan, math.inf, -math.inf, 1e300, True, "5"]
)
def test_garbage_is_no_number(value: object) -> None:
    assert usable(value) is None


def test_mean_is_of_the_last_minutes_only() -> None:
    mean = SlidingMean(30.0)
    for index in range(10):
        mean.add(10.0 * index, float(index))
    assert mean.mean == pytest.approx(8.0)
    assert len(mean) == 3
    assert mean.covered_s == 20.0


def test_mean_without_numbers_is_none() -> None:
    mean = SlidingMean(30.0)
    mean.add(0.0, 5.0)
    mean.add(40.0, None)
    assert mean.mean is None
    assert mean.covered_s == 0.0


def test_mean_begins_anew_when_time_runs_back() -> None:
    mean = SlidingMean(30.0)
    mean.add(100.0, 5.0)
    mean.add(10.0, 7.0)
    assert mean.mean == 7.0


def test_sum_is_refreshed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "_REFRESH", 2)
    mean = SlidingMean(50.0)
    for index in range(6):
        mean.add(float(index), 0.1)
    assert mean.mean == pytest.approx(0.1)


@given(st.lists(st.one_of(st.none(), st.floats()), max_size=40))
def test_mean_lies_within_what_was_given(values: list[float | None]) -> None:
    mean = SlidingMean(1000.0)
    for index, value in enumerate(values):
        mean.add(float(index), value)
    known = [number for value in values if (number := usable(value)) is not None]
    if known:
        assert mean.mean is not None
        assert min(known) - 1e-3 <= mean.mean <= max(known) + 1e-3
    else:
        assert mean.mean is None


def test_integral_has_straight_lines_between_samples() -> None:
    area = Integral(60.0)
    area.add(0.0, 0.0)
    area.add(10.0, 100.0)
    area.add(20.0, None)
    area.add(30.0, 100.0)
    assert area.total == pytest.approx(2500.0)
    assert area.variance == pytest.approx(500.0**2)
    assert area.breaks == 0


@pytest.mark.parametrize("next_s", [100.0, -5.0])
def test_integral_breaks_at_a_gap_and_when_time_runs_back(next_s: float) -> None:
    area = Integral(60.0)
    area.add(0.0, 100.0)
    area.add(10.0, 100.0)
    area.add(next_s, 100.0)
    assert (area.total, area.variance, area.breaks) == (0.0, 0.0, 1)


def test_trail_keeps_the_youngest_that_is_old_enough() -> None:
    trail: Trail[int] = Trail(30.0)
    assert trail.newest is None
    assert trail.covered_s == 0.0
    oldest = [trail.add(10.0 * index, index) for index in range(7)]
    assert oldest == [0, 0, 0, 0, 1, 2, 3]
    assert trail.newest == 6
    assert trail.covered_s == 30.0
    assert len(trail) == 4
    assert trail.add(5.0, 9) == 9
    trail.clear()
    assert len(trail) == 0


def test_pace_follows_and_leaves_gaps_out() -> None:
    pace = Pace()
    assert pace.add(0.0) is None
    for index in range(1, 40):
        assert pace.add(60.0 * index) == 60.0
    assert pace.period_s == pytest.approx(60.0, rel=0.01)
    assert pace.add(50_000.0) == pytest.approx(50_000.0 - 39 * 60.0)
    assert pace.period_s == pytest.approx(60.0, rel=0.01)
    assert pace.add(1.0) is None
