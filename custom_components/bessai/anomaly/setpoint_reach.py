"""What a plant may give or take while a command of ours is in force."""

from typing import NamedTuple

from ..core.observation import Flow, Observation
from ..core.plant_state import Readiness
from ..core.setpoint import Direction, Hold
from .window import usable

_FULL_PCT, _EMPTY_PCT = 3.0, 2.0
"""So near to its ends a battery does as it pleases."""

_WAKING_S = 360.0
_IDLE_W = 50.0
_NIGHT_W = 300.0


class Reach(NamedTuple):
    """Battery powers that are no surprise, W; positive when discharging."""

    low_w: float
    high_w: float

    def nearest(self, power_w: float) -> float:
        """Return the power in it that is nearest to another one."""
        return min(max(power_w, self.low_w), self.high_w)


def reach_of(seen: Observation, power_w: float) -> Reach | None:
    """Return what a wish in force allows; ``None``: nothing can be told of it now."""
    if isinstance(seen.wish, Hold):
        return _hold_reach(seen, seen.wish)
    if seen.wish is None or _may_be_waking(seen, power_w):
        return None
    target_w = seen.wish.power_w
    if seen.wish.direction is Direction.CHARGE:
        return Reach(target_w, -_least_charge_w(seen, -target_w))
    return Reach(_least_discharge_w(seen, target_w), target_w)


def near_empty(seen: Observation) -> bool:
    """Return whether the battery may protect itself from running down."""
    soc_pct, floor_pct = usable(seen.soc_pct), usable(seen.discharge_floor_pct)
    return soc_pct is None or soc_pct <= (floor_pct or 0.0) + _EMPTY_PCT


def near_full(seen: Observation) -> bool:
    """Return whether the battery may take less than it says."""
    soc_pct, ceiling_pct = usable(seen.soc_pct), usable(seen.charge_ceiling_pct)
    ceiling_pct = 100.0 if ceiling_pct is None else ceiling_pct
    return soc_pct is None or soc_pct >= min(ceiling_pct, 97.0) - _FULL_PCT


def _hold_reach(seen: Observation, hold: Hold) -> Reach | None:
    if near_empty(seen):  # a charge may be forced
        return None
    return Reach(-1e9 if hold.allow_charging else 0.0, 0.0)


def _may_be_waking(seen: Observation, power_w: float) -> bool:
    """Return whether the battery sleeps, or is only about to begin."""
    if seen.battery not in (None, Readiness.READY):
        return True
    return abs(power_w) <= _IDLE_W and seen.wish_age_s < _WAKING_S


def _least_charge_w(seen: Observation, target_w: float) -> float:
    """Return how little it may take.

    By day it may have to do with what the panels give; a charge that was let pass by
    night has the grid's consent.
    """
    limit_w, pv_w = usable(seen.charge_limit_w), usable(seen.powers.get(Flow.PV))
    most_w = usable(seen.maximum_power_w)
    if limit_w is None or pv_w is None or most_w is None or near_full(seen):
        return 0.0
    return max(0.0, min(target_w, limit_w, pv_w if pv_w > _NIGHT_W else most_w))


def _least_discharge_w(seen: Observation, target_w: float) -> float:
    """Return how little it may give: it shares the inverter with the panels."""
    limit_w, pv_w = usable(seen.discharge_limit_w), usable(seen.powers.get(Flow.PV))
    most_w = usable(seen.maximum_power_w)
    if limit_w is None or pv_w is None or most_w is None:
        return 0.0
    if near_empty(seen) or seen.limited:
        return 0.0
    return max(0.0, min(target_w, limit_w, most_w - max(0.0, pv_w)))
