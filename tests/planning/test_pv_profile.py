"""The plant's own last weeks as a PV forecast."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from custom_components.bessai.core.interval import Interval
from custom_components.bessai.planning.pv_profile import PvModel, forecast_pv, learn_pv
from custom_components.bessai.planning.quarters import QUARTER

from .power_builders import MONDAY, measured, steady, sunny

NOW = MONDAY + timedelta(days=21)
NOON = timedelta(hours=12)


def learned(history: dict[datetime, float], now: datetime = NOW) -> PvModel:
    model = learn_pv(history, now)
    assert model is not None
    return model


def weather(seed: int, days: int = 21) -> dict[datetime, float]:
    """Return days of any clearness, some of them clear."""
    chance = Random(seed)  # noqa: S311 - to be had again
    clear = [*(chance.uniform(0.2, 1.0) for _ in range(days - 1)), 1.0]
    curve = sunny(6000)
    return measured(MONDAY, days, lambda at: curve(at) * clear[(at - MONDAY).days])


def test_less_than_a_day_is_no_model() -> None:
    assert learn_pv({}, NOW) is None
    assert (
        learn_pv(measured(NOW - timedelta(hours=23), 23 / 24, sunny(1e3)), NOW) is None
    )


def test_a_day_is_enough() -> None:
    history = measured(NOW - timedelta(days=1), 1, sunny(6000))
    found = forecast_pv(learned(history), history, NOW)
    tomorrow_noon = Interval(start=NOW + NOON, end=NOW + NOON + QUARTER)
    assert found.mean_w(tomorrow_noon) == pytest.approx(6000)


def test_night_is_dark_even_if_it_was_never_measured() -> None:
    """Inverters that sleep answer nothing."""
    history = {at: power for at, power in weather(1).items() if power > 0}
    found = forecast_pv(learned(history), history, NOW)
    assert {
        step.p90_w for step in found.steps if step.interval.start.hour in {0, 22}
    } == {0}


def test_forecast_never_exceeds_a_clear_sky() -> None:
    history = weather(2)
    today = measured(NOW, 0.5, steady(50_000))
    now = NOW + NOON
    found = forecast_pv(learned(history, now), history | today, now)
    clear = learned(history, now)
    assert all(
        step.p90_w <= clear.at(step.interval.start).most_w for step in found.steps
    )


def test_band_is_in_order_and_as_wide_as_the_weather() -> None:
    history = weather(3)
    found = forecast_pv(learned(history), history, NOW)
    noon = next(step for step in found.steps if step.interval.start == NOW + NOON)
    assert noon.p10_w < 0.7 * noon.p50_w
    assert noon.p90_w > 1.2 * noon.p50_w


def test_dull_day_goes_on_where_weather_does() -> None:
    chance = Random(4)  # noqa: S311 - to be had again
    fronts = [chance.uniform(0.2, 1.0) for _ in range(9)]
    curve = sunny(6000)
    history = measured(
        MONDAY, 21, lambda at: curve(at) * fronts[(at - MONDAY).days // 3]
    )
    model = learned(history)
    dull = measured(NOW, 0.45, lambda at: 0.2 * curve(at))
    now = NOW + timedelta(hours=11)
    expected = forecast_pv(model, {}, now)
    found = forecast_pv(model, history | dull, now)
    assert found.steps[2].p50_w < 0.7 * expected.steps[2].p50_w


def test_summer_time_does_not_move_the_sun() -> None:
    start = datetime(2026, 3, 15, tzinfo=UTC)
    history = measured(start, 14, sunny(6000))
    now = start + timedelta(days=15)  # the day after the clock has changed
    found = forecast_pv(learned(history, now), {}, now)
    brightest = max(found.steps[:96], key=lambda step: step.p50_w)
    assert brightest.interval.start.hour == 12


def test_negative_power_at_night_counts_as_none() -> None:
    history = measured(MONDAY, 21, steady(-5))
    found = forecast_pv(learned(history), history, NOW)
    assert {step.p90_w for step in found.steps} == {0}


def test_what_is_long_ago_or_yet_to_come_is_left_out() -> None:
    history = (
        measured(NOW - timedelta(days=40), 5, steady(9000))
        | measured(NOW - timedelta(days=5), 5, sunny(1000))
        | measured(NOW, 3, steady(9000))
    )
    assert learned(history).bands[48].most_w == 1000
