"""A foreign PV forecast, corrected by what came."""

from datetime import datetime, timedelta

import pytest

from custom_components.bessai.core.power_forecast import PowerForecast, PowerStep
from custom_components.bessai.planning.persistence import Correction
from custom_components.bessai.planning.pv_correction import (
    MOST_BIAS,
    USUAL_RATIOS,
    PvSkill,
    correct_pv,
    covered_until,
    judge_pv,
)

from .power_builders import MONDAY, forecast, measured, steady, sunny

NOW = MONDAY + timedelta(days=7)
HOUR = timedelta(hours=1)
FORESEEN = measured(MONDAY, 7, sunny(6000))


def came(factor: float) -> dict[datetime, float]:
    return {quarter: factor * power_w for quarter, power_w in FORESEEN.items()}


def step_at(found: PowerForecast, moment: datetime) -> PowerStep:
    return next(step for step in found.steps if step.interval.has(moment))


def test_nothing_known_changes_nothing() -> None:
    skill = judge_pv({}, {}, NOW)
    assert skill == PvSkill()
    assert (skill.low_ratio, skill.high_ratio) == USUAL_RATIOS


def test_forecast_that_was_right_stays() -> None:
    assert judge_pv(FORESEEN, FORESEEN, NOW).bias == pytest.approx(1)


def test_bias_is_followed_as_far_as_it_is_proven() -> None:
    week = judge_pv(FORESEEN, came(0.7), NOW).bias
    day = judge_pv(measured(NOW - 24 * HOUR, 1, sunny(6000)), came(0.7), NOW).bias
    assert 0.7 < week < 0.8 < day < 0.95


def test_bias_is_bounded() -> None:
    assert judge_pv(FORESEEN, came(9.0), NOW).bias == MOST_BIAS
    assert judge_pv(FORESEEN, came(0.0), NOW).bias == 0.5


def test_bias_of_long_ago_is_forgotten() -> None:
    old = measured(NOW - timedelta(days=12), 4, sunny(6000))
    assert (
        judge_pv(old, measured(NOW - timedelta(days=12), 4, steady(0)), NOW).bias == 1
    )


def test_night_proves_nothing() -> None:
    dark = measured(MONDAY, 7, steady(0))
    assert judge_pv(dark, dark, NOW) == PvSkill()


def test_what_was_not_measured_is_no_error() -> None:
    assert judge_pv(FORESEEN, {}, NOW) == PvSkill()


def test_band_is_learned_from_what_came() -> None:
    curve = sunny(6000)
    swinging = measured(MONDAY, 7, lambda at: curve(at) * (0.8 if at.day % 2 else 1.2))
    skill = judge_pv(FORESEEN, swinging, NOW)
    assert 0.75 < skill.low_ratio < 0.85
    assert 1.15 < skill.high_ratio < 1.25


def test_hours_are_divided_into_quarters() -> None:
    raw = forecast(NOW, [400.0, 800.0], length=HOUR)
    found = correct_pv(raw, PvSkill(), None, NOW, 2 * HOUR)
    assert [step.p50_w for step in found.steps] == [400.0] * 4 + [800.0] * 4
    assert found.source == "test"


def test_foreign_band_is_kept_and_scaled() -> None:
    raw = forecast(NOW, [1000.0] * 4, band=(0.6, 1.1))
    (step, *_) = correct_pv(raw, PvSkill(bias=0.5), None, NOW, HOUR).steps
    assert (step.p10_w, step.p50_w, step.p90_w) == pytest.approx((300, 500, 550))


def test_forecast_without_a_band_gets_one() -> None:
    skill = PvSkill(low_ratio=0.4, high_ratio=1.25)
    (step, *_) = correct_pv(forecast(NOW, [1000.0] * 4), skill, None, NOW, HOUR).steps
    assert (step.p10_w, step.p50_w, step.p90_w) == pytest.approx((400, 1000, 1250))


def test_last_hours_correct_the_next_ones_only() -> None:
    raw = forecast(NOW, [1000.0] * 288)
    skill = PvSkill(correction=Correction(recent=-0.5))
    found = correct_pv(raw, skill, None, NOW)
    assert found.steps[0].p50_w == pytest.approx(500)
    assert found.steps[-1].p50_w == pytest.approx(1000, rel=0.01)


def test_fading_correction_is_learned_from_the_days_before() -> None:
    """In each of them the morning's error went on."""
    curve = sunny(6000)
    now = NOW + 11 * HOUR
    said = measured(MONDAY, 7.5, sunny(6000))
    got = measured(MONDAY, 7.5, lambda at: curve(at) * (0.6 if at.day % 2 else 1.4))
    dull = judge_pv(said, got | measured(NOW, 0.5, lambda at: 0.5 * curve(at)), now)
    assert dull.correction.recent < -0.1
    assert dull.correction.level == 0


def test_own_weeks_fill_what_is_not_said() -> None:
    raw = forecast(NOW + HOUR, [1000.0] * 4)
    own = forecast(NOW, [300.0] * 12, band=(0.5, 1.5))
    found = correct_pv(raw, PvSkill(), own, NOW, 3 * HOUR)
    assert [step.p50_w for step in found.steps[::4]] == [300, 1000, 300]
    assert (found.steps[0].p10_w, found.steps[0].p90_w) == (150, 450)


def test_without_own_weeks_the_last_day_is_repeated() -> None:
    raw = forecast(NOW, [float(index) for index in range(96)])
    found = correct_pv(raw, PvSkill(), None, NOW, 48 * HOUR)
    assert found.steps[96 + 10].p50_w == found.steps[10].p50_w == 10


def test_hole_without_own_weeks_is_a_night() -> None:
    day, next_day = forecast(NOW, [500.0] * 4), forecast(NOW + 30 * HOUR, [500.0] * 4)
    raw = PowerForecast(source="test", steps=day.steps + next_day.steps)
    found = correct_pv(raw, PvSkill(), None, NOW, 30 * HOUR)
    assert step_at(found, NOW + 26 * HOUR).p90_w == 0


def test_short_forecast_is_not_repeated_before_a_day_has_passed() -> None:
    found = correct_pv(forecast(NOW, [500.0] * 4), PvSkill(), None, NOW, 20 * HOUR)
    assert step_at(found, NOW + 10 * HOUR).p50_w == 0


def test_forecast_without_steps_covers_nothing() -> None:
    empty = PowerForecast(source="test", steps=())
    assert covered_until(empty) is None
    assert {step.p50_w for step in correct_pv(empty, PvSkill(), None, NOW).steps} == {0}
    assert covered_until(forecast(NOW, [1.0])) == NOW + timedelta(minutes=15)
