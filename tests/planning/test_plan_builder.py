"""A plan in steps, in words, and in money."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.power_forecast import PowerForecast, PowerStep
from custom_components.bessai.planning.horizon import Outlook, PlanTerms
from custom_components.bessai.planning.plan import Intent, Why
from custom_components.bessai.planning.plan_builder import PlanQuestion, make_plan

from .home_builders import NOW, battery, curve

HOUR = timedelta(hours=1)
NIGHT_AND_EVENING = [0.10] * 6 + [0.40] * 6 + [0.10] * 6 + [0.40] * 6


def flat(power_w: float, spread: float = 0.0) -> PowerForecast:
    """Return a forecast of the same power for three days."""
    return PowerForecast(
        source="test",
        steps=(
            PowerStep(
                interval=Interval(start=NOW, end=NOW + 72 * HOUR),
                p10_w=power_w * (1 - spread),
                p50_w=power_w,
                p90_w=power_w * (1 + spread),
            ),
        ),
    )


def question(**changes: object) -> PlanQuestion:
    """Return what a day with two cheap and two dear times asks."""
    asked = PlanQuestion(
        outlook=Outlook(curve=curve(NIGHT_AND_EVENING), load=flat(500)),
        terms=PlanTerms(battery=battery()),
        stored_kwh=0.5,
        now=NOW,
    )
    return replace(asked, **changes)  # type: ignore[arg-type]


def test_a_plan_buys_cheaply_and_uses_it_when_it_is_dear() -> None:
    plan = make_plan(question())
    bought = [step for step in plan.steps if step.intent is Intent.CHARGE]
    assert {step.why for step in bought} == {Why.CHEAP_NOW}
    assert {step.import_price for step in bought} == {0.10}
    dear = [step for step in plan.steps if step.import_price == 0.40]
    assert {step.why for step in dear} == {Why.COVERS_LOAD}
    assert all(step.power_kw == pytest.approx(0.5) for step in dear)
    assert all(step.grid_kw == pytest.approx(0.0) for step in dear)


def test_energy_is_worth_between_what_it_cost_and_what_it_saves() -> None:
    values = {round(step.value, 4) for step in make_plan(question()).steps}
    least = (0.10 + 0.02) / 0.95
    most = (0.40 - 0.02) * 0.95
    assert all(least - 1e-4 <= value <= most + 1e-4 for value in values)


def test_a_plan_shows_no_step_whose_price_nobody_gave() -> None:
    plan = make_plan(question())
    assert plan.end == NOW + 24 * HOUR
    assert plan.problem.steps[-1].interval.end >= NOW + 48 * HOUR
    assert plan.step_at(plan.end) is None
    assert plan.step_at(NOW) is plan.steps[0]


def test_a_plan_says_what_it_saves_and_against_what() -> None:
    plan = make_plan(question(stored_kwh=5.0))
    assert plan.saving > 0
    assert plan.cost < plan.self_consumption_cost < plan.idle_cost
    spent = sum(step.cost for step in plan.steps)
    kept = plan.solution.values[96].cost
    worth = kept(0.5) - kept(plan.steps[-1].stored_kwh)
    assert plan.cost == pytest.approx(spent - worth)


def test_a_step_ends_with_what_the_next_begins_with() -> None:
    stored = 0.5
    for step in make_plan(question()).steps:
        gained = 0.95 * 0.25 * max(0.0, -step.power_kw)
        given_away = 0.25 * max(0.0, step.power_kw) / 0.95
        assert step.stored_kwh == pytest.approx(stored + gained - given_away)
        stored = step.stored_kwh


def test_the_saving_has_a_band_where_something_is_forecast() -> None:
    outlook = Outlook(curve=curve(NIGHT_AND_EVENING), load=flat(500, 0.5))
    plan = make_plan(question(outlook=outlook))
    band = plan.saving_band
    assert band is not None
    assert band.p10 < band.p50 < band.p90
    assert band.p50 == pytest.approx(plan.saving)


def test_nothing_forecast_is_no_band() -> None:
    assert make_plan(question(outlook=Outlook(curve=curve([0.1])))).saving_band is None


def test_a_spread_that_is_too_small_for_the_owner_is_not_traded() -> None:
    asked = question(terms=PlanTerms(battery=battery(), min_spread=0.30))
    intents = {step.intent for step in make_plan(asked).steps}
    assert Intent.CHARGE not in intents
    assert Intent.DISCHARGE not in intents


def test_below_its_lowest_charge_a_battery_does_not_buy_at_a_dear_price() -> None:
    outlook = Outlook(curve=curve([0.60] * 6 + [0.10] * 18), load=flat(500))
    steps = make_plan(question(outlook=outlook, stored_kwh=0.3)).steps
    assert {step.power_kw for step in steps[:24]} == {0.0}
    assert max(step.stored_kwh for step in steps) > 0.5


def test_above_its_highest_charge_a_battery_does_not_sell_at_a_bad_price() -> None:
    outlook = Outlook(curve=curve([0.30] * 24, 0.01), load=flat(500))
    steps = make_plan(question(outlook=outlook, stored_kwh=10.4)).steps
    assert all(step.grid_kw >= -1e-6 for step in steps)
    assert steps[0].intent is Intent.SELF_CONSUMPTION


PRICES = st.lists(st.floats(-0.5, 1.0), min_size=1, max_size=30)


@settings(max_examples=60)
@given(PRICES, st.floats(-0.2, 0.6), st.floats(0, 12), st.floats(0, 6000))
def test_no_plan_is_worse_on_its_forecast_than_leaving_the_battery_alone(
    prices: list[float], export_price: float, stored_kwh: float, load_w: float
) -> None:
    outlook = Outlook(curve=curve(prices, export_price), load=flat(load_w))
    plan = make_plan(question(outlook=outlook, stored_kwh=stored_kwh))
    slack = plan.solution.gap_bound + 1e-6
    assert plan.cost <= plan.self_consumption_cost + slack
    assert plan.cost <= plan.idle_cost + slack
    for step in plan.steps:
        assert -5.0001 <= step.power_kw <= 5.0001
        assert step.stored_kwh <= max(10.0, stored_kwh) + 1e-6
        assert step.stored_kwh >= min(0.5, stored_kwh) - 1e-6
