"""The mean of the last minutes."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.bessai.planning.recent_mean import RecentMean

NOW = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_nothing_has_no_mean() -> None:
    assert RecentMean(60 * SECOND).mean(NOW) is None


def test_a_spike_counts_little() -> None:
    recent = RecentMean(120 * SECOND)
    for i in range(11):
        recent.add(NOW + i * 10 * SECOND, 500.0)
    recent.add(NOW + 110 * SECOND, 3500.0)
    assert recent.mean(NOW + 110 * SECOND) == pytest.approx(750.0)


def test_what_is_older_than_the_window_does_not_count() -> None:
    recent = RecentMean(60 * SECOND)
    recent.add(NOW, 1000.0)
    recent.add(NOW + 59 * SECOND, 0.0)
    assert recent.mean(NOW + 59 * SECOND) == 500.0
    assert recent.mean(NOW + 60 * SECOND) == 0.0
    assert recent.mean(NOW + 200 * SECOND) is None


@pytest.mark.parametrize("nothing", [None, float("nan"), float("inf")])
def test_what_is_no_number_is_left_out(nothing: float | None) -> None:
    recent = RecentMean(60 * SECOND)
    recent.add(NOW, 300.0)
    recent.add(NOW + SECOND, nothing)
    assert recent.mean(NOW + SECOND) == 300.0


def test_a_clock_that_goes_back_begins_anew() -> None:
    recent = RecentMean(60 * SECOND)
    recent.add(NOW, 300.0)
    recent.add(NOW - timedelta(hours=1), 100.0)
    assert recent.mean(NOW - timedelta(hours=1)) == 100.0
