"""Whether the plant does what it was told."""

import math
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.core.plant_state import Readiness
from custom_components.bessai.core.setpoint import Setpoint
from custom_components.bessai.safety.following import (
    Following,
    expected_power_w,
    judge_following,
)

from .builders import charge, discharge, state

FOLLOWS, WAITING = Following.FOLLOWS, Following.WAITING
WAKING, DISOBEYS = Following.WAKING, Following.DISOBEYS
HOUSEFUL: dict[str, Any] = {"maximum_power_w": 10000.0, "pv_power_w": 9000.0}


def judge(setpoint: Setpoint, *, after_s: float = 0.0, **overrides: Any) -> Following:
    """Return how a plant with a minute to settle takes a command."""
    return judge_following(
        setpoint, state(**overrides), unfollowed_s=after_s, settling_s=60.0
    )


@pytest.mark.parametrize(
    ("setpoint", "power_w", "follows"),
    [
        (discharge(3000), 3000, True),
        (discharge(3000), 1400, True),
        (discharge(3000), 1399, False),
        (discharge(3000), 4800, True),
        (discharge(3000), 4801, False),
        (discharge(3000), -3000, False),
        (charge(3000), -3000, True),
        (charge(3000), -1400, True),
        (charge(3000), -1399, False),
        (charge(3000), -4800, True),
        (charge(3000), -4801, False),
        (charge(3000), 3000, False),
        # so little that half of it is lost in the noise
        (discharge(100), 0, True),
        (discharge(100), -50, True),
        (discharge(100), -51, False),
        (charge(100), 51, False),
    ],
)
def test_the_power_has_to_have_the_direction_and_about_the_size(
    setpoint: Setpoint, power_w: float, *, follows: bool
) -> None:
    found = judge(setpoint, battery_power_w=power_w)
    assert (found is FOLLOWS) is follows


@pytest.mark.parametrize(
    ("setpoint", "overrides", "expected_w"),
    [
        (discharge(3000), {}, 3000),
        (discharge(3000), {"discharge_limit_w": 1000.0}, 1000),
        (discharge(3000), {"charge_limit_w": 1000.0}, 3000),
        (discharge(3000), HOUSEFUL, 1000),
        (discharge(3000), HOUSEFUL | {"pv_power_w": 11000.0}, 0),
        (discharge(3000), HOUSEFUL | {"pv_power_w": -10.0}, 3000),
        (discharge(3000), HOUSEFUL | {"pv_power_w": None}, 3000),
        (discharge(3000), HOUSEFUL | {"maximum_power_w": None}, 3000),
        (discharge(3000), {"discharge_limit_w": None}, 3000),
        (discharge(3000), {"discharge_limit_w": math.nan}, 3000),
        (discharge(3000), {"discharge_limit_w": -5.0}, 0),
        (charge(3000), {}, 3000),
        (charge(3000), {"charge_limit_w": 1000.0}, 1000),
        (charge(3000), HOUSEFUL, 3000),
    ],
)
def test_no_more_is_expected_than_the_plant_can_do(
    setpoint: Setpoint, overrides: dict[str, Any], expected_w: float
) -> None:
    assert expected_power_w(setpoint, state(**overrides)) == expected_w


def test_an_inverter_full_of_sun_excuses_an_idle_battery() -> None:
    assert judge(discharge(3000), battery_power_w=0.0, **HOUSEFUL) is WAITING
    full = HOUSEFUL | {"pv_power_w": 10000.0}
    assert judge(discharge(3000), battery_power_w=0.0, **full) is FOLLOWS


def test_a_limited_inverter_excuses_too_little_discharge_only() -> None:
    limited = {"limited": True, "after_s": 60.0}
    assert judge(discharge(3000), battery_power_w=0.0, **limited) is FOLLOWS
    assert judge(discharge(3000), battery_power_w=-500.0, **limited) is DISOBEYS
    assert judge(discharge(3000), battery_power_w=5000.0, **limited) is DISOBEYS
    assert judge(charge(3000), battery_power_w=-500.0, **limited) is DISOBEYS


