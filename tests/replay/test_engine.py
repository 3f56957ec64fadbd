"""A day lived through again, with another owner."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from custom_components.bessai.core.battery_spec import BatterySpec
from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.price_curve import PriceCurve, PriceStep
from custom_components.bessai.planning.horizon import Outlook, PlanTerms
from custom_components.bessai.planning.plan import Plan
from custom_components.bessai.planning.plan_builder import PlanQuestion, make_plan
from custom_components.bessai.replay.engine import ReplayScene, replay
from custom_components.bessai.replay.policies import (
    BySetpoints,
    ByValue,
    idle,
    self_consumption,
)
from custom_components.bessai.replay.series import PowerSeries
from custom_components.bessai.simulator.parameters import PlantParameters

START = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CHEAP_HOURS = range(6)
WEAR = 0.02
TERMS = PlanTerms(
    battery=BatterySpec(
        min_kwh=0.5,
        max_kwh=9.8,
        charge_kw=5.0,
        discharge_kw=5.0,
        charge_efficiency=0.96,
        discharge_efficiency=0.96,
        wear_cost=WEAR,
    )
)


def prices(days: int = 1) -> PriceCurve:
    """Return cheap nights and dear days."""
    return PriceCurve(
        currency="EUR",
        steps=tuple(
            PriceStep(
                interval=Interval(
                    start=START + hour * HOUR, end=START + (hour + 1) * HOUR
                ),
                import_price=0.10 if hour % 24 in CHEAP_HOURS else 0.40,
                export_price=0.05,
            )
            for hour in range(24 * days)
        ),
    )


def load(days: int = 1) -> PowerSeries:
    """Return a house that uses more by day."""
    by_hour = [
        300.0 if hour % 24 in CHEAP_HOURS else 900.0 for hour in range(24 * days)
    ]
    return PowerSeries(start=START, period=HOUR, values_w=by_hour)


def scene(days: int = 1) -> ReplayScene:
    """Return dark days; the night is cheap."""
    return ReplayScene(
        plant=PlantParameters(),
        prices=prices(days),
        pv=PowerSeries(start=START, period=DAY, values_w=[0.0] * days),
        load=load(days),
        start=START,
        end=START + days * DAY,
        wear_cost=WEAR,
        tick=timedelta(minutes=5),
    )


def planner(now: datetime, stored_kwh: float) -> Plan:
    """Plan with the load that will be."""
    span = Interval(start=now, end=START + DAY)
    outlook = Outlook(curve=prices(), load=load().forecast(span, HOUR / 4))
    return make_plan(
        PlanQuestion(outlook=outlook, terms=TERMS, stored_kwh=stored_kwh, now=now)
    )


def test_an_idle_battery_leaves_the_bill_as_it_is() -> None:
    result = replay(scene(), idle())
    consumed = result.days[0].load_kwh
    assert consumed == pytest.approx(18.0, abs=0.01)
    assert result.throughput_kwh == 0.0
    assert result.bill == pytest.approx(0.10 * 1.8 + 0.40 * 16.2, rel=0.05)


def test_planning_beats_self_consumption_and_that_beats_nothing() -> None:
    policies = (ByValue(planner, 3 * HOUR), self_consumption(), idle())
    planned, own, nothing = (replay(scene(), one).cost(0.2) for one in policies)
    assert planned < own - 0.5
    assert own < nothing
    assert policies[0].plans == 8


def test_setpoints_are_carried_out() -> None:
    result = replay(scene(), BySetpoints(planner, DAY))
    assert result.plans == 1
    assert result.days[0].charge_kwh > 3.0
    assert result.days[0].forcible_writes > 0


def test_progress_is_told_day_by_day() -> None:
    told: list[float] = []
    replay(scene(4), self_consumption(), told.append)
    assert told == pytest.approx([0.25, 0.5, 0.75, 1.0])


def test_a_replay_may_end_within_a_tick() -> None:
    short = replace(scene(), end=START + timedelta(minutes=7))
    assert replay(short, idle()).days[0].load_kwh == pytest.approx(0.3 * 7 / 60)


def test_a_scene_without_prices_is_refused() -> None:
    with pytest.raises(ValueError, match="prices are known from 2026-06-01 00:00"):
        replay(replace(scene(), end=START + 2 * DAY), idle())


def test_a_scene_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="not after its start"):
        replay(replace(scene(), end=START), idle())
