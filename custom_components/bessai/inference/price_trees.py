"""Trees that foresee one hour at a time, all hours of the day learning together.

They find what a linear model cannot: that a sunny week has a floor at noon, that a
weekend cuts the morning. Prices are scaled by the week before, because trees cannot say
a level they have never seen.
"""

from dataclasses import dataclass

import numpy as np

from .boosted_trees import BoostedTrees, TreeSettings, grow
from .price_features import SCALED, columns_of
from .price_history import Floats
from .price_week import Weeks, scale_of_weeks


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TreeFit:
    """What was learned."""

    trees: BoostedTrees

    def predict(self, weeks: Weeks) -> Floats:
        """Return the prices after each week, (rows, 24)."""
        scale = scale_of_weeks(weeks)
        rows, usual = _features(weeks)
        said = self.trees.predict(rows.reshape(-1, rows.shape[2]))
        return scale.prices_of_days(usual + said.reshape(usual.shape))


def fit_trees(weeks: Weeks, came: Floats, settings: TreeSettings) -> TreeFit:
    """Learn what came after each week, (rows, 24)."""
    rows, usual = _features(weeks)
    targets = scale_of_weeks(weeks).scaled_days(came) - usual
    trees = grow(rows.reshape(-1, rows.shape[2]), targets.ravel(), settings)
    return TreeFit(trees=trees)


def _features(weeks: Weeks) -> tuple[Floats, Floats]:
    """Return (rows, 24, features), and the scaled median of the week, (rows, 24)."""
    columns = columns_of(weeks)
    rows = np.stack([columns[name] for name in SCALED], axis=2)
    return rows, np.arcsinh(columns["scaled_median_7d"])
