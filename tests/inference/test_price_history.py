"""Prices as days of the clock on the wall."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from custom_components.bessai.inference.price_history import (
    MOST_DAYS,
    TooLittleHistory,
    read_history,
)

from .price_builders import BERLIN, DAY, HOUR, MONDAY, QUARTER, end_of, history

THURSDAY = 3


def test_days_end_where_prices_end() -> None:
    prices = history(60)
    days = read_history(prices, BERLIN, end_of(prices))
    assert days.values.shape == (60, 24)
    assert days.is_known.all()
    assert days.hour == 0
    assert days.start == end_of(prices)
    first = (datetime(2026, 1, 5, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
    assert (days.first_day, days.end_day) == (first, first + 60)
    assert days.values[0, 18] == pytest.approx(prices[(MONDAY + 18 * HOUR)])
    assert days.quarters is None


def test_a_day_may_begin_at_any_hour() -> None:
    prices = history(60)
    until = MONDAY + 59 * DAY + 14 * HOUR
    days = read_history(prices, BERLIN, until)
    assert days.hour == 14
    assert days.start == until
    assert len(days.values) == 60
    assert days.values[-1, -1] == pytest.approx(prices[until.astimezone(UTC) - HOUR])
    assert not days.is_known[0]  # 14 hours of the first are known, ten are filled
    assert days.is_known[1:].all()


def test_an_hour_that_is_known_in_part_is_not_known() -> None:
    prices = history(60)
    until = MONDAY + 59 * DAY + 14 * HOUR + 2 * QUARTER
    assert read_history(prices, BERLIN, until).start == until - 2 * QUARTER


def test_what_comes_later_changes_nothing() -> None:
    prices = history(62)
    until = MONDAY + 60 * DAY
    before = read_history(prices, BERLIN, until)
    changed = {at: 9.0 if at >= until else price for at, price in prices.items()}
    after = read_history(changed, BERLIN, until)
    assert np.array_equal(before.values, after.values)
    assert before.start == after.start == until


@pytest.mark.parametrize(
    "start",
    [datetime(2026, 3, 1, tzinfo=BERLIN), datetime(2026, 9, 20, tzinfo=BERLIN)],
)
def test_clocks_that_change_leave_every_hour_at_its_place(
    start: datetime,
) -> None:
    """In March a day has 23 hours, in October 25."""
    prices = history(56, noise=0.0, start=start)
    found = read_history(prices, BERLIN, end_of(prices))
    assert found.values.shape == (56, 24)
    assert found.is_known.all()
    dearest = found.values[:, 17:21].min(axis=1)
    rest = np.delete(found.values, range(17, 21), axis=1).max(axis=1)
    assert (dearest > rest).all()


def test_two_equal_hours_have_their_mean_and_one_that_is_missing_is_bridged() -> None:
    autumn = history(56, noise=0.0, start=datetime(2026, 9, 20, tzinfo=BERLIN))
    change = datetime(2026, 10, 25, tzinfo=UTC)  # 02:00 begins for the first time
    for quarter in range(4):
        autumn[change + quarter * QUARTER] = 1.0
        autumn[change + HOUR + quarter * QUARTER] = 3.0
    row = (change - datetime(2026, 9, 20, tzinfo=BERLIN)).days
    found = read_history(autumn, BERLIN, end_of(autumn))
    assert found.values[row, 2] == pytest.approx(2.0)
    spring = history(56, noise=0.0, start=datetime(2026, 3, 1, tzinfo=BERLIN))
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)  # 03:00 follows on 02:00
    for quarter in range(4):
        spring[change - HOUR + quarter * QUARTER] = 1.0
        spring[change + quarter * QUARTER] = 3.0
    found = read_history(spring, BERLIN, end_of(spring))
    assert found.values[28, 1:4] == pytest.approx([1.0, 2.0, 3.0])


def test_hours_ahead_are_those_of_the_clock_on_the_wall() -> None:
    prices = history(56, start=datetime(2026, 2, 1, tzinfo=BERLIN))
    spring = read_history(prices, BERLIN, datetime(2026, 3, 29, tzinfo=BERLIN))
    hours = [spring.hour_ahead(spring.start + i * HOUR) for i in range(24)]
    assert hours == [0, 1, *range(3, 25)]
    prices = history(70, start=datetime(2026, 8, 20, tzinfo=BERLIN))
    autumn = read_history(prices, BERLIN, datetime(2026, 10, 25, tzinfo=BERLIN))
    hours = [autumn.hour_ahead(autumn.start + i * HOUR) for i in range(25)]
    assert hours == [0, 1, 2, 2, *range(3, 24)]


def test_forecast_begins_between_two_equal_hours() -> None:
    prices = history(70, start=datetime(2026, 8, 20, tzinfo=BERLIN))
    second = datetime(2026, 10, 25, 1, tzinfo=UTC)
    found = read_history(prices, BERLIN, second)
    assert found.start == second
    assert found.hour == 3
    assert [found.hour_ahead(second + i * HOUR) for i in range(3)] == [0, 0, 1]


def test_zone_of_half_an_hour() -> None:
    india = ZoneInfo("Asia/Kolkata")
    start = MONDAY.replace(tzinfo=india)
    prices = history(57, start=start)
    found = read_history(prices, india, end_of(prices))
    assert found.values.shape == (57, 24)
    assert found.start == start + 57 * DAY
    assert (found.values[:, 18] > found.values[:, 12]).all()


def test_short_gap_is_bridged_and_its_day_known() -> None:
    prices = history(60, noise=0.0)
    gone = MONDAY + 40 * DAY + 2 * HOUR
    kept = {at: p for at, p in prices.items() if not gone <= at < gone + 3 * HOUR}
    found = read_history(kept, BERLIN, end_of(prices))
    assert found.is_known.all()
    assert found.values[40, 2:5] == pytest.approx(found.values[40, 1])


def test_long_gap_is_filled_from_the_week_before_and_not_learned_from() -> None:
    prices = history(70)
    gone = MONDAY + 40 * DAY
    kept = {at: p for at, p in prices.items() if not gone <= at < gone + 10 * DAY}
    found = read_history(kept, BERLIN, end_of(prices))
    assert not found.is_known[40:50].any()
    assert found.is_known.sum() == 60
    assert np.array_equal(found.values[40:47], found.values[33:40])
    assert np.array_equal(found.values[47:50], found.values[33:36])


def test_gap_in_the_first_week_is_filled_from_the_day_before() -> None:
    prices = history(60)
    gone = MONDAY + 2 * DAY
    kept = {at: p for at, p in prices.items() if not gone <= at < gone + DAY}
    found = read_history(kept, BERLIN, end_of(prices))
    assert np.array_equal(found.values[2], found.values[1])


def test_a_value_that_is_no_number_is_not_known() -> None:
    prices = history(60)
    prices[MONDAY.astimezone(UTC) + 30 * DAY] = float("nan")
    found = read_history(prices, BERLIN, end_of(prices))
    assert np.isfinite(found.values).all()


@pytest.mark.parametrize("days", [0, 1, 55])
def test_less_than_eight_weeks_are_too_little(days: int) -> None:
    with pytest.raises(TooLittleHistory, match=r"no prices|56 are needed"):
        read_history(history(days), BERLIN, MONDAY + 80 * DAY)


def test_days_of_a_gap_do_not_count() -> None:
    prices = history(60)
    kept = {at: p for at, p in prices.items() if at < MONDAY + 30 * DAY}
    kept |= {at: p for at, p in prices.items() if at >= MONDAY + 40 * DAY}
    with pytest.raises(TooLittleHistory, match="prices of 50 days are known"):
        read_history(kept, BERLIN, end_of(prices))


def test_no_more_is_kept_than_is_learned_from() -> None:
    prices = history(MOST_DAYS + 10)
    found = read_history(prices, BERLIN, end_of(prices))
    assert len(found.values) == MOST_DAYS


def test_where_prices_end_early_the_forecast_begins_there() -> None:
    prices = history(60)
    found = read_history(prices, BERLIN, end_of(prices) + timedelta(days=3))
    assert found.start == end_of(prices)


def test_quarters_of_an_hour_have_a_shape() -> None:
    prices = history(60)
    for at in prices:
        prices[at] += 0.01 * (at.minute // 15 - 1.5) * (at.astimezone(BERLIN).hour == 7)
    found = read_history(prices, BERLIN, end_of(prices))
    assert found.quarters is not None
    assert found.quarters[7] == pytest.approx([-0.015, -0.005, 0.005, 0.015])
    assert np.abs(np.delete(found.quarters, 7, axis=0)).max() == pytest.approx(0.0)
    assert found.values[30, 7] == pytest.approx(
        history(60)[MONDAY + 30 * DAY + 7 * HOUR]
    )
