"""Ways to work the battery in a replay."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from custom_components.bessai.core.setpoint import Hold, Setpoint, Wish
from custom_components.bessai.planning.plan import Plan
from custom_components.bessai.replay.policies import (
    BySetpoints,
    ByValue,
    idle,
    self_consumption,
)

from ..planning.plan_fakes import NOW, measured, plan

MINUTE = timedelta(minutes=1)


def planner(value: float, power_kw: float = 0.0) -> tuple[list[datetime], object]:
    """Return when it was asked, and a planner whose plans all say the same."""
    asked: list[datetime] = []

    def make(now: datetime, stored_kwh: float) -> Plan:
        asked.append(now)
        base = plan(value, count=200)
        steps = tuple(replace(step, power_kw=power_kw) for step in base.steps)
        return replace(base, steps=steps, made_at=now)

    return asked, make


def test_idle_does_nothing_and_self_consumption_follows() -> None:
    assert idle().wish(NOW, measured(1.0)) == Hold(allow_charging=False)
    assert self_consumption().wish(NOW, measured(1.0)) is None
    assert idle().plans == 0


def test_value_says_what_to_do() -> None:
    _, make = planner(0.5)
    policy = ByValue(make)  # type: ignore[arg-type]
    assert policy.wish(NOW, measured(1.0)) == Setpoint(power_w=-5000.0)
    assert policy.plans == 1


@pytest.mark.parametrize(
    ("power_kw", "wish"),
    [
        (1.25, Setpoint(power_w=1250)),
        (-2.0, Setpoint(power_w=-2000)),
        (0.0, Hold(allow_charging=False)),
    ],
)
def test_setpoints_are_those_of_the_plan(power_kw: float, wish: Wish) -> None:
    _, make = planner(0.5, power_kw)
    assert BySetpoints(make).wish(NOW, measured(3.0)) == wish  # type: ignore[arg-type]


def test_setpoints_end_with_their_plan() -> None:
    def none(now: datetime, stored_kwh: float) -> None:
        return None

    assert BySetpoints(none).wish(NOW, measured(1.0)) is None


def test_plans_are_made_on_the_quarter() -> None:
    asked, make = planner(0.2)
    policy = ByValue(make)  # type: ignore[arg-type]
    start = NOW + 7 * MINUTE
    for minute in range(30):
        policy.wish(start + minute * MINUTE, measured(1.0))
    assert [moment.minute for moment in asked] == [7, 15, 30]


def test_plans_can_be_made_once_a_day() -> None:
    asked, make = planner(0.2)
    policy = BySetpoints(make, timedelta(days=1))  # type: ignore[arg-type]
    for hour in range(30):
        policy.wish(NOW + timedelta(hours=hour), measured(1.0))
    assert [(moment.day, moment.hour) for moment in asked] == [(1, 10), (2, 0)]


def test_a_plan_of_once_a_day_is_carried_out_all_day() -> None:
    _, make = planner(0.5)
    policy = ByValue(make, timedelta(days=1))  # type: ignore[arg-type]
    wishes = [
        policy.wish(NOW + timedelta(hours=hour), measured(1.0)) for hour in range(13)
    ]
    assert set(wishes) == {Setpoint(power_w=-5000.0)}


def test_without_a_plan_value_says_nothing() -> None:
    def none(now: datetime, stored_kwh: float) -> None:
        return None

    assert ByValue(none).wish(NOW, measured(1.0)) is None
