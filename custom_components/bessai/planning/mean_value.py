"""The value of stored energy where it is not known how the day turns out.

The optimum for one forecast is sure of its sun: it exports in the morning, because the
battery will be full at noon. The mean of what several forecasts make stored energy
worth lets every kWh count as often as it will be missing.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isclose

from .solution import Solution
from .value_function import ValueFunction

_ROUNDING_KWH = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """One way in which sun and house may turn out, and the optimum for it."""

    weight: float
    """How likely it is, relative to the others; above 0."""

    solution: Solution
    """Of the same steps as all others."""


def mean_value(
    prospects: Sequence[Prospect],
    boundary: int,
    reach: tuple[float, float] = (-inf, inf),
) -> ValueFunction:
    """Return the expected least cost from a boundary to the end, by stored energy.

    Args:
        prospects: At least one.
        boundary: Index of a boundary between steps, 0 for the start.
        reach: The least and the most kWh that can be stored there: there is no need
            to know what more would be worth.
    """
    functions = [prospect.solution.values[boundary] for prospect in prospects]
    if len(functions) == 1:
        return functions[0]
    whole = sum(prospect.weight for prospect in prospects)
    shares = [prospect.weight / whole for prospect in prospects]
    all_kinks = (kink for function in functions for kink in function.kinks_kwh)
    kinks = _within(_merged(all_kinks), *reach)
    starts, ends = [], []
    for left, right in pairwise(kinks):
        lines = [_line(function, left, right) for function in functions]
        starts.append(_dot(shares, [start for start, _ in lines]))
        ends.append(_dot(shares, [end for _, end in lines]))
    return ValueFunction(kinks_kwh=tuple(kinks), starts=tuple(starts), ends=tuple(ends))


def _within(kinks: list[float], low: float, high: float) -> list[float]:
    """Return the kinks between two bounds and the bounds; all if that is no range."""
    low, high = max(low, kinks[0]), min(high, kinks[-1])
    if high - low < _ROUNDING_KWH:
        return kinks
    inner = [k for k in kinks if low + _ROUNDING_KWH < k < high - _ROUNDING_KWH]
    return [low, *inner, high]


def _merged(kinks: Iterable[float]) -> list[float]:
    """Return kinks in order, those that differ by rounding only once."""
    merged: list[float] = []
    for kink in sorted(kinks):
        if not merged or not isclose(
            kink, merged[-1], rel_tol=0.0, abs_tol=_ROUNDING_KWH
        ):
            merged.append(kink)
    return merged


def _line(function: ValueFunction, left: float, right: float) -> tuple[float, float]:
    """Return what a function is at both ends of a stretch without a kink of its own.

    Where it jumps at an end, the value that belongs to the stretch counts.
    """
    kinks = function.kinks_kwh
    middle = min(max((left + right) / 2, kinks[0]), kinks[-1])
    i = min(max(bisect_left(kinks, middle) - 1, 0), len(function.starts) - 1)
    length = kinks[i + 1] - kinks[i]
    slope = (function.ends[i] - function.starts[i]) / length
    low, high = (min(max(x, kinks[i]), kinks[i + 1]) for x in (left, right))
    base = function.starts[i]
    return base + slope * (low - kinks[i]), base + slope * (high - kinks[i])


def _dot(shares: Sequence[float], values: Sequence[float]) -> float:
    return sum(share * value for share, value in zip(shares, values, strict=True))
