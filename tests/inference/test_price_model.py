"""The forecast that every installation has: learned, with a band, without foresight."""

from datetime import UTC, date, datetime, timedelta
from functools import cache

import numpy as np
import pytest

from custom_components.bessai.core.price_outlook import PriceOutlook
from custom_components.bessai.inference.price_history import (
    TooLittleHistory,
    read_history,
)
from custom_components.bessai.inference.price_lesson import NOTHING
from custom_components.bessai.inference.price_model import (
    SOURCE,
    PriceForecasterFit,
    fit_forecaster,
)

from .price_builders import (
    BERLIN,
    DAY,
    HOUR,
    MONDAY,
    QUARTER,
    History,
    end_of,
    history,
    smard,
)


def fit(prices: History) -> PriceForecasterFit:
    return fit_forecaster(prices, BERLIN, end_of(prices))


@cache
def usual_fit() -> PriceForecasterFit:
    """Return what 60 days of habits teach; to fit it takes a second."""
    return fit(history(60))


def values(outlook: PriceOutlook) -> list[float]:
    return [
        number for step in outlook.steps for number in (step.p10, step.p50, step.p90)
    ]


def test_habits_are_found_in_eight_weeks() -> None:
    prices = history(57)
    known = {at: price for at, price in prices.items() if at < MONDAY + 56 * DAY}
    outlook = fit(known).outlook(24, MONDAY + 56 * DAY)
    assert outlook.source == SOURCE
    assert outlook.made_at == MONDAY + 56 * DAY
    assert len(outlook.steps) == 24
    errors = [step.p50 - prices[step.interval.start] for step in outlook.steps]
    assert np.abs(errors).mean() < 0.015  # the noise alone has 0.008
    assert outlook.steps[0].confidence > 0.5


def test_less_than_eight_weeks_are_refused() -> None:
    with pytest.raises(TooLittleHistory):
        fit(history(55))


@pytest.mark.parametrize("hours", [1, 24, 168])
def test_outlook_follows_on_what_is_known_without_a_gap(hours: int) -> None:
    end = end_of(history(60))
    outlook = usual_fit().outlook(hours, MONDAY)
    assert outlook.steps[0].interval.start == end
    assert outlook.steps[-1].interval.end == end + hours * HOUR


def test_nobody_is_told_more_than_a_week() -> None:
    assert len(usual_fit().outlook(400, MONDAY).steps) == 168


@pytest.mark.slow
def test_the_future_is_not_looked_at() -> None:
    """Whatever comes later, forecast, band and confidence are the same."""
    prices = smard(date(2024, 3, 1), 62)
    until = datetime(2024, 4, 29, tzinfo=BERLIN)
    known = {at: price for at, price in prices.items() if at < until}
    changed = {at: price if at < until else -7.0 for at, price in prices.items()}
    alone, beside = (
        fit_forecaster(one, BERLIN, until).outlook(168, until)
        for one in (known, changed)
    )
    assert values(alone) == values(beside)
    assert [s.confidence for s in alone.steps] == [s.confidence for s in beside.steps]


@pytest.mark.slow
def test_bands_are_of_forecasts_that_did_not_know_the_day_either() -> None:
    """A price of the last day moves what is said now, and no forecast before it."""
    prices = smard(date(2024, 3, 1), 60)
    last = end_of(prices) - DAY
    changed = {at: price + 1.0 * (at >= last) for at, price in prices.items()}
    before, after = fit(prices).learned, fit(changed).learned
    for one, other in ((before.paths, after.paths), (before.each, after.each)):
        assert len(one) == len(other)
        assert len(one.keys() & other.keys()) == len(one) - 1


@pytest.mark.slow
def test_what_was_learned_before_changes_no_figure() -> None:
    prices = smard(date(2024, 3, 1), 66)
    yesterday = fit_forecaster(prices, BERLIN, end_of(prices) - DAY)
    anew = fit(prices)
    again = fit_forecaster(prices, BERLIN, end_of(prices), yesterday.learned)
    assert values(anew.outlook(168, MONDAY)) == values(again.outlook(168, MONDAY))
    old, new = yesterday.learned, again.learned
    assert anew.learned.paths.keys() == new.paths.keys()
    for before, after in ((old.paths, new.paths), (old.each, new.each)):
        assert [before.get(key) is said for key, said in after.items()].count(
            False
        ) == 1
    assert {id(one) for one in new.trees.values()} <= {
        id(one) for one in old.trees.values()
    }


@pytest.mark.slow
def test_what_is_learned_of_two_years_is_right_for_weeks() -> None:
    """Although the oldest of the prices that are kept are forgotten each day."""
    prices = history(746)
    begins = [
        read_history(
            {at: p for at, p in prices.items() if MONDAY + day * DAY <= at},
            BERLIN,
            MONDAY + (735 + day) * DAY,
        ).first_day
        for day in (0, 4, 7, 10)
    ]
    assert len(set(begins)) <= 2
    assert all(begin % 28 == 0 for begin in begins)


@pytest.mark.slow
def test_prices_that_were_corrected_are_learned_anew() -> None:
    prices = smard(date(2024, 3, 1), 60)
    first = fit(prices)
    day = min(prices) + 20 * DAY
    corrected = {at: p + 0.5 * (day <= at < day + DAY) for at, p in prices.items()}
    again = fit_forecaster(corrected, BERLIN, end_of(prices), first.learned)
    assert values(again.outlook(24, MONDAY)) == values(
        fit(corrected).outlook(24, MONDAY)
    )
    assert not again.learned.trees.keys() & first.learned.trees.keys()


