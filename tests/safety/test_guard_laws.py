"""Whatever is wished and whatever the plant says: no verdict outside the limits."""

from contextlib import suppress
from dataclasses import replace
import math
from typing import Any

from hypothesis import assume, given, settings, strategies as st

from custom_components.bessai.core.plant_state import PlantState, Readiness
from custom_components.bessai.core.setpoint import Hold, Release, Setpoint, Wish
from custom_components.bessai.core.verdict import Ground, Outcome, Reason
from custom_components.bessai.safety.guard import Guard
from custom_components.bessai.safety.inputs import POSSIBLE
from custom_components.bessai.safety.limits import LimitError, Limits, build_limits

from .builders import BOUNDS, CHARGE, DISCHARGE, NOW, READY, SECOND, guard, state

NEEDED = (*POSSIBLE, "inverter", "battery", "blocking_alarms")

ANY = st.floats() | st.none()
FLAG = st.none() | st.booleans()


def tenths(low: int, high: int) -> st.SearchStrategy[float]:
    """Return numbers as registers have them; plain floats are mostly extremes."""
    return st.integers(10 * low, 10 * high).map(lambda raw: raw / 10)


POWER_W = st.integers(1, 60).map(lambda hundreds: 100.0 * hundreds)

# A plant on which little is wrong, around the limits ...
USUAL: dict[str, st.SearchStrategy[Any]] = {
    "read_at": tenths(0, 30).map(lambda age_s: NOW - age_s * SECOND),
    "poll_period_s": tenths(1, 60),
    "soc_pct": tenths(20, 90) | tenths(0, 100) | tenths(4, 8),
    "battery_temperature_min_c": tenths(10, 20) | tenths(-2, 20),
    "battery_temperature_max_c": tenths(20, 40) | tenths(20, 46),
    "inverter_temperature_c": tenths(20, 76),
    "charge_limit_w": POWER_W,
    "discharge_limit_w": POWER_W,
    "inverter": st.just(Readiness.READY),
    "battery": st.sampled_from([Readiness.READY, Readiness.READY, Readiness.ASLEEP]),
    "blocking_alarms": st.just(()),
    "capacity_kwh": tenths(5, 30),
    "stored_charge_limit_w": POWER_W,
    "stored_discharge_limit_w": POWER_W,
    "charge_cutoff_pct": tenths(90, 100),
    "discharge_cutoff_pct": tenths(0, 20),
    "manager": st.none(),
}
# ... and what a few of its values are instead.
ODD: dict[str, st.SearchStrategy[Any]] = dict.fromkeys(USUAL, ANY) | {
    "read_at": st.floats(-1000, 1000).map(lambda age_s: NOW - age_s * SECOND),
    "poll_period_s": st.floats(),
    "charge_limit_w": ANY | tenths(0, 600),
    "discharge_limit_w": ANY | tenths(0, 600),
    "battery_power_w": ANY,
    "pv_power_w": ANY,
    "inverter": st.none() | st.sampled_from(Readiness),
    "inverter_status": st.none() | st.text(max_size=5),
    "battery": st.none() | st.sampled_from(Readiness),
    "battery_status": st.none() | st.text(max_size=5),
    "blocking_alarms": st.sampled_from([None, (), ("a",), ("a", "b")]),
    "limited": FLAG,
    "commanded": FLAG,
    "maximum_power_w": ANY,
    "grid_charge_enabled": FLAG,
    "manager": st.none() | st.text(max_size=5),
}


@st.composite
def plants(draw: st.DrawFn) -> PlantState:
    """Return any plant, mostly one that can be commanded."""
    values = draw(st.fixed_dictionaries(USUAL))
    odd = draw(st.sets(st.sampled_from(list(ODD)), max_size=3) | st.just(set()))
    return state(**values | {name: draw(ODD[name]) for name in sorted(odd)})


