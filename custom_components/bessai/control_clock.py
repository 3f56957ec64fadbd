"""The time of commands: it never jumps, and in a fast plant it passes faster."""

from collections.abc import Callable
from datetime import datetime, timedelta


class ControlClock:
    """Counts on from a moment, by a clock that a change of the wall clock leaves alone.

    A lease must not end early, or late, because a clock was set. Where a simulated
    plant lives faster than we do, everything about its commands does too.
    """

    def __init__(
        self, start: datetime, monotonic: Callable[[], float], factor: float = 1.0
    ) -> None:
        """Begin at ``start``, which is aware, with ``factor`` seconds per second."""
        self._start = start
        self._monotonic = monotonic
        self._factor = factor
        self._began_s = monotonic()

    def now(self) -> datetime:
        """Return the time; aware, UTC."""
        return self.at(self._monotonic())

    def at(self, monotonic_s: float) -> datetime:
        """Return what the time was, or will be, at a reading of the clock below."""
        return self._start + timedelta(
            seconds=(monotonic_s - self._began_s) * self._factor
        )

    def lasts_s(self, seconds: float) -> float:
        """Return how long so many seconds of this time are in ours."""
        return seconds / self._factor

    def passed_s(self, seconds: float) -> float:
        """Return how much of this time passes in so many seconds of ours."""
        return seconds * self._factor

    def on_wall(self, when: datetime, wall: datetime) -> datetime:
        """Return a moment of this time as the wall clock will show it.

        Args:
            when: Aware.
            wall: What the wall clock shows now; aware.
        """
        left_s = (when - self.now()).total_seconds()
        return wall + timedelta(seconds=self.lasts_s(left_s))
