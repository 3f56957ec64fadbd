"""Comparisons of wishes: what is worth a write, what a target means."""

from datetime import timedelta

from ..core.plant_state import PlantState
from ..core.proposal import Proposal
from ..core.setpoint import Direction, Setpoint, Wish
from ..core.verdict import Ground, Reason
from ..safety.limits import Limits

NOTICEABLE_W = 50.0
"""A power that is lowered by less is not written again."""

RAISED_BY = 0.1
RAISED_AFTER = timedelta(minutes=1)
"""More power than is in force is written when it is a tenth more, and at most once a
minute: the battery's own limit flickers."""


def reached_target(
    proposal: Proposal, state: PlantState | None, ahead_s: float
) -> Ground | None:
    """Return the ground that a setpoint has done its work, if it has.

    Args:
        proposal: With or without a target.
        state: Of the plant.
        ahead_s: Judge by the state of charge that its power leads to in so long.
    """
    wish, target = proposal.wish, proposal.target_soc_pct
    if target is None or state is None or not isinstance(wish, Setpoint):
        return None
    soc_pct = state.soc_after(wish.power_w, ahead_s)
    if soc_pct is None:
        return None
    charging = wish.direction is Direction.CHARGE
    if (soc_pct < target) if charging else (soc_pct > target):
        return None
    return Ground(reason=Reason.TARGET_REACHED, value=state.soc_pct, limit=target)


def needs_grid(wish: Wish, state: PlantState | None) -> bool:
    """Return whether a charge asks for more than the panels give."""
    if not isinstance(wish, Setpoint) or wish.direction is Direction.DISCHARGE:
        return False
    pv_power_w = None if state is None else state.pv_power_w
    return pv_power_w is None or -wish.power_w > pv_power_w


def seconds_to_limit(
    wish: Wish, state: PlantState | None, limits: Limits
) -> float | None:
    """Return after how long a setpoint would leave the owner's limits, s.

    ``None``: that is not known, or it would not.
    """
    if state is None or not isinstance(wish, Setpoint):
        return None
    charging = wish.direction is Direction.CHARGE
    limit_pct = limits.soc_max_pct if charging else limits.soc_min_pct
    return state.seconds_until(limit_pct, wish.power_w)


def is_alike(one: Wish, other: Wish) -> bool:
    """Return whether two wishes differ in nothing but the amount of power."""
    if isinstance(one, Setpoint) and isinstance(other, Setpoint):
        return one.direction is other.direction
    return one == other


def is_close(in_force: Wish, wish: Wish, since_write: timedelta) -> bool:
    """Return whether the difference between two like wishes is not worth a write now.

    Args:
        in_force: What the plant was told.
        wish: What it should be told; alike.
        since_write: How long ago it was told.
    """
    if not isinstance(wish, Setpoint) or not isinstance(in_force, Setpoint):
        return True
    more_w = abs(wish.power_w) - abs(in_force.power_w)
    if more_w <= 0:
        return -more_w < NOTICEABLE_W
    small = more_w < max(RAISED_BY * abs(in_force.power_w), NOTICEABLE_W)
    return small or since_write < RAISED_AFTER
