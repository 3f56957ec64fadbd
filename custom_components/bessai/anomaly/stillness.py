"""How long values of a sound plant stand still, learned from the plant itself."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

_LEARNING_S = 2 * 86400.0
_UNLEARNED = 12, 600.0
"""Polls and seconds that something restless may stand before that is known better."""

DEVICE, CHANNEL = 2.0, 4.0
"""Twice the longest run of equal readings among so many is next to impossible: runs
grow with the logarithm of the number of readings. A single channel may have its times
of day, too."""

_MORE_POLLS, _MORE_S, _LEAST_S = 3, 40.0, 60.0
_KEPT = 3


class Stillness:
    """The longest run of one thing; of the first days the third longest.

    Two failures while it learns are not taken for its nature that way. Later only runs
    that were no finding are learned.
    """

    def __init__(self, factor: float) -> None:
        """Know nothing; ``factor``: how many times the longest run is too long."""
        self._factor = factor
        self.observed_s = 0.0
        self._polls: list[float] = []
        self._seconds: list[float] = []

    @property
    def learned(self) -> bool:
        """Whether it was watched for long enough."""
        return self.observed_s >= _LEARNING_S

    @property
    def longest_s(self) -> float:
        """The longest that it may be expected to stand, s."""
        return self._seconds[-1] if len(self._seconds) == _KEPT else 0.0

    def limit_s(self, polls: int, seconds: float) -> float:
        """Return how long a run of so many equal readings may last, s."""
        each_s = seconds / polls if polls else 0.0
        longest = self._polls[-1] if len(self._polls) == _KEPT else 0.0
        limit_s = max(
            _LEAST_S,
            self._factor * self.longest_s + _MORE_S,
            max(longest + _MORE_POLLS, self._factor * longest + 1) * each_s,
        )
        if self.learned:
            return limit_s
        return max(limit_s, _UNLEARNED[0] * each_s, _UNLEARNED[1])

    def watch(self, seconds: float) -> None:
        """Note that it was watched for a while."""
        self.observed_s += seconds

    def learn(self, polls: int, seconds: float) -> None:
        """Learn from a run that has ended."""
        if not polls or (self.learned and seconds > self.limit_s(polls, seconds)):
            return
        if self.learned and len(self._polls) == _KEPT:
            self._polls[-1] = max(self._polls[-1], polls)
            self._seconds[-1] = max(self._seconds[-1], seconds)
            return
        self._polls = sorted([*self._polls, polls], reverse=True)[:_KEPT]
        self._seconds = sorted([*self._seconds, seconds], reverse=True)[:_KEPT]

    def document(self) -> Mapping[str, Any]:
        """Return what was learned, fit for JSON."""
        return {
            "observed_s": self.observed_s,
            "polls": [*self._polls],
            "seconds": [*self._seconds],
        }

    def restore(self, document: Mapping[str, Any]) -> None:
        """Know it again.

        Raises:
            LookupError, TypeError, ValueError: If the document is not one of these.
        """
        self.observed_s = _sound(document["observed_s"])
        self._polls = [_sound(one) for one in document["polls"]][:_KEPT]
        self._seconds = [_sound(one) for one in document["seconds"]][:_KEPT]


class Run:
    """Equal readings in a row, of one thing."""

    __slots__ = ("begin_s", "end_s", "polls", "value")

    def __init__(self, value: float, uptime_s: float) -> None:
        self.value = value
        self.polls = 0
        """How often it was the same again."""
        self.begin_s = self.end_s = uptime_s

    @property
    def seconds(self) -> float:
        """How long it has lasted."""
        return self.end_s - self.begin_s

    def repeat(self, uptime_s: float) -> None:
        """Note that it was the same again."""
        self.polls += 1
        self.end_s = uptime_s


def _sound(value: Any) -> float:
    number = float(value)
    if not isfinite(number) or number < 0:
        raise ValueError(f"{value} is no length of a run")
    return number