WISHES = st.one_of(
    st.builds(Setpoint, power_w=POWER_W | POWER_W.map(lambda power_w: -power_w)),
    st.builds(Setpoint, power_w=st.floats()),
    st.builds(Hold, allow_charging=st.booleans()),
)
CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "charge_cap_w": POWER_W,
        "discharge_cap_w": POWER_W,
        **{name: tenths(int(b.low), int(b.high)) for name, b in BOUNDS.items()},
    },
)
AHEAD = st.sampled_from([0.0, 7.5, 45.0]) | st.floats()


@st.composite
def accepted_limits(draw: st.DrawFn) -> Limits:
    """Return any limits that an owner can have."""
    accepted = None
    with suppress(LimitError):
        accepted = build_limits(BOUNDS, draw(CHOICES))
    assume(accepted is not None)
    assert accepted is not None
    return accepted


def passes(wish: Wish, plant: PlantState, limits: Limits) -> bool:
    """Return whether a wish that was let through keeps every rule of the design.

    Written as one formula, from ``design.md`` 7 and not from the code. A comparison
    with ``None`` would fail the test, as it should.
    """
    numbers: Any = plant  # what passed has no gaps
    both = (
        (NOW - plant.read_at) / SECOND <= max(30.0, 3 * plant.poll_period_s)
        and plant.inverter is Readiness.READY
        and plant.blocking_alarms == ()
        and plant.manager is None
        and numbers.battery_temperature_max_c <= limits.battery_temperature_max_c
        and numbers.inverter_temperature_c <= limits.inverter_temperature_max_c
    )
    if isinstance(wish, Hold):
        ready = plant.battery in {Readiness.READY, Readiness.ASLEEP}
        reserve = numbers.soc_pct >= limits.hold_reserve_soc_pct
        return both and ready and (wish.allow_charging or reserve)
    if wish.power_w < 0:
        return (
            both
            and plant.battery in {Readiness.READY, Readiness.ASLEEP}
            and numbers.soc_pct <= limits.soc_max_pct
            and numbers.soc_pct < numbers.charge_cutoff_pct
            and numbers.battery_temperature_min_c >= limits.charge_temperature_min_c
        )
    return (
        both
        and plant.battery is Readiness.READY
        and numbers.soc_pct >= limits.soc_min_pct
        and numbers.soc_pct > numbers.discharge_cutoff_pct
        and numbers.battery_temperature_min_c >= limits.discharge_temperature_min_c
    )


def most_w(wish: Setpoint, plant: PlantState, limits: Limits) -> float:
    """Return the least of all limits of power for a wish."""
    if wish.power_w < 0:
        caps = (
            plant.charge_limit_w,
            plant.stored_charge_limit_w,
            limits.charge_cap_w,
        )
    else:
        caps = (
            plant.discharge_limit_w,
            plant.stored_discharge_limit_w,
            limits.discharge_cap_w,
        )
    return min(cap for cap in caps if cap is not None)


@settings(max_examples=600)
@given(
    limits=accepted_limits(),
    polls=st.lists(plants(), max_size=3),
    plant=plants(),
    wish=WISHES,
    ahead_s=AHEAD,
)
def test_no_verdict_is_ever_outside_the_limits(
    limits: Limits,
    polls: list[PlantState],
    plant: PlantState,
    wish: Wish,
    ahead_s: float,
) -> None:
    judge = Guard(limits)
    for poll in polls:
        judge.observe(poll, NOW)
    verdict = judge.vet(wish, plant, NOW, ahead_s=ahead_s)
    if verdict.outcome is Outcome.REFUSED:
        assert verdict.wish == Release()
        assert verdict.grounds
        return
    assert not isinstance(verdict.wish, Release)
    assert passes(verdict.wish, plant, limits)
    assert (verdict.outcome is Outcome.APPROVED) == (verdict.wish == wish)
    assert (verdict.outcome is Outcome.CLAMPED) == bool(verdict.grounds)
    if isinstance(wish, Setpoint):
        assert isinstance(verdict.wish, Setpoint)
        granted_w = abs(verdict.wish.power_w)
        assert verdict.wish.direction is wish.direction
        assert 50.0 <= granted_w <= abs(wish.power_w)
        assert granted_w <= most_w(wish, plant, limits)


