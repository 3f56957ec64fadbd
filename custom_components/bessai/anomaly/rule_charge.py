"""The state of charge against the energy through the battery's terminals."""

from collections import deque
from collections.abc import Iterable, Mapping
import math
from statistics import median
from typing import Any, ClassVar, NamedTuple

from ..core.finding import FindingKind
from ..core.observation import Expectations, Flow, Observation
from .residual import Residual
from .window import Integral, Pace, Trail, usable

_SHORT_S, _LONG_S = 600.0, 2400.0
_FLOOR_PCT, _LONG_FLOOR_PCT = 1.5, 2.0
"""Some batteries tell whole points only, so a change is known by a point."""

_UNLEARNED, _LEARNED = 0.2, 0.08
"""How far points per kWh may be off, before and after they were learned."""

_ZONE_FLOOR_PCT = 3.0
_LOW_PCT, _HIGH_PCT = 17.0, 88.0
"""Below and above, iron phosphate batteries correct themselves."""

_JUMP_PCT = 0.7
"""A step of one poll past what power explains is a correction."""

_MOST_PCT = 15.0
"""And a larger one is none."""

_ANEW_S = 3600.0
"""So long what was sound is compared with; then what is read is taken as it is."""

_CALM = 0.5
"""Part of the tolerance at which it is sound again."""

_SETTLE_S = 600.0
_WS_PER_KWH = 3_600_000.0

_LESSON_KWH_PART = 0.12
"""A lesson is so much of the capacity in one direction."""

_LESSONS, _ENOUGH = 25, 3
_BELIEVED = (0.65, 1.5)
"""Lessons outside, as parts of what the datasheet says, are none."""


class _Energies(NamedTuple):
    """Since the last break, kWh and kWh²; with the state of charge then."""

    soc_pct: float
    charged: float
    discharged: float
    variance: float
    doubted: float
    """What inverter and panels say of the battery otherwise than itself, kWh: a power
    that is read wrong is another rule's."""

    late_kwh: float
    """What a reading that is a poll old may miss."""


