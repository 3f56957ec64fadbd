"""The best move of one interval, given what stored energy is worth after it."""

from dataclasses import dataclass

from .interval_cost import IntervalCost
from .value_function import ValueFunction

_TIE = 1e-10
"""Costs that differ by a smaller share of them are equal."""

_SAME_KWH = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What the battery does in an interval."""

    power_kw: float
    """Mean at the terminals, positive when discharging."""

    stored_kwh: float
    """At the end."""

    cost: float
    """Of the interval."""

    later: float
    """From its end on."""

    free: bool = True
    """Whether there was a choice; else the battery only returned into its range."""


def best_move(cost: IntervalCost, after: ValueFunction, stored_kwh: float) -> Move:
    """Return the cheapest move: the optimum lies at a kink of one of the two.

    Of equally cheap ones it is self-consumption, else the one with the least power.
    """
    drawn = cost.drawn_kwh
    low = max(stored_kwh - drawn[-1], after.low)
    high = min(stored_kwh - drawn[0], after.high)
    if low > high:
        return _return_to_range(cost, after, stored_kwh)
    options = [
        (now + after.cost(stored_kwh - kwh), stored_kwh - kwh)
        for kwh, now in zip(drawn, cost.costs, strict=True)
        if low <= stored_kwh - kwh <= high
    ]
    options += [
        (cost.cost(stored_kwh - end) + later, end)
        for end, later in after.kinks_between(low, high)
    ]
    least = min(options)[0]
    equal = least + _TIE * (1.0 + abs(least))
    preferred = min(max(stored_kwh - cost.drawn(cost.preferred_kw), low), high)
    choices = [
        (abs(end - preferred) > _SAME_KWH, abs(end - stored_kwh), end, total)
        for total, end in options
        if total <= equal
    ]
    _, _, end, total = min(choices)
    later = after.cost(end)
    return Move(
        power_kw=cost.power_kw(stored_kwh - end),
        stored_kwh=end,
        cost=total - later,
        later=later,
    )


def _return_to_range(
    cost: IntervalCost, after: ValueFunction, stored_kwh: float
) -> Move:
    """Return the move that comes nearest to a range that is out of reach."""
    i = 0 if stored_kwh < after.low else -1
    end = stored_kwh - cost.drawn_kwh[i]
    return Move(
        power_kw=cost.powers_kw[i],
        stored_kwh=end,
        cost=cost.costs[i],
        later=after.cost(end),
        free=False,
    )
