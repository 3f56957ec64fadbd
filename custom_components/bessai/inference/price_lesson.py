"""Learns from the past as it was known on each day, and remembers what it learned."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from .price_history import WEEK, DailyPrices, Floats
from .price_mixture import (
    DayModels,
    anchor_of,
    models_before,
    trees_for,
    weights_of,
)
from .price_trees import TreeFit

WEIGHED_DAYS = 45
"""So many days decide which model is believed."""

_FEWEST_TAUGHT = 35
"""So many days, and a week before them, lie before the first that is forecast."""

_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learned:
    """What cost time, to be used again as long as the prices behind it are the same."""

    trees: Mapping[bytes, TreeFit | None]
    each: Mapping[bytes, Floats]
    """What each model said of a day, (models, 24)."""

    paths: Mapping[bytes, Floats]
    """What was said of a day and the next ones, (lead days, 24)."""


NOTHING = Learned(trees={}, each={}, paths={})


class Lesson:
    """Makes forecasts of days, each from nothing but the days before it."""

    def __init__(self, days: DailyPrices, before: Learned) -> None:
        """Take what was learned before, as far as it is still right."""
        self._days, self._before = days, before
        self._of_days = [
            blake2b(prices.tobytes() + known.tobytes(), digest_size=_BYTES).digest()
            for prices, known in zip(days.values, days.is_known, strict=True)
        ]
        self._digests: dict[int, bytes] = {}
        self._models: dict[int, DayModels] = {}
        self._trees: dict[bytes, TreeFit | None] = {}
        self._each: dict[bytes, Floats] = {}
        self._paths: dict[bytes, Floats] = {}

    @property
    def earliest(self) -> int:
        """The first day that can be forecast."""
        taught = np.cumsum(self._days.is_known[WEEK:])
        enough = int(np.argmax(taught >= _FEWEST_TAUGHT))
        return self._days.first_day + WEEK + enough + 1

    def learned(self) -> Learned:
        """Return what was used, and nothing older."""
        return Learned(trees=self._trees, each=self._each, paths=self._paths)

    def forecast(self, day: int) -> Floats:
        """Return what is said before a day of it and the next ones, (lead days, 24)."""
        weights = weights_of(self._errors_before(day))
        key = self._key(day) + blake2b(weights.tobytes(), digest_size=_BYTES).digest()
        self._each_of(day)
        if (path := self._before.paths.get(key)) is None:
            path = self._models_of(day).path(weights)
        self._paths[key] = path
        return path

    def _errors_before(self, day: int) -> Floats:
        """Return by how much each model was off on the days before, (days, models, 24).

        Days that are not known are left out.
        """
        first, start = max(self.earliest, day - WEIGHED_DAYS), self._days.first_day
        judged = [one for one in range(first, day) if self._days.is_known[one - start]]
        came = self._days.values[[one - start for one in judged]]
        said = [self._each_of(one) for one in judged]
        return np.array(said) - came[:, None] if said else np.empty((0, 0, 0))

    def _each_of(self, day: int) -> Floats:
        key = self._key(day)
        if key not in self._each:
            found = self._before.each.get(key)
            self._each[key] = self._models_of(day).each() if found is None else found
        return self._each[key]

    def _models_of(self, day: int) -> DayModels:
        if day not in self._models:
            trees = self._trees_of(anchor_of(day))
            self._models[day] = models_before(self._days, day, trees)
        return self._models[day]

    def _trees_of(self, anchor: int) -> TreeFit | None:
        key = self._digest(anchor)
        if key not in self._trees:
            self._trees[key] = trees_for(self._days, anchor)
        return self._trees[key]

    def _key(self, day: int) -> bytes:
        """Return what differs if anything differs that a forecast is learned from."""
        grown = self._digest(anchor_of(day))
        if grown in self._before.trees:
            self._trees[grown] = self._before.trees[grown]
        return grown + self._digest(day)

    def _digest(self, day: int) -> bytes:
        if day not in self._digests:
            known = b"".join(self._of_days[self._days.before(day)])
            hour = bytes([self._days.hour])
            digest = blake2b(known, salt=hour, digest_size=_BYTES).digest()
            self._digests[day] = digest
        return self._digests[day]
