"""Verdicts: what the guard makes of wishes, blocks and the course of time."""

from collections.abc import Iterable
import math
from typing import Any

import pytest

from custom_components.bessai.core.plant_state import Readiness
from custom_components.bessai.core.setpoint import Direction, Hold, Release
from custom_components.bessai.core.verdict import Ground, Outcome, Reason, Verdict
from custom_components.bessai.safety.guard import Guard
from custom_components.bessai.safety.inputs import POSSIBLE

from .builders import (
    CHARGE,
    DISCHARGE,
    NOW,
    SECOND,
    charge,
    discharge,
    guard,
    limits,
    reasons,
    state,
    vet,
    wish_for,
)

HOLD, HOLD_STILL = Hold(), Hold(allow_charging=False)
WISHES = [charge(2000), discharge(2000), HOLD, HOLD_STILL]
HEARTBEAT = Ground(reason=Reason.HEARTBEAT_LOST)


def see(of: Guard, name: str, values: Iterable[float | None]) -> None:
    """Let a guard see polls in which one value changes."""
    for value in values:
        of.observe(state(**{name: value}), NOW)


# Wishes ------------------------------------------------------------------------------


@pytest.mark.parametrize("wish", WISHES)
def test_a_wish_that_nothing_speaks_against_is_approved(wish: Any) -> None:
    verdict = guard().vet(wish, state(), NOW)
    assert verdict == Verdict(outcome=Outcome.APPROVED, wish=wish)


@pytest.mark.parametrize("power_w", [0.0, -0.0, math.nan, math.inf, -math.inf])
def test_a_power_that_is_none_is_refused(power_w: float) -> None:
    verdict = guard().vet(discharge(power_w), state(), NOW)
    assert verdict.outcome is Outcome.REFUSED
    assert reasons(verdict) == {Reason.INVALID_POWER}


@pytest.mark.parametrize("direction", Direction)
def test_a_wish_that_is_not_worth_a_command_is_refused(direction: Direction) -> None:
    verdict = guard().vet(wish_for(direction, 49.9), state(), NOW)
    assert verdict.grounds == (
        Ground(reason=Reason.NO_POWER_LEFT, value=49.9, limit=50),
    )
    least = guard().vet(wish_for(direction, 50.0), state(), NOW)
    assert least.outcome is Outcome.APPROVED


@pytest.mark.parametrize(
    ("direction", "power_w"), [(CHARGE, -3000.0), (DISCHARGE, 3000.0)]
)
def test_too_much_power_is_clamped_in_its_direction(
    direction: Direction, power_w: float
) -> None:
    judge = guard(**{f"{direction}_cap_w": 3000.0})
    verdict = judge.vet(wish_for(direction, 4000), state(), NOW)
    assert verdict == Verdict(
        outcome=Outcome.CLAMPED,
        wish=discharge(power_w),
        grounds=(Ground(reason=Reason.OWNER_CAP, value=4000, limit=3000),),
    )
    exact = judge.vet(wish_for(direction, 3000), state(), NOW)
    assert exact.outcome is Outcome.APPROVED


@pytest.mark.parametrize("direction", Direction)
def test_the_least_power_that_is_worth_a_command_is_granted(
    direction: Direction,
) -> None:
    verdict = vet(guard(), direction, **{f"{direction}_limit_w": 50.0})
    assert verdict.outcome is Outcome.CLAMPED
    assert verdict.wish == wish_for(direction, 50.0)


def test_a_warm_battery_gets_less_than_it_wants() -> None:
    verdict = vet(guard(), DISCHARGE, battery_temperature_max_c=45.0)
    assert verdict.outcome is Outcome.CLAMPED
    assert verdict.wish == discharge(pytest.approx(500.0))  # type: ignore[arg-type]
    assert reasons(verdict) == {Reason.DERATED}


def test_derating_that_leaves_nothing_refuses() -> None:
    judge = guard(charge_cap_w=400.0)
    verdict = vet(judge, CHARGE, battery_temperature_max_c=45.0)
    assert verdict.grounds == (Ground(reason=Reason.NO_POWER_LEFT, value=40, limit=50),)


# Doubt -------------------------------------------------------------------------------


