"""What every model of prices looks at: the week before the day it forecasts."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .price_history import WEEK, Flags, Floats

_EPOCH_WEEKDAY = 3
"""1970 began on a Thursday."""

_LEAST_SPREAD = 1e-3
"""Of the size of the prices: where they hardly change, noise is not magnified."""

_NOTHING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weeks:
    """The last seven days before each of some days."""

    prices: Floats
    """(rows, 7, 24), the last day last."""

    weekday: NDArray[np.int64]
    """(rows,), of the hour at which the day to forecast begins; 0: Monday."""

    hour: int
    """At which days begin."""

    def some(self, rows: slice | Flags) -> Weeks:
        """Return some of them."""
        return replace(self, prices=self.prices[rows], weekday=self.weekday[rows])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scale:
    """Prices made comparable: how far from the middle, the further the less so.

    One for all, or one per row of (rows, days, 24).
    """

    middle: Floats
    """(1, 1, 1) or (rows, 1, 1), as the other."""

    spread: Floats

    def scaled(self, prices: Floats) -> Floats:
        """Return prices as numbers of about -3 to 3."""
        return np.arcsinh((prices - self.middle) / self.spread)

    def prices(self, scaled: Floats) -> Floats:
        """Return what was scaled; nothing overflows."""
        return np.sinh(np.clip(scaled, -_FAR, _FAR)) * self.spread + self.middle

    def scaled_days(self, days: Floats) -> Floats:
        """Return the same of one day per row, (rows, 24)."""
        return self.scaled(days[:, None])[:, 0]

    def prices_of_days(self, scaled: Floats) -> Floats:
        """Return the same of one day per row, (rows, 24)."""
        return self.prices(scaled[:, None])[:, 0]


_FAR = 12.0
"""In scaled units: 80,000 times the spread."""


def weeks_before(days: Floats, first_day: int, hour: int) -> Weeks:
    """Return the weeks before the eighth day, the next …, and the one after the last.

    Args:
        days: (days, 24), at least seven.
        first_day: Date of the first, counted from 1970-01-01.
        hour: At which they begin.
    """
    prices = sliding_window_view(days, WEEK, axis=0).transpose(0, 2, 1)
    dates = first_day + WEEK + np.arange(len(prices))
    return Weeks(prices=prices, weekday=(dates + _EPOCH_WEEKDAY) % WEEK, hour=hour)


def scale_of_weeks(weeks: Weeks) -> Scale:
    """Return a scale of its own for each week: levels come and go."""
    week = 1, 2
    middle = weeks.prices.mean(axis=week, keepdims=True)
    least = _LEAST_SPREAD * np.abs(weeks.prices).mean(axis=week, keepdims=True)
    spread = weeks.prices.std(axis=week, keepdims=True) + least + _NOTHING
    return Scale(middle=middle, spread=spread)


def scale_of_days(days: Floats) -> Scale:
    """Return one scale for all days; half of the prices lie 0.67 spreads around it."""
    middle = np.median(days)
    spread = np.median(np.abs(days - middle)) / _QUARTILE
    least = _LEAST_SPREAD * np.abs(days).mean() + _NOTHING
    return Scale(
        middle=np.full((1, 1, 1), middle), spread=np.full((1, 1, 1), spread + least)
    )


_QUARTILE = 0.6745
"""Of a normal distribution."""
