"""Whether the plant does what it was told."""

from enum import StrEnum
from math import isfinite

from ..core.plant_state import PlantState, Readiness
from ..core.setpoint import Direction, Setpoint

WAKING_S = 300.0
"""A battery that sleeps took minutes to wake (``huawei_facts.md`` 2.7)."""

LEAST_SHARE = 0.5
LEAST_OFFSET_W = 100.0
MOST_SHARE = 1.5
MOST_OFFSET_W = 300.0
"""The power follows if it is between half of what is expected less 100 W, and half as
much again as was told plus 300 W: losses, ramps and limits that change within a poll
are no disobedience, self-consumption of another power is."""

NO_POWER_W = 50.0
"""So little power, of either sign, is none: a battery at rest measures it, too."""


class Following(StrEnum):
    """How the plant takes a command."""

    FOLLOWS = "follows"
    WAITING = "waiting"
    """Not yet, and it has time left."""

    WAKING = "waking"
    """Not yet, because the battery has to wake first."""

    DISOBEYS = "disobeys"
    """Not at all, and its time is over."""


def judge_following(
    setpoint: Setpoint, state: PlantState, *, unfollowed_s: float, settling_s: float
) -> Following:
    """Return how the plant takes a command.

    Args:
        setpoint: What it was told.
        state: Of the plant, read after that. A value that is missing or impossible
            excuses nothing.
        unfollowed_s: For how long it has not followed.
        settling_s: How long it may take to.
    """
    power_w = _power_towards(setpoint.direction, state)
    if _is_obeyed(setpoint, state, power_w):
        return Following.FOLLOWS
    if _may_be_waking(setpoint.direction, state, power_w):
        time_is_left = unfollowed_s < max(WAKING_S, settling_s)
        return Following.WAKING if time_is_left else Following.DISOBEYS
    time_is_left = unfollowed_s < settling_s
    return Following.WAITING if time_is_left else Following.DISOBEYS


def expected_power_w(setpoint: Setpoint, state: PlantState) -> float:
    """Return what the plant can give or take of a setpoint, W, not negative.

    Its battery may allow less at present, and a discharge has to share the inverter
    with the panels.
    """
    charging = setpoint.direction is Direction.CHARGE
    present_w = state.charge_limit_w if charging else state.discharge_limit_w
    possible_w = [abs(setpoint.power_w), _known(present_w)]
    most_w, pv_w = _known(state.maximum_power_w), _known(state.pv_power_w)
    if not charging and most_w is not None and pv_w is not None:
        possible_w.append(max(0.0, most_w - max(0.0, pv_w)))
    return min(max(0.0, one_w) for one_w in possible_w if one_w is not None)


def _is_obeyed(setpoint: Setpoint, state: PlantState, power_w: float | None) -> bool:
    """Return whether the measured power is what was told, as far as can be."""
    if power_w is None or state.commanded is False:
        return False
    least_w = LEAST_SHARE * expected_power_w(setpoint, state) - LEAST_OFFSET_W
    if state.limited and setpoint.direction is Direction.DISCHARGE:
        least_w = -NO_POWER_W
    most_w = MOST_SHARE * abs(setpoint.power_w) + MOST_OFFSET_W
    return max(least_w, -NO_POWER_W) <= power_w <= most_w


def _may_be_waking(
    direction: Direction, state: PlantState, power_w: float | None
) -> bool:
    """Return whether the battery sleeps, or has been told to charge and only wakes.

    If the plant says that no command is in force, an idle battery is just idle.
    """
    if state.battery is Readiness.ASLEEP:
        return True
    if power_w is None or state.commanded is False:
        return False
    return direction is Direction.CHARGE and abs(power_w) <= NO_POWER_W


def _power_towards(direction: Direction, state: PlantState) -> float | None:
    """Return the measured power, positive if it is in the direction."""
    power_w = _known(state.battery_power_w)
    if power_w is None or direction is Direction.DISCHARGE:
        return power_w
    return -power_w


def _known(value: float | None) -> float | None:
    """Return a number, ``None`` if it is none."""
    return value if value is not None and isfinite(value) else None
