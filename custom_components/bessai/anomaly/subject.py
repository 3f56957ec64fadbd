"""One residual over time: is it beyond its tolerance, for long enough, and still?

It counts what the deviation *held*: the least of it in the last ``hold_s``. A spike
that passes sooner is neither found nor learned from.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from math import inf, isinf

from ..core.finding import Finding
from .residual import Residual

CALM = 0.8
"""Part of the tolerance below which a residual is sound again."""

CALM_S = 60.0
"""How long it has to be: what comes and goes is one finding, not many."""

FRESH_S = 600.0
"""After so long evidence is replaced by what is seen now, even if that is weaker."""

LAPSE_S = 600.0
LONGEST_LAPSE_S = 86_400.0
FIRST_LAPSE_S = 3600.0
"""What can no longer be judged is not standing any more: after ten minutes, or three
times as long as it usually takes to be judged again, if that is known by now."""

BRIDGED_S = 90.0
BRIDGED_POLLS = 3.0
"""A hold survives so long without being judged, or half of itself, whatever is most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When something was seen."""

    at: datetime
    """By the clock on the wall, for people."""

    elapsed_s: float
    """By a count that never goes back, for everything else."""

    pace_s: float = 10.0
    """How far apart polls are at present."""


class Subject:
    """What is remembered of one residual."""

    def __init__(self, moment: Moment) -> None:
        self.judged_s = self._begun_s = moment.elapsed_s
        self.held = 0.0
        """In floors; 0 until it was judged for as long as has to be held."""

        self.score = 0.0
        """Of what is held, 0 to 1; not above 0.5 while no finding stands."""

        self.finding: Finding | None = None
        """What stands; ``None``: nothing."""

        self.peak = 0.0
        """The most that was held while it stands, in floors; 0 if it does not learn."""

        self._intervals_s: deque[float] = deque(maxlen=2)
        self._least: deque[tuple[float, float]] = deque()
        self._times: deque[float] = deque()
        self._beyond_since: datetime | None = None
        self._calm_since_s: float | None = None
        self._strongest = 0.0
        self._strongest_s = 0.0

    def judge(self, residual: Residual, factor: float, moment: Moment) -> None:
        """Take what a rule says now; the tolerance is so many floors."""
        excess = residual.deviation / residual.floor
        self._hold(excess, residual.hold_s, moment)
        self.score = min(self.held / factor / 2.0, 1.0)
        ratio = excess / factor
        if self.finding is None:
            if ratio <= 1.0:
                self._beyond_since = None
            elif self._beyond_since is None:
                self._beyond_since = moment.at
            if self.held > factor:
                self._show(residual, factor, moment)
        elif ratio < CALM:
            if self._calm_since_s is None:
                self._calm_since_s = moment.elapsed_s
        else:
            self._calm_since_s = None
            self._note_peak(residual)
            is_old = moment.elapsed_s - self._strongest_s > FRESH_S
            if ratio >= self._strongest or (is_old and ratio > 1.0):
                self._show(residual, factor, moment)

    def is_over(self, elapsed_s: float) -> bool:
        """Return whether what stands is sound again, or can no longer be judged."""
        if self._calm_since_s is not None and elapsed_s - self._calm_since_s >= CALM_S:
            return True
        return self.is_lapsed(elapsed_s)

    def is_lapsed(self, elapsed_s: float) -> bool:
        """Return whether it was not judged for longer than it usually is."""
        lapse_s = FIRST_LAPSE_S
        if len(self._intervals_s) == 2:
            # One long interval may have been an outage.
            lapse_s = min(max(LAPSE_S, 3.0 * min(self._intervals_s)), LONGEST_LAPSE_S)
        return elapsed_s - self.judged_s > lapse_s

    def forget(self) -> Finding | None:
        """Let nothing stand, and return what did."""
        finding, self.finding = self.finding, None
        self._clear_hold()
        self._begun_s = inf
        self._beyond_since = self._calm_since_s = None
        self.held = self.score = self.peak = 0.0
        return finding

    def _note_peak(self, residual: Residual) -> None:
        if residual.learns:
            self.peak = max(self.peak, self.held)

    def _hold(self, excess: float, hold_s: float, moment: Moment) -> None:
        """Find the least in the last ``hold_s``."""
        elapsed_s = moment.elapsed_s
        bridged_s = max(BRIDGED_S, BRIDGED_POLLS * moment.pace_s, hold_s / 2.0)
        interval_s = elapsed_s - self.judged_s
        if interval_s > 0.0:
            self._intervals_s.append(interval_s)
        self.judged_s = elapsed_s
        if interval_s > bridged_s or isinf(self._begun_s):
            self._clear_hold()
            self._begun_s = elapsed_s
            if self.finding is None:
                self._beyond_since = None
        self._keep(excess, hold_s, elapsed_s)
        is_covered = elapsed_s - self._begun_s >= hold_s
        self.held = self._least[0][1] if is_covered else 0.0

    def _keep(self, excess: float, hold_s: float, elapsed_s: float) -> None:
        """Let the first of the least ones be that of the last ``hold_s``.

        What was judged last before that counts, too: it was so until it was judged
        again. Time that stands still makes nothing longer.
        """
        # Each is smaller than those after it: the first is the least of all.
        while self._least and self._least[-1][1] >= excess:
            self._least.pop()
        if not self._least or self._least[-1][0] < elapsed_s:
            self._least.append((elapsed_s, excess))
        times = self._times
        if not times or times[-1] < elapsed_s:
            times.append(elapsed_s)
        while len(times) > 1 and times[1] <= elapsed_s - hold_s:
            times.popleft()
        while self._least[0][0] < times[0]:
            self._least.popleft()

    def _clear_hold(self) -> None:
        self._least.clear()
        self._times.clear()

    def _show(self, residual: Residual, factor: float, moment: Moment) -> None:
        """Let a finding stand, with the evidence of now."""
        since = self.finding.since if self.finding else self._beyond_since
        ratio = residual.deviation / residual.floor / factor
        self._strongest, self._strongest_s = ratio, moment.elapsed_s
        self._note_peak(residual)
        is_equality = isinf(residual.deviation)
        self.finding = Finding(
            kind=residual.kind,
            subject=residual.subject,
            measured=residual.measured,
            expected=residual.expected,
            tolerance=None if is_equality else residual.floor * factor,
            unit=residual.unit,
            since=since or moment.at,
            score=min(ratio / 2.0, 1.0),
        )
