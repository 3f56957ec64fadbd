"""What has been so for minutes: power that only passes by is none of our business."""

from collections import deque

_POLLS = 4
_GAP_S = 300.0


class Lasting:
    """The least of the numbers of the last ``span_s`` seconds and four polls at least.

    One value that lags a poll behind can make two others look odd, for one poll.
    """

    def __init__(self, span_s: float) -> None:
        self._span_s = span_s
        self._recent: deque[tuple[float, float]] = deque()

    def add(self, uptime_s: float, value: float) -> float | None:
        """Take a number; return the least, ``None`` if there are too few."""
        recent = self._recent
        if recent and not 0.0 <= uptime_s - recent[-1][0] <= _GAP_S:
            recent.clear()
        recent.append((uptime_s, value))
        while len(recent) > _POLLS and recent[1][0] <= uptime_s - self._span_s:
            recent.popleft()
        if len(recent) < _POLLS or recent[0][0] > uptime_s - self._span_s:
            return None
        return min(one for _, one in recent)

    def clear(self) -> None:
        """Forget all numbers."""
        self._recent.clear()
