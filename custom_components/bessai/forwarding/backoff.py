"""How long to wait after failures: longer each time, and not all plants at once."""

from collections.abc import Callable

FIRST_S = 0.5
MOST_S = 15.0
"""A day's backlog takes 35 s: noticed so soon, an outage is over within a minute, with
a last request that has still to time out. Usual messages come no less often."""


class Backoff:
    """Full jitter: any time up to a bound that doubles with each failure in a row.

    Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015:
    of the ways compared there, it makes the fewest calls where many come back at once.
    """

    def __init__(self, jitter: Callable[[], float]) -> None:
        """Take what gives a share of the bound, 0 to 1."""
        self._jitter = jitter
        self._bound_s = FIRST_S

    def next_s(self) -> float:
        """Return how long to wait after one more failure, s."""
        delay_s = self._jitter() * self._bound_s
        self._bound_s = min(2 * self._bound_s, MOST_S)
        return delay_s

    def reset(self) -> None:
        """Begin anew: it went well."""
        self._bound_s = FIRST_S
