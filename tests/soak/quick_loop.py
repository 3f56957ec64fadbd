"""An event loop whose time goes faster than ours.

Everything that waits by the loop's clock waits shorter: pauses, back-off, the minute
until a commit, the time between messages. What does not go by that clock takes as long
as ever: disk, sockets, threads, and the deadlines of gRPC.
"""

import asyncio
import selectors
import time


class _Selector(selectors.DefaultSelector):
    """Waits as much shorter as time goes faster."""

    pace = 1.0

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for files, at most so long by the loop's clock, s."""
        return super().select(None if timeout is None else timeout / self.pace)


class QuickLoop(asyncio.SelectorEventLoop):
    """Goes at the pace of real time until it is told another one."""

    def __init__(self) -> None:
        """Begin at the time of the machine's own clock."""
        self._waiting = _Selector()
        self._here_s = self._there_s = time.monotonic()
        super().__init__(self._waiting)

    @property
    def pace(self) -> float:
        """Seconds of the loop in a second of ours."""
        return self._waiting.pace

    @pace.setter
    def pace(self, pace: float) -> None:
        self._there_s, self._here_s = self.time(), time.monotonic()
        self._waiting.pace = pace

    def time(self) -> float:
        """Return the loop's time, s; it never goes back."""
        return self._there_s + (time.monotonic() - self._here_s) * self._waiting.pace
