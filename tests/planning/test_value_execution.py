"""What the battery is told when a policy says what energy is worth, or a power."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from math import inf
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.power_forecast import PowerForecast, PowerStep
from custom_components.bessai.core.price_curve import PriceStep
from custom_components.bessai.core.setpoint import Hold, Setpoint
from custom_components.bessai.planning.execution import (
    RESTING,
    RESTING_HOLD,
    Decision,
    wish_of,
)
from custom_components.bessai.planning.horizon import PlanTerms
from custom_components.bessai.planning.plan import Intent, Why
from custom_components.bessai.planning.present import Measurement
from custom_components.bessai.planning.value_execution import (
    ValueMoment,
    dearer_need_kwh,
    decide_by_power,
    decide_by_value,
    night_need_kwh,
)

from .home_builders import NOW, battery, curve

MINUTE = timedelta(minutes=1)
PRICES = curve([0.30]).steps[0]
AHEAD = curve([0.60, 0.05], [0.50, -0.50], start=PRICES.interval.end).steps
NAN = float("nan")


def moment(value: float, prices: PriceStep = PRICES, **terms: Any) -> ValueMoment:
    """Return a moment at which stored energy is worth so much."""
    return ValueMoment(
        prices=prices,
        terms=PlanTerms(battery=battery(), **terms),
        value=value,
        ahead=(prices, *AHEAD),
        dearer_kwh=inf,
        night_kwh=0.0,
    )


def house(net_load_kw: float, stored_kwh: float = 5.0) -> Measurement:
    """Return what is measured in a home with some sun."""
    return Measurement(net_load_kw=net_load_kw, pv_kw=2.0, stored_kwh=stored_kwh)


@pytest.mark.parametrize(
    ("value", "net_load_kw", "intent", "power_kw", "why"),
    [
        (0.20, 1.0, Intent.SELF_CONSUMPTION, None, Why.COVERS_LOAD),
        (0.20, -1.0, Intent.SELF_CONSUMPTION, None, Why.STORES_SURPLUS),
        (0.30, 1.0, Intent.STORE_SURPLUS, None, Why.WORTH_MORE_LATER),
        (0.065, -1.0, Intent.KEEP, None, Why.EXPORT_PAYS_NOW),
        (0.50, 1.0, Intent.CHARGE, -5.0, Why.CHEAP_NOW),
        (0.01, -1.0, Intent.DISCHARGE, 5.0, Why.DEAR_NOW),
        (-0.50, 1.0, Intent.DISCHARGE, 5.0, Why.DEAR_NOW),
    ],
)
def test_a_value_is_carried_out_like_that_of_a_plan(
    value: float, net_load_kw: float, intent: Intent, power_kw: float | None, why: Why
) -> None:
    decision = decide_by_value(moment(value), NOW, house(net_load_kw), None)
    assert decision is not None
    assert (decision.intent, decision.power_kw, decision.why) == (intent, power_kw, why)
    assert decision.value == pytest.approx(value)


def test_what_is_not_measured_is_not_decided_about() -> None:
    assert decide_by_value(moment(0.5), NOW, house(NAN), None) is None


def test_a_price_that_is_too_unsure_is_not_traded_on() -> None:
    unsure = replace(PRICES, confidence=0.4)
    decision = decide_by_value(
        moment(0.5, unsure, min_confidence=0.5), NOW, house(1.0), None
    )
    assert decision is not None
    assert decision.intent is Intent.STORE_SURPLUS


def test_the_last_seconds_of_a_price_can_be_decided_about() -> None:
    late = PRICES.interval.end - timedelta(seconds=2)
    decision = decide_by_value(moment(0.5), late, house(1.0), None)
    assert decision is not None
    assert decision.intent is Intent.CHARGE


def test_a_battery_outside_its_limits_is_not_moved_further() -> None:
    beyond = decide_by_value(moment(0.9), NOW, house(1.0, stored_kwh=10.5), None)
    below = decide_by_value(moment(0.01), NOW, house(1.0, stored_kwh=0.2), None)
    assert beyond is not None
    assert below is not None
    assert beyond.intent is Intent.STORE_SURPLUS
    assert below.why is Why.RESERVE


def test_a_small_gain_over_self_consumption_is_not_worth_the_doubt() -> None:
    at_the_edge = (0.30 - 0.02) * 0.95
    for value in (at_the_edge + 0.005, 5.0):
        flat = replace(moment(value), ahead=(PRICES,))
        decision = decide_by_value(flat, NOW, house(1.0), None)
        assert decision is not None
        assert decision.intent is Intent.SELF_CONSUMPTION
        assert decision.value == value


def test_nothing_is_sold_now_that_a_flat_tariff_pays_for_later() -> None:
    flat = replace(moment(-5.0), ahead=(PRICES,))
    for net_load_kw in (1.0, -1.0):
        decision = decide_by_value(flat, NOW, house(net_load_kw), None)
        assert decision is not None
        assert decision.intent is Intent.SELF_CONSUMPTION


@pytest.mark.parametrize(
    ("stored_kwh", "intent"),
    [(2.0, Intent.STORE_SURPLUS), (4.0, Intent.SELF_CONSUMPTION)],
)
def test_what_dearer_hours_will_not_take_is_not_held_back(
    stored_kwh: float, intent: Intent
) -> None:
    needed = replace(moment(0.33), dearer_kwh=3.0)
    decision = decide_by_value(needed, NOW, house(1.0, stored_kwh), None)
    assert decision is not None
    assert decision.intent is intent


def test_the_need_is_that_of_dearer_hours_with_the_sun_taken_off() -> None:
    """Were it half as strong again as expected."""
    ahead = curve([0.30, 0.40, 0.20, 0.50]).steps
    load, pv = forecast(1000.0), forecast(400.0)
    assert dearer_need_kwh(ahead, load, pv) == pytest.approx(0.8)
    assert dearer_need_kwh(ahead, load, None) == pytest.approx(2.0)
    assert dearer_need_kwh(ahead, None, pv) == inf
    assert dearer_need_kwh(ahead, pv, load) == 0.0
    sold = curve([0.30, 0.40], [0.1, 0.35]).steps
    assert dearer_need_kwh(sold, load, pv) == inf


def test_what_the_sun_brings_before_dearer_hours_need_not_be_kept() -> None:
    """And what it brings after them helps nobody in them."""
    ahead = curve([0.30, 0.20, 0.50, 0.50, 0.20]).steps
    load = forecast(1000.0)
    noon, evening = (
        hourly([0.0, *sun])
        for sun in ([1000.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 2000.0])
    )
    assert dearer_need_kwh(ahead, load, noon) == pytest.approx(1.5)
    assert dearer_need_kwh(ahead, load, evening) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("stored_kwh", "intent"),
    [(4.0, Intent.SELF_CONSUMPTION), (6.0, Intent.DISCHARGE)],
)
def test_what_the_night_will_take_is_not_sold(
    stored_kwh: float, intent: Intent
) -> None:
    """However little the policy thinks it is worth."""
    kept = replace(moment(0.0), night_kwh=3.0)
    decision = decide_by_value(kept, NOW, house(1.0, stored_kwh), None)
    assert decision is not None
    assert decision.intent is intent


def test_the_night_lasts_until_the_sun_or_cheap_power_comes() -> None:
    load, pv = forecast(1000.0), forecast(400.0)
    ahead = curve([0.30, 0.30, 0.25, 0.20, 0.30], [0.22, 0.0, 0.0, 0.0, 0.0]).steps
    assert night_need_kwh(ahead, load, None) == pytest.approx(2.0)
    assert night_need_kwh(ahead, load, pv) == pytest.approx(1.2)
    assert night_need_kwh(ahead, pv, load) == 0.0
    assert night_need_kwh(ahead, None, pv) == inf


def test_of_the_present_hour_nothing_need_be_forecast() -> None:
    """It began before the forecast did."""
    ahead = curve([0.30, 0.30], start=NOW - timedelta(minutes=30)).steps
    assert night_need_kwh(ahead, forecast(1000.0), None) == pytest.approx(1.0)


def forecast(power_w: float) -> PowerForecast:
    """Return a forecast of always the same power."""
    return hourly([power_w] * 24)


def hourly(powers_w: Sequence[float]) -> PowerForecast:
    """Return a forecast of a power for each hour."""
    starts = (NOW + hour * timedelta(hours=1) for hour in range(len(powers_w)))
    steps = (
        PowerStep(
            interval=Interval(start=start, end=start + timedelta(hours=1)),
            p10_w=power_w,
            p50_w=power_w,
            p90_w=power_w,
        )
        for start, power_w in zip(starts, powers_w, strict=True)
    )
    return PowerForecast(source="test", steps=tuple(steps))


@given(
    value=st.floats(-10, 10),
    net_load_kw=st.floats(-10, 10),
    stored_kwh=st.floats(0, 12),
)
def test_no_value_makes_more_power_than_there_is(
    value: float, net_load_kw: float, stored_kwh: float
) -> None:
    decision = decide_by_value(moment(value), NOW, house(net_load_kw, stored_kwh), None)
    assert decision is not None
    assert abs(decision.power_kw or 0.0) <= battery().charge_kw


def by_power(
    power_kw: float, previous: Decision | None = None, minutes: float = 0
) -> Decision:
    """Return what is decided some minutes after noon."""
    return decide_by_power(power_kw, 0.3, NOW + minutes * MINUTE, previous)


@pytest.mark.parametrize(
    ("power_kw", "wish"),
    [
        (2.5, Setpoint(power_w=2500)),
        (-3.0, Setpoint(power_w=-3000)),
        (0.14, Hold(allow_charging=False)),
        (0.0, Hold(allow_charging=False)),
        (-0.14, Hold(allow_charging=False)),
    ],
)
def test_a_power_is_a_setpoint_or_a_rest(
    power_kw: float, wish: Setpoint | Hold
) -> None:
    decision = by_power(power_kw)
    assert wish_of(decision) == wish
    assert decision.why is Why.MODEL_TARGET


def test_a_power_that_hardly_changes_is_not_written_again() -> None:
    first = by_power(3.0)
    assert by_power(3.2, first, minutes=9).power_kw == 3.0
    assert by_power(3.4, first, minutes=9).power_kw == 3.4


def test_a_power_is_kept_for_minutes_before_it_turns_round() -> None:
    first = by_power(3.0)
    resting = RESTING / MINUTE
    assert by_power(-3.0, first, minutes=resting - 1).power_kw == 3.0
    assert by_power(-3.0, first, minutes=resting).power_kw == -3.0


def test_a_rest_lasts_longer_as_it_is_a_stored_setting() -> None:
    rest = by_power(0.0)
    resting = RESTING_HOLD / MINUTE
    assert by_power(3.0, rest, minutes=resting - 1).intent is Intent.KEEP
    assert by_power(3.0, rest, minutes=resting).intent is Intent.DISCHARGE
    assert by_power(0.0, rest, minutes=resting).since == rest.since
