"""The days that are expected, as an outlook on hours or quarters of an hour."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..core.interval import Interval
from ..core.price_outlook import ExpectedPrice, PriceOutlook
from .price_history import HOURS, DailyPrices, Floats

LEAD_DAYS = 8
"""168 hours, and one when clocks are put forward."""

LONGEST_H = 168
_HOUR, _QUARTER = timedelta(hours=1), timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DayAhead:
    """A day that is expected, per kWh, by the clock on the wall."""

    low: Floats
    """(24,), as the others; low ≤ middle ≤ high."""

    middle: Floats
    high: Floats
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DaysAhead:
    """What follows on the days that are known."""

    days: DailyPrices
    ahead: Sequence[DayAhead]
    """``LEAD_DAYS`` of them."""

    def outlook(self, source: str, hours: int, made_at: datetime) -> PriceOutlook:
        """Return the next hours, from the first one that is not known, at most 168.

        Steps are quarters of an hour where prices lately differed within the hour.
        """
        starts = [self.days.start + i * _HOUR for i in range(min(hours, LONGEST_H))]
        return PriceOutlook(
            source=source,
            made_at=made_at.astimezone(UTC),
            steps=tuple(step for start in starts for step in self._steps(start)),
        )

    def _steps(self, start: datetime) -> Iterator[ExpectedPrice]:
        """Yield the hour, or its quarters."""
        lead, column = divmod(self.days.hour_ahead(start), HOURS)
        day = self.ahead[lead]
        deviations, length = (0.0,), _HOUR
        if self.days.quarters is not None:
            hour = start.astimezone(self.days.zone).hour
            deviations = tuple(self.days.quarters[hour].tolist())
            length = _QUARTER
        for index, deviation in enumerate(deviations):
            begin = start + index * length
            yield ExpectedPrice(
                interval=Interval(start=begin, end=begin + length),
                p10=float(day.low[column]) + deviation,
                p50=float(day.middle[column]) + deviation,
                p90=float(day.high[column]) + deviation,
                confidence=day.confidence,
            )
