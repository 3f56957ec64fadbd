"""The plant's clock against ours: it may be wrong, but it may not jump or stand."""

from collections.abc import Iterable, Mapping
from math import inf, isfinite
from typing import Any, ClassVar

from ..core.finding import FindingKind
from ..core.observation import Expectations, Observation
from .residual import Residual

_FLOOR_S = 300.0
"""Clocks are put right by some minutes, and a slow dongle answers late."""

_STEADY_S = 60.0
_LEARNING_S = 600.0
_TAKEN_OVER_S = 3600.0

_HOUR_S = 3600.0
_SEASONS = frozenset({3, 4, 9, 10, 11})
"""Months in which summer time begins or ends somewhere. A plant may do so by another
rule than its site, or not at all."""

_OURS_S = 5.0
"""By less our clock is trimmed all the time."""

_START_S = 600.0
"""So long after a start our own clock may still be wrong."""

_STANDING_LOOKS, _STANDING_S = 4, 120.0
_STANDING_PACE = 0.25

SUBJECT = "plant_clock"


class ClockRule:
    """Learns how far the plant's clock is off, and follows small corrections."""

    name: ClassVar[str] = "clock"

    def __init__(self, expectations: Expectations) -> None:
        self._offset_s: float | None = None
        """How far the plant's clock is ahead of the site's, and may be, s."""
        self._candidate: tuple[float, float] | None = None
        """An offset, s, and since when it has stood, by uptime."""
        self._last: tuple[float, float] | None = None
        """The plant's clock and our uptime at the last look."""
        self._begun_s = inf
        """Our uptime at the first look."""
        self._ours_s: float | None = None
        """Our clock less our uptime."""
        self._still = (0, 0.0, 0.0)
        """Looks in a row at which it stood or ran back, how long, and by how much it
        is behind since, s."""

    def look(self, seen: Observation) -> Iterable[Residual]:
        """Return how far the plant's clock is from where it should be."""
        clock_s, at_s = seen.plant_clock_s, seen.at.timestamp()
        if seen.stranger is not None or clock_s is None:
            return ()
        offset_s = clock_s - at_s - seen.utc_offset_s
        if not isfinite(offset_s):
            return ()
        self._begun_s = min(self._begun_s, seen.uptime_s)
        self._note_pace(clock_s, seen.uptime_s)
        self._note_our_clock(at_s - seen.uptime_s, offset_s)
        off_s = self._off_s(offset_s, seen.at.month)
        self._learn(offset_s, off_s, seen.uptime_s)
        looks, duration_s, lost_s = self._still
        if looks >= _STANDING_LOOKS and duration_s >= _STANDING_S:
            return (_residual(-lost_s, 0.0, lost_s, _STEADY_S),)
        if off_s is None or self._offset_s is None:
            return ()
        if seen.uptime_s - self._begun_s < _START_S:
            return ()
        return (_residual(offset_s, self._offset_s, off_s, _FLOOR_S),)

    def document(self) -> Mapping[str, Any]:
        """Return the offset that is taken for right."""
        return {} if self._offset_s is None else {"offset_s": self._offset_s}

    def restore(self, document: Mapping[str, Any]) -> None:
        """Go on with an offset."""
        if not document:
            return
        offset_s = float(document["offset_s"])
        if not isfinite(offset_s):
            raise ValueError("an offset has to be finite")
        self._offset_s = offset_s

    def _note_pace(self, clock_s: float, uptime_s: float) -> None:
        """Count the looks at which the clock did not go on."""
        last, self._last = self._last, (clock_s, uptime_s)
        if last is None or uptime_s <= last[1]:
            self._still = (0, 0.0, 0.0)
            return
        passed_s, shown_s = uptime_s - last[1], clock_s - last[0]
        # Backwards by hours is a jump, which is told otherwise.
        stands = -_FLOOR_S <= shown_s <= _STANDING_PACE * passed_s
        looks, duration_s, lost_s = self._still
        self._still = (
            (looks + 1, duration_s + passed_s, lost_s + passed_s - shown_s)
            if stands
            else (0, 0.0, 0.0)
        )

    def _note_our_clock(self, ours_s: float, offset_s: float) -> None:
        """Do not hold it against the plant if our own clock was set.

        It may have been wrong before, when the offset was learned, or only since a
        start without a network: what fits better is right.
        """
        before_s, self._ours_s = self._ours_s, ours_s
        if before_s is None or self._offset_s is None:
            return
        set_by_s = ours_s - before_s
        if abs(set_by_s) <= _OURS_S:
            return
        moved_s = self._offset_s - set_by_s
        if abs(offset_s - moved_s) < abs(offset_s - self._offset_s):
            self._offset_s = moved_s

    def _off_s(self, offset_s: float, month: int) -> float | None:
        """Return how far an offset is from the right one, but for summer time."""
        if self._offset_s is None:
            return None
        off_s = abs(offset_s - self._offset_s)
        return min(off_s, abs(off_s - _HOUR_S)) if month in _SEASONS else off_s

    def _learn(self, offset_s: float, off_s: float | None, uptime_s: float) -> None:
        """Take an offset for right that has stood for long enough."""
        candidate = self._candidate
        if (
            candidate is None
            or uptime_s < candidate[1]
            or abs(offset_s - candidate[0]) > _STEADY_S
        ):
            self._candidate = (offset_s, uptime_s)
            return
        stood_s = uptime_s - candidate[1]
        small = off_s is None or off_s <= _FLOOR_S
        if stood_s >= (_LEARNING_S if small else _TAKEN_OVER_S):
            self._offset_s = candidate[0]


def _residual(
    measured_s: float, expected_s: float, deviation_s: float, floor_s: float
) -> Residual:
    return Residual(
        kind=FindingKind.CLOCK,
        subject=SUBJECT,
        measured=measured_s,
        expected=expected_s,
        deviation=deviation_s,
        floor=floor_s,
        unit="s",
        learns=False,
    )
