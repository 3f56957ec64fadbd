"""The lower envelope of piecewise linear functions, and how it is kept short."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from .piecewise import ConvexPart, Segments

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


type _Line = tuple[int, float, float]
"""Number of the segment it is of, value at its left and at its right end."""


def lower(function: Segments, way: ConvexPart, rounding: float) -> None:
    """Lower a function, in place, to a convex part wherever that is less.

    The part may begin and end within the range of the function, and outside it.
    """
    xs = function.xs
    begin, stop = max(way.start, xs[0]), min(way.end, xs[-1])
    if begin >= stop:
        return
    first, lines = bisect_right(xs, begin) - 1, _Lines()
    last = _sweep(function, first, way, (begin, stop), rounding, lines)
    if lines.is_less:
        xs[first + 1 : last + 2] = lines.xs
        function.starts[first : last + 1] = lines.starts
        function.ends[first : last + 1] = lines.ends


def _sweep(
    function: Segments,
    i: int,
    way: ConvexPart,
    limits: tuple[float, float],
    rounding: float,
    lines: _Lines,
) -> int:
    """Collect the lower ones of two functions' lines, from segment ``i`` on.

    Returns the last segment that they replace. One pass over the kinks of both, with
    little called on the way, since this is where the time of a plan goes.
    """
    xs, starts, ends = function.xs, function.starts, function.ends
    new_xs, new_starts, new_ends = lines.xs, lines.starts, lines.ends
    left, stop = limits
    mine, slope = starts[i], (ends[i] - starts[i]) / (xs[i + 1] - xs[i])
    if xs[i] < left:
        mine += slope * (left - xs[i])
        lines.put(i, left, starts[i], mine)
    x, y = way.start, way.value
    for k, (its_slope, length) in enumerate(way.segments):
        until, its = min(x + length, stop), y + its_slope * (left - x)
        while left < until:
            if xs[i + 1] <= until:
                right, my_next = xs[i + 1], ends[i]
            else:
                right, my_next = until, mine + slope * (until - left)
            its_next = its + its_slope * (right - left)
            before, after = its - mine, its_next - my_next
            is_mine = before >= -rounding and after >= -rounding
            if is_mine or (before <= 0 and after <= 0):
                line = (i, mine, my_next) if is_mine else (~k, its, its_next)
                source, start, end = line
                lines.is_less |= not is_mine
                if source == lines.source:
                    new_xs[-1], new_ends[-1] = right, end
                else:
                    lines.source = source
                    new_xs.append(right)
                    new_starts.append(start)
                    new_ends.append(end)
            else:
                lines.cross(left, right, (i, mine, my_next), (~k, its, its_next))
            left, mine, its = right, my_next, its_next
            if xs[i + 1] == left < xs[-1]:
                i += 1
                mine, slope = starts[i], (ends[i] - starts[i]) / (xs[i + 1] - left)
        x += length
        y += its_slope * length
    if left < xs[i + 1]:
        lines.put(i, xs[i + 1], mine, ends[i])
    return i


class _Lines:
    """Lines side by side; neighbours that come from the same segment are one."""

    def __init__(self) -> None:
        self.xs: list[float] = []
        """The right end of each."""

        self.starts: list[float] = []
        self.ends: list[float] = []
        self.is_less = False
        """Whether any of them is not the function's own."""

        self.source: int | None = None

    def put(self, source: int, right: float, start: float, end: float) -> None:
        """Add a line up to a point."""
        if source == self.source:
            self.xs[-1], self.ends[-1] = right, end
            return
        self.source = source
        self.xs.append(right)
        self.starts.append(start)
        self.ends.append(end)

    def cross(self, left: float, right: float, mine: _Line, its: _Line) -> None:
        """Add the lower ones of two lines that cross between two points."""
        self.is_less = True
        before, after = its[1] - mine[1], its[2] - mine[2]
        share = before / (before - after)
        middle = left + share * (right - left)
        if not left < middle < right:
            source, start, end = its if before + after < 0 else mine
            self.put(source, right, start, end)
            return
        first, second = (its, mine) if before < 0 else (mine, its)
        y = mine[1] + share * (mine[2] - mine[1])
        self.put(first[0], middle, first[1], y)
        self.put(second[0], right, y, second[2])


def tidied(function: Segments, precision: Precision) -> Segments:
    """Return a function with fewer segments that is nowhere above it.

    A function that is nearly convex somewhere is made so there: dents are bridged, and
    it lies at most the precision's ``dent`` below the given one.
    """
    rounding, dent = precision.rounding, precision.dent
    no_jump = _NO_JUMP * dent
    xs, starts, ends = [function.xs[0]], list[float](), list[float]()
    depths: list[float] = []  # how far below the given function each may be
    for x, begin, end in zip(
        function.xs[1:], function.starts, function.ends, strict=True
    ):
        if x - xs[-1] < _SHORTEST:
            continue
        start, depth = begin, 0.0
        if starts and -no_jump <= ends[-1] - start <= no_jump:
            # What is left of segments that were too short: no jump, which nothing
            # could be bridged across, and from which parts would breed.
            ends[-1] = start = min(ends[-1], start)
        while starts and -rounding <= ends[-1] - start <= rounding:
            first, middle = xs[-2], ends[-1]
            share = (xs[-1] - first) / (x - first)
            bump = middle - (starts[-1] + share * (end - starts[-1]))
            deeper = max(depth, depths[-1]) + (max(0.0, bump))
            if bump < -rounding or deeper > dent:
                ends[-1] = start = min(middle, start)
                break
            start, depth = starts.pop(), deeper
            xs.pop()
            ends.pop()
            depths.pop()
        xs.append(x)
        starts.append(start)
        ends.append(end)
        depths.append(depth)
    xs[-1] = function.xs[-1]
    return Segments(xs, starts, ends)


def part_of(function: Segments, low: float, high: float, raised: float) -> Segments:
    """Return a function between two limits, raised by a constant."""
    xs, starts, ends = function.xs, function.starts, function.ends
    first, last = bisect_right(xs, low) - 1, bisect_left(xs, high)
    part = Segments(
        [low, *xs[first + 1 : last], high],
        [start + raised for start in starts[first:last]],
        [end + raised for end in ends[first:last]],
    )
    part.starts[0] = raised + _at(function, first, low)
    part.ends[-1] = raised + _at(function, last - 1, high)
    return part


def _at(function: Segments, i: int, x: float) -> float:
    """Return what a segment is at x."""
    left, start = function.xs[i], function.starts[i]
    share = (x - left) / (function.xs[i + 1] - left)
    return start + share * (function.ends[i] - start)
