"""What the rules remember of the last minutes, by a clock that nobody sets.

Nothing here takes part in a decision by itself; every step costs the same, however
long the window is.
"""

from collections import deque
import math

_MOST = 1e9
"""Beyond this a number is garbage, and would drown the others of a sum."""

_REFRESH = 4096
"""After so many numbers a sum is made anew, for what rounding left behind."""


def usable(value: object) -> float | None:
    """Return a finite number of a size that occurs, or ``None``."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -_MOST < value < _MOST else None


class SlidingMean:
    """The plain mean of the numbers of the last ``span_s`` seconds."""

    def __init__(self, span_s: float) -> None:
        self.span_s = span_s
        self._samples: deque[tuple[float, float]] = deque()
        self._sum = 0.0
        self._added = 0

    def __len__(self) -> int:
        """Return how many numbers there are."""
        return len(self._samples)

    def add(self, uptime_s: float, value: float | None) -> None:
        """Take a number; ``None`` and garbage only let the older ones grow old."""
        samples = self._samples
        if samples and uptime_s < samples[-1][0]:
            self.clear()
        while samples and samples[0][0] <= uptime_s - self.span_s:
            self._sum -= samples.popleft()[1]
        number = usable(value)
        if number is None:
            return
        samples.append((uptime_s, number))
        self._sum += number
        self._added += 1
        if self._added % _REFRESH == 0 or len(samples) == 1:
            self._sum = math.fsum(sample for _, sample in samples)

    @property
    def mean(self) -> float | None:
        """The mean; ``None`` without numbers."""
        return self._sum / len(self._samples) if self._samples else None

    @property
    def covered_s(self) -> float:
        """The time from the first to the last number, s."""
        return self._samples[-1][0] - self._samples[0][0] if self._samples else 0.0

    def clear(self) -> None:
        """Forget everything."""
        self._samples.clear()
        self._sum = 0.0


class Integral:
    """The area under a power since the beginning, with straight lines between.

    A missing number is bridged for ``gap_s``; past that, and when time runs back,
    nothing is known of what lies between: ``breaks`` counts on.
    """

    def __init__(self, gap_s: float) -> None:
        self.gap_s = gap_s
        self.total = 0.0
        """Number times seconds."""

        self.variance = 0.0
        """The squares of what a step between two samples leaves open, likewise."""

        self.breaks = 0
        self._last: tuple[float, float] | None = None

    def add(self, uptime_s: float, value: float | None) -> None:
        """Take a number; garbage counts as missing."""
        number = usable(value)
        if number is None:
            return
        last, self._last = self._last, (uptime_s, number)
        if last is None:
            return
        elapsed_s = uptime_s - last[0]
        if 0.0 <= elapsed_s <= self.gap_s:
            self.total += elapsed_s * (last[1] + number) / 2.0
            self.variance += (elapsed_s * (number - last[1]) / 2.0) ** 2
        else:
            self.breaks += 1
            self.total = self.variance = 0.0


class Trail[T]:
    """What was seen, back to at least ``span_s`` ago: for changes over a time."""

    def __init__(self, span_s: float) -> None:
        self.span_s = span_s
        self._items: deque[tuple[float, T]] = deque()

    def __len__(self) -> int:
        """Return how many items there are."""
        return len(self._items)

    def add(self, uptime_s: float, item: T) -> T:
        """Take an item and return the one to compare it with.

        One from before the last one forgets all others.
        """
        items = self._items
        if items and uptime_s < items[-1][0]:
            items.clear()
        items.append((uptime_s, item))
        # One that is old enough stays, the youngest of them.
        while len(items) > 1 and items[1][0] <= uptime_s - self.span_s:
            items.popleft()
        return items[0][1]

    @property
    def newest(self) -> T | None:
        """The last item."""
        return self._items[-1][1] if self._items else None

    @property
    def covered_s(self) -> float:
        """The time between the two, s."""
        return self._items[-1][0] - self._items[0][0] if self._items else 0.0

    def clear(self) -> None:
        """Forget everything."""
        self._items.clear()


class Pace:
    """How far apart the polls are: a mean that follows slowly, s."""

    def __init__(self) -> None:
        self.period_s = 10.0
        self._last_s: float | None = None

    def add(self, uptime_s: float) -> float | None:
        """Take a poll's time; return the time since the last one, if it is known.

        Gaps do not count as pace; a clock that ran back is as if nothing was known.
        """
        last_s, self._last_s = self._last_s, uptime_s
        if last_s is None or uptime_s < last_s:
            return None
        elapsed_s = uptime_s - last_s
        if 0.0 < elapsed_s <= 300.0:  # slower is no pace but a gap
            self.period_s += 0.2 * (elapsed_s - self.period_s)
        return elapsed_s
