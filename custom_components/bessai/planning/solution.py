"""What the optimiser answers."""

from dataclasses import dataclass

from .value_function import ValueFunction


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """The optimal use of the battery over a problem's steps."""

    powers_kw: tuple[float, ...]
    """One a step, mean at the terminals, positive when discharging."""

    stored_kwh: tuple[float, ...]
    """At the boundaries of the steps: one more than there are steps."""

    objective: float
    """Bill, wear and penalties, minus the value of what is stored at the end; without
    what ``min_spread`` adds."""

    gap_bound: float
    """The optimum is at most so much below the objective (with what ``min_spread``
    adds), in the prices' currency; not negative."""

    values: tuple[ValueFunction, ...]
    """Least cost from each boundary to the end, by what is stored there."""

    floor_missing_kwh: float
    """By how much the floor at the end is missed; 0: it is reached."""
