"""How far a plant that differs from its profile now will go on to do so.

In some homes a high load now says much about the next hours (somebody is in, it is
cold), in others nothing (a kettle). So nothing is assumed: two regressions over the
plant's own past say how much of a difference remained,

    measured(t) ≈ usual(t) · (1 + level · L) · (1 + recent · R)

where ``L`` is the relative difference of the last 24 hours, and ``R`` that of the last
two, to what the level already explains.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from math import exp

from .quarters import PER_DAY, QUARTER, quarters_between
from .weighted import clamped

type Pairs = Mapping[datetime, tuple[float, float]]
"""What was measured and what was usual, W, by quarter hour; missing: not measured."""

RECENT = 8
"""Quarter hours that *now* means: one kettle is not yet a trend."""

LEVEL_FADES_H = 36.0
"""A cold spell or a holiday lasts for days, weather hardly longer than one."""

RECENT_FADES_H = 4.0
"""Of 2 and 4 hours the better one on the synthetic homes of ``docs/forecasts.md``."""

LEAST, MOST = -0.9, 1.5
"""Relative differences beyond these are taken as these: the usual may be near 0."""

DOUBT = 0.1
"""Part of the mean usual energy of a window that is added to its own: differences
while hardly anything is usual (PV at dawn), or measured at all, count for little."""

STRONGEST = 0.9
SCEPTICISM_DAYS = 7
"""Days of past that weigh as much as the assumption that nothing remains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Persistence:
    """How much of a difference remained in the past, 0 to 0.9."""

    level: float = 0.0
    """Over the next day, of the difference of a whole day."""

    recent: float = 0.0
    """Over the next two hours, of the difference of the last two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What to multiply the usual by, from now on."""

    level: float = 0.0
    recent: float = 0.0

    def factor(self, lead_h: float) -> float:
        """Return the factor for so many hours from now; above 0."""
        level = self.level * exp(-max(0.0, lead_h - 12.0) / LEVEL_FADES_H)
        recent = self.recent * exp(-max(0.0, lead_h - 1.0) / RECENT_FADES_H)
        return (1.0 + level) * (1.0 + recent)


class Past:
    """Pairs as running sums, so that any window is two look-ups."""

    def __init__(self, pairs: Pairs, end: datetime) -> None:
        """Take the pairs of quarter hours before ``end``."""
        start = min(pairs, default=end)
        grid = list(quarters_between(start, end))
        self.length = len(grid)
        measured = [pairs[quarter][0] if quarter in pairs else 0.0 for quarter in grid]
        usual = [pairs[quarter][1] if quarter in pairs else 0.0 for quarter in grid]
        self._measured = [0.0, *accumulate(measured)]
        self._usual = [0.0, *accumulate(usual)]
        self._mean_usual = self._usual[-1] / max(1, len(pairs))

    def sums(self, start: int, count: int) -> tuple[float, float]:
        """Return measured and usual of so many quarter hours, each summed."""
        first, last = max(0, start), max(0, min(start + count, self.length))
        return (
            self._measured[last] - self._measured[first],
            self._usual[last] - self._usual[first],
        )

    def difference(self, end: int, count: int, expected: float = 1.0) -> float:
        """Return by how much a window differs from ``expected`` times the usual."""
        measured, usual = self.sums(end - count, count)
        usual *= expected
        doubt = DOUBT * self._mean_usual * count
        if usual + doubt <= 0.0:
            return 0.0
        return clamped((measured - usual) / (usual + doubt), LEAST, MOST)


def fit_persistence(past: Past) -> Persistence:
    """Return what remained of differences in the past; least squares of energies."""
    days = past.length / PER_DAY
    trust = days / (days + SCEPTICISM_DAYS)
    level = trust * _slope(past, PER_DAY, 0.0)
    return Persistence(level=level, recent=trust * _slope(past, RECENT, level))


def _slope(past: Past, count: int, level: float) -> float:
    """Return the slope of the next window's difference over the last one's."""
    product, square = 0.0, 0.0
    for end in range(count, past.length - count + 1, 4):
        expected = 1.0 + level * past.difference(end, PER_DAY)
        measured, usual = past.sums(end, count)
        foreseen = usual * expected * past.difference(end, count, expected)
        product += foreseen * (measured - usual * expected)
        square += foreseen * foreseen
    return clamped(product / square, 0.0, STRONGEST) if square else 0.0


def correction_now(past: Past, persistence: Persistence) -> Correction:
    """Return the correction that the end of the past calls for."""
    level = persistence.level * past.difference(past.length, PER_DAY)
    recent = past.difference(past.length, RECENT, 1.0 + level)
    return Correction(level=level, recent=persistence.recent * recent)


def lead_h(now: datetime, quarter: datetime) -> float:
    """Return how far the middle of a quarter hour is ahead, h; at least 0."""
    return max(0.0, (quarter + QUARTER / 2 - now).total_seconds() / 3600.0)
