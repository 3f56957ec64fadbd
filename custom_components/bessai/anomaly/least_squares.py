"""Linear least squares, one lesson at a time: what models learn with."""

from collections.abc import Mapping, Sequence
import math
from typing import Any

from .window import usable

_UNKNOWN = 100.0
"""Variance of a weight of which nothing is known, in the measure of the answers."""

_FORGETTING = 0.9995
"""What a lesson still counts when the next one comes."""


class LeastSquares:
    """Weights so that ``weights * features`` is what was seen; old lessons fade.

    Recursive least squares; the arithmetic grows with the square of the features, so
    it is for a handful.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self.lessons = 0
        self.weights = [0.0] * count
        self._spread = [
            [_UNKNOWN if row == column else 0.0 for column in range(count)]
            for row in range(count)
        ]
        self.error = 0.0
        """Mean size of the errors of the last lessons."""

    def answer(self, features: Sequence[float]) -> float:
        """Return what is expected."""
        return math.sumprod(self.weights, features)

    def learn(self, features: Sequence[float], seen: float, known: int) -> None:
        """Take a lesson; past ``known`` lessons an outlier counts little."""
        error = seen - self.answer(features)
        if self.lessons >= known:
            most = 3.0 * self.error + 1e-3
            error = min(max(error, -most), most)
        pace = max(1.0 / (self.lessons + 1.0), 0.02)
        self.error += pace * (abs(error) - self.error)
        self.lessons += 1
        self._turn(features, error)

    def document(self) -> Mapping[str, Any]:
        """Return everything, fit for JSON."""
        return {
            "lessons": self.lessons,
            "weights": list(self.weights),
            "spread": [list(row) for row in self._spread],
            "error": self.error,
        }

    def restore(self, document: Mapping[str, Any]) -> None:
        """Go on from a document; raises ``ValueError`` and its like if it is none."""
        weights = _numbers(document["weights"], self._count)
        spread = [_numbers(row, self._count) for row in document["spread"]]
        error = _numbers([document["error"]], 1)[0]
        lessons = int(document["lessons"])
        if len(spread) != self._count or lessons < 0 or error < 0.0:
            raise ValueError("not what was learned")
        self.weights, self._spread = weights, spread
        self.error, self.lessons = error, lessons

    def _turn(self, features: Sequence[float], error: float) -> None:
        """Turn the weights towards a lesson by what is still unknown."""
        spread = self._spread
        reach = [math.sumprod(row, features) for row in spread]
        total = _FORGETTING + math.sumprod(reach, features)
        gain = [part / total for part in reach]
        for index, part in enumerate(gain):
            self.weights[index] += part * error
        for row, part in enumerate(gain):
            for column in range(self._count):
                spread[row][column] -= part * reach[column]
        fading = max(spread[index][index] for index in range(self._count))
        if fading < _UNKNOWN:  # without news the unknown must not grow for ever
            for cells in spread:
                cells[:] = [cell / _FORGETTING for cell in cells]


def _numbers(values: Sequence[Any], count: int) -> list[float]:
    """Return so many numbers.

    Raises:
        ValueError: If these are others, or more or less.
    """
    numbers = [usable(value) for value in values]
    known = [number for number in numbers if number is not None]
    if len(known) != count or len(numbers) != count:
        raise ValueError("not so many numbers")
    return known
