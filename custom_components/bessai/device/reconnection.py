"""When to connect again, and whether somebody else takes the connection away.

A SUN2000 or its dongle serves one Modbus client. A second one makes it drop the
first, and two that both come back at once fight for ever. So a connection that is
lost young or again and again is left alone for longer each time
(``huawei_facts.md`` 2.2).
"""

from collections import deque
from itertools import chain, repeat

# After a connection that could not be made. The last pause repeats.
FAILURE_PAUSES_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)

# After a connection that the other side seems to have given to somebody else. The
# first is longer than the usual clients wait before they reconnect (1 to 2 s), so that
# they get what they came for; the last leaves them alone for ten of their polls.
CONTENTION_PAUSES_S = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0)

# A connection that ends sooner than this was taken away. The usual other clients poll
# every 5 to 30 s and open a connection when they do, so one of their periods at most
# passes until they take a connection back.
YOUNG_S = 30.0

# Lost connections within this time that prove contention: a bad radio link loses one
# now and then, and a dongle that restarts loses one or two.
LOSSES = 3
YOUNG_LOSSES = 2
LOSS_WINDOW_S = 300.0

# Unused for longer than this, a connection may just as well have met an idle limit of
# the device, which says nothing about other clients.
IDLE_S = 60.0

# Contention is over after this time without another loss: twice the longest pause, so
# that at least one connection has stood for five minutes.
QUIET_S = 600.0


class Reconnection:
    """Judges the history of one endpoint's connections; times are monotonic seconds."""

    def __init__(self) -> None:
        self._opened_at = 0.0
        self._retry_at = 0.0
        self._failure_pauses_s = _growing(FAILURE_PAUSES_S)
        self._contention_pauses_s = _growing(CONTENTION_PAUSES_S)
        self._losses_at: deque[float] = deque(maxlen=LOSSES)
        self._young_losses_at: deque[float] = deque(maxlen=YOUNG_LOSSES)
        self._contended_until = 0.0

    def wait_s(self, now: float) -> float:
        """Return how long no connection may be tried, 0 if one may."""
        return max(0.0, self._retry_at - now)

    def contended(self, now: float) -> bool:
        """Return whether a second client is at work."""
        return now < self._contended_until

    def opened(self, now: float) -> None:
        """Note that a connection was made."""
        self._opened_at = now
        self._failure_pauses_s = _growing(FAILURE_PAUSES_S)

    def failed(self, now: float) -> None:
        """Note that no connection could be made."""
        self._retry_at = now + next(self._failure_pauses_s)

    def lost(self, now: float, *, idle_s: float) -> None:
        """Note that the other side ended the connection.

        Args:
            now: When that was noticed.
            idle_s: How long the connection had not been used by then.
        """
        if idle_s > IDLE_S:
            return
        self._forget_when_quiet(now)
        young = now - self._opened_at < YOUNG_S
        self._losses_at.append(now)
        if young:
            self._young_losses_at.append(now)
        if self._proves_contention(now):
            self._contended_until = now + QUIET_S
        if young or self.contended(now):
            self._retry_at = now + next(self._contention_pauses_s)

    def _proves_contention(self, now: float) -> bool:
        return self.contended(now) or any(
            len(losses) == losses.maxlen and now - losses[0] <= LOSS_WINDOW_S
            for losses in (self._losses_at, self._young_losses_at)
        )

    def _forget_when_quiet(self, now: float) -> None:
        """Begin with the shortest pause again after a quiet time."""
        if self._losses_at and now - self._losses_at[-1] >= QUIET_S:
            self._contention_pauses_s = _growing(CONTENTION_PAUSES_S)


def _growing(pauses_s: tuple[float, ...]) -> chain[float]:
    return chain(pauses_s, repeat(pauses_s[-1]))
