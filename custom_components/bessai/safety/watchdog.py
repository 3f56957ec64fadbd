"""The proof of life, and what its absence means."""

from enum import StrEnum

COUNTER_MODULUS = 0x10000
"""The counter is a UINT16: 65535 is followed by 0."""

MISSES_TO_LOSE = 2
SHORTEST_PERIOD_S = 5.0
LATENCIES_PER_PERIOD = 3.0
"""Even a slow answer leaves the link free for two thirds of the time."""


class WatchdogChange(StrEnum):
    """What a beat, or a missed one, changed."""

    LOST = "lost"
    RESTORED = "restored"


class Watchdog:
    """Counts proofs of life, and notices when they stop.

    Attributes:
        counter: Beats so far, 0 to 65535, then 0 again.
        misses: Beats missed in a row.
    """

    def __init__(self) -> None:
        self.counter = 0
        self.misses = 0

    @property
    def is_lost(self) -> bool:
        """Whether so many beats were missed in a row that nobody may rely on it."""
        return self.misses >= MISSES_TO_LOSE

    def beat(self) -> WatchdogChange | None:
        """Count a proof of life; say so if it is the first after a loss."""
        was_lost = self.is_lost
        self.counter = (self.counter + 1) % COUNTER_MODULUS
        self.misses = 0
        return WatchdogChange.RESTORED if was_lost else None

    def miss(self) -> WatchdogChange | None:
        """Count a beat that did not come; say so if the heartbeat is lost with it."""
        self.misses += 1
        return WatchdogChange.LOST if self.misses == MISSES_TO_LOSE else None


def heartbeat_period_s(latency_p95_s: float | None) -> float:
    """Return at which pace to prove life.

    Args:
        latency_p95_s: What 95 % of all requests do not exceed; ``None``: not known.
    """
    return max(SHORTEST_PERIOD_S, LATENCIES_PER_PERIOD * (latency_p95_s or 0.0))