@pytest.mark.parametrize("wish", WISHES)
def test_nothing_known_refuses_everything(wish: Any) -> None:
    verdict = guard().vet(wish, None, NOW)
    assert (verdict.outcome, verdict.wish) == (Outcome.REFUSED, Release())
    assert verdict.grounds[0] == Ground(
        reason=Reason.TELEMETRY_MISSING, value="telemetry"
    )


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("name", [*POSSIBLE, "inverter", "battery", "blocking_alarms"])
def test_any_input_that_is_missing_refuses_everything(name: str, wish: Any) -> None:
    verdict = guard().vet(wish, state(**{name: None}), NOW)
    missing = Ground(reason=Reason.TELEMETRY_MISSING, value=name)
    assert verdict.outcome is Outcome.REFUSED
    assert missing in verdict.grounds
    assert guard().standing(state(**{name: None}), NOW) == (missing,)


@pytest.mark.parametrize("wish", WISHES)
def test_telemetry_that_was_fine_when_it_was_read_gets_stale(wish: Any) -> None:
    judge = guard()
    fresh = judge.vet(wish, state(), NOW + 30 * SECOND)
    stale = judge.vet(wish, state(), NOW + 30.1 * SECOND)
    assert fresh.outcome is Outcome.APPROVED
    assert stale.grounds == (
        Ground(reason=Reason.TELEMETRY_STALE, value=30.1, limit=30),
    )


def test_the_numbers_of_stale_telemetry_are_no_grounds() -> None:
    verdict = vet(guard(), DISCHARGE, soc_pct=1.0, read_at=NOW - 60 * SECOND)
    assert reasons(verdict) == {Reason.TELEMETRY_STALE}


# Hold --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("soc_pct", "passes"), [(19.9, False), (20.0, True), (20.1, True)]
)
def test_holding_without_charging_wants_a_reserve(
    soc_pct: float, *, passes: bool
) -> None:
    plant = state(soc_pct=soc_pct)
    assert (guard().vet(HOLD_STILL, plant, NOW).outcome is Outcome.APPROVED) is passes
    assert guard().vet(HOLD, plant, NOW).outcome is Outcome.APPROVED


def test_a_reserve_that_is_not_there_is_told() -> None:
    verdict = guard(hold_reserve_soc_pct=30).vet(HOLD_STILL, state(soc_pct=29), NOW)
    assert verdict.grounds == (Ground(reason=Reason.HOLD_RESERVE, value=29, limit=30),)


@pytest.mark.parametrize("plant", [None, state(soc_pct=None), state(soc_pct=math.nan)])
def test_an_unknown_reserve_is_none(plant: Any) -> None:
    assert Reason.HOLD_RESERVE in reasons(guard().vet(HOLD_STILL, plant, NOW))


def test_a_hold_is_refused_by_what_refuses_both_directions_only() -> None:
    one_way = state(soc_pct=4.0, battery=Readiness.ASLEEP)
    assert guard().vet(HOLD, one_way, NOW).outcome is Outcome.APPROVED
    hot = guard().vet(HOLD, state(battery_temperature_max_c=46.0), NOW)
    assert reasons(hot) == {Reason.BATTERY_HOT}


# Blocks ------------------------------------------------------------------------------


@pytest.mark.parametrize("wish", WISHES)
def test_a_block_refuses_everything_until_it_is_taken_back(wish: Any) -> None:
    judge = guard()
    judge.block(HEARTBEAT)
    assert judge.vet(wish, state(), NOW).grounds == (HEARTBEAT,)
    assert judge.standing(state(), NOW) == (HEARTBEAT,)
    judge.unblock(Reason.HEARTBEAT_LOST)
    assert judge.vet(wish, state(), NOW).outcome is Outcome.APPROVED
    assert judge.standing(state(), NOW) == ()


def test_blocks_are_told_first_and_whatever_the_telemetry() -> None:
    judge = guard()
    judge.block(HEARTBEAT)
    for plant in (None, state(soc_pct=None), state(read_at=NOW - 60 * SECOND)):
        for direction in Direction:
            grounds = judge.refusing(direction, plant, NOW)
            assert grounds[0] == HEARTBEAT
            assert len(grounds) == 2