@pytest.mark.slow
def test_band_covers_what_it_says_on_real_prices() -> None:
    prices = smard(date(2024, 4, 1), 84)
    inside, learned = [], NOTHING
    for day in range(70, 84):
        until = datetime(2024, 4, 1, tzinfo=BERLIN) + day * DAY
        found = fit_forecaster(prices, BERLIN, until, learned)
        learned = found.learned
        inside += [
            step.p10 <= prices[step.interval.start] <= step.p90
            for step in found.outlook(24, until).steps
        ]
    assert len(inside) == 336
    assert 0.70 < np.mean(inside) < 0.90


def test_negative_prices_are_natural_where_they_have_been() -> None:
    prices = history(70, level=-0.1)
    outlook = fit(prices).outlook(24, MONDAY)
    assert min(step.p50 for step in outlook.steps) < -0.05


def test_where_no_price_was_negative_none_is_forecast() -> None:
    prices = {at: max(0.0, p - 0.05) for at, p in history(70, noise=0.02).items()}
    outlook = fit(prices).outlook(168, MONDAY)
    assert min(values(outlook)) == 0.0


def test_prices_that_never_change_go_on() -> None:
    outlook = fit(dict.fromkeys(history(60), 0.25)).outlook(48, MONDAY)
    assert values(outlook) == pytest.approx([0.25] * 48 * 3)
    assert {step.confidence for step in outlook.steps} == {0.0}


def test_prices_of_zero_go_on() -> None:
    outlook = fit(dict.fromkeys(history(60), 0.0)).outlook(24, MONDAY)
    assert values(outlook) == pytest.approx([0.0] * 72, abs=1e-6)


def test_a_level_never_seen_is_not_run_away_with() -> None:
    prices = history(70)
    for at in prices:
        if at >= end_of(prices) - 2 * DAY:
            prices[at] += 3.0
    outlook = fit(prices).outlook(168, MONDAY)
    assert max(values(outlook)) < 3.6


@pytest.mark.slow
def test_unit_of_the_prices_does_not_matter() -> None:
    prices = smard(date(2024, 3, 1), 60)
    small = values(fit(prices).outlook(48, MONDAY))
    large = values(fit({at: 1000 * p for at, p in prices.items()}).outlook(48, MONDAY))
    assert large == pytest.approx([1000 * value for value in small], rel=1e-3)


def test_quarters_of_an_hour_are_foreseen_where_they_differ() -> None:
    prices = history(60)
    for at in prices:
        prices[at] += 0.01 * (at.minute // 15 - 1.5)
    outlook = fit(prices).outlook(24, MONDAY)
    assert len(outlook.steps) == 96
    assert {step.interval.duration for step in outlook.steps} == {QUARTER}
    ramp = [step.p50 - outlook.steps[40].p50 for step in outlook.steps[40:44]]
    assert ramp == pytest.approx([0, 0.01, 0.02, 0.03])


@pytest.mark.parametrize(
    ("midnight", "hours"),
    [
        (datetime(2026, 3, 29, tzinfo=BERLIN), 23),
        (datetime(2026, 10, 25, tzinfo=BERLIN), 25),
    ],
)
def test_days_on_which_clocks_change_have_their_hours(
    midnight: datetime, hours: int
) -> None:
    prices = history(60, noise=0.001, start=midnight - 60 * DAY)
    outlook = fit_forecaster(prices, BERLIN, midnight).outlook(hours, midnight)
    assert outlook.steps[-1].interval.end == midnight + DAY
    evening = [s.p50 for s in outlook.steps if 17 <= _hour(s.interval.start) <= 20]
    noon = [s.p50 for s in outlook.steps if 11 <= _hour(s.interval.start) <= 14]
    assert len(evening) == len(noon) == 4
    assert min(evening) > max(noon) + 0.05


def _hour(moment: datetime) -> int:
    return moment.astimezone(BERLIN).hour


def test_forecast_at_two_in_the_afternoon() -> None:
    prices = history(62, noise=0.001)
    until = MONDAY + 60 * DAY + 14 * HOUR
    outlook = fit_forecaster(prices, BERLIN, until).outlook(24, until)
    assert outlook.steps[0].interval.start == until
    errors = [step.p50 - prices[step.interval.start] for step in outlook.steps]
    assert np.abs(errors).max() < 0.02


@pytest.mark.slow
def test_a_gap_of_days_does_no_harm() -> None:
    prices = history(68)
    gone = MONDAY + 59 * DAY
    kept = {at: p for at, p in prices.items() if not gone <= at < gone + 5 * DAY}
    outlook = fit(kept).outlook(24, MONDAY)
    whole = fit(prices).outlook(24, MONDAY)
    assert values(outlook) == pytest.approx(values(whole), abs=0.03)


def test_a_gap_of_months_behind_the_first_days_does_no_harm() -> None:
    prices = history(150)
    gone, back = MONDAY + 5 * DAY, MONDAY + 90 * DAY
    kept = {at: p for at, p in prices.items() if not gone <= at < back}
    found = fit(kept)
    errors = [
        s.p50 - prices[s.interval.start - 7 * DAY]
        for s in found.outlook(24, MONDAY).steps
    ]
    assert np.abs(errors).mean() < 0.02
    assert found.ahead[0].confidence > 0.5


def test_source_that_fell_silent_is_forecast_from_where_it_ended() -> None:
    prices = history(60)
    now = end_of(prices) + timedelta(days=2)
    outlook = fit_forecaster(prices, BERLIN, now).outlook(72, now)
    assert outlook.steps[0].interval.start == end_of(prices)
    assert outlook.at(now) is not None
    assert outlook.made_at == now.astimezone(UTC)
