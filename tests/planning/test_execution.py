"""What the battery is told at one moment of a plan."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.core.setpoint import Hold, Setpoint, Wish
from custom_components.bessai.planning.execution import (
    MOST_AGE,
    Decision,
    decide,
    wish_of,
)
from custom_components.bessai.planning.plan import Intent, Plan, Why
from custom_components.bessai.planning.present import Measurement

from .plan_fakes import (
    NOW,
    QUARTER,
    measured,
    plan,
    with_prospects,
    worth_up_to,
)

MINUTE = timedelta(minutes=1)
LONG_AGO = NOW - timedelta(hours=3)


def decided(
    of: Plan,
    measurement: Measurement,
    previous: Decision | None = None,
    *,
    at: timedelta = timedelta(0),
) -> Decision:
    """Return a decision that must be there."""
    decision = decide(of, NOW + at, measurement, previous)
    assert decision is not None
    return decision


def told(
    intent: Intent, power_kw: float | None = None, *, minutes: float = 180
) -> Decision:
    """Return what was decided some minutes ago."""
    return Decision(
        intent=intent,
        power_kw=power_kw,
        why=Why.NOTHING_TO_GAIN,
        value=0.0,
        price=0.0,
        since=NOW - timedelta(minutes=minutes),
    )


@pytest.mark.parametrize(
    ("value", "net_load_kw", "intent", "power_kw", "why", "price"),
    [
        (0.20, 1.0, Intent.SELF_CONSUMPTION, None, Why.COVERS_LOAD, 0.30),
        (0.20, -1.0, Intent.SELF_CONSUMPTION, None, Why.STORES_SURPLUS, 0.08),
        (0.30, 1.0, Intent.STORE_SURPLUS, None, Why.WORTH_MORE_LATER, 0.30),
        (0.30, -1.0, Intent.SELF_CONSUMPTION, None, Why.STORES_SURPLUS, 0.08),
        (0.07, -1.0, Intent.KEEP, None, Why.EXPORT_PAYS_NOW, 0.08),
        (0.50, 1.0, Intent.CHARGE, -5.0, Why.CHEAP_NOW, 0.30),
        (0.50, -1.0, Intent.CHARGE, -5.0, Why.CHEAP_NOW, 0.30),
        (0.01, 1.0, Intent.DISCHARGE, 5.0, Why.DEAR_NOW, 0.08),
        (0.01, -1.0, Intent.DISCHARGE, 5.0, Why.DEAR_NOW, 0.08),
    ],
)
def test_value_and_price_say_what_to_do(
    value: float,
    net_load_kw: float,
    intent: Intent,
    power_kw: float | None,
    why: Why,
    price: float,
) -> None:
    decision = decided(plan(value), measured(net_load_kw))
    assert decision.intent is intent
    assert decision.power_kw == power_kw
    assert decision.why is why
    assert decision.price == price
    assert decision.value == pytest.approx(value)


@pytest.mark.parametrize(
    ("decision", "wish"),
    [
        (None, None),
        (told(Intent.SELF_CONSUMPTION), None),
        (told(Intent.STORE_SURPLUS), Hold()),
        (told(Intent.KEEP), Hold(allow_charging=False)),
        (told(Intent.CHARGE, -2.5), Setpoint(power_w=-2500.0)),
        (told(Intent.DISCHARGE, 0.75), Setpoint(power_w=750.0)),
    ],
)
def test_a_decision_is_a_wish(decision: Decision | None, wish: Wish | None) -> None:
    assert wish_of(decision) == wish


class TestNoPlan:
    """Whatever is doubtful is left to the inverter."""

    def test_without_a_plan_nothing_is_told(self) -> None:
        assert decide(None, NOW, measured(1.0), None) is None

    def test_an_old_plan_is_not_carried_out(self) -> None:
        old = replace(plan(0.5, count=20), made_at=NOW - MOST_AGE)
        assert decide(old, NOW, measured(1.0), None) is not None
        assert decide(old, NOW + MINUTE, measured(1.0), None) is None

    def test_a_plan_from_the_future_is_not_carried_out(self) -> None:
        """The clock was set back."""
        early = replace(plan(0.5), made_at=NOW + MINUTE)
        assert decide(early, NOW, measured(1.0), None) is None

    def test_a_plan_that_is_over_is_not_carried_out(self) -> None:
        assert decide(plan(0.5), NOW + 4 * QUARTER, measured(1.0), None) is None

    def test_before_its_first_step_a_plan_says_nothing(self) -> None:
        early = replace(plan(0.5), made_at=NOW - QUARTER)
        assert decide(early, NOW - MINUTE, measured(1.0), None) is None

    @pytest.mark.parametrize("field", ["net_load_kw", "pv_kw", "stored_kwh"])
    @pytest.mark.parametrize("nothing", [float("nan"), float("inf")])
    def test_what_is_no_number_is_nothing_to_decide_by(
        self, field: str, nothing: float
    ) -> None:
        measurement = replace(measured(1.0), **{field: nothing})
        assert decide(plan(0.5), NOW, measurement, None) is None


class TestPowers:
    """Powers are those a battery can follow."""

    def test_a_battery_is_charged_as_far_as_it_pays(self) -> None:
        """0.95 kWh are missing to the last kWh that is worth it: 4 kW for a quarter."""
        wanted = plan(worth_up_to(5.95, 0.50, 0.20))
        assert decided(wanted, measured(1.0)).power_kw == pytest.approx(-4.0)

    def test_powers_are_rounded(self) -> None:
        wanted = plan(worth_up_to(5.5, 0.50, 0.20))
        assert decided(wanted, measured(1.0)).power_kw == pytest.approx(-2.1)

    def test_a_tiny_setpoint_is_a_hold(self) -> None:
        wanted = plan(worth_up_to(5.026, 0.50, 0.30))
        decision = decided(wanted, measured(1.0))
        assert decision.intent is Intent.STORE_SURPLUS
        assert decision.power_kw is None

    def test_a_tiny_setpoint_by_day_keeps(self) -> None:
        wanted = plan(worth_up_to(5.026, 0.25, 0.01))
        assert decided(wanted, measured(-3.0)).intent is Intent.KEEP

    def test_a_full_battery_is_left_alone(self) -> None:
        decision = decided(plan(0.2), measured(-2.0, stored_kwh=10.0))
        assert (decision.intent, decision.why) == (Intent.SELF_CONSUMPTION, Why.FULL)

    def test_an_empty_battery_is_left_alone(self) -> None:
        decision = decided(plan(0.2), measured(1.0, stored_kwh=1.0))
        assert (decision.intent, decision.why) == (Intent.SELF_CONSUMPTION, Why.EMPTY)

    def test_the_last_second_of_a_step_is_no_division_by_zero(self) -> None:
        decision = decided(plan(0.5), measured(1.0), at=QUARTER - MINUTE / 60)
        assert decision.power_kw == -5.0


class TestPatience:
    """Each write costs something: the memory of the plant, or trust in it."""

    def test_a_change_that_earns_little_is_not_made(self) -> None:
        """Holding 1 kW of load earns a thousandth per kWh here."""
        hold = plan(0.267)
        assert decided(hold, measured(1.0)).intent is Intent.SELF_CONSUMPTION
        previous = told(Intent.STORE_SURPLUS)
        released = plan(0.265)
        assert decided(released, measured(1.0), previous).intent is Intent.STORE_SURPLUS

    def test_a_change_waits_while_the_last_one_is_fresh(self) -> None:
        fresh = told(Intent.SELF_CONSUMPTION, minutes=1)
        worthwhile = plan(0.285)
        assert (
            decided(worthwhile, measured(1.0), fresh).intent is Intent.SELF_CONSUMPTION
        )
        rested = told(Intent.SELF_CONSUMPTION, minutes=15)
        assert decided(worthwhile, measured(1.0), rested).intent is Intent.STORE_SURPLUS

    def test_a_clock_that_was_set_back_makes_nobody_wait(self) -> None:
        future = told(Intent.SELF_CONSUMPTION, minutes=-60)
        decision = decided(plan(0.285), measured(1.0), future)
        assert decision.intent is Intent.STORE_SURPLUS

    def test_a_change_that_earns_much_waits_for_minutes_only(self) -> None:
        fresh = told(Intent.DISCHARGE, 5.0, minutes=1)
        assert decided(plan(0.5), measured(1.0), fresh).intent is Intent.DISCHARGE
        rested = told(Intent.DISCHARGE, 5.0, minutes=4)
        assert decided(plan(0.5), measured(1.0), rested).intent is Intent.CHARGE

    def test_a_hold_waits_longer_unless_a_change_earns_much(self) -> None:
        held = told(Intent.STORE_SURPLUS, minutes=4)
        assert decided(plan(0.5), measured(1.0), held).intent is Intent.CHARGE
        assert decided(plan(0.28), measured(1.0), held).intent is Intent.STORE_SURPLUS

    def test_a_reserve_is_held_until_there_is_some_more(self) -> None:
        """Else the inverter would use it up, and each cloud would cost a write."""
        some = plan(0.2)
        kept = replace(some, battery=replace(some.battery, own_floor_kwh=0.0))
        first = decided(kept, measured(1.0, stored_kwh=1.0), None)
        assert (first.intent, first.why) == (Intent.STORE_SURPLUS, Why.RESERVE)
        again = decided(kept, measured(1.0, stored_kwh=1.1), first)
        assert again.why is Why.RESERVE
        assert again.since == first.since
        enough = decided(kept, measured(1.0, stored_kwh=2.0), first)
        assert enough.why is not Why.RESERVE

    def test_a_hold_outlasts_a_cloud(self) -> None:
        """With surplus a hold does what release would do: no need to write."""
        hold = told(Intent.STORE_SURPLUS)
        decision = decided(plan(0.29), measured(-1.0), hold)
        assert wish_of(decision) == Hold()
        assert decision.why is Why.WORTH_MORE_LATER

    def test_a_setpoint_that_is_as_good_as_none_is_ended(self) -> None:
        """Covering just what the house lacks is what the inverter does by itself."""
        previous = told(Intent.DISCHARGE, 1.0)
        assert (
            decided(plan(0.2), measured(1.0), previous).intent
            is Intent.SELF_CONSUMPTION
        )

    def test_a_charge_ends_when_the_battery_is_full(self) -> None:
        previous = told(Intent.CHARGE, -5.0, minutes=1)
        decision = decided(plan(0.5), measured(1.0, stored_kwh=10.0), previous)
        assert decision.intent is Intent.STORE_SURPLUS

    def test_a_setpoint_is_not_changed_by_a_little(self) -> None:
        previous = told(Intent.CHARGE, -3.8)
        wanted = plan(worth_up_to(5.95, 0.50, 0.20))
        decision = decided(wanted, measured(1.0), previous)
        assert (decision.power_kw, decision.since) == (-3.8, previous.since)

    def test_a_setpoint_is_changed_by_much(self) -> None:
        previous = told(Intent.CHARGE, -2.0)
        wanted = plan(worth_up_to(5.95, 0.50, 0.20))
        decision = decided(wanted, measured(1.0), previous)
        assert decision.power_kw == pytest.approx(-4.0)
        assert decision.since == NOW

    def test_what_is_told_again_keeps_its_age(self) -> None:
        previous = told(Intent.STORE_SURPLUS)
        assert decided(plan(0.29), measured(1.0), previous).since == previous.since

    def test_a_new_price_is_told_with_an_old_intent(self) -> None:
        previous = told(Intent.STORE_SURPLUS)
        decision = decided(plan(0.33), measured(1.0), previous)
        assert decision.price == 0.30
        assert decision.value == pytest.approx(0.33)


def test_the_mean_of_the_prospects_decides() -> None:
    """As expected stored energy is worth little; if the sun fails it is worth much."""
    base = plan(0.10)
    unsure = with_prospects(base, (1.0, 0.10), (1.0, 0.60))
    assert decided(base, measured(1.0)).intent is Intent.SELF_CONSUMPTION
    decision = decided(unsure, measured(1.0))
    assert decision.intent is Intent.CHARGE
    assert decision.value == pytest.approx(0.35)


def test_a_threshold_of_the_owner_s_counts() -> None:
    bought = plan(0.40)
    assert decided(bought, measured(1.0)).intent is Intent.CHARGE
    patient = plan(0.40, min_spread=0.10)
    assert decided(patient, measured(1.0)).intent is Intent.STORE_SURPLUS


def test_what_may_not_be_traded_is_not_bought() -> None:
    base = plan(0.50)
    steps = tuple(replace(step, may_trade=False) for step in base.problem.steps)
    unsure = plan(0.50, steps=steps)
    assert decided(unsure, measured(1.0)).intent is Intent.STORE_SURPLUS


POWER = st.floats(-20, 20)
PRICE = st.floats(-0.5, 1.0)


@given(
    value=st.floats(-0.2, 1.0),
    net_load_kw=POWER,
    stored_kwh=st.floats(-1, 12),
    import_price=PRICE,
    export_price=PRICE,
    previous=st.sampled_from(
        [
            None,
            told(Intent.KEEP),
            told(Intent.CHARGE, -3.0),
            told(Intent.DISCHARGE, 3.0, minutes=1),
            told(Intent.STORE_SURPLUS, minutes=2),
        ]
    ),
    seconds=st.integers(0, 3599),
)
def test_any_moment_has_a_decision_that_the_battery_can_carry_out(
    value: float,
    net_load_kw: float,
    stored_kwh: float,
    import_price: float,
    export_price: float,
    previous: Decision | None,
    seconds: int,
) -> None:
    of = plan(value, import_price=import_price, export_price=export_price)
    decision = decided(
        of,
        measured(net_load_kw, stored_kwh=stored_kwh),
        previous,
        at=timedelta(seconds=seconds),
    )
    is_setpoint = decision.intent in (Intent.CHARGE, Intent.DISCHARGE)
    assert (decision.power_kw is not None) is is_setpoint
    assert abs(decision.power_kw or 0.0) <= 5.0
    assert (decision.intent is Intent.CHARGE) is ((decision.power_kw or 0.0) < 0)