def test_a_block_of_the_same_reason_replaces_the_former() -> None:
    judge = guard()
    judge.block(Ground(reason=Reason.FINDING, value="power_stuck"))
    judge.block(Ground(reason=Reason.FINDING, value="soc_jump"))
    judge.block(HEARTBEAT)
    judge.unblock(Reason.FINDING)
    assert judge.standing(state(), NOW) == (HEARTBEAT,)


def test_taking_back_a_block_that_is_not_there_does_nothing() -> None:
    judge = guard()
    judge.unblock(Reason.FINDING)
    assert judge.standing(state(), NOW) == ()


# Hysteresis --------------------------------------------------------------------------

# What is watched, the other settings, values on the way into the band and what is
# refused there, and a value at which it recovers.
BANDS = [
    ("soc_pct", DISCHARGE, Reason.SOC_LOW, 4.9, 6.9, 7.0),
    ("soc_pct", CHARGE, Reason.SOC_HIGH, 98.1, 96.1, 96.0),
    ("battery_temperature_max_c", CHARGE, Reason.BATTERY_HOT, 45.1, 42.1, 42.0),
    ("battery_temperature_max_c", DISCHARGE, Reason.BATTERY_HOT, 45.1, 42.1, 42.0),
    ("inverter_temperature_c", CHARGE, Reason.INVERTER_HOT, 75.1, 72.1, 72.0),
    ("inverter_temperature_c", DISCHARGE, Reason.INVERTER_HOT, 75.1, 72.1, 72.0),
]


@pytest.mark.parametrize(
    ("name", "direction", "reason", "beyond", "nearly", "back"), BANDS
)
def test_a_limit_that_tripped_recovers_by_a_margin_only(
    name: str,
    direction: Direction,
    reason: Reason,
    beyond: float,
    nearly: float,
    back: float,
) -> None:
    judge = guard()
    assert reason not in reasons(vet(judge, direction, **{name: nearly}))
    see(judge, name, [beyond, nearly])
    (ground, *_) = vet(judge, direction, **{name: nearly}).grounds
    assert ground == Ground(reason=reason, value=nearly, limit=back)
    # the poll in which it has recovered is judged by what it says
    assert reason not in reasons(vet(judge, direction, **{name: back}))
    see(judge, name, [back])
    assert reason not in reasons(vet(judge, direction, **{name: nearly}))


@pytest.mark.parametrize(
    ("direction", "cutoff", "at", "nearly", "back"),
    [
        (DISCHARGE, "discharge_cutoff_pct", 12.0, 13.9, 14.0),
        (CHARGE, "charge_cutoff_pct", 90.0, 88.1, 88.0),
    ],
)
def test_a_cutoff_recovers_by_a_margin_only(
    direction: Direction, cutoff: str, at: float, nearly: float, back: float
) -> None:
    judge = guard()
    judge.observe(state(soc_pct=at, **{cutoff: at}), NOW)
    (ground,) = vet(judge, direction, soc_pct=nearly, **{cutoff: at}).grounds
    assert (ground.value, ground.limit) == (nearly, at)
    judge.observe(state(soc_pct=back, **{cutoff: at}), NOW)
    verdict = vet(judge, direction, soc_pct=nearly, **{cutoff: at})
    assert verdict.outcome is Outcome.APPROVED


def test_hysteresis_refuses_its_direction_only() -> None:
    judge = guard()
    see(judge, "soc_pct", [4.9, 6.0])
    assert vet(judge, CHARGE, soc_pct=6.0).outcome is Outcome.APPROVED


@pytest.mark.parametrize(
    "doubtful",
    [
        None,
        state(soc_pct=None),
        state(soc_pct=math.nan),
        state(inverter_temperature_c=None),
        state(read_at=NOW - 60 * SECOND),
    ],
)
def test_telemetry_in_doubt_neither_trips_nor_recovers(doubtful: Any) -> None:
    judge = guard()
    see(judge, "soc_pct", [4.9])
    judge.observe(doubtful, NOW)
    assert reasons(vet(judge, DISCHARGE, soc_pct=6.0)) == {Reason.SOC_LOW}


def test_asking_changes_nothing() -> None:
    judge = guard()
    for _ in range(2):
        assert reasons(vet(judge, DISCHARGE, soc_pct=4.9)) == {Reason.SOC_LOW}
        judge.standing(state(soc_pct=4.9), NOW)
        judge.refusing(DISCHARGE, state(soc_pct=4.9), NOW)
    assert vet(judge, DISCHARGE, soc_pct=6.0).outcome is Outcome.APPROVED


