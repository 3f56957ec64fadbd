"""Values that changed faster than physics lets them."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from ..core.finding import FindingKind
from ..core.observation import Expectations, Flow, Observation
from ..core.plant_state import Readiness
from .residual import Residual
from .window import usable

_STANDS_S = 180.0
"""So long a step is told of; then its end is the level that is compared with."""

_GAP_S = 600.0
"""After so long without a reading nothing is known of what lies between."""

_SETTLE_S = 600.0
"""After waking up, and after a recalibration, values may still find their place."""

_SOC_FLOOR_PCT = 2.5
_RECALIBRATED_PCT = 10.0
"""The most that a battery corrects itself by without saying so."""

_BACK_AND_FORTH_S = 7200.0
"""Within so long no battery corrects itself in the other direction again."""

_LOW_PCT, _HIGH_PCT = 17.0, 88.0
"""Below and above, an iron phosphate battery may find out that it was wrong. It is
known to do so below 15 and above 90 %; the value may be as old as a poll."""

_FASTEST_PER_HOUR = 1.5
"""No home battery is filled in less than 40 minutes, whatever its registers say."""

_BATTERY_FLOOR_K, _BATTERY_K_PER_S = 4.0, 1.0 / 60.0
_INVERTER_FLOOR_K, _INVERTER_K_PER_S = 8.0, 4.0 / 60.0
"""Cells are a hundred kilograms and their warmest sensor may change; the inside of an
inverter follows its load within minutes."""


class _Level:
    """The last believed reading of one value, and a step away from it."""

    def __init__(self) -> None:
        self._believed: tuple[float, float] | None = None
        self._away_since_s: float | None = None
        self._polls: tuple[float, float] | None = None
        """The times of the last two readings."""

    def anchor(self, uptime_s: float, value: float) -> None:
        """Believe a reading, whatever was before; it may be as old as the last one."""
        if self._polls is None or uptime_s != self._polls[1]:
            last_s = uptime_s if self._polls is None else self._polls[1]
            self._polls = (last_s, uptime_s)
        self._believed, self._away_since_s = (self._polls[0], value), None

    @property
    def believed(self) -> float | None:
        """The reading that others are compared with."""
        return None if self._believed is None else self._believed[1]

    def step(
        self, uptime_s: float, value: float, floor: float, rate_per_s: float
    ) -> float:
        """Return how much further a value is than it can have come; confirmed only.

        One reading away is a garbled word; from the second on it is a step, until it
        has stood for a while.
        """
        if self._believed is None:
            self.anchor(uptime_s, value)
            return 0.0
        before_s, before = self._believed
        elapsed_s = uptime_s - before_s
        if not 0.0 <= elapsed_s <= _GAP_S:
            self.anchor(uptime_s, value)
            return 0.0
        excess = abs(value - before) - rate_per_s * elapsed_s
        if excess <= floor:
            self.anchor(uptime_s, value)
            return max(excess, 0.0)
        if self._away_since_s is None:
            self._away_since_s = uptime_s
            return 0.0
        if uptime_s - self._away_since_s > _STANDS_S:
            self.anchor(uptime_s, value)
        return excess


class StepsRule:
    """State of charge and temperatures that jump; seen at the second poll after it.

    A jump of the state of charge is benign while the battery recalibrates, and up to
    10 points where it begins or ends near full or empty.
    """

    name: ClassVar[str] = "steps"

    def __init__(self, expectations: Expectations) -> None:
        self._soc, self._battery, self._inverter = _Level(), _Level(), _Level()
        self._battery_ready_s = self._inverter_ready_s = 0.0
        self._last_s: float | None = None
        self._corrected: tuple[float, float] | None = None
        """When the battery last corrected itself, uptime, and by how much, points."""

    def look(self, seen: Observation) -> Iterable[Residual]:
        """Return the three steps, of what was read."""
        if seen.stranger is not None:
            return ()
        self._settle(seen)
        found = [
            self._of_soc(seen),
            self._of_temperature(
                seen,
                self._battery,
                "battery_temperature_c",
                seen.battery_temperature_c,
                (_BATTERY_FLOOR_K, _BATTERY_K_PER_S, self._battery_ready_s),
            ),
            self._of_temperature(
                seen,
                self._inverter,
                "inverter_temperature_c",
                seen.inverter_temperature_c,
                (_INVERTER_FLOOR_K, _INVERTER_K_PER_S, self._inverter_ready_s),
            ),
        ]
        return [residual for residual in found if residual is not None]

    def document(self) -> Mapping[str, Any]:
        """Return ``{}``: physics is not learned."""
        return {}

    def restore(self, document: Mapping[str, Any]) -> None:
        """Take nothing."""

    def _settle(self, seen: Observation) -> None:
        """Note from when on values may be judged."""
        if self._last_s is not None and seen.uptime_s < self._last_s:
            self._battery_ready_s = self._inverter_ready_s = seen.uptime_s
        self._last_s = seen.uptime_s
        later_s = seen.uptime_s + _SETTLE_S
        if seen.calibrating or seen.battery not in {Readiness.READY, None}:
            self._battery_ready_s = later_s
        if seen.inverter not in {Readiness.READY, None}:
            self._inverter_ready_s = later_s

    def _of_soc(self, seen: Observation) -> Residual | None:
        soc_pct = usable(seen.soc_pct)
        if soc_pct is None:
            return None
        level = self._soc
        if seen.uptime_s < self._battery_ready_s:
            level.anchor(seen.uptime_s, soc_pct)
            return None
        before = level.believed
        if before is not None and self._is_correction(seen, before, soc_pct):
            level.anchor(seen.uptime_s, soc_pct)
        excess = level.step(
            seen.uptime_s, soc_pct, _SOC_FLOOR_PCT, _soc_rate_pct_per_s(seen)
        )
        return _residual("soc_pct", soc_pct, before, (excess, _SOC_FLOOR_PCT, "%"))

    def _is_correction(self, seen: Observation, before: float, after: float) -> bool:
        """Tell whether a battery makes such a step by itself; not back and forth."""
        if not _recalibrated(before, after):
            return False
        step_pct, last = after - before, self._corrected
        if abs(step_pct) <= _SOC_FLOOR_PCT:
            return True
        if last is not None and 0.0 <= seen.uptime_s - last[0] <= _BACK_AND_FORTH_S:
            return last[1] * step_pct > 0.0
        self._corrected = (seen.uptime_s, step_pct)
        return True

    def _of_temperature(
        self,
        seen: Observation,
        level: _Level,
        subject: str,
        value: float | None,
        limits: tuple[float, float, float],
    ) -> Residual | None:
        """Judge one temperature by its floor, rate and when it may be judged."""
        floor, rate_per_s, ready_s = limits
        temperature_c = usable(value)
        if temperature_c is None:
            return None
        if seen.uptime_s < ready_s:
            level.anchor(seen.uptime_s, temperature_c)
            return None
        before = level.believed
        excess = level.step(seen.uptime_s, temperature_c, floor, rate_per_s)
        return _residual(subject, temperature_c, before, (excess, floor, "°C"))


def _recalibrated(before_pct: float, after_pct: float) -> bool:
    """Tell whether a step is one that a battery makes by itself."""
    low, high = sorted((before_pct, after_pct))
    return high - low <= _RECALIBRATED_PCT and (low < _LOW_PCT or high > _HIGH_PCT)


def _soc_rate_pct_per_s(seen: Observation) -> float:
    """Return the fastest that the charge can change, points per second.

    By the power that battery and inverter know as their most, and half as much again
    for capacity and efficiency, which nobody knows.
    """
    fastest = _FASTEST_PER_HOUR * 100.0 / 3600.0
    capacity_kwh = usable(seen.capacity_kwh)
    powers = (
        usable(seen.charge_limit_w),
        usable(seen.discharge_limit_w),
        usable(seen.powers.get(Flow.BATTERY)),
    )
    most_w = max((abs(power) for power in powers if power is not None), default=0.0)
    if capacity_kwh is None or capacity_kwh <= 0.0 or most_w <= 0.0:
        return fastest
    return min(1.5 * most_w / (capacity_kwh * 36_000.0), fastest)


def _residual(
    subject: str,
    measured: float,
    before: float | None,
    judged: tuple[float, float, str],
) -> Residual:
    excess, floor, unit = judged
    return Residual(
        kind=FindingKind.IMPOSSIBLE_STEP,
        subject=subject,
        measured=measured,
        expected=before,
        deviation=excess,
        floor=floor,
        unit=unit,
        learns=False,
    )
