"""What market prices will probably be, and how sure that is."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import isfinite

from .errors import BessaiError
from .interval import Interval


class PriceOutlookError(BessaiError):
    """Prices that do not make an outlook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedPrice:
    """The market price of one interval, per kWh; any sign; p10 ≤ p50 ≤ p90."""

    interval: Interval
    p10: float
    p50: float
    p90: float
    confidence: float
    """0 to 1: by how much such a forecast was better, lately and measured on prices it
    had not seen, than the mean price; 1: published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceOutlook:
    """Prices of intervals in order, without a gap.

    Raises:
        PriceOutlookError: If intervals do not follow each other, a price is no number,
            or a band is upside down.
    """

    source: str
    """The method: ``linear``, ``recent_days`` or the name of a model."""

    made_at: datetime
    """Aware, UTC."""

    steps: tuple[ExpectedPrice, ...]

    def __post_init__(self) -> None:
        """Refuse what cannot be planned with."""
        for step in self.steps:
            at = f"{step.interval.start:%F %R}"
            if not all(map(isfinite, (step.p10, step.p50, step.p90))):
                raise PriceOutlookError(f"{at} has no price")
            if not step.p10 <= step.p50 <= step.p90:
                raise PriceOutlookError(
                    f"{at}: {step.p10}, {step.p50} and {step.p90} are not in order"
                )
            if not 0 <= step.confidence <= 1:
                raise PriceOutlookError(f"{at}: confidence {step.confidence}")
        for before, after in pairwise(self.steps):
            if before.interval.end != after.interval.start:
                raise PriceOutlookError(f"a gap before {after.interval.start:%F %R}")

    def at(self, moment: datetime) -> ExpectedPrice | None:
        """Return what is expected at an aware moment, ``None`` outside."""
        index = bisect_right(self.steps, moment, key=_start_of) - 1
        if index < 0 or not self.steps[index].interval.has(moment):
            return None
        return self.steps[index]


def _start_of(step: ExpectedPrice) -> datetime:
    return step.interval.start
