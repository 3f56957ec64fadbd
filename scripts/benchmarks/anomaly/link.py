"""How fast and how reliably the plant answers."""

import math

from .chance import chance_of
from .home import Home

_DAY_S, _HOUR_S = 86_400.0, 3_600.0


class Link:
    """The manners of one connection, drawn from a seed."""

    def __init__(self, home: Home) -> None:
        self._manner = home.link
        self._chance = chance_of("link", home.seed)
        self._seed = home.seed
        self._wander = 0.0
        self._busy_until_s = 0.0
        self._busy_times = 1.0
        self._last_s = 0.0
        self._hour = -1
        self._period_s = 10.0

    def period_s(self, at_s: float) -> float:
        """Return how long after this the next poll begins."""
        hour = int(at_s // _HOUR_S)
        if hour != self._hour:
            self._hour = hour
            drawn = chance_of("period", self._seed, hour)
            self._period_s = float(drawn.choice(self._manner.periods_s))
        return self._period_s + self._chance.uniform(-0.2, 0.2)

    def response_s(self, at_s: float) -> float:
        """Return the median time of the requests of a poll."""
        chance, manner = self._chance, self._manner
        self._wander = 0.995 * self._wander + chance.gauss(0.0, 0.01)
        passed_s, self._last_s = at_s - self._last_s, at_s
        if chance.random() < manner.busy_per_day * min(passed_s, 60.0) / _DAY_S:
            self._busy_until_s = at_s + chance.uniform(20.0, 300.0)
            self._busy_times = chance.uniform(1.5, 5.0)
        exponent = self._wander + chance.gauss(0.0, manner.spread)
        times = self._busy_times if at_s < self._busy_until_s else 1.0
        if chance.random() < 0.004:
            times *= chance.uniform(3.0, 10.0)
        return manner.median_s * times * math.exp(exponent)

    def misses(self) -> bool:
        """Return whether this poll fails as a whole."""
        return self._chance.random() < self._manner.missing

    def failed_block(self) -> str | None:
        """Return a block that does not answer in this poll."""
        if self._chance.random() >= 0.25 * self._manner.missing:
            return None
        return self._chance.choice(("meter_values", "battery_1", "energies"))
