"""What is not published is forecast, with a confidence that was measured."""

from datetime import UTC, datetime, timedelta
import random
from zoneinfo import ZoneInfo

import pytest

from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.price_outlook import ExpectedPrice, PriceOutlook
from custom_components.bessai.planning.price_forecast import (
    FINE,
    KEPT,
    LATELY,
    ByOutlook,
    ForecastPrice,
    PriceForecaster,
    look_back,
    quarter_of,
    quarters_in,
    remember,
)
from custom_components.bessai.planning.price_series import QUARTER, SeriesPrice

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 6, 1, tzinfo=BERLIN).astimezone(UTC)
DAY = timedelta(days=1)
H = timedelta(hours=1)


def shape(moment: datetime) -> float:
    """Return a price that depends on the hour and the kind of day."""
    local = moment.astimezone(BERLIN)
    return local.hour / 100 + (0.5 if local.weekday() >= 5 else 0.0)


def history(days: int, noise: float = 0.0) -> dict[datetime, float]:
    """Return so many days from a Monday on."""
    dice = random.Random(7)  # noqa: S311
    starts = [MONDAY + index * QUARTER for index in range(days * 96)]
    return {start: shape(start) + dice.uniform(-noise, noise) for start in starts}


def test_a_quarter_hour_begins_at_its_quarter() -> None:
    moment = datetime(2026, 6, 1, 12, 29, 59, 5, tzinfo=BERLIN)
    assert quarter_of(moment) == datetime(2026, 6, 1, 10, 15, tzinfo=UTC)


def test_an_interval_touches_its_quarter_hours() -> None:
    interval = Interval(start=MONDAY + timedelta(minutes=5), end=MONDAY + H)
    assert list(quarters_in(interval)) == [MONDAY + i * QUARTER for i in range(4)]


def test_what_was_published_is_remembered_for_two_years() -> None:
    old = {MONDAY - KEPT: 1.0, MONDAY - DAY: 2.0}
    sure = SeriesPrice(interval=Interval(start=MONDAY, end=MONDAY + H), value=3.0)
    guess = SeriesPrice(
        interval=Interval(start=MONDAY + H, end=MONDAY + 2 * H),
        value=9.0,
        confidence=0.9,
    )
    kept = remember(old, [sure, guess], MONDAY)
    assert kept.keys() == {
        MONDAY - DAY,
        *(MONDAY + index * QUARTER for index in range(4)),
    }


def test_without_a_history_nothing_is_forecast() -> None:
    forecaster = PriceForecaster({}, BERLIN)
    assert forecaster.at(MONDAY) is None
    assert forecaster.skill == 0


def test_time_of_day_and_kind_of_day_decide() -> None:
    forecaster = PriceForecaster(history(14), BERLIN)
    for after in (14 * DAY + 8 * H, 15 * DAY + 20 * H, 19 * DAY + 8 * H):
        moment = MONDAY + after
        expected = forecaster.at(moment)
        assert expected is not None
        assert expected.value == pytest.approx(shape(moment))


def test_recent_days_weigh_more() -> None:
    past = {MONDAY: 1.0, MONDAY + DAY: 2.0, MONDAY + 2 * DAY: 4.0}
    expected = PriceForecaster(past, BERLIN).at(MONDAY + 3 * DAY)
    assert expected is not None
    assert expected.value == pytest.approx((0.36 * 1 + 0.6 * 2 + 4) / 1.96)


def test_confidence_is_high_where_days_repeat_and_fades() -> None:
    forecaster = PriceForecaster(history(14), BERLIN)
    soon = forecaster.at(MONDAY + 14 * DAY)
    later = forecaster.at(MONDAY + 17 * DAY)
    assert soon is not None
    assert later is not None
    assert 0.95 < soon.confidence < 1
    assert later.confidence < soon.confidence


def test_confidence_falls_with_noise() -> None:
    sure, unsure, blind = (
        PriceForecaster(history(14, noise), BERLIN).skill for noise in (0.02, 0.3, 5)
    )
    assert sure > unsure > blind
    assert blind < 0.1


