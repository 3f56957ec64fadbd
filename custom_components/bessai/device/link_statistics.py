"""How a link behaves, in numbers: for the owner, for diagnostics, for the lease."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

# About two hours of polls at four requests per half minute, or seven minutes of a
# fast one: long enough for a p95 with five values above it, short enough to notice
# that a dongle has become slow.
REMEMBERED_REQUESTS = 100

_NO_FAILURE = frozenset(
    {"LinkDown", "IllegalFunction", "IllegalAddress", "IllegalValue"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatistics:
    """What happened on one endpoint since it was made."""

    connected: bool
    contended: bool
    """Whether another client seems to take the only connection away."""
    requests: int
    """Requests sent, each further try counted again."""
    errors: Mapping[str, int]
    """Failures by the name of their class in ``link.py``, refused connections too."""
    timeouts: int
    """Requests without an answer; part of ``errors``."""
    reconnects: int
    """Connections opened after the first one."""
    latency_p50_s: float | None
    """Median over the last requests that were answered or waited for in vain."""
    latency_p95_s: float | None
    write_p95_s: float | None
    """As ``latency_p95_s``, over the last writes only."""
    last_error: str | None

    @property
    def failed_requests(self) -> int:
        """Requests that failed.

        A connection that was not made carried none, and a register that the device
        says it does not have says nothing about the link.
        """
        return sum(
            count for kind, count in self.errors.items() if kind not in _NO_FAILURE
        )


class LinkRecorder:
    """Collects what :class:`LinkStatistics` shows."""

    def __init__(self) -> None:
        self._requests = 0
        self._connections = 0
        self._errors: Counter[str] = Counter()
        self._last_error: str | None = None
        self._latencies_s: deque[float] = deque(maxlen=REMEMBERED_REQUESTS)
        self._writes_s: deque[float] = deque(maxlen=REMEMBERED_REQUESTS)

    def opened(self) -> None:
        """Count a connection."""
        self._connections += 1

    def sent(self) -> None:
        """Count a request."""
        self._requests += 1

    def took(self, seconds: float, *, writing: bool) -> None:
        """Remember how long a request was answered, or waited for in vain."""
        self._latencies_s.append(seconds)
        if writing:
            self._writes_s.append(seconds)

    def failed(self, error: Exception) -> None:
        """Count an error by its kind and keep its text."""
        self._errors[type(error).__name__] += 1
        self._last_error = str(error)

    def snapshot(self, *, connected: bool, contended: bool) -> LinkStatistics:
        """Return the numbers as they stand."""
        return LinkStatistics(
            connected=connected,
            contended=contended,
            requests=self._requests,
            errors=dict(self._errors),
            timeouts=self._errors["NoAnswer"],
            reconnects=max(0, self._connections - 1),
            latency_p50_s=percentile(self._latencies_s, 50),
            latency_p95_s=percentile(self._latencies_s, 95),
            write_p95_s=percentile(self._writes_s, 95),
            last_error=self._last_error,
        )


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Return the smallest value that ``percent`` of all values do not exceed.

    Args:
        values: In any order; none gives ``None``.
        percent: 1 to 100. Nearest rank, so the result is a value that occurred.
    """
    if not values:
        return None
    rank = ceil(len(values) * percent / 100)
    return sorted(values)[rank - 1]