@given(
    gaps=st.sets(st.sampled_from(NEEDED), min_size=1),
    wish=WISHES,
    ahead_s=AHEAD,
)
def test_any_gap_refuses_everything(gaps: set[str], wish: Wish, ahead_s: float) -> None:
    plant = state(**dict.fromkeys(gaps))
    assert guard().vet(wish, plant, NOW, ahead_s=ahead_s).outcome is Outcome.REFUSED


@given(
    name=st.sampled_from(list(POSSIBLE)),
    absurd=st.sampled_from([math.nan, math.inf, -math.inf, -41.0, 1e7]),
    wish=WISHES,
)
def test_any_absurd_number_refuses_everything(
    name: str, absurd: float, wish: Wish
) -> None:
    verdict = guard().vet(wish, state(**{name: absurd}), NOW)
    assert verdict.outcome is Outcome.REFUSED


@given(plant=st.none() | plants(), wish=WISHES, ahead_s=AHEAD)
def test_what_is_blocked_is_refused(
    plant: PlantState | None, wish: Wish, ahead_s: float
) -> None:
    judge = guard()
    judge.block(Ground(reason=Reason.CONTROL_OFF))
    assert judge.vet(wish, plant, NOW, ahead_s=ahead_s).outcome is Outcome.REFUSED
    assert Reason.CONTROL_OFF in {one.reason for one in judge.standing(plant, NOW)}


@given(limits=accepted_limits(), plant=st.none() | plants(), power_w=st.floats(50, 1e5))
def test_what_refuses_a_direction_is_what_a_wish_is_told(
    limits: Limits, plant: PlantState | None, power_w: float
) -> None:
    judge = Guard(limits)
    charge = judge.refusing(CHARGE, plant, NOW)
    discharge = judge.refusing(DISCHARGE, plant, NOW)
    assert judge.vet(Setpoint(power_w=-power_w), plant, NOW).grounds[: len(charge)] == (
        charge
    )
    assert judge.vet(Setpoint(power_w=power_w), plant, NOW).grounds[
        : len(discharge)
    ] == (discharge)
    standing = {one.reason for one in judge.standing(plant, NOW)}
    assert standing == {one.reason for one in charge} & {
        one.reason for one in discharge
    }


SOC_COURSES = st.lists(st.integers(0, 100).map(float), min_size=1, max_size=12)


@given(course=SOC_COURSES, worse=st.floats(0, 100), better=st.floats(0, 100))
def test_after_any_course_less_charge_never_makes_a_discharge_possible(
    course: list[float], worse: float, better: float
) -> None:
    judge = guard(soc_min_pct=20, soc_max_pct=80)
    for soc_pct in course:
        judge.observe(replace(READY, soc_pct=soc_pct), NOW)
    emptier, fuller = sorted((worse, better))
    refused = {
        (direction, soc_pct): bool(
            judge.refusing(direction, replace(READY, soc_pct=soc_pct), NOW)
        )
        for direction in (CHARGE, DISCHARGE)
        for soc_pct in (emptier, fuller)
    }
    assert refused[DISCHARGE, emptier] >= refused[DISCHARGE, fuller]
    assert refused[CHARGE, fuller] >= refused[CHARGE, emptier]


@given(course=SOC_COURSES)
def test_a_discharge_is_possible_again_once_the_margin_is_reached(
    course: list[float],
) -> None:
    """Against the plain definition: the last value outside the band decides."""
    judge = guard(soc_min_pct=20, soc_max_pct=80)
    for soc_pct in course:
        judge.observe(replace(READY, soc_pct=soc_pct), NOW)
    decisive = [soc_pct for soc_pct in course if not 20 <= soc_pct < 22]
    low = bool(decisive) and decisive[-1] < 20
    in_the_band = replace(READY, soc_pct=21.0)
    assert bool(judge.refusing(DISCHARGE, in_the_band, NOW)) is low
