"""Least cost to the end, backwards from it, boundary by boundary."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from ..core.battery_spec import PowerBand
from .envelope import Precision, lower, part_of, tidied
from .interval_cost import IntervalCost, Terms, interval_cost
from .piecewise import (
    ConvexPart,
    Segments,
    as_segments,
    can_meet,
    convex_parts,
    convolve,
    cut,
)
from .problem import Ending, Problem, ProblemStep
from .value_function import ValueFunction

_EDGE_KWH = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class BandCost:
    """What an interval costs if what is stored at its start is in a range."""

    low_kwh: float
    high_kwh: float
    cost: IntervalCost

    def has(self, stored_kwh: float) -> bool:
        """Return whether so much is in the range, edges included."""
        return self.low_kwh - _EDGE_KWH <= stored_kwh <= self.high_kwh + _EDGE_KWH


def band_costs(
    step: ProblemStep, duration_h: float, terms: Terms
) -> tuple[BandCost, ...]:
    """Return what an interval costs, by the power bands of the battery."""
    battery = terms.battery
    usual = PowerBand(
        below_kwh=inf, charge_kw=battery.charge_kw, discharge_kw=battery.discharge_kw
    )
    lows = (-inf, *(band.below_kwh for band in battery.bands))
    return tuple(
        BandCost(
            low_kwh=low,
            high_kwh=band.below_kwh,
            cost=interval_cost(step, duration_h, terms, band),
        )
        for low, band in zip(lows, (*battery.bands, usual), strict=True)
    )


def value_functions(
    problem: Problem, steps: Sequence[tuple[BandCost, ...]], precision: Precision
) -> tuple[ValueFunction, ...]:
    """Return the least cost from each boundary to the end; nowhere above the true one.

    Args:
        problem: Supplies the battery's range and what counts at the end.
        steps: What the intervals cost.
        precision: How far below the true cost an interval may take it.
    """
    function = _at_the_end(problem)
    values = [_value_function(function)]
    parts = convex_parts(function)
    for bands in reversed(steps):
        costs = [band.cost.convex_parts() for band in bands]
        if len(parts) == len(costs) == len(costs[0]) == 1:
            parts = [_before_convex(parts[0], costs[0][0])]
            function = as_segments(parts[0])
        else:
            stage = _Stage(after=function, parts=parts, precision=precision)
            function = _before(stage, bands, costs)
            parts = convex_parts(function)
        values.append(_value_function(function))
    return tuple(reversed(values))


def end_cost(ending: Ending, stored_kwh: float) -> float:
    """Return what it costs that so much is stored at the end."""
    missing = max(0.0, ending.floor_kwh - stored_kwh)
    return ending.floor_penalty * missing - ending.value_per_kwh * stored_kwh


def _at_the_end(problem: Problem) -> Segments:
    low, high = problem.battery.min_kwh, problem.battery.max_kwh
    floor = problem.ending.floor_kwh
    xs = [low, *([floor] if low < floor < high else []), high]
    ys = [end_cost(problem.ending, x) for x in xs]
    return Segments(xs, ys[:-1], ys[1:])


def _value_function(function: Segments) -> ValueFunction:
    return ValueFunction(
        kinks_kwh=tuple(function.xs),
        starts=tuple(function.starts),
        ends=tuple(function.ends),
    )


def _before_convex(after: ConvexPart, cost: ConvexPart) -> ConvexPart:
    return cut(convolve(cost, after), after.start, after.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """An interval where something is not convex, and what comes after it."""

    after: Segments
    parts: list[ConvexPart]
    """Of the one above."""

    precision: Precision


def _before(
    stage: _Stage, bands: Sequence[BandCost], costs: list[list[ConvexPart]]
) -> Segments:
    """Return the least cost at the start of an interval."""
    low, high = stage.after.xs[0], stage.after.xs[-1]
    whole = Segments([low], [], [])
    for band, cost_parts in zip(bands, costs, strict=True):
        limits = max(low, band.low_kwh), min(high, band.high_kwh)
        if limits[1] - limits[0] > _EDGE_KWH:
            piece = _before_in_band(stage, band, cost_parts, limits)
            whole.xs += piece.xs[1:]
            whole.starts += piece.starts
            whole.ends += piece.ends
    return tidied(whole, stage.precision)


def _before_in_band(
    stage: _Stage,
    band: BandCost,
    costs: list[ConvexPart],
    limits: tuple[float, float],
) -> Segments:
    """Return the least cost at the start where what is stored is between limits.

    It begins as the cost of doing nothing, and is lowered to each way that is better.
    """
    low, high = limits
    function = part_of(stage.after, low, high, raised=band.cost.cost(0.0))
    for cost in costs:
        for part in stage.parts:
            reaches = cost.start + part.start < high and cost.end + part.end > low
            if reaches and can_meet(cost, part):
                lower(function, convolve(cost, part), stage.precision.rounding)
    return function
