"""The lower envelope of piecewise linear functions, and how it is kept short."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise

from .piecewise import Segments

_SHORTEST = 1e-8
"""Segments that are shorter mean nothing; of x, which is in kWh here."""

_NO_JUMP = 0.1
"""A step by less than this part of the depth of a dent is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """What differences do not matter, in the unit of the values."""

    dent: float
    """Dents up to this depth are bridged from below, once."""

    rounding: float
    """No difference at all."""


type _Line = tuple[float, float]
"""Values at the left and the right end of a cell."""


def lower(function: Segments, other: Segments, rounding: float) -> None:
    """Lower a function, in place, to another one wherever that is less.

    The other may begin and end within the range of the function, and outside it.
    """
    xs, starts, ends = function.xs, function.starts, function.ends
    begin, stop = max(other.xs[0], xs[0]), min(other.xs[-1], xs[-1])
    if begin >= stop:
        return
    first, last = bisect_right(xs, begin) - 1, bisect_left(xs, stop)
    inside = [x for x in other.xs if begin < x < stop]
    grid = sorted({begin, *xs[first + 1 : last], *inside, stop})
    here, there = _on_grid(function, grid), _on_grid(other, grid)
    if not _is_less(there, here, rounding):
        return
    lines = [(begin, starts[first], here[0][0])] if xs[first] < begin else []
    for left, right, mine, its in zip(grid, grid[1:], here, there, strict=False):
        lines += _lower_lines((left, right), mine, its, rounding)
    if stop < xs[last]:
        lines.append((xs[last], here[-1][1], ends[last - 1]))
    xs[first + 1 : last + 1] = [right for right, _, _ in lines]
    starts[first:last] = [start for _, start, _ in lines]
    ends[first:last] = [end for _, _, end in lines]


def _is_less(lines: list[_Line], others: list[_Line], rounding: float) -> bool:
    for (start, end), (other_start, other_end) in zip(lines, others, strict=True):
        if start < other_start - rounding or end < other_end - rounding:
            return True
    return False


def _on_grid(function: Segments, grid: list[float]) -> list[_Line]:
    """Return the values in the cells of a grid that has all kinks in it."""
    xs, starts, ends = function.xs, function.starts, function.ends
    i = bisect_right(xs, grid[0]) - 1
    lines = []
    for left, right in pairwise(grid):
        while xs[i + 1] <= left:
            i += 1
        x, start = xs[i], starts[i]
        slope = (ends[i] - start) / (xs[i + 1] - x)
        lines.append((start + slope * (left - x), start + slope * (right - x)))
    return lines


def _lower_lines(
    cell: tuple[float, float], mine: _Line, its: _Line, rounding: float
) -> list[tuple[float, float, float]]:
    """Return the lower one of two lines: right end, value at the left, at the right."""
    before, after = its[0] - mine[0], its[1] - mine[1]
    if before >= -rounding and after >= -rounding:
        return [(cell[1], *mine)]
    if before <= 0 and after <= 0:
        return [(cell[1], *its)]
    share = before / (before - after)
    middle = cell[0] + share * (cell[1] - cell[0])
    y = mine[0] + share * (mine[1] - mine[0])
    start, end = min(mine[0], its[0]), min(mine[1], its[1])
    if cell[0] < middle < cell[1]:
        return [(middle, start, y), (cell[1], y, end)]
    return [(cell[1], start, end)]


def tidied(function: Segments, precision: Precision) -> Segments:
    """Return a function with fewer segments that is nowhere above it.

    A function that is nearly convex somewhere is made so there: dents are bridged, and
    it lies at most the precision's ``dent`` below the given one.
    """
    kept = _Kept(function.xs[0])
    for x, start, end in zip(
        function.xs[1:], function.starts, function.ends, strict=True
    ):
        if x - kept.xs[-1] >= _SHORTEST:
            kept.add(x, start, end, precision)
    kept.xs[-1] = function.xs[-1]
    return Segments(kept.xs, kept.starts, kept.ends)


class _Kept:
    """Segments that stay, and how far below the given function each may be."""

    def __init__(self, x: float) -> None:
        self.xs = [x]
        self.starts: list[float] = []
        self.ends: list[float] = []
        self.depths: list[float] = []

    def add(self, x: float, start: float, end: float, precision: Precision) -> None:
        """Add a segment up to x, made one with those before it where it may be."""
        xs, starts, ends, depths = self.xs, self.starts, self.ends, self.depths
        depth = 0.0
        if starts and abs(ends[-1] - start) <= _NO_JUMP * precision.dent:
            # What is left of segments that were too short: no jump, which nothing
            # could be bridged across, and from which parts would breed.
            ends[-1] = start = min(ends[-1], start)
        while starts and abs(ends[-1] - start) <= precision.rounding:
            share = (xs[-1] - xs[-2]) / (x - xs[-2])
            bump = ends[-1] - (starts[-1] + share * (end - starts[-1]))
            deeper = max(depth, depths[-1]) + max(bump, 0.0)
            if bump < -precision.rounding or deeper > precision.dent:
                ends[-1] = start = min(ends[-1], start)
                break
            start, depth = starts.pop(), deeper
            xs.pop()
            ends.pop()
            depths.pop()
        xs.append(x)
        starts.append(start)
        ends.append(end)
        depths.append(depth)


def part_of(function: Segments, low: float, high: float, raised: float) -> Segments:
    """Return a function between two limits, raised by a constant."""
    xs = function.xs
    first, last = bisect_right(xs, low) - 1, bisect_left(xs, high)
    grid = [low, *xs[first + 1 : last], high]
    lines = _on_grid(function, grid)
    return Segments(
        grid, [start + raised for start, _ in lines], [end + raised for _, end in lines]
    )
