"""Convolution and envelope of piecewise linear functions, held against trying all."""

from random import Random

import pytest

from custom_components.bessai.planning.envelope import Precision, lower, tidied
from custom_components.bessai.planning.piecewise import (
    ConvexPart,
    Segments,
    can_meet,
    convex_parts,
    convolve,
)

EXACT = Precision(dent=0.0, rounding=1e-12)


def at(function: Segments, x: float) -> float:
    """Return the lower value at x, infinite outside."""
    values = [
        start + (x - left) / (right - left) * (end - start)
        for left, right, start, end in zip(
            function.xs, function.xs[1:], function.starts, function.ends, strict=False
        )
        if left <= x <= right
    ]
    return min(values, default=float("inf"))


def through(ys: list[float]) -> Segments:
    """Return a function with these values at 0, 1, 2 ..."""
    return Segments([float(i) for i in range(len(ys))], ys[:-1], ys[1:])


def random_values(seed: int, count: int) -> list[float]:
    rng = Random(seed)  # noqa: S311 - the same each time is the point
    return [rng.uniform(0, 3) for _ in range(count)]


@pytest.mark.parametrize("seed", range(60))
def test_least_of_the_convolved_parts_is_the_convolution(seed: int) -> None:
    one = through(random_values(seed, 4))
    other = through(random_values(seed + 1000, 6))
    least = Segments([0.0, 8.0], [99.0], [99.0])
    for a in convex_parts(one):
        for b in convex_parts(other):
            if can_meet(a, b):
                lower(least, convolve(a, b), 1e-12)
    # Kinks lie at whole numbers, so the least lies at one of them for each whole x.
    for x in range(9):
        best = min(at(one, u) + at(other, x - u) for u in range(4))
        assert at(least, x) == pytest.approx(best)
        between = min(at(one, u / 64) + at(other, x + 0.5 - u / 64) for u in range(193))
        assert x == 8 or at(least, x + 0.5) == pytest.approx(between)


@pytest.mark.parametrize("seed", range(30))
def test_the_lower_one_of_two_is_lower_everywhere(seed: int) -> None:
    one = through(random_values(seed, 6))
    before = Segments(one.xs[:], one.starts[:], one.ends[:])
    other = Segments(
        [x * 0.5 + 0.8 for x in range(6)],
        random_values(seed + 1, 5),
        random_values(seed + 2, 5),
    )
    for part in convex_parts(other):
        lower(one, part, 1e-12)
    for i in range(1, 500):
        x = i / 100 + 1e-5
        assert at(one, x) == pytest.approx(min(at(before, x), at(other, x)))


def test_a_function_beside_changes_nothing() -> None:
    one = through([1.0, 2.0])
    lower(one, ConvexPart(1.0, 2.0, -5.0, [(0.0, 1.0)]), 1e-12)
    assert one == through([1.0, 2.0])


def test_neighbouring_lines_of_one_segment_are_one() -> None:
    one = through([3.0, 1.0, 4.0, 4.5])
    lower(one, ConvexPart(0.0, 3.0, 4.0, [(-1.5, 1.0), (0.0, 2.0)]), 1e-12)
    assert one.xs == pytest.approx([0.0, 1.0, 1.5, 3.0])
    assert one.ends == pytest.approx([1.0, 2.5, 2.5])


@pytest.mark.parametrize("its_lead", [(-1.0, 1e-17), (1e-17, -1.0)])
def test_lines_that_cross_within_rounding_of_an_end_do_not_cross(
    its_lead: tuple[float, float],
) -> None:
    one = Segments([1.0, 2.0], [0.0], [0.0])
    start, end = its_lead
    lower(one, ConvexPart(1.0, 2.0, start, [(end - start, 1.0)]), 0.0)
    assert one.xs == [1.0, 2.0]
    assert one.starts == pytest.approx([start])
    assert one.ends == pytest.approx([end])


def test_parts_are_as_long_as_they_are_convex() -> None:
    parts = convex_parts(through([0.0, -1.0, -1.0, 1.0, 0.0, 3.0]))
    assert [(part.start, part.end) for part in parts] == [(0.0, 3.0), (3.0, 5.0)]
    assert [(part.bends_before, part.bends_after) for part in parts] == [
        (False, True),
        (True, False),
    ]


def test_a_jump_is_no_bend() -> None:
    parts = convex_parts(Segments([0.0, 1.0, 2.0], [0.0, 5.0], [1.0, 5.0]))
    assert not any(part.bends_before or part.bends_after for part in parts)


def test_straight_segments_become_one() -> None:
    assert tidied(through([0.0, 1.0, 2.0, 2.0]), EXACT) == Segments(
        [0.0, 2.0, 3.0], [0.0, 2.0], [2.0, 2.0]
    )


def test_segments_that_come_from_rounding_vanish() -> None:
    ragged = Segments([0.0, 1.0, 1.0 + 1e-12, 2.0], [0.0, 1, 1], [1.0, 1, 0])
    assert tidied(ragged, EXACT).xs == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(("dent", "kinks"), [(0.05, 4), (0.2, 3)])
def test_shallow_dents_are_bridged_from_below(dent: float, kinks: int) -> None:
    dented = through([2.0, 1.1, 0.0, 0.1])
    bridged = tidied(dented, Precision(dent=dent, rounding=1e-12))
    assert len(bridged.xs) == kinks
    for i in range(31):
        depth = at(dented, i / 10) - at(bridged, i / 10)
        assert -1e-12 <= depth <= dent + 1e-12
