"""The battery obeys somebody else, or does not do as we told it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import inf
from typing import Any, ClassVar

from ..core.finding import FindingKind
from ..core.observation import Expectations, Flow, Observation
from ..core.plant_state import Readiness
from ..core.setpoint import Wish
from .lasting import Lasting
from .residual import Residual
from .setpoint_reach import near_empty, near_full, reach_of
from .window import usable

COMMAND = "command"
"""Subject: a forcible command is in force, and none of ours is."""

_LASTING_S = 60.0
_SPAN_S = 120.0
_OURS_S = 180.0
"""So long after we last had a say the plant may still be about it."""

_INHERITED_S = 900.0
"""So long a command of ours that could not be ended may go on until it has run out."""

_SETTLING_S = 60.0
_LEAST_W, _SHARE = 300.0, 0.1
_MOST_SHARE = 0.05


class CommandsRule:
    """Compares what the battery does with what it was told, and by whom."""

    name: ClassVar[str] = "commands"

    def __init__(self, expectations: Expectations) -> None:
        self._own_s = -inf
        """When we last had a say, or began to look."""
        self._spoke_s = -inf
        """When we really had."""
        self._fresh_s = -inf
        """When the plant was last asked whether it is commanded."""
        self._commanded: bool | None = None
        self._foreign_since_s = inf
        self._inherited = False
        """Whether what is in force has been ever since it was ours."""
        self._last_s: float | None = None
        self._wish: Wish | None = None
        self._told: dict[str, Residual] = {}
        """What each subject was last told to be off by."""
        self._exporting = Lasting(_SPAN_S)
        self._importing = Lasting(_SPAN_S)
        self._disobeying = Lasting(_SPAN_S)

    def look(self, seen: Observation) -> Iterable[Residual]:
        """Return whose command is in force, and whether the battery follows."""
        self._note_time(seen)
        if seen.stranger is not None:
            self._clear()
            return ()
        self._note_command(seen)
        if seen.wish is not None:
            return self._with_ends(self._judge_obedience(seen), COMMAND, Flow.GRID)
        found = [*self._judge_standing(seen), *self._judge_exchange(seen)]
        return self._with_ends(found, Flow.BATTERY)

    def document(self) -> Mapping[str, Any]:
        """Return nothing: there is nothing to learn."""
        return {}

    def restore(self, document: Mapping[str, Any]) -> None:
        """Go on."""

    def _note_time(self, seen: Observation) -> None:
        """Take the time before the first look, and before a new uptime, for ours."""
        if self._last_s is None or seen.uptime_s < self._last_s:
            self._own_s = seen.uptime_s
            self._fresh_s = self._spoke_s = -inf
            self._foreign_since_s = inf
            self._clear()
        self._last_s = seen.uptime_s

    def _note_command(self, seen: Observation) -> None:
        """Note what is in force and how old that is known to be."""
        if seen.settings is not None or seen.commanded is not self._commanded:
            self._fresh_s = seen.uptime_s
        self._commanded = seen.commanded
        if seen.writes or seen.wish is not None:
            self._own_s = self._spoke_s = seen.uptime_s
        if not seen.commanded:
            self._inherited = False
        elif seen.wish is not None:
            self._inherited = True
        if seen.wish != self._wish:
            self._wish = seen.wish
            self._clear()

    def _judge_standing(self, seen: Observation) -> Iterable[Residual]:
        """Return whether a command is in force that cannot be ours."""
        if seen.commanded is None:
            return ()
        ours_s = _INHERITED_S if self._inherited else _OURS_S
        quiet = seen.uptime_s - self._own_s >= ours_s
        if not (seen.commanded and quiet and self._fresh_s > self._spoke_s):
            self._foreign_since_s = inf
        else:
            self._foreign_since_s = min(self._foreign_since_s, seen.uptime_s)
        foreign = seen.uptime_s - self._foreign_since_s >= _LASTING_S
        return (
            Residual(
                kind=FindingKind.FOREIGN_COMMAND,
                subject=COMMAND,
                measured="forced" if seen.commanded else "none",
                expected="none",
                deviation=inf if foreign else 0.0,
                floor=1.0,
                learns=False,
            ),
        )

    def _judge_exchange(self, seen: Observation) -> Iterable[Residual]:
        """Return by how much self-consumption trades with the grid."""
        power_w = usable(seen.powers.get(Flow.BATTERY))
        grid_w = usable(seen.powers.get(Flow.GRID))
        if not self._consumes_itself(seen) or power_w is None or grid_w is None:
            if not self._consumes_itself(seen):
                self._clear()
            return ()
        excused = near_empty(seen) or near_full(seen)
        sold_w = min(power_w, -grid_w)
        bought_w = 0.0 if excused else min(-power_w, grid_w)
        least_w = (
            self._exporting.add(seen.uptime_s, sold_w),
            self._importing.add(seen.uptime_s, bought_w),
        )
        known_w = [one_w for one_w in least_w if one_w is not None]
        if not known_w:
            return ()
        floor_w = max(_LEAST_W, _MOST_SHARE * (usable(seen.maximum_power_w) or 0.0))
        return (_power_residual(Flow.GRID, grid_w, 0.0, max(known_w), floor_w),)

    def _consumes_itself(self, seen: Observation) -> bool:
        """Return whether the battery has nothing to do but follow the house."""
        quiet = seen.uptime_s - self._own_s >= _OURS_S
        excused = seen.commanded or seen.limited or seen.calibrating
        ready = {seen.battery, seen.inverter} <= {None, Readiness.READY}
        return bool(seen.self_consuming) and quiet and ready and not excused

    def _judge_obedience(self, seen: Observation) -> Iterable[Residual]:
        """Return how far the battery is from where our wish lets it be."""
        power_w = usable(seen.powers.get(Flow.BATTERY))
        if power_w is None or seen.wish_age_s < _SETTLING_S or seen.calibrating:
            return ()
        reach = reach_of(seen, power_w)
        if reach is None:
            self._disobeying.clear()
            return ()
        nearest_w = reach.nearest(power_w)
        off_w = self._disobeying.add(seen.uptime_s, abs(power_w - nearest_w))
        if off_w is None:
            return ()
        floor_w = max(_LEAST_W, _SHARE * abs(nearest_w))
        return (_power_residual(Flow.BATTERY, power_w, nearest_w, off_w, floor_w),)

    def _with_ends(self, found: Iterable[Residual], *over: str) -> Iterable[Residual]:
        """Add that what was told of subjects that do not count now is over."""
        residuals = [*found]
        residuals.extend(
            replace(self._told.pop(subject), deviation=0.0)
            for subject in over
            if subject in self._told
        )
        self._told.update(
            (one.subject, one) for one in residuals if one.deviation > 0.0
        )
        return residuals

    def _clear(self) -> None:
        for lasting in (self._exporting, self._importing, self._disobeying):
            lasting.clear()


def _power_residual(
    flow: Flow, measured_w: float, expected_w: float, deviation_w: float, floor_w: float
) -> Residual:
    return Residual(
        kind=FindingKind.FOREIGN_COMMAND,
        subject=flow,
        measured=measured_w,
        expected=expected_w,
        deviation=max(0.0, deviation_w),
        floor=floor_w,
        unit="W",
    )
