"""What a part of a plan is expected to save."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.bessai.core.battery_spec import BatterySpec
from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.price_curve import PriceCurve, PriceStep
from custom_components.bessai.planning.expected_saving import expected_saving
from custom_components.bessai.planning.horizon import Outlook, PlanTerms
from custom_components.bessai.planning.plan import Plan
from custom_components.bessai.planning.plan_builder import PlanQuestion, make_plan

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Return a plan of a day with two cheap and two dear hours in turn."""
    steps = tuple(
        PriceStep(
            interval=Interval(start=NOON + i * HOUR, end=NOON + (i + 1) * HOUR),
            import_price=(0.10, 0.10, 0.35, 0.40)[i % 4],
            export_price=0.05,
        )
        for i in range(24)
    )
    battery = BatterySpec(
        min_kwh=0.5,
        max_kwh=10.0,
        charge_kw=5.0,
        discharge_kw=5.0,
        charge_efficiency=0.95,
        discharge_efficiency=0.95,
    )
    return make_plan(
        PlanQuestion(
            outlook=Outlook(curve=PriceCurve(currency="EUR", steps=steps)),
            terms=PlanTerms(battery=battery),
            stored_kwh=2.0,
            now=NOON,
        )
    )


def test_the_whole_plan_saves_what_the_plan_says(plan: Plan) -> None:
    assert expected_saving(plan, NOON, plan.end) == pytest.approx(plan.saving)
    assert plan.saving > 0


def test_energy_that_is_bought_for_later_is_no_loss(plan: Plan) -> None:
    """Two cheap hours: self-consumption would have used up what is kept."""
    bill = sum(step.cost for step in plan.steps[:8])
    assert bill > 0
    assert expected_saving(plan, NOON, NOON + 2 * HOUR) > 0


def test_no_part_loses_against_self_consumption(plan: Plan) -> None:
    """Whatever is done until then: the rest of the plan is the optimum."""
    for hours in range(1, 24):
        assert expected_saving(plan, NOON, NOON + hours * HOUR) >= -1e-9


def test_a_moment_within_a_step_counts_the_step(plan: Plan) -> None:
    minute = timedelta(minutes=1)
    assert expected_saving(plan, NOON + minute, NOON + HOUR - minute) == (
        expected_saving(plan, NOON, NOON + HOUR)
    )


def test_outside_the_plan_nothing_is_saved(plan: Plan) -> None:
    assert expected_saving(plan, plan.end, plan.end + HOUR) == 0
    assert expected_saving(plan, NOON - HOUR, NOON) == 0
