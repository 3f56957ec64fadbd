"""Piecewise linear functions of one variable, convex or not.

The infimal convolution of two of them, the least ``f(u) + g(x - u)`` over all u, is
exact and needs no grid: of convex functions it is their segments sorted by slope, and
any function is the least of its convex parts.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate
from math import inf
from operator import mul

type Segment = tuple[float, float]
"""Slope and length, so that sorting sorts by slope."""

_SHORTEST = 1e-10
"""Shorter segments are rounding; of x, which is in kWh here."""

_PARALLEL = 1e-9
"""Slopes whose difference is a smaller share of them do not bend."""


@dataclass(slots=True)
class ConvexPart:
    """A convex function on an interval."""

    start: float
    end: float
    value: float
    """At the start."""

    segments: list[Segment]
    """By rising slope."""

    bends_before: bool = False
    """Whether the function that this is part of goes on to the left, without a jump,
    bending down at the start: then the start is no minimum of anything convex there."""

    bends_after: bool = False


@dataclass(slots=True)
class Segments:
    """A function as straight segments, side by side, that may jump in between.

    Where it jumps its value is the lower one.
    """

    xs: list[float]
    """Rising: one more than there are segments."""

    starts: list[float]
    """Of each segment its value at its left end."""

    ends: list[float]
    """Of each segment its value at its right end."""


def as_segments(part: ConvexPart) -> Segments:
    """Return a convex part by its points."""
    slopes = [slope for slope, _ in part.segments]
    lengths = [length for _, length in part.segments]
    xs = list(accumulate(lengths, initial=part.start))
    ys = list(accumulate(map(mul, slopes, lengths, strict=True), initial=part.value))
    xs[-1] = part.end
    return Segments(xs, ys[:-1], ys[1:])


def convex_parts(function: Segments) -> list[ConvexPart]:
    """Return the longest convex parts, left to right."""
    xs, ends = function.xs, function.ends
    parts: list[ConvexPart] = []
    last_slope, last_end = inf, inf
    for i, start in enumerate(function.starts):
        length = xs[i + 1] - xs[i]
        slope = (ends[i] - start) / length
        bends = start == last_end
        if not bends or slope < last_slope - _PARALLEL * abs(slope):
            if bends:
                parts[-1].bends_after = True
            parts.append(ConvexPart(xs[i], xs[i], start, [], bends_before=bends))
        parts[-1].segments.append((slope, length))
        parts[-1].end = xs[i + 1]
        last_slope, last_end = slope, ends[i]
    return parts


def can_meet(one: ConvexPart, other: ConvexPart) -> bool:
    """Return whether anything of the convolution of two parts can matter.

    Where one part rests at an end at which its function bends down while the other one
    moves, a neighbour of the first does better.
    """
    return not (_rests_beside(one, other) or _rests_beside(other, one))


def _rests_beside(flat: ConvexPart, steep: ConvexPart) -> bool:
    return (
        flat.bends_after
        and steep.bends_before
        and flat.segments[-1][0] <= steep.segments[0][0]
    )


def convolve(one: ConvexPart, other: ConvexPart) -> ConvexPart:
    """Return the infimal convolution of two convex parts, as far as it can matter.

    For parts that can meet. Stretches over which one of them rests where its function
    bends down are left out.
    """
    start, end = one.start + other.start, one.end + other.end
    value = one.value + other.value
    segments = sorted(one.segments + other.segments)
    first = beyond = 0
    for resting, moving in ((one, other), (other, one)):
        if resting.bends_before:
            edge = resting.segments[0][0], 0.0
            first = max(first, bisect_left(moving.segments, edge))
        if resting.bends_after:
            edge = resting.segments[-1][0], inf
            rest = len(moving.segments) - bisect_right(moving.segments, edge)
            beyond = max(beyond, rest)
    if not first and not beyond:
        return ConvexPart(start, end, value, segments)
    last = len(segments) - beyond
    for _, length in segments[last:]:
        end -= length
    for slope, length in segments[:first]:
        start += length
        value += slope * length
    return ConvexPart(start, end, value, segments[first:last])


def cut(part: ConvexPart, low: float, high: float) -> ConvexPart:
    """Return what is between two limits; the part reaches beyond both."""
    start, end, value, segments = part.start, part.end, part.value, part.segments
    first, last = 0, len(segments)
    while start + segments[first][1] <= low + _SHORTEST:
        slope, length = segments[first]
        start += length
        value += slope * length
        first += 1
    while end - segments[last - 1][1] >= high - _SHORTEST:
        last -= 1
        end -= segments[last][1]
    kept = segments[first:last]
    if end > high:
        slope, length = kept[-1]
        kept[-1] = (slope, length - (end - high))
        end = high
    if start < low:
        slope, length = kept[0]
        kept[0] = (slope, length - (low - start))
        value += slope * (low - start)
        start = low
    return ConvexPart(start, end, value, kept)
