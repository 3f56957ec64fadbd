"""What is worth a write, and when a setpoint has done its work."""

from datetime import timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.control.wishes import (
    is_alike,
    is_close,
    needs_grid,
    reached_target,
    seconds_to_limit,
)
from custom_components.bessai.core.setpoint import Hold, Setpoint, Wish
from custom_components.bessai.core.verdict import Reason

from ..safety.builders import charge, discharge, limits, state
from .bench import proposal

LONG_AGO = timedelta(hours=1)
JUST_NOW = timedelta(seconds=59)


@pytest.mark.parametrize(
    ("wish", "soc_pct", "target_pct", "reached"),
    [
        (charge(2000), 79.9, 80, False),
        (charge(2000), 80.0, 80, True),
        (charge(2000), 95.0, 80, True),
        (discharge(2000), 20.1, 20, False),
        (discharge(2000), 20.0, 20, True),
        (discharge(2000), 7.0, 20, True),
    ],
)
def test_a_target_is_reached_from_the_side_the_setpoint_comes_from(
    wish: Setpoint, soc_pct: float, target_pct: float, *, reached: bool
) -> None:
    wanted = proposal(wish, target_soc_pct=target_pct)
    ground = reached_target(wanted, state(soc_pct=soc_pct), 0.0)
    assert (ground is not None) is reached


def test_a_target_that_is_reached_says_how_far_it_came() -> None:
    ground = reached_target(
        proposal(charge(2000), target_soc_pct=80), state(soc_pct=81.0), 0.0
    )
    assert ground is not None
    assert (ground.reason, ground.value, ground.limit) == (
        Reason.TARGET_REACHED,
        81.0,
        80,
    )


def test_a_command_in_force_is_over_before_it_passes_its_target() -> None:
    wanted = proposal(charge(3600), target_soc_pct=80)
    almost = state(soc_pct=79.95, capacity_kwh=10.0)
    assert reached_target(wanted, almost, 1.0) is None
    assert reached_target(wanted, almost, 6.0) is not None


@pytest.mark.parametrize(
    ("wish", "target_pct", "soc_pct"),
    [
        (charge(2000), None, 99.0),
        (charge(2000), 80.0, None),
        (Hold(), 80.0, 80.0),
    ],
)
def test_without_target_setpoint_or_state_of_charge_nothing_is_reached(
    wish: Wish, target_pct: float | None, soc_pct: float | None
) -> None:
    wanted = proposal(wish, target_soc_pct=target_pct)
    assert reached_target(wanted, state(soc_pct=soc_pct), 5.0) is None


def test_a_plant_that_was_never_read_has_reached_nothing() -> None:
    assert reached_target(proposal(charge(2000), target_soc_pct=1), None, 0.0) is None


@pytest.mark.parametrize(
    ("wish", "pv_power_w", "needed"),
    [
        (charge(2000), 2000.0, False),
        (charge(2000), 1999.0, True),
        (charge(2000), None, True),
        (discharge(2000), 0.0, False),
        (Hold(), 0.0, False),
    ],
)
def test_a_charge_needs_the_grid_for_more_than_the_panels_are_known_to_give(
    wish: Wish, pv_power_w: float | None, *, needed: bool
) -> None:
    assert needs_grid(wish, state(pv_power_w=pv_power_w)) is needed


def test_a_charge_of_a_plant_that_was_never_read_needs_the_grid() -> None:
    assert needs_grid(charge(1), None)


@pytest.mark.parametrize(
    ("wish", "soc_pct", "seconds"),
    [
        (charge(3600), 97.0, 100.0),
        (discharge(3600), 6.0, 100.0),
        (charge(3600), 99.0, -100.0),
        (Hold(), 50.0, None),
        (charge(3600), None, None),
    ],
)
def test_the_way_to_the_owners_limit_takes_its_time(
    wish: Wish, soc_pct: float | None, seconds: float | None
) -> None:
    left_s = seconds_to_limit(wish, state(soc_pct=soc_pct), limits())
    assert left_s == (seconds if seconds is None else pytest.approx(seconds))


def test_the_way_to_the_limit_is_not_known_of_a_plant_that_was_never_read() -> None:
    assert seconds_to_limit(charge(3600), None, limits()) is None


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (charge(1), charge(5000), True),
        (charge(1000), discharge(1000), False),
        (Hold(), Hold(), True),
        (Hold(), Hold(allow_charging=False), False),
        (Hold(), charge(1000), False),
    ],
)
def test_wishes_are_alike_if_only_their_power_differs(
    one: Wish, other: Wish, *, alike: bool
) -> None:
    assert is_alike(one, other) is alike
    assert is_alike(other, one) is alike


def test_two_holds_are_always_close() -> None:
    assert is_close(Hold(), Hold(), LONG_AGO)


@pytest.mark.parametrize(
    ("power_w", "since", "close"),
    [
        (2000, LONG_AGO, True),
        (1951, LONG_AGO, True),
        (1950, JUST_NOW, False),
        (0.1, JUST_NOW, False),
        (2199, LONG_AGO, True),
        (2200, LONG_AGO, False),
        (2200, JUST_NOW, True),
        (5000, JUST_NOW, True),
        (5000, timedelta(minutes=1), False),
    ],
)
def test_power_is_lowered_at_once_and_raised_slowly(
    power_w: float, since: timedelta, *, close: bool
) -> None:
    assert is_close(discharge(2000), discharge(power_w), since) is close
    assert is_close(charge(2000), charge(power_w), since) is close


def test_little_power_is_raised_by_no_less_than_is_noticeable() -> None:
    assert is_close(charge(100), charge(149), LONG_AGO)
    assert not is_close(charge(100), charge(150), LONG_AGO)


@given(
    in_force_w=st.floats(min_value=1, max_value=1e5),
    wished_w=st.floats(min_value=1, max_value=1e5),
    since_s=st.floats(min_value=0, max_value=1e5),
)
def test_no_more_than_fifty_watts_too_much_are_ever_left_in_force(
    in_force_w: float, wished_w: float, since_s: float
) -> None:
    since = timedelta(seconds=since_s)
    too_much_w = in_force_w - wished_w
    if is_close(charge(in_force_w), charge(wished_w), since):
        assert too_much_w < 50
