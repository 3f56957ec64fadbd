"""What the house will use or the panels will give, and how sure that is."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from .errors import BessaiError
from .interval import Interval


class PowerForecastError(BessaiError):
    """Powers that do not make a forecast."""


class Quantile(StrEnum):
    """How likely it is that the value is not exceeded."""

    P10 = "p10"
    P50 = "p50"
    P90 = "p90"


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerStep:
    """Mean power of one interval, W, never negative; p10 ≤ p50 ≤ p90."""

    interval: Interval
    p10_w: float
    p50_w: float
    p90_w: float

    def at(self, quantile: Quantile) -> float:
        """Return one of the three, W."""
        return _OF[quantile](self)


_OF: dict[Quantile, Callable[[PowerStep], float]] = {
    Quantile.P10: lambda step: step.p10_w,
    Quantile.P50: lambda step: step.p50_w,
    Quantile.P90: lambda step: step.p90_w,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerForecast:
    """Powers of intervals in order; between and beyond them nothing is known.

    Raises:
        PowerForecastError: If intervals overlap or are out of order, a power is
            negative, or a band is upside down.
    """

    source: str
    """Where it comes from, for people: an entity's name or a method of ours."""

    steps: tuple[PowerStep, ...]
    error_w: float | None = None
    """Mean absolute error of its p50 in the last days, W; ``None``: not measured."""

    def __post_init__(self) -> None:
        """Refuse what cannot be planned with."""
        for step in self.steps:
            if not 0 <= step.p10_w <= step.p50_w <= step.p90_w < float("inf"):
                raise PowerForecastError(
                    f"{step.interval.start:%F %R}: {step.p10_w}, {step.p50_w} and "
                    f"{step.p90_w} W are no powers in rising order"
                )
        for before, after in pairwise(self.steps):
            if before.interval.end > after.interval.start:
                raise PowerForecastError(
                    f"intervals overlap at {after.interval.start:%F %R}"
                )

    def mean_w(
        self, interval: Interval, quantile: Quantile = Quantile.P50
    ) -> float | None:
        """Return the mean power over an interval, W.

        ``None`` if any part of the interval is not covered.
        """
        index = bisect_right(self.steps, interval.start, key=_end_of)
        covered_s, work_ws = 0.0, 0.0
        for step in self.steps[index:]:
            if step.interval.start >= interval.end:
                break
            seconds = _overlap_s(step.interval, interval.start, interval.end)
            covered_s += seconds
            work_ws += seconds * step.at(quantile)
        whole_s = interval.duration.total_seconds()
        return work_ws / whole_s if covered_s >= whole_s - _ROUNDING_S else None


_ROUNDING_S = 0.001


def _end_of(step: PowerStep) -> datetime:
    return step.interval.end


def _overlap_s(interval: Interval, start: datetime, end: datetime) -> float:
    shared = min(interval.end, end) - max(interval.start, start)
    return max(0.0, shared.total_seconds())
