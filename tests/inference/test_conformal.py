"""Bands and confidence that come from errors."""

from datetime import UTC, datetime

import numpy as np
import pytest

from custom_components.bessai.inference.conformal import KEPT_DAYS, past_days
from custom_components.bessai.inference.price_history import DailyPrices, daily_prices

CHANCE = np.random.default_rng(2)
BEGIN = CHANCE.bit_generator.state


@pytest.fixture(autouse=True)
def same_chance() -> None:
    """Draw the same in each test, whichever were run before it."""
    CHANCE.bit_generator.state = BEGIN


def days(values: np.ndarray[tuple[int, int]]) -> DailyPrices:
    start = datetime(2026, 6, 1, tzinfo=UTC)
    last_hour = int(start.timestamp()) // 3600
    return daily_prices(values, last_hour=last_hour, zone=UTC, start=start)


def noisy(count: int = 120, spread: float = 1.0) -> np.ndarray[tuple[int, int]]:
    return CHANCE.normal(size=(count, 24)) * spread + 5.0


def test_forecasts_are_judged_on_days_that_have_come() -> None:
    values = noisy()
    judged = past_days(days(values), 53, 2)
    assert judged.rows == tuple(range(6, 51))  # the two last ones are not over
    assert np.array_equal(judged.came, values[-45:])
    assert len(judged.rows) == KEPT_DAYS
    assert judged.usual[-1] == pytest.approx(values[-10:-3].mean())
    assert judged.spread_now == pytest.approx(values[-7:].std(), rel=1e-2)


def test_days_of_a_gap_are_not_judged() -> None:
    values = noisy()
    values[100] = np.nan
    judged = past_days(days(values), 53, 0)
    assert 100 - (120 - 53) not in judged.rows


def test_a_share_of_later_errors_lies_below_the_shift() -> None:
    judged = past_days(days(noisy()), 53, 0)
    said = np.full((45, 24), 5.0)
    later = CHANCE.normal(size=(2000, 24))
    below = (later < judged.shift(said, 0.1)).mean()
    above = (later > judged.shift(said, 0.9)).mean()
    assert 0.06 < below < 0.12
    assert 0.06 < above < 0.12


def test_band_grows_with_the_spread_of_the_last_week() -> None:
    values = noisy()
    calm = past_days(days(values), 53, 0)
    values[-7:] = noisy(7, spread=4.0)
    restless = past_days(days(values), 53, 0)
    said = np.full((45, 24), 5.0)
    assert (restless.shift(said, 0.9) > 1.5 * calm.shift(said, 0.9)).all()


def test_band_is_wider_further_ahead() -> None:
    prices = days(noisy())
    said = np.full((45, 24), 5.0)
    soon, late = (past_days(prices, 53, lead) for lead in (0, 6))
    assert late.shift(said, 0.9).mean() > soon.shift(said, 0.9).mean()


def test_confidence_is_what_a_forecast_is_better_by_than_the_mean_price() -> None:
    judged = past_days(days(noisy()), 53, 0)
    usual = np.repeat(judged.usual[:, None], 24, axis=1)
    assert judged.confidence(judged.came) == 0.99
    assert judged.confidence(usual) == 0.0
    assert judged.confidence(judged.came + 100) == 0.0
    half = (judged.came + usual) / 2
    assert judged.confidence(half) == pytest.approx(0.5)


def test_without_days_there_is_no_confidence() -> None:
    judged = past_days(days(noisy()), 0, 0)
    assert judged.rows == ()
    assert judged.confidence(np.empty((0, 24))) == 0.0


def test_prices_that_never_change_say_nothing_about_skill() -> None:
    judged = past_days(days(np.full((60, 24), 0.2)), 20, 0)
    said = np.full((20, 24), 0.2)
    assert judged.confidence(said) == 0.0
    assert judged.shift(said, 0.9) == pytest.approx(np.zeros(24))
