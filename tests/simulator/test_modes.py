"""What each working mode wants of the battery."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from custom_components.bessai.simulator.controls import Command, Controls, Mode
from custom_components.bessai.simulator.modes import (
    IDLE,
    FeedIn,
    FollowLoad,
    Hold,
    LocalMinute,
    Wish,
    local_minute,
    wish,
)
from custom_components.bessai.simulator.periods import FixedPeriod, TouPeriod

ALL_WEEK = 0x7F
NOON = LocalMinute(720, 1)
CONTROLS = Controls(
    mode=Mode.SELF_CONSUMPTION,
    command=Command.STOP,
    command_power_w=1500.0,
    target_soc_pct=None,
    charge_cap_w=5000.0,
    discharge_cap_w=5000.0,
    charge_cutoff_pct=100.0,
    discharge_cutoff_pct=5.0,
    grid_charge=True,
    grid_charge_w=2500.0,
    grid_charge_cutoff_pct=80.0,
    surplus_to_battery=True,
    tou=(),
    fixed=(),
    output_limit_w=11_000.0,
    export_limit_w=None,
    running=True,
)
CHARGING = (TouPeriod(700, 800, discharge=False, weekdays=ALL_WEEK),)
DISCHARGING = (TouPeriod(700, 800, discharge=True, weekdays=ALL_WEEK),)


def wanted(
    soc_pct: float = 50.0, *, grid_for_command: bool = True, **changed: object
) -> Wish:
    """Return the wish of changed controls at noon of a Monday."""
    controls = replace(CONTROLS, **changed)  # type: ignore[arg-type]
    return wish(controls, NOON, soc_pct, grid_for_command=grid_for_command)


def test_a_command_outranks_the_mode() -> None:
    assert wanted(command=Command.CHARGE, mode=Mode.FULLY_FED) == Hold(power_w=-1500.0)
    assert wanted(command=Command.DISCHARGE) == Hold(power_w=1500.0)


def test_a_commanded_charge_may_be_kept_off_the_grid() -> None:
    assert wanted(command=Command.CHARGE, grid_for_command=False) == Hold(
        power_w=-1500.0, from_grid=False
    )


@pytest.mark.parametrize(
    "mode",
    [Mode.NONE, Mode.SELF_CONSUMPTION, Mode.TOU_LG, Mode.AI, Mode.THIRD_PARTY],
)
def test_most_modes_follow_the_load(mode: Mode) -> None:
    assert wanted(mode=mode) == FollowLoad()


@pytest.mark.parametrize("mode", [Mode.FULLY_FED, Mode.REMOTE_FULLY_FED])
def test_fully_fed_gives_all_it_can(mode: Mode) -> None:
    assert wanted(mode=mode) == FeedIn()


@pytest.mark.parametrize("mode", [Mode.TOU, Mode.REMOTE_TOU])
@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, FollowLoad(charge=True, discharge=False)),
        ({"surplus_to_battery": False}, FollowLoad(charge=False, discharge=False)),
        ({"tou": DISCHARGING}, FollowLoad()),
        ({"tou": CHARGING}, Hold(power_w=-2500.0)),
        ({"tou": CHARGING, "grid_charge": False}, FollowLoad(discharge=False)),
        ({"tou": CHARGING, "soc_pct": 80.0}, FollowLoad(discharge=False)),
    ],
)
def test_time_of_use_charges_serves_and_saves(
    mode: Mode, changed: dict[str, object], expected: Wish
) -> None:
    assert wanted(mode=mode, **changed) == expected  # type: ignore[arg-type]


def test_fixed_periods_hold_their_power_and_rest_between() -> None:
    at_noon, later = (FixedPeriod(700, 800, 1200),), (FixedPeriod(900, 960, 1200),)
    assert wanted(mode=Mode.FIXED, fixed=at_noon) == Hold(power_w=-1200.0)
    assert wanted(mode=Mode.FIXED, fixed=later) == IDLE


def test_the_week_begins_on_sunday() -> None:
    sunday = datetime(2026, 6, 7, 0, 5, tzinfo=UTC).timestamp()
    assert local_minute(sunday) == LocalMinute(5, 0)
    assert local_minute(sunday - 600) == LocalMinute(1435, 6)
