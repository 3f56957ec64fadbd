"""The cheapest use of a battery over the horizon, exactly, without a solver.

Backwards from the end, the least cost from a boundary on as a function of what is
stored there is the infimal convolution of the interval's cost with that of the boundary
after it (Bellman). Both are piecewise linear, so each is known exactly by its kinks.
Where everything is convex a step is a merge of two sorted lists of slopes. Elsewhere
(export above import, negative prices, efficiency by power) it is the lower envelope of
such merges; dents shallower than a tolerance are bridged from below, so that the value
at the start is a lower bound of the true optimum and the gap to it is known.
"""

from collections.abc import Iterator, Sequence

from ..core.units import hours
from .envelope import Precision
from .interval_cost import Terms
from .move import Move, best_move
from .problem import Problem, ProblemStep
from .problem_check import check_problem
from .recursion import BandCost, band_costs, end_cost, value_functions
from .scoring import Score, idle_powers, score, self_consumption_powers
from .solution import Solution
from .value_function import ValueFunction

__all__ = ["TOLERANCE", "Terms", "best_power", "solve"]

TOLERANCE = 1e-5
"""How far the optimum may be below the answer, where costs are not convex: a share of
what filling the battery once costs at the dearest price."""

_ROUNDING = 1e-12
"""Differences of cost that come from rounding, as such a share."""

_SAME_COST = 1e-10
"""Costs that differ by a smaller share of them are equal."""


def solve(problem: Problem, *, tolerance: float = TOLERANCE) -> Solution:
    """Return the cheapest use of the battery.

    It is never worse than a battery that does nothing, nor than self-consumption.

    Args:
        problem: What is known.
        tolerance: See ``TOLERANCE``.

    Raises:
        ProblemError: If the problem is nonsense; the message names the step.
    """
    check_problem(problem)
    terms = Terms(
        battery=problem.battery, grid=problem.grid, min_spread=problem.min_spread
    )
    steps = [
        band_costs(step, hours(step.interval.duration), terms) for step in problem.steps
    ]
    values = value_functions(problem, steps, _precision(problem, tolerance))
    moves = tuple(_walk(problem.stored_kwh, steps, values))
    bound = _lower_bound(problem, moves)
    best = _best_of(problem, [move.power_kw for move in moves], bound)
    return Solution(
        powers_kw=best.powers_kw,
        stored_kwh=best.stored_kwh,
        objective=best.cost,
        gap_bound=max(0.0, _planned_cost(problem, best) - bound),
        values=values,
        floor_missing_kwh=best.floor_missing_kwh,
    )


def best_power(
    step: ProblemStep,
    duration_h: float,
    terms: Terms,
    after: ValueFunction,
    stored_kwh: float,
) -> float:
    """Return the best mean power of one interval, kW, positive when discharging.

    Args:
        step: Prices, and sun and house as they are measured; its times do not matter.
        duration_h: How long the interval, or the rest of it, lasts; above 0.
        terms: Battery, connection, least spread.
        after: What stored energy is worth at its end.
        stored_kwh: What is stored at its start.
    """
    return _best_move(band_costs(step, duration_h, terms), after, stored_kwh).power_kw


def _precision(problem: Problem, tolerance: float) -> Precision:
    dearest = max(
        max(abs(step.import_price), abs(step.export_price)) for step in problem.steps
    )
    scale = (problem.battery.max_kwh - problem.battery.min_kwh) * (dearest or 1.0)
    return Precision(
        dent=tolerance * scale / len(problem.steps), rounding=_ROUNDING * scale
    )


def _walk(
    stored_kwh: float,
    steps: Sequence[tuple[BandCost, ...]],
    values: Sequence[ValueFunction],
) -> Iterator[Move]:
    """Yield the moves forwards from what is stored at the start."""
    for bands, after in zip(steps, values[1:], strict=True):
        move = _best_move(bands, after, stored_kwh)
        stored_kwh = move.stored_kwh
        yield move


def _best_move(
    bands: Sequence[BandCost], after: ValueFunction, stored_kwh: float
) -> Move:
    """Return the best move; on the edge of two bands both are open."""
    moves = [
        best_move(band.cost, after, stored_kwh)
        for band in bands
        if band.has(stored_kwh)
    ]
    return min(moves, key=_total)


def _total(move: Move) -> float:
    return move.cost + move.later


def _lower_bound(problem: Problem, moves: Sequence[Move]) -> float:
    """Return what no plan can cost less than: the way into the range has no choice."""
    spent = 0.0
    for move in moves:
        if move.free:
            return spent + move.cost + move.later
        spent += move.cost
    return spent + end_cost(problem.ending, moves[-1].stored_kwh)


def _best_of(problem: Problem, powers_kw: Sequence[float], bound: float) -> Score:
    """Return the best of the plan, doing nothing and self-consumption, as scored."""
    plan = score(problem, powers_kw)
    if _planned_cost(problem, plan) <= bound + _SAME_COST * (1.0 + abs(bound)):
        return plan  # nothing can beat it
    others = idle_powers(problem), self_consumption_powers(problem)
    scores = [plan, *(score(problem, other) for other in others)]
    return min(scores, key=lambda each: _planned_cost(problem, each))


def _planned_cost(problem: Problem, result: Score) -> float:
    return result.cost + problem.min_spread * result.traded_kwh
