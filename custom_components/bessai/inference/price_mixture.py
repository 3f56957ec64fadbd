"""The forecast of a day: a weighted mean of linear models and trees.

Their errors differ, so the mean is better than each: linear models follow levels, trees
find floors and edges. What was better lately at an hour of the day counts more. Linear
models are fitted for each day. Trees, which cost the time, are grown on fixed days that
are four weeks apart, so that they can be kept.
"""

from dataclasses import dataclass

import numpy as np

from .boosted_trees import TreeSettings
from .price_ahead import LEAD_DAYS
from .price_history import HOURS, WEEK, DailyPrices, Floats
from .price_linear import LinearFit, LinearSettings, fit_linear
from .price_trees import TreeFit, fit_trees
from .price_week import Weeks, weeks_before

LINEAR = (
    LinearSettings(days=728, ridge=30.0, is_weekly=False),
    LinearSettings(days=112, ridge=30.0, is_weekly=False),
    LinearSettings(days=728, ridge=100.0, is_weekly=True),
)
TREES = TreeSettings()
TREE_DAYS = 28
"""So long the same trees are used."""

_FEWEST_TREE_DAYS = 28
_LIMIT_DAYS = 56
_MARGIN = 0.1
"""Of the range of the last eight weeks, by which a forecast may leave it."""

MODELS = len(LINEAR) + 1
"""Linear ones and trees."""

_BELIEVED = (1.0, 1.0, 1.0, 3.0)
_SEVERITY = 8
"""A tenth more error halves the weight."""

_FEWEST_ERRORS = 7
_NOTHING = 1e-9

type Model = LinearFit | TreeFit


def anchor_of(day: int) -> int:
    """Return the day on which the trees for a day are grown."""
    return day // TREE_DAYS * TREE_DAYS


def trees_for(days: DailyPrices, anchor: int) -> TreeFit | None:
    """Grow trees on the days before one; ``None`` if there are too few."""
    if days.is_known[days.before(anchor)][WEEK:].sum() < _FEWEST_TREE_DAYS:
        return None
    weeks, came = _taught(days, anchor)
    return fit_trees(weeks, came, TREES)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DayModels:
    """The models that forecast one day and the next ones."""

    models: tuple[Model, ...]
    known: Floats
    """(days, 24), before the day."""

    day: int
    hour: int

    def each(self) -> Floats:
        """Return what each says of the day, (models, 24), trees last.

        NaN where there are no trees.
        """
        week = weeks_before(self.known[-WEEK:], self.day - WEEK, self.hour)
        said = np.full((MODELS, HOURS), np.nan)
        for place, model in enumerate(self.models):
            said[place] = model.predict(week)[0]
        return np.clip(said, *limits_of(self.known))

    def path(self, weights: Floats) -> Floats:
        """Return what all say of the day and the next ones together, (8, 24).

        Args:
            weights: (models, 24).
        """
        lowest, highest = limits_of(self.known)
        weights = weights[: len(self.models)]
        weights = weights / weights.sum(axis=0)
        path = self.known[-WEEK:]
        for lead in range(LEAD_DAYS):
            week = weeks_before(path[-WEEK:], self.day + lead - WEEK, self.hour)
            each = np.array([model.predict(week)[0] for model in self.models])
            said = (weights * each).sum(axis=0)
            path = np.vstack([path, np.clip(said, lowest, highest)])
        return path[WEEK:]


def models_before(days: DailyPrices, day: int, trees: TreeFit | None) -> DayModels:
    """Return the models of a day, fitted to the days before it."""
    weeks, came = _taught(days, day)
    linear = tuple(fit_linear(weeks, came, settings) for settings in LINEAR)
    return DayModels(
        models=linear if trees is None else (*linear, trees),
        known=days.values[days.before(day)],
        day=day,
        hour=days.hour,
    )


def weights_of(errors: Floats) -> Floats:
    """Return how much each model is believed at each hour, (models, 24).

    Trees as much as the linear models together; but the more a model was off lately at
    an hour and its neighbours, the less.

    Args:
        errors: (days, models, 24) of the last days; NaN where a model said nothing.
    """
    weights = np.repeat(np.array(_BELIEVED)[:, None], HOURS, axis=1)
    size = np.abs(errors[~np.isnan(errors).any(axis=(1, 2))])
    if len(size) < _FEWEST_ERRORS:
        return weights
    mean = size.mean(axis=0)
    mean = mean + np.roll(mean, 1, axis=1) + np.roll(mean, -1, axis=1) + _NOTHING
    believed: Floats = weights * (mean / mean.min(axis=0)) ** -_SEVERITY
    return believed


def limits_of(known: Floats) -> tuple[float, float]:
    """Return between what prices are looked for, given the days (days, 24) before.

    Where no price was ever negative, none is forecast.
    """
    recent = known[-_LIMIT_DAYS:]
    lowest, highest = float(recent.min()), float(recent.max())
    margin = _MARGIN * (highest - lowest)
    floor = lowest - margin
    return (max(0.0, floor) if known.min() >= 0 else floor), highest + margin


def _taught(days: DailyPrices, day: int) -> tuple[Weeks, Floats]:
    """Return the weeks before the days that are known, and these days, (rows, 24)."""
    learned = days.before(day)
    values, is_known = days.values[learned], days.is_known[learned][WEEK:]
    weeks = weeks_before(values[:-1], day - len(values), days.hour)
    return weeks.some(is_known), values[WEEK:][is_known]
