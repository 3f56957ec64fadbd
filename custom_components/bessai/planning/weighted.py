"""Statistics of numbers that do not all count alike."""

from collections.abc import Iterable, Sequence

type Weighed = tuple[float, float]
"""A value and its weight, which is above 0."""


def weighted_quantiles(
    values: Iterable[Weighed], shares: Sequence[float]
) -> tuple[float, ...]:
    """Return the least values that at least these shares of the weight do not exceed.

    Args:
        values: At least one.
        shares: 0 to 1, rising.
    """
    ranked = sorted(values)
    whole = sum(weight for _, weight in ranked)
    found: list[float] = []
    reached = 0.0
    for value, weight in ranked:
        reached += weight
        while len(found) < len(shares) and reached >= shares[len(found)] * whole:
            found.append(value)
    # Rounding may leave the last share out of reach.
    found.extend(ranked[-1][0] for _ in shares[len(found) :])
    return tuple(found)


def clamped(value: float, low: float, high: float) -> float:
    """Return the number of a range that is nearest to a value."""
    return max(low, min(value, high))
