"""The grain of measured history."""

from datetime import UTC, datetime, timedelta, timezone
from math import inf, nan

import pytest

from custom_components.bessai.core.interval import Interval
from custom_components.bessai.planning.quarters import (
    QUARTER,
    PowerSample,
    QuarterMeter,
    as_quarters,
    quarter_of,
    quarters_between,
    slot_of,
    within,
)

from .power_builders import MADRID, MONDAY


def sample(start: datetime, minutes: float, power_w: float) -> PowerSample:
    interval = Interval(start=start, end=start + timedelta(minutes=minutes))
    return PowerSample(interval=interval, power_w=power_w)


def test_quarter_hour_begins_at_or_before_a_moment() -> None:
    moment = MONDAY + timedelta(minutes=29, seconds=59)
    assert quarter_of(moment) == MONDAY + QUARTER
    assert quarter_of(MONDAY) == MONDAY


def test_quarter_hours_are_those_of_utc_in_any_zone() -> None:
    nepal = timezone(timedelta(hours=5, minutes=45))
    moment = datetime(2026, 6, 1, 5, 50, tzinfo=nepal)
    assert quarter_of(moment) == MONDAY
    assert quarter_of(moment).tzinfo is UTC


def test_quarters_between_begin_with_the_one_under_way() -> None:
    start = MONDAY + timedelta(minutes=5)
    found = list(quarters_between(start, MONDAY + timedelta(minutes=31)))
    assert found == [MONDAY, MONDAY + QUARTER, MONDAY + 2 * QUARTER]


def test_slot_follows_the_wall_clock() -> None:
    assert slot_of(MONDAY, MADRID) == 8
    assert slot_of(datetime(2026, 12, 1, 23, 45, tzinfo=UTC), MADRID) == 3


def test_hour_is_spread_over_its_quarters() -> None:
    assert as_quarters([sample(MONDAY, 60, 500)]) == {
        MONDAY + index * QUARTER: 500 for index in range(4)
    }


def test_five_minutes_are_averaged() -> None:
    samples = [sample(MONDAY + timedelta(minutes=5 * i), 5, 300 * i) for i in range(3)]
    assert as_quarters(samples) == {MONDAY: pytest.approx(300)}


def test_too_little_of_a_quarter_hour_does_not_count() -> None:
    assert as_quarters([sample(MONDAY, 7, 500)]) == {}
    assert as_quarters([sample(MONDAY, 8, 500)]) == {MONDAY: pytest.approx(500)}


@pytest.mark.parametrize("nonsense", [nan, inf, -inf])
def test_what_is_no_number_is_passed_over(nonsense: float) -> None:
    samples = [sample(MONDAY, 15, nonsense), sample(MONDAY, 15, 100)]
    assert as_quarters(samples) == {MONDAY: 100}


def test_within_is_in_order_and_half_open() -> None:
    quarters = {MONDAY + index * QUARTER: float(index) for index in (3, 1, 2, 0)}
    found = within(quarters, MONDAY + QUARTER, MONDAY + 3 * QUARTER)
    assert list(found.values()) == [1.0, 2.0]


def readings(
    meter: QuarterMeter, *taken: tuple[float, float | None]
) -> dict[datetime, float]:
    """Let a meter take readings: minutes and watts."""
    done: dict[datetime, float] = {}
    for minutes, power_w in taken:
        done |= meter.add(MONDAY + timedelta(minutes=minutes), power_w)
    return done


def test_meter_weighs_readings_by_how_long_they_hold() -> None:
    done = readings(QuarterMeter(), (0, 100), (5, 400), (10, 100), (15, 100))
    assert done == {MONDAY: pytest.approx(200)}


def test_meter_gives_a_quarter_hour_once_it_is_over() -> None:
    meter = QuarterMeter()
    assert readings(meter, (0, 100), (5, 100), (10, 100), (14.9, 100)) == {}
    assert readings(meter, (15, 900)) == {MONDAY: pytest.approx(100)}


def test_meter_lets_time_complete_a_quarter_hour() -> None:
    meter = QuarterMeter()
    readings(meter, (0, 100), (5, 100), (10, 100))
    assert meter.pass_time(MONDAY + QUARTER) == {MONDAY: pytest.approx(100)}
    assert QuarterMeter().pass_time(MONDAY) == {}


def test_silence_is_not_filled_with_the_last_reading() -> None:
    done = readings(QuarterMeter(), (0, 100), (5, 100), (60, 100), (75, 100))
    assert done == {MONDAY: pytest.approx(100)}


def test_too_few_readings_make_no_quarter_hour() -> None:
    assert readings(QuarterMeter(), (12, 100), (16, 100)) == {}


def test_reading_that_is_missing_ends_the_one_before() -> None:
    done = readings(QuarterMeter(), (0, 100), (3, None), (13, 100), (16, 100))
    assert done == {}


def test_reading_that_is_no_number_counts_as_missing() -> None:
    done = readings(QuarterMeter(), (0, nan), (5, nan), (10, nan), (16, 100))
    assert done == {}


def test_clock_that_goes_back_is_passed_over() -> None:
    done = readings(QuarterMeter(), (0, 100), (5, 100), (2, 9000), (10, 100), (15, 100))
    assert done == {MONDAY: pytest.approx(100)}


def test_clock_that_goes_far_back_begins_anew() -> None:
    ahead = [(600, 9000), (605, 9000), (610, 9000)]
    done = readings(QuarterMeter(), *ahead, (0, 100), (5, 100), (10, 100), (15, 100))
    assert done == {MONDAY: pytest.approx(100)}
