"""What stored energy will have been worth: least cost to the end, by what is stored."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

_EDGE_KWH = 1e-6
"""Closer to a kink than this is on it: what is stored is a sum of many floats."""

_JUMP_KWH = 1e-9
"""Closer to a jump than this both sides of it are open, as at the edge of a band of the
battery: else rounding would decide whether the better one is reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueFunction:
    """Least cost from a moment to the end as a function of what is stored then, kWh.

    Straight between its kinks. With power limits that depend on the state of charge it
    may jump at a kink, where its lower value holds. Outside its range it is what it is
    at the nearer end.
    """

    kinks_kwh: tuple[float, ...]
    """Rising; the first and the last one are the ends of the range."""

    starts: tuple[float, ...]
    """Of each segment its cost at the lower end."""

    ends: tuple[float, ...]
    """Of each segment its cost at the upper end."""

    @property
    def low(self) -> float:
        """The lower end of the range, kWh."""
        return self.kinks_kwh[0]

    @property
    def high(self) -> float:
        """The upper end of the range, kWh."""
        return self.kinks_kwh[-1]

    def cost(self, stored_kwh: float) -> float:
        """Return the least cost to the end, in the prices' currency."""
        kinks = self.kinks_kwh
        if stored_kwh <= kinks[0]:
            return self.starts[0]
        if stored_kwh >= kinks[-1]:
            return self.ends[-1]
        i = bisect_right(kinks, stored_kwh) - 1
        left, right, start = kinks[i], kinks[i + 1], self.starts[i]
        share = (stored_kwh - left) / (right - left)
        cost = start + share * (self.ends[i] - start)
        if i > 0 and stored_kwh - left < _JUMP_KWH:
            return min(cost, self.ends[i - 1])
        if right - stored_kwh < _JUMP_KWH and i + 1 < len(self.starts):
            return min(cost, self.starts[i + 1])
        return cost

    def kinks_between(self, low: float, high: float) -> Iterator[tuple[float, float]]:
        """Yield two limits in the range, all kinks between them, and their costs."""
        first = bisect_right(self.kinks_kwh, low)
        last = max(first, bisect_left(self.kinks_kwh, high))
        yield low, self.cost(low)
        yield from zip(
            self.kinks_kwh[first:last],
            map(
                min,
                self.starts[first:last],
                self.ends[first - 1 : last - 1],
                strict=True,
            ),
            strict=True,
        )
        yield high, self.cost(high)

    def marginal_up(self, stored_kwh: float) -> float:
        """Return what the next stored kWh is worth; at the upper end the last one."""
        i = bisect_right(self.kinks_kwh, stored_kwh + _EDGE_KWH) - 1
        return self._worth(i)

    def marginal_down(self, stored_kwh: float) -> float:
        """Return what the last stored kWh is worth; at the lower end the next one."""
        return self._worth(bisect_left(self.kinks_kwh, stored_kwh - _EDGE_KWH) - 1)

    def marginal(self, stored_kwh: float) -> float:
        """Return what one stored kWh more or less is worth, between the two above."""
        return (self.marginal_up(stored_kwh) + self.marginal_down(stored_kwh)) / 2

    def _worth(self, segment: int) -> float:
        i = min(max(segment, 0), len(self.starts) - 1)
        length = self.kinks_kwh[i + 1] - self.kinks_kwh[i]
        return (self.starts[i] - self.ends[i]) / length
