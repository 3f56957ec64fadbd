"""How far forecasts were off lately, and the band that follows from it."""

from dataclasses import dataclass

import numpy as np

from .price_history import WEEK, DailyPrices, Floats

KEPT_DAYS = 45
"""Long enough to know a tail, short enough to follow a change."""

TAIL = 0.1
"""So much of the prices lies above the band, as much below."""

_SAFETY = 0.01
"""The tails of a few dozen errors are shorter than those of all."""

_SAFETY_PER_DAY = 0.0025
"""More of it for each day ahead: errors of neighbouring days are then alike, so that
there are fewer of them than it seems."""

HALFWAY = 0.5
"""Errors grow with the spread of prices, but not as much."""

_NEIGHBOURS = 2
"""Hours on each side whose errors are taken to be alike."""

_HIGHEST_CONFIDENCE = 0.99
_LEAST_SPREAD = 1e-3
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PastDays:
    """What came on the last days, and what was known when they were forecast.

    All were forecast equally long before.
    """

    lead: int
    """Days between the first hour that was forecast and these days."""

    rows: tuple[int, ...]
    """Which of the forecasts, all of them in order, were for these days."""

    came: Floats
    """(days, 24)"""

    usual: Floats
    """(days,): mean price of the seven days before the forecast was made."""

    spread: Floats
    """(days,): standard deviation of the prices of these seven days, above 0."""

    spread_now: float

    def confidence(self, said: Floats) -> float:
        """Return by how much forecasts (days, 24) were better than the usual price.

        ``1 - MAE of the forecasts / MAE of saying the usual price for every hour``,
        from 0, also without any days, to 0.99.
        """
        if not self.rows:
            return 0.0
        naive = float(np.abs(self.came - self.usual[:, None]).mean())
        error = float(np.abs(self.came - said).mean())
        skill = 1.0 - error / naive if naive > _NOTHING else 0.0
        return min(_HIGHEST_CONFIDENCE, max(0.0, skill))

    def shift(self, said: Floats, share: float, power: float = HALFWAY) -> Floats:
        """Return what to add to forecasts, (24,), so that a share of prices lies below.

        From the errors of forecasts (days, 24) at each hour and its neighbours, brought
        from the spread of their week to that of the last one: they are taken to grow
        with so much of a power of it.
        """
        relative = (self.came - said) / self.spread[:, None] ** power
        shifts = range(-_NEIGHBOURS, _NEIGHBOURS + 1)
        pooled = np.concatenate([np.roll(relative, by, axis=1) for by in shifts])
        safety = _SAFETY + self.lead * _SAFETY_PER_DAY
        share += safety if share > 1 - share else -safety
        quantile = np.quantile(pooled, share, axis=0)
        shift: Floats = quantile * self.spread_now**power
        return shift


def past_days(days: DailyPrices, forecasts: int, lead: int) -> PastDays:
    """Return the days that forecasts were for, as far as they are known.

    Args:
        days: What is known.
        forecasts: So many were made, before each of the last days.
        lead: How many days lie between each and the day it is judged on.
    """
    end = len(days.values)
    made = np.arange(end - forecasts, end - lead)
    made = made[days.is_known[made + lead]][-KEPT_DAYS:]
    weeks = np.array([days.values[day - WEEK : day] for day in [*made, end]])
    size = np.abs(weeks).mean(axis=(1, 2))
    spread = weeks.std(axis=(1, 2)) + _LEAST_SPREAD * size + _NOTHING
    return PastDays(
        lead=lead,
        rows=tuple((made - end + forecasts).tolist()),
        came=days.values[made + lead],
        usual=weeks[:-1].mean(axis=(1, 2)),
        spread=spread[:-1],
        spread_now=float(spread[-1]),
    )
