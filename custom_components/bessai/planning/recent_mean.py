"""The mean of the last minutes: a kettle is no reason to command a battery."""

from collections import deque
from datetime import datetime, timedelta
from math import isfinite
from statistics import fmean


class RecentMean:
    """Mean of what was measured in the last while, at a steady pace."""

    def __init__(self, window: timedelta) -> None:
        """Look back so far."""
        self._window = window
        self._samples: deque[tuple[datetime, float]] = deque()

    def add(self, now: datetime, value: float | None) -> None:
        """Note a value measured now; aware. None, and what is no number, is left out.

        A clock that goes back begins anew.
        """
        if value is None or not isfinite(value):
            return
        if self._samples and now < self._samples[-1][0]:
            self._samples.clear()
        self._samples.append((now, value))

    def mean(self, now: datetime) -> float | None:
        """Return the mean over the window up to now, ``None`` if it is empty."""
        while self._samples and self._samples[0][0] <= now - self._window:
            self._samples.popleft()
        return fmean(value for _, value in self._samples) if self._samples else None