def test_prices_that_never_change_say_nothing_about_skill() -> None:
    flat = dict.fromkeys(history(5), 0.2)
    forecaster = PriceForecaster(flat, BERLIN)
    assert forecaster.skill == 0
    expected = forecaster.at(MONDAY + 6 * DAY)
    assert expected is not None
    assert expected.value == pytest.approx(0.2)


def test_first_day_is_forecast_by_itself_without_confidence() -> None:
    forecaster = PriceForecaster(history(1), BERLIN)
    expected = forecaster.at(MONDAY + DAY + 8 * H)
    assert expected is not None
    assert (expected.value, expected.confidence) == (0.08, 0)


def test_a_time_of_day_never_seen_gets_the_mean() -> None:
    forecaster = PriceForecaster({MONDAY: 0.1, MONDAY + QUARTER: 0.3}, BERLIN)
    expected = forecaster.at(MONDAY + 12 * H)
    assert expected is not None
    assert expected.value == pytest.approx(0.2)
    assert expected.confidence == 0


def test_wall_clock_counts_after_a_clock_change() -> None:
    """A peak at 18 o'clock stays there when summer time ends."""
    begin = datetime(2026, 10, 12, tzinfo=BERLIN).astimezone(UTC)
    past = {
        start: 1.0 if start.astimezone(BERLIN).hour == 18 else 0.0
        for start in (begin + index * QUARTER for index in range(12 * 96))
    }
    forecaster = PriceForecaster(past, BERLIN)
    moment = datetime(2026, 10, 26, 18, tzinfo=BERLIN)
    expected = forecaster.at(moment)
    assert expected is not None
    assert expected.value == 1.0


def test_a_price_for_a_century_is_remembered_only_where_it_is_of_use() -> None:
    century = Interval(start=MONDAY - 9999 * DAY, end=MONDAY + 30_000 * DAY)
    kept = remember({}, [SeriesPrice(interval=century, value=3.0)], MONDAY)
    assert (min(kept), max(kept) + QUARTER) == (MONDAY - FINE, MONDAY + 8 * DAY)
    over = Interval(start=MONDAY - 99 * DAY, end=MONDAY - 98 * DAY)
    assert remember({}, [SeriesPrice(interval=over, value=3.0)], MONDAY) == {}


def test_what_is_older_than_four_weeks_is_kept_by_the_hour() -> None:
    month_ago, later = MONDAY - FINE - DAY, MONDAY - FINE
    past = {
        start + index * QUARTER: float(index)
        for start in (month_ago, later)
        for index in range(4)
    }
    kept = remember(past, [], MONDAY)
    assert kept == {
        month_ago: 1.5,
        **{later + index * QUARTER: float(index) for index in range(4)},
    }
    assert remember(kept, [], MONDAY) == kept


def test_a_recorder_teaches_two_years_of_hours() -> None:
    hours = [
        SeriesPrice(interval=Interval(start=start, end=start + H), value=value)
        for start, value in (
            (MONDAY - KEPT - H, 1.0),
            (MONDAY - 100 * DAY, 2.0),
            (MONDAY - DAY, 3.0),
        )
    ]
    recent = {MONDAY - DAY + index * QUARTER: 3.0 for index in range(4)}
    assert look_back(hours, MONDAY) == {MONDAY - 100 * DAY: 2.0, **recent}


def test_the_mean_is_one_of_recent_days_however_long_the_history_is() -> None:
    recent = history(14)
    older = {min(recent) - LATELY + index * QUARTER: 99.0 for index in range(96)}
    moment = max(recent) + H
    alone = PriceForecaster(recent, BERLIN).at(moment)
    assert PriceForecaster(older | recent, BERLIN).at(moment) == alone


def test_a_better_method_counts_where_it_says_something() -> None:
    otherwise = PriceForecaster(history(14), BERLIN)
    step = ExpectedPrice(
        interval=Interval(start=MONDAY, end=MONDAY + H),
        p10=0.1,
        p50=0.2,
        p90=0.4,
        confidence=1.0,
    )
    outlook = PriceOutlook(source="linear", made_at=MONDAY, steps=(step,))
    both = ByOutlook(outlook, otherwise)
    assert both.at(MONDAY) == ForecastPrice(value=0.2, confidence=0.99, band=(0.1, 0.4))
    assert both.at(MONDAY + H) == otherwise.at(MONDAY + H)