class ChargeRule:
    """The change over 10 and over 40 minutes; one residual, points.

    A state of charge that is a point a minute off is told within 2 to 3 minutes, one
    that stands while 2 kW go into 10 kWh within 8. Near full and empty the floor is 4
    points, and a jump there, or while the battery recalibrates, begins anew.
    """

    name: ClassVar[str] = "charge"

    def __init__(self, expectations: Expectations) -> None:
        self._pace = Pace()
        self._charge, self._discharge = Integral(60.0), Integral(60.0)
        self._doubt, self._doubt_w = Integral(60.0), 0.0
        self._short: Trail[_Energies] = Trail(_SHORT_S)
        self._long: Trail[_Energies] = Trail(_LONG_S)
        self._breaks = 0
        self._befores: tuple[tuple[_Energies, float], ...] = ()
        self._off_since_s: float | None = None
        self._late_s = 0.0
        self._settled_s = 0.0
        self._last: _Energies | None = None
        self._lesson: _Energies | None = None
        self._ratios: dict[str, deque[float]] = {
            "charge": deque(maxlen=_LESSONS),
            "discharge": deque(maxlen=_LESSONS),
        }
        """Points per kWh as parts of what rated capacity would make."""

        self._factors = self._learned()

    def look(self, seen: Observation) -> Iterable[Residual]:
        """Return how far the state of charge is from where power brought it."""
        if seen.stranger is not None:
            return ()
        elapsed_s = self._pace.add(seen.uptime_s) or 0.0
        self._late_s = min(max(elapsed_s, self._pace.period_s), 300.0)
        self._integrate(seen)
        soc_pct, capacity_kwh = usable(seen.soc_pct), usable(seen.capacity_kwh)
        if seen.calibrating:
            self._settled_s = seen.uptime_s + _SETTLE_S
        if self._settled_s - _SETTLE_S > seen.uptime_s:  # the clock ran back
            self._settled_s = seen.uptime_s
        power_w = usable(seen.powers.get(Flow.BATTERY))
        if soc_pct is None or power_w is None or capacity_kwh is None:
            return ()
        if not capacity_kwh > 0.1:
            return ()
        return self._judge(seen.uptime_s, self._now(soc_pct, power_w), capacity_kwh)

    def document(self) -> Mapping[str, Any]:
        """Return the lessons of both directions."""
        return {direction: list(ratios) for direction, ratios in self._ratios.items()}

    def restore(self, document: Mapping[str, Any]) -> None:
        """Take the lessons of both directions."""
        restored = {
            direction: deque((float(ratio) for ratio in document[direction]), _LESSONS)
            for direction in self._ratios
        }
        low, high = _BELIEVED
        if not all(
            low <= part <= high for parts in restored.values() for part in parts
        ):
            raise ValueError("points per kWh out of range")
        self._ratios, self._factors = restored, self._learned(restored)

    def _integrate(self, seen: Observation) -> None:
        power_w = usable(seen.powers.get(Flow.BATTERY))
        if power_w is None:
            return
        gap_s = max(60.0, 3.5 * self._pace.period_s)
        self._charge.gap_s = self._discharge.gap_s = self._doubt.gap_s = gap_s
        before_w, self._doubt_w = self._doubt_w, _doubt_w(seen, power_w)
        # Registers that are read a poll apart differ now and then, not twice alike.
        self._doubt.add(seen.uptime_s, min(before_w, self._doubt_w))
        self._charge.add(seen.uptime_s, max(-power_w, 0.0))
        self._discharge.add(seen.uptime_s, max(power_w, 0.0))

    def _now(self, soc_pct: float, power_w: float) -> _Energies:
        return _Energies(
            soc_pct,
            self._charge.total / _WS_PER_KWH,
            self._discharge.total / _WS_PER_KWH,
            (self._charge.variance + self._discharge.variance) / _WS_PER_KWH**2,
            self._doubt.total / _WS_PER_KWH,
            abs(power_w) * self._late_s / _WS_PER_KWH,
        )

    def _judge(
        self, uptime_s: float, now: _Energies, capacity_kwh: float
    ) -> Iterable[Residual]:
        if uptime_s < self._settled_s or self._breaks != self._charge.breaks:
            # The first reading after a gap may be from before it: it is left out.
            self._begin()
            return ()
        if self._corrected(self._last, now, capacity_kwh):
            self._begin()
        self._last = now
        if self._off_since_s is None:
            self._befores = (
                (self._short.add(uptime_s, now), _FLOOR_PCT),
                (self._long.add(uptime_s, now), _LONG_FLOOR_PCT),
            )
            self._learn(now, capacity_kwh)
        residual = self._residual(now, capacity_kwh)
        self._keep(uptime_s, residual.deviation / residual.floor)
        return (residual,)

    def _keep(self, uptime_s: float, part: float) -> None:
        """Go on comparing with what was sound, until it is so again, or for a while."""
        if self._off_since_s is None:
            self._off_since_s = uptime_s if part > 1.0 else None
        elif part < _CALM or not 0.0 <= uptime_s - self._off_since_s <= _ANEW_S:
            self._begin()

    def _begin(self) -> None:
        """Compare with what comes from now on only."""
        self._breaks = self._charge.breaks
        self._short.clear()
        self._long.clear()
        self._lesson = self._last = self._off_since_s = None

    def _corrected(
        self, before: _Energies | None, now: _Energies, capacity_kwh: float
    ) -> bool:
        """Tell whether the battery has just found out that it was wrong."""
        if before is None or not (_in_zone(before) or _in_zone(now)):
            return False
        change, error = self._error(before, now, capacity_kwh)
        open_pct = _open_pct(before, now, capacity_kwh)
        return _JUMP_PCT + 0.5 * abs(change) + open_pct < abs(error) <= _MOST_PCT

    def _error(
        self, before: _Energies, now: _Energies, capacity_kwh: float
    ) -> tuple[float, float]:
        """Return the change that power explains, and what is past it, points."""
        charge, discharge, _ = self._factors
        kwh = charge * (now.charged - before.charged)
        kwh -= discharge * (now.discharged - before.discharged)
        change = 100.0 * kwh / capacity_kwh
        return change, now.soc_pct - before.soc_pct - change

    def _residual(self, now: _Energies, capacity_kwh: float) -> Residual:
        """Return the worse of the two times, in the measure of the shorter one."""
        worst, tolerance = (0.0, 0.0), _FLOOR_PCT
        for before, floor in self._befores:
            change, error = self._error(before, now, capacity_kwh)
            allowed = self._allowed(floor, before, now, capacity_kwh)
            if abs(error) * tolerance > abs(worst[1]) * allowed:
                worst, tolerance = (change, error), allowed
        return Residual(
            kind=FindingKind.SOC_MISMATCH,
            subject="soc_pct",
            measured=now.soc_pct,
            expected=now.soc_pct - worst[1],
            deviation=abs(worst[1]) * _FLOOR_PCT / tolerance,
            floor=_FLOOR_PCT,
            unit="%",
            hold_s=5.0,
        )

    def _allowed(
        self, floor: float, before: _Energies, now: _Energies, capacity_kwh: float
    ) -> float:
        """Return how far the state of charge may be off, points.

        By resolution, by how well points per kWh are known, and by what power did
        between the polls.
        """
        if _in_zone(before) or _in_zone(now):
            floor = _ZONE_FLOOR_PCT
        through = now.charged - before.charged + now.discharged - before.discharged
        unsure = self._factors[2] * 100.0 * through / capacity_kwh
        return floor + unsure + _open_pct(before, now, capacity_kwh)

    def _learn(self, now: _Energies, capacity_kwh: float) -> None:
        """Take a lesson of a long charge or discharge away from the ends."""
        begin = self._lesson
        if begin is None or _in_zone(now):
            self._lesson = None if _in_zone(now) else now
            return
        charged = now.charged - begin.charged
        discharged = now.discharged - begin.discharged
        if max(charged, discharged) < _LESSON_KWH_PART * capacity_kwh:
            return
        self._lesson = now
        much, little = max(charged, discharged), min(charged, discharged)
        if little > 0.05 * much:
            return
        points = (now.soc_pct - begin.soc_pct) * (1.0 if charged > discharged else -1.0)
        ratio = points * capacity_kwh / (100.0 * much)
        if _BELIEVED[0] <= ratio <= _BELIEVED[1]:
            direction = "charge" if charged > discharged else "discharge"
            self._ratios[direction].append(ratio)
            self._factors = self._learned()

    def _learned(
        self, ratios: Mapping[str, deque[float]] | None = None
    ) -> tuple[float, float, float]:
        """Return stored per charged, taken per discharged, and how unsure both are."""
        charge, discharge = (ratios or self._ratios).values()
        known = min(len(charge), len(discharge)) >= _ENOUGH
        return (
            median(charge) if len(charge) >= _ENOUGH else 0.96,
            median(discharge) if len(discharge) >= _ENOUGH else 1.04,
            _LEARNED if known else _UNLEARNED,
        )


def _in_zone(energies: _Energies) -> bool:
    """Tell whether this is where a battery may correct itself."""
    return not _LOW_PCT <= energies.soc_pct <= _HIGH_PCT


def _open_pct(before: _Energies, now: _Energies, capacity_kwh: float) -> float:
    """Return what steps of power between the polls and late readings leave open."""
    variance = max(now.variance - before.variance, 0.0)
    open_kwh = 3.0 * math.sqrt(variance) + now.late_kwh + before.late_kwh
    open_kwh += max(now.doubted - before.doubted, 0.0)
    return 100.0 * open_kwh / capacity_kwh


def _doubt_w(seen: Observation, battery_w: float) -> float:
    """Return how far the battery's power is from what the inverter makes of it, W."""
    pv_w, ac_w = usable(seen.powers.get(Flow.PV)), usable(seen.powers.get(Flow.AC))
    if pv_w is None or ac_w is None:
        return 0.0
    tolerance_w = 200.0 + 0.05 * (abs(pv_w) + abs(ac_w))
    return max(abs(battery_w - (ac_w - pv_w)) - tolerance_w, 0.0)