def test_the_right_power_without_a_command_in_force_is_a_coincidence() -> None:
    assert judge(discharge(3000), battery_power_w=3000.0, commanded=False) is WAITING
    assert judge(discharge(3000), battery_power_w=3000.0, commanded=None) is FOLLOWS


@pytest.mark.parametrize("power_w", [None, math.nan, math.inf])
def test_an_unknown_power_follows_nothing(power_w: float | None) -> None:
    told: dict[str, Any] = {"battery_power_w": power_w}
    for setpoint in (charge(3000), discharge(3000)):
        assert judge(setpoint, **told) is WAITING
        assert judge(setpoint, after_s=60.0, **told) is DISOBEYS


def test_a_plant_has_its_settling_time_and_no_more() -> None:
    idle = {"battery_power_w": 0.0}
    assert judge(discharge(3000), after_s=59.9, **idle) is WAITING
    assert judge(discharge(3000), after_s=60.0, **idle) is DISOBEYS


@pytest.mark.parametrize(
    "asleep",
    [
        {"battery": Readiness.ASLEEP, "battery_power_w": 0.0},
        {"battery": Readiness.ASLEEP, "battery_power_w": None},
        {"battery": Readiness.ASLEEP, "battery_power_w": 0.0, "commanded": False},
        {"battery_power_w": -50.0},
        {"battery_power_w": 50.0},
    ],
)
def test_a_battery_has_five_minutes_to_wake(asleep: dict[str, Any]) -> None:
    assert judge(charge(3000), after_s=0.0, **asleep) is WAKING
    assert judge(charge(3000), after_s=299.9, **asleep) is WAKING
    assert judge(charge(3000), after_s=300.0, **asleep) is DISOBEYS


def test_waking_never_takes_less_time_than_settling() -> None:
    asleep = state(battery=Readiness.ASLEEP)
    for unfollowed_s, expected in ((599.0, WAKING), (600.0, DISOBEYS)):
        found = judge_following(
            charge(3000), asleep, unfollowed_s=unfollowed_s, settling_s=600.0
        )
        assert found is expected


def test_an_idle_battery_without_a_command_is_not_waking() -> None:
    idle = {"battery_power_w": 0.0, "commanded": False}
    assert judge(charge(3000), **idle) is WAITING
    assert judge(charge(3000), after_s=60.0, **idle) is DISOBEYS


def test_a_battery_that_charges_too_little_is_awake() -> None:
    assert judge(charge(3000), battery_power_w=-51.0) is WAITING


ANY = st.none() | st.floats()


@given(
    setpoint_w=st.floats(50, 1e6) | st.floats(-1e6, -50),
    power_w=ANY,
    numbers=st.fixed_dictionaries(
        {
            "charge_limit_w": ANY,
            "discharge_limit_w": ANY,
            "maximum_power_w": ANY,
            "pv_power_w": ANY,
            "limited": st.none() | st.booleans(),
            "commanded": st.none() | st.booleans(),
            "battery": st.none() | st.sampled_from(Readiness),
        }
    ),
    after_s=st.floats(0, 1e6),
)
def test_the_wrong_direction_is_never_obedience(
    setpoint_w: float, power_w: float | None, numbers: dict[str, Any], after_s: float
) -> None:
    setpoint = Setpoint(power_w=setpoint_w)
    found = judge(setpoint, after_s=after_s, battery_power_w=power_w, **numbers)
    if found is FOLLOWS:
        assert power_w is not None
        forward_w = math.copysign(1.0, setpoint_w) * power_w
        assert -50.0 <= forward_w <= 1.5 * abs(setpoint_w) + 300.0
    if after_s >= 300.0:
        assert found in {FOLLOWS, DISOBEYS}
