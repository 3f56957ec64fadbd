"""What a kWh costs and earns at the meter, over time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import isfinite

from .errors import BessaiError
from .interval import Interval

CERTAIN = 1.0
"""Confidence of a price that was published."""


class PriceCurveError(BessaiError):
    """Prices that do not make a curve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceStep:
    """The prices of one interval, everything included that the owner pays or gets."""

    interval: Interval
    import_price: float
    """Paid per kWh taken from the grid, in the curve's currency; may be negative."""

    export_price: float
    """Earned per kWh given to the grid; may be negative."""

    confidence: float = CERTAIN
    """How sure the import price is, 0 to 1; 1: published."""

    spot_price: float | None = None
    """Per kWh, before fees and taxes; ``None`` where there is no market behind it."""

    import_band: tuple[float, float] | None = None
    """Between these the import price is eight times in ten; ``None``: it was published,
    or nobody knows how sure it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceCurve:
    """Prices of consecutive intervals of any lengths, without a gap.

    Raises:
        PriceCurveError: If it is empty, a price is not a number, or an interval does
            not begin where the one before it ends.
    """

    currency: str
    """ISO code: ``EUR``; prices are in it per kWh."""

    steps: tuple[PriceStep, ...]

    def __post_init__(self) -> None:
        """Refuse what cannot be planned with."""
        if not self.steps:
            raise PriceCurveError("there is no price")
        for step in self.steps:
            if not (isfinite(step.import_price) and isfinite(step.export_price)):
                raise PriceCurveError(f"{step.interval.start:%F %R} has no price")
        for before, after in pairwise(self.steps):
            if before.interval.end != after.interval.start:
                raise PriceCurveError(
                    f"nothing is known between {before.interval.end:%F %R} "
                    f"and {after.interval.start:%F %R} UTC"
                )

    def __iter__(self) -> Iterator[PriceStep]:
        """Iterate over the steps, the earliest first."""
        return iter(self.steps)

    @property
    def start(self) -> datetime:
        """When the first price begins; aware, UTC."""
        return self.steps[0].interval.start

    @property
    def end(self) -> datetime:
        """When the last price ends; aware, UTC."""
        return self.steps[-1].interval.end

    @property
    def known_until(self) -> datetime:
        """When the last price ends before which all are certain; aware, UTC."""
        known = self.start
        for step in self.steps:
            if step.confidence < CERTAIN:
                break
            known = step.interval.end
        return known

    def between(self, start: datetime, end: datetime) -> tuple[PriceStep, ...]:
        """Return the prices that touch a stretch of time between aware moments."""
        return tuple(
            step
            for step in self.steps
            if step.interval.start < end and step.interval.end > start
        )

    def at(self, moment: datetime) -> PriceStep | None:
        """Return the prices of an aware moment, ``None`` outside the curve."""
        return next((step for step in self.steps if step.interval.has(moment)), None)
