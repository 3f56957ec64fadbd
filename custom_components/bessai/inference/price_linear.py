"""Linear models of a day's prices: each hour from all hours of the week before.

What is published as LEAR (Lago, Marcjasz, De Schutter, Weron: Applied Energy 293,
2021) with prices only, and a ridge instead of the lasso: one solve for all 24 hours.
"""

from dataclasses import dataclass

import numpy as np

from .price_history import WEEK, Floats
from .price_week import Scale, Weeks, scale_of_days, scale_of_weeks

LAGS = 1, 2, 3, 7
"""Days ago, of which every hour is looked at."""

_SCALE_DAYS = 112


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearSettings:
    """How a linear model is made."""

    days: int
    """So many are learned from."""

    ridge: float
    """Added to each squared deviation that a coefficient would explain."""

    is_weekly: bool
    """Prices are scaled by the week before, not all by the same numbers."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinearFit:
    """What was learned."""

    scale: Scale | None
    """``None``: of each week its own."""

    center: Floats
    """(features,)"""

    weights: Floats
    """(features, 24)"""

    level: Floats
    """(24,), what is said of a row in the center."""

    def predict(self, weeks: Weeks) -> Floats:
        """Return the prices after each week, (rows, 24)."""
        scale = self.scale or scale_of_weeks(weeks)
        rows = _features(weeks, scale, is_weekly=self.scale is None)
        return scale.prices_of_days(self.level + (rows - self.center) @ self.weights)


def fit_linear(weeks: Weeks, came: Floats, settings: LinearSettings) -> LinearFit:
    """Learn what came after each week, (rows, 24)."""
    latest = slice(-settings.days, None)
    weeks = weeks.some(latest)
    fixed = None if settings.is_weekly else scale_of_days(came[-_SCALE_DAYS:])
    scale = fixed or scale_of_weeks(weeks)
    rows = _features(weeks, scale, is_weekly=settings.is_weekly)
    targets = scale.scaled_days(came[latest])
    center, level = rows.mean(axis=0), targets.mean(axis=0)
    spread = rows.std(axis=0)
    spread[spread < _CONSTANT] = 1.0
    rows = (rows - center) / spread
    gram = rows.T @ rows
    gram[np.diag_indices_from(gram)] += settings.ridge
    weights = np.linalg.solve(gram, rows.T @ (targets - level)) / spread[:, None]
    return LinearFit(scale=fixed, center=center, weights=weights, level=level)


_CONSTANT = 1e-9


def _features(weeks: Weeks, scale: Scale, *, is_weekly: bool) -> Floats:
    """Return (rows, features) in scaled units."""
    scaled = scale.scaled(weeks.prices)
    columns = [scaled[:, -lag] for lag in LAGS]
    columns += [scaled.mean(axis=1), np.eye(WEEK)[weeks.weekday]]
    if is_weekly:
        spread, middle = scale.spread[:, 0], scale.middle[:, 0]
        columns += [np.log(spread), np.arcsinh(middle / spread)]
    return np.hstack(columns)
