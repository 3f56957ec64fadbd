"""Prices nobody has published yet, learned from the prices known so far."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

import numpy as np

from ..core.price_outlook import PriceOutlook
from .conformal import KEPT_DAYS, TAIL, past_days
from .price_ahead import LEAD_DAYS, DayAhead, DaysAhead
from .price_history import DailyPrices, Floats, Prices, read_history
from .price_lesson import NOTHING, Learned, Lesson
from .price_mixture import limits_of

SOURCE = "linear"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriceForecasterFit:
    """What was learned."""

    days: DailyPrices
    ahead: tuple[DayAhead, ...]
    learned: Learned
    """To be given to the next fit."""

    def outlook(self, hours: int, made_at: datetime) -> PriceOutlook:
        """Return the next hours, from the first one that is not known, at most 168.

        Steps are quarters of an hour where prices lately differed within the hour.
        """
        following = DaysAhead(days=self.days, ahead=self.ahead)
        return following.outlook(SOURCE, hours, made_at)


def fit_forecaster(
    history: Prices, zone: tzinfo, known_until: datetime, learned: Learned = NOTHING
) -> PriceForecasterFit:
    """Learn from the prices before an aware moment.

    Args:
        history: Per kWh, by the start of the quarter hour; later prices are not used.
        zone: Of the market, or of the people whose habits make the prices.
        known_until: The first moment that is not known.
        learned: Of the fit before this one: it saves time and changes no figure.

    Raises:
        TooLittleHistory: If fewer than eight weeks are known.
    """
    return fit_days(read_history(history, zone, known_until), learned)


def fit_days(days: DailyPrices, learned: Learned = NOTHING) -> PriceForecasterFit:
    """Learn from days; otherwise as above."""
    lesson = Lesson(days, learned)
    first = max(days.end_day - KEPT_DAYS - LEAD_DAYS, lesson.earliest)
    past = np.array([lesson.forecast(day) for day in range(first, days.end_day)])
    expected = lesson.forecast(days.end_day)
    return PriceForecasterFit(
        days=days,
        ahead=tuple(
            _day_ahead(days, past[:, lead], expected[lead], lead)
            for lead in range(LEAD_DAYS)
        ),
        learned=lesson.learned(),
    )


def _day_ahead(
    days: DailyPrices, past: Floats, expected: Floats, lead: int
) -> DayAhead:
    """Return what is expected of one day, from how such forecasts did."""
    judged = past_days(days, len(past), lead)
    said = past[list(judged.rows)]
    lowest, highest = limits_of(days.values[days.before(days.end_day)])
    low = expected + judged.shift(said, TAIL)
    high = expected + judged.shift(said, 1 - TAIL)
    return DayAhead(
        low=np.minimum(np.maximum(low, lowest), expected),
        middle=expected,
        high=np.maximum(np.minimum(high, highest), expected),
        confidence=judged.confidence(said),
    )
