"""Powers that were measured, replayed."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.bessai.core.interval import Interval
from custom_components.bessai.replay.series import PowerSeries

START = datetime(2026, 6, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SERIES = PowerSeries(start=START, period=15 * MINUTE, values_w=(100.0, 300.0, 800.0))


@pytest.mark.parametrize(
    ("minutes", "power_w"),
    [(-1, 100.0), (0, 100.0), (14, 100.0), (15, 300.0), (44, 800.0), (45, 800.0)],
)
def test_a_moment_has_the_power_of_its_period(minutes: int, power_w: float) -> None:
    assert SERIES.at(START + minutes * MINUTE) == power_w


def test_a_series_ends_after_its_last_period() -> None:
    assert SERIES.end == START + 45 * MINUTE


def test_a_span_has_the_mean_of_its_periods() -> None:
    half_hour = Interval(start=START, end=START + 30 * MINUTE)
    assert SERIES.mean_w(half_hour) == 200.0


def test_a_span_shorter_than_a_period_has_its_power() -> None:
    short = Interval(start=START + 20 * MINUTE, end=START + 25 * MINUTE)
    assert SERIES.mean_w(short) == 300.0


def test_perfect_foresight_knows_every_step() -> None:
    whole = Interval(start=START, end=START + 45 * MINUTE)
    forecast = SERIES.forecast(whole, 15 * MINUTE)
    assert [step.p50_w for step in forecast.steps] == [100.0, 300.0, 800.0]
    assert forecast.mean_w(whole) == pytest.approx(400.0)
