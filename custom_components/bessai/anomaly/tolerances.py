"""How far a plant's residuals may go: learned from what it does while it is sound.

Everything is counted in floors, the least tolerance of each residual. What is learned
is the highest that a day held; of the last days the highest are left out, so that
neither a bad day nor an attack while learning widens anything for long, and nobody can
widen a tolerance step by step beyond :data:`MOST`. Days are observed time, not dates.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from .residual import Residual

DAY_S = 86_400.0
DAYS = 14
LEARNING_DAYS = 3
"""The least of which one can be left out and two agree."""

MARGIN = 1.4
"""The tolerance over what sound days reach."""

DOUBT = 1.5
"""How much wider than its floor a tolerance is before a day was seen; it shrinks to the
floor over :data:`DAYS`, since three days know neither rain nor frost."""

MOST = 4.0
"""Floors beyond which nothing is tolerated, however often it was seen."""

LONGEST_STEP_S = 300.0
"""Between two polls that are further apart nobody observed anything."""

MOST_NAMES = 256
LONGEST_NAME = 120


@dataclass(slots=True)
class Highs:
    """What one residual reached, in floors."""

    today: float | None = None
    """``None``: it could not be judged since the day began."""

    days: deque[float] = field(default_factory=lambda: deque(maxlen=DAYS))
    factor: float = DOUBT
    """The tolerance, in floors."""

    def end_day(self) -> None:
        """Take the day to the others, if there was anything to see."""
        if self.today is not None:
            self.days.append(self.today)
            self.today = None
            self.weigh()

    def accept(self, height: float) -> None:
        """Let as many days have reached this as it takes to be usual."""
        missing = LEARNING_DAYS - len(self.days)
        known = [*self.days, *[0.0] * missing]
        agreeing = self._left_out(len(known)) + 1
        lowest = sorted(known)[: len(known) - agreeing]
        self.days = deque([*lowest, *[height] * agreeing], maxlen=DAYS)
        self.weigh()

    def weigh(self) -> None:
        """Find the tolerance of the days."""
        count = len(self.days)
        self.factor = DOUBT + (1.0 - DOUBT) * count / DAYS
        if count >= LEARNING_DAYS:
            usual = sorted(self.days)[-1 - self._left_out(count)]
            self.factor = min(max(self.factor, MARGIN * usual), MOST)

    @staticmethod
    def _left_out(days: int) -> int:
        """Return how many of the highest days do not count: one in five."""
        return max(1, days // 5)


class Tolerances:
    """The tolerances of one plant, by the names of residuals."""

    def __init__(self) -> None:
        self._highs: dict[str, Highs] = {}
        self._observed_s = 0.0
        self._day_s = 0.0

    @property
    def progress(self) -> float:
        """How much of the first days was observed, 0 to 1."""
        return min(1.0, self._observed_s / (LEARNING_DAYS * DAY_S))

    def factor(self, residual: Residual) -> float:
        """Return the tolerance of a residual in floors; 1 if it does not learn."""
        if not residual.learns:
            return 1.0
        highs = self._highs.get(residual.name)
        return DOUBT if highs is None else highs.factor

    def pass_time(self, elapsed_s: float) -> None:
        """Note that the plant was observed for so long since the last call, s."""
        if not 0.0 < elapsed_s <= LONGEST_STEP_S:
            return
        self._observed_s += elapsed_s
        self._day_s += elapsed_s
        if self._day_s >= DAY_S:
            self._day_s = 0.0
            for highs in self._highs.values():
                highs.end_day()

    def note(self, name: str, held: float) -> None:
        """Note what a sound residual held, in floors."""
        highs = self._of(name)
        if highs.today is None or held > highs.today:
            highs.today = min(held, MOST)

    def accept(self, held: Mapping[str, float]) -> None:
        """Take what stands out, in floors, for usual: the owner says that it is.

        Those days pass, and what really is usual is learned anew before that.
        """
        for name, height in held.items():
            self._of(name).accept(min(height, MOST))

    def _of(self, name: str) -> Highs:
        """Return what is kept of a residual; of one too many, nothing will be."""
        highs = self._highs.get(name)
        if highs is None:
            highs = Highs()
            if len(self._highs) < MOST_NAMES and len(name) <= LONGEST_NAME:
                self._highs[name] = highs
        return highs

    def document(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        return {
            "observed_s": round(self._observed_s),
            "day_s": round(self._day_s),
            "highs": {
                name: [_rounded(highs.today), [_rounded(day) for day in highs.days]]
                for name, highs in self._highs.items()
            },
        }

    def restore(self, document: Mapping[str, Any]) -> None:
        """Take back what was learned.

        Raises:
            AttributeError, LookupError, TypeError, ValueError: If it is not one of
                :meth:`document`.
        """
        observed_s = _number(document["observed_s"])
        day_s = min(_number(document["day_s"]), DAY_S)
        highs = {
            _name(name): _highs(today, days)
            for name, (today, days) in document["highs"].items()
        }
        if len(highs) > MOST_NAMES:
            raise ValueError(f"{len(highs)} residuals")
        self._observed_s, self._day_s, self._highs = observed_s, day_s, highs


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _name(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_NAME:
        raise ValueError(f"no name: {value!r:.40}")
    return value


def _number(value: Any) -> float:
    """Return a number that is not negative; a word is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"no number: {value!r:.40}")
    if not (isfinite(value) and value >= 0.0):
        raise ValueError(f"no height and no time: {value}")
    return float(value)


def _highs(today: Any, days: Any) -> Highs:
    if not isinstance(days, list) or len(days) > DAYS:
        raise ValueError("no list of days, or too long a one")
    highs = Highs(
        today=None if today is None else min(_number(today), MOST),
        days=deque((min(_number(day), MOST) for day in days), maxlen=DAYS),
    )
    highs.weigh()
    return highs
