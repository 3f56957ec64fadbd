"""The load of the next days."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.bessai.core.power_forecast import Quantile
from custom_components.bessai.planning.load_forecast import (
    LoadModel,
    forecast_load,
    learn_load,
)
from custom_components.bessai.planning.persistence import Persistence
from custom_components.bessai.planning.quarters import QUARTER, quarter_of

from .power_builders import MADRID, MONDAY, by_local_hour, measured, steady

NOW = MONDAY + timedelta(weeks=4)


def learned(history: dict[datetime, float], now: datetime = NOW) -> LoadModel:
    model = learn_load(history, now, MADRID)
    assert model is not None
    return model


def test_nothing_is_learned_of_nothing() -> None:
    assert learn_load({}, NOW, MADRID) is None


def test_forecast_begins_with_the_quarter_hour_of_now_and_has_no_gap() -> None:
    now = NOW + timedelta(minutes=7)
    history = measured(MONDAY, 28, steady(300))
    found = forecast_load(learned(history), history, now)
    assert found.steps[0].interval.start == NOW
    assert found.steps[-1].interval.end >= now + timedelta(hours=72)
    starts = [step.interval.start for step in found.steps]
    assert [step.interval.end for step in found.steps[:-1]] == starts[1:]


def test_steady_house_stays_as_it_is() -> None:
    history = measured(MONDAY, 28, steady(300))
    found = forecast_load(learned(history), history, NOW, timedelta(hours=2))
    assert [step.p50_w for step in found.steps] == pytest.approx([300] * 8)


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (datetime(2026, 3, 29, tzinfo=MADRID), 23),
        (datetime(2026, 10, 25, tzinfo=MADRID), 25),
    ],
)
def test_breakfast_keeps_its_time_when_the_clock_changes(
    day: datetime, hours: int
) -> None:
    start = day.astimezone(UTC) - timedelta(days=28)
    history = measured(start, 28, by_local_hour(MADRID, {8: 2000}))
    now = day.astimezone(UTC)
    found = forecast_load(learned(history, now), history, now, timedelta(hours=hours))
    high = [s.interval.start.astimezone(MADRID) for s in found.steps if s.p50_w > 1500]
    assert {moment.hour for moment in high} == {8}
    assert found.steps[-1].interval.end.astimezone(MADRID).hour == 0


def test_restless_day_goes_on_where_that_is_the_habit() -> None:
    chance = Random(1)  # noqa: S311 - to be had again
    levels = [chance.choice((0.5, 1.5)) for _ in range(28 * 4)]

    def powers(quarter: datetime) -> float:
        return (
            400.0 * levels[int((quarter - MONDAY) / timedelta(hours=6)) % len(levels)]
        )

    history = measured(MONDAY, 28, powers)
    model = learned(history)
    recent = measured(NOW - timedelta(hours=3), 0.125, steady(900))
    busy = forecast_load(model, recent, NOW)
    usual = forecast_load(model, {}, NOW)
    assert model.persistence.recent > 0.3
    assert busy.steps[2].p50_w > 1.2 * usual.steps[2].p50_w
    assert busy.steps[-1].p50_w == pytest.approx(usual.steps[-1].p50_w, rel=0.05)


def test_quarter_hour_under_way_is_not_taken_for_measured() -> None:
    history = measured(MONDAY, 28, steady(300))
    now = NOW + timedelta(minutes=5)
    model = learned(history)
    assert forecast_load(model, history | {NOW: 9e3}, now) == forecast_load(
        model, history, now
    )


def test_fault_of_the_meter_is_not_carried_on() -> None:
    history = measured(MONDAY, 28, steady(300))
    history[NOW - 2 * QUARTER] = 4_000_000.0
    model = replace(learned(history), persistence=Persistence(level=0.9, recent=0.9))
    found = forecast_load(model, history, NOW)
    assert found.steps[0].p50_w == pytest.approx(300)


@settings(max_examples=30)
@given(
    st.dictionaries(
        st.integers(0, 28 * 96), st.floats(-1e5, 1e5), min_size=4, max_size=60
    ),
    st.integers(0, 900),
)
def test_any_history_makes_a_valid_forecast(
    powers: dict[int, float], late_s: int
) -> None:
    now = NOW + timedelta(minutes=30, seconds=late_s)
    history = {MONDAY + index * QUARTER: power for index, power in powers.items()}
    found = forecast_load(learned(history, now), history, now, timedelta(hours=24))
    assert found.steps[0].interval.start == quarter_of(now)
    assert all(step.at(Quantile.P90) < 1e6 for step in found.steps)