def test_new_limits_count_at_once_and_for_what_has_tripped() -> None:
    judge = guard(soc_min_pct=20)
    see(judge, "soc_pct", [19.0])
    assert reasons(vet(judge, DISCHARGE, soc_pct=21.0)) == {Reason.SOC_LOW}
    judge.limits = limits(soc_min_pct=10)
    assert vet(judge, DISCHARGE, soc_pct=15.0).outcome is Outcome.APPROVED
    judge.limits = limits(soc_min_pct=30)
    assert reasons(vet(judge, DISCHARGE, soc_pct=29.9)) == {Reason.SOC_LOW}


# Looking ahead -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("direction", "reason", "soc_pct", "limit", "plant"),
    [
        # 5 kW for 36 s move a battery of 10 kWh by 0.5 %
        (DISCHARGE, Reason.SOC_LOW, 5.4, 5.5, {}),
        (CHARGE, Reason.SOC_HIGH, 97.6, 97.5, {}),
        (DISCHARGE, Reason.DISCHARGE_CUTOFF, 12.5, 12, {"discharge_cutoff_pct": 12.0}),
        (CHARGE, Reason.CHARGE_CUTOFF, 89.5, 90, {"charge_cutoff_pct": 90.0}),
    ],
)
def test_a_command_in_force_ends_before_a_limit(
    direction: Direction,
    reason: Reason,
    soc_pct: float,
    limit: float,
    plant: dict[str, Any],
) -> None:
    judge, here = guard(), state(soc_pct=soc_pct, **plant)
    wish = wish_for(direction, 5000)
    assert judge.vet(wish, here, NOW).outcome is Outcome.APPROVED
    ending = judge.vet(wish, here, NOW, ahead_s=36.0)
    assert ending.outcome is Outcome.REFUSED
    assert ending.grounds == (Ground(reason=reason, value=soc_pct, limit=limit),)


@pytest.mark.parametrize(
    ("direction", "soc_pct"), [(DISCHARGE, 5.5), (CHARGE, 97.5), (CHARGE, 5.1)]
)
def test_a_command_in_force_goes_on_as_long_as_it_stays_within(
    direction: Direction, soc_pct: float
) -> None:
    wish = wish_for(direction, 5000)
    verdict = guard().vet(wish, state(soc_pct=soc_pct), NOW, ahead_s=36.0)
    assert verdict.outcome is Outcome.APPROVED


def test_the_power_that_is_granted_counts_not_the_one_that_is_wished() -> None:
    verdict = guard().vet(discharge(1e9), state(soc_pct=5.5), NOW, ahead_s=36.0)
    assert verdict.outcome is Outcome.CLAMPED


def test_a_limit_that_ended_a_command_keeps_the_next_one_from_starting() -> None:
    """Else one would be started and ended after the other."""
    judge = guard()
    judge.observe(state(soc_pct=5.4), NOW)
    ending = judge.vet(discharge(5000), state(soc_pct=5.4), NOW, ahead_s=36.0)
    judge.trip(ending.grounds)
    for soc_pct in (5.4, 6.9):
        see(judge, "soc_pct", [soc_pct])
        (ground,) = vet(judge, DISCHARGE, soc_pct=soc_pct).grounds
        assert ground == Ground(reason=Reason.SOC_LOW, value=soc_pct, limit=7)
    see(judge, "soc_pct", [7.0])
    assert vet(judge, DISCHARGE, soc_pct=6.0).outcome is Outcome.APPROVED


def test_a_wish_that_is_only_vetted_trips_no_limit() -> None:
    judge, here = guard(), state(soc_pct=5.4)
    ending = judge.vet(discharge(5000), here, NOW, ahead_s=36.0)
    assert ending.outcome is Outcome.REFUSED
    assert judge.vet(discharge(300), here, NOW, ahead_s=36.0).outcome is (
        Outcome.APPROVED
    )


def test_without_a_known_capacity_a_command_ends_at_the_limit() -> None:
    here = state(soc_pct=5.1, capacity_kwh=None)
    verdict = guard().vet(discharge(5000), here, NOW, ahead_s=3600.0)
    assert verdict.outcome is Outcome.APPROVED
