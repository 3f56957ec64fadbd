"""How one temperature follows the power that heats it, as far as it was learned."""

from collections.abc import Mapping, Sequence
import math
from typing import Any, NamedTuple

from .least_squares import LeastSquares
from .window import usable

_LESSON_S = 900.0
_KNOWN = 150
"""Lessons, a day and a half, until the model is worth more than gross limits."""

_HOUR_S = 3600.0
_GAP_S = 600.0
_MIDDLE_C = 25.0
_ANEW_S = 2400.0
"""After so long off the model the temperature is taken for what it is."""


class Body(NamedTuple):
    """What is assumed of a body before anything was learned."""

    follow_s: float
    """The model is drawn to the temperature within about this time: what is slower
    than that, air and sun on the housing, is no deviation."""

    drift_s: float
    """What acts on it for that long is taken as surroundings."""

    most_drift_k_per_h: float
    unlearned_k: float
    """Tolerance while nothing is known."""

    learned_k: float


class HeatModel:
    """A first-order body ``dT/dt = heating(power) - cooling * T + surroundings``.

    An observer follows the temperature; how far it is behind is the deviation. Weights
    are learned by quarters of an hour, surroundings as they drift, within an hour or
    two.
    """

    def __init__(self, body: Body, heats: int) -> None:
        """Learn of a body; ``heats``: how many numbers tell the heat."""
        self._body = body
        self._weights = LeastSquares(heats + 2)
        self._drift_k_per_h = 0.0
        self._last_s: float | None = None
        self._features: tuple[float, ...] = ()
        self._expected_c = 0.0
        self._off_since_s: float | None = None
        self._variance = 0.0
        """Of what steps of power between two polls leave open, K²."""

        self._fresh = True
        self._step_c = 1.0
        """The smallest step that the temperature was seen to make."""

        self._last_c = 0.0
        self._begin(0.0, 0.0)

    @property
    def learned(self) -> bool:
        """Whether deviations of a kelvin or two are told."""
        return self._weights.lessons >= _KNOWN

    @property
    def tolerance_k(self) -> float:
        """The least tolerance at present."""
        if not self.learned:
            return self._body.unlearned_k
        open_k = 2.0 * math.sqrt(self._variance) + min(0.4 * self._weights.error, 0.5)
        return self._body.learned_k + min(self._step_c, 1.0) + open_k

    def forget(self) -> None:
        """Begin anew with the next temperature; what was learned stays."""
        self._last_s, self._fresh = None, True

    def deviation_k(
        self, uptime_s: float, temperature_c: float, heats: Sequence[float]
    ) -> float:
        """Return how far a temperature is above the model (negative: below), K."""
        last_s, self._last_s = self._last_s, uptime_s
        before, self._features = (
            self._features,
            (*heats, (temperature_c - _MIDDLE_C) / 10.0, 1.0),
        )
        gap = last_s is None or not 0.0 <= uptime_s - last_s <= _GAP_S
        if last_s is None or gap or self._fresh:
            # What is read after a gap may be from before it: the next one counts.
            self._anchor(uptime_s, temperature_c)
            self._fresh = gap
            return 0.0
        elapsed_s = uptime_s - last_s
        self._notice_step(temperature_c)
        self._gather(uptime_s, temperature_c, before, elapsed_s)
        return self._follow(uptime_s, temperature_c, before, elapsed_s)

    def document(self) -> Mapping[str, Any]:
        """Return what was learned."""
        return {"weights": self._weights.document(), "step_c": self._step_c}

    def restore(self, document: Mapping[str, Any]) -> None:
        """Go on with what was learned; raises if it is nothing of the kind."""
        step_c = usable(document["step_c"])
        if step_c is None or step_c <= 0.0:
            raise ValueError("not a step of a temperature")
        self._weights.restore(document["weights"])
        self._step_c = step_c

    def _anchor(self, uptime_s: float, temperature_c: float) -> None:
        """Take a temperature for what it is."""
        self._expected_c = self._last_c = temperature_c
        self._off_since_s = None
        self._begin(uptime_s, temperature_c)

    def _begin(self, uptime_s: float, temperature_c: float) -> None:
        """Begin a lesson."""
        self._lesson_s, self._lesson_c = uptime_s, temperature_c
        self._sums = [0.0] * (len(self._weights.weights))

    def _notice_step(self, temperature_c: float) -> None:
        step_c, self._last_c = abs(temperature_c - self._last_c), temperature_c
        if 0.01 < step_c < self._step_c:
            self._step_c = round(step_c, 3)

    def _gather(
        self,
        uptime_s: float,
        temperature_c: float,
        features: Sequence[float],
        elapsed_s: float,
    ) -> None:
        """Add to the lesson, and take it when it is long enough."""
        for index, feature in enumerate(features):
            self._sums[index] += feature * elapsed_s
        lasted_s = uptime_s - self._lesson_s
        if lasted_s < _LESSON_S:
            return
        means = [total / lasted_s for total in self._sums]
        change_k_per_h = (temperature_c - self._lesson_c) / lasted_s * _HOUR_S
        self._weights.learn(means, change_k_per_h, _KNOWN)
        self._begin(uptime_s, temperature_c)

    def _follow(
        self,
        uptime_s: float,
        temperature_c: float,
        features: Sequence[float],
        elapsed_s: float,
    ) -> float:
        """Return the deviation, and let the model follow."""
        rate = before = 0.0
        if self.learned:
            before = self._weights.answer(features) + self._drift_k_per_h
            now = self._weights.answer(self._features) + self._drift_k_per_h
            rate = 0.5 * (before + now)
        follow = -math.expm1(-elapsed_s / self._body.follow_s)
        open_k = (rate - before) * elapsed_s / _HOUR_S
        self._variance += open_k * open_k - follow * self._variance
        self._expected_c += rate * elapsed_s / _HOUR_S
        deviation_k = temperature_c - self._expected_c
        if abs(deviation_k) <= self.tolerance_k:
            self._off_since_s = None
            self._expected_c += deviation_k * follow
            self._surround(deviation_k, elapsed_s)
        elif self._off_since_s is None:
            self._off_since_s = uptime_s
        elif uptime_s - self._off_since_s > _ANEW_S:
            self._anchor(uptime_s, temperature_c)
        return deviation_k

    def _surround(self, deviation_k: float, elapsed_s: float) -> None:
        """Let the surroundings explain what lasts."""
        body = self._body
        if not self.learned:
            return
        step = deviation_k * _HOUR_S / body.follow_s * elapsed_s / body.drift_s
        most = body.most_drift_k_per_h
        self._drift_k_per_h = min(max(self._drift_k_per_h + step, -most), most)
