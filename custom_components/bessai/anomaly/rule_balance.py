"""Powers that do not add up: at the inverter, at the house, at the meter."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NamedTuple

from ..core.finding import FindingKind
from ..core.observation import Expectations, Flow, Observation
from ..core.plant_state import Readiness
from .residual import Residual
from .window import Pace, SlidingMean, usable

_SPAN_S = 180.0
_POLLS = 4.0
"""A mean is over 3 minutes and at least so many polls of a slow dongle."""

_LEAST = 3
"""Fewer numbers are no mean."""

_FLOOR_W, _FLOOR_PART = 300.0, 0.04
"""The tolerance: 300 W or so much of the inverter's most power."""

_HOUSE_FLOOR_W, _METER_FLOOR_W = 250.0, 200.0
"""Nothing is lost between inverter, meter and house. A second generator behind the
meter is learned."""

_IDLE_W, _LOSS = 20.0, 0.02
"""What an inverter uses by itself, and loses of what goes through it."""

_GAP_PERIODS = 3.5


class _Spread(NamedTuple):
    """Where a power was between the last poll and this one, W.

    The registers of one poll are read seconds apart and some are as old as a poll, so
    between its two last readings a power may have been anything.
    """

    low: float
    high: float


class _Sum:
    """The mean by which a sum of powers certainly is above or below nothing."""

    def __init__(self) -> None:
        self.distance = SlidingMean(_SPAN_S)
        self.level = SlidingMean(_SPAN_S)

    def add(self, seen: Observation, low: float, high: float, level: float) -> None:
        """Take the spread of the sum and what to show of it, W."""
        distance = low if low > 0.0 else min(high, 0.0)
        most = self._most_w(seen)
        self.distance.add(seen.uptime_s, min(max(distance, -most), most))
        self.level.add(seen.uptime_s, level)

    def stretch(self, period_s: float) -> None:
        """Fit the mean to the pace of polls."""
        span_s = max(_SPAN_S, _POLLS * period_s)
        self.distance.span_s = self.level.span_s = span_s

    def clear(self) -> None:
        """Forget everything."""
        self.distance.clear()
        self.level.clear()

    def _most_w(self, seen: Observation) -> float:
        """Return what one poll may contribute, so that it takes several to alarm."""
        return _floor_w(seen) * 1.1 * min(max(len(self.distance) / 2.0, 1.0), 4.0)

    @property
    def mean_w(self) -> float | None:
        """The mean distance, W; ``None`` while there are too few."""
        return self.distance.mean if len(self.distance) >= _LEAST else None


class BalanceRule:
    """Three sums that physics makes zero, or not negative, by 3-minute means.

    A gross error (1.5 kW and more) is past the floor within a minute, one at the floor
    after three. What lags by a poll, and what is garbled once, does not count.
    """

    name: ClassVar[str] = "balance"

    def __init__(self, expectations: Expectations) -> None:
        self._pace = Pace()
        self._inverter, self._house, self._meter = _Sum(), _Sum(), _Sum()
        self._before: dict[str, float] = {}

    def look(self, seen: Observation) -> Iterable[Residual]:
        """Return the sums of which all parts are known."""
        if seen.stranger is not None:
            return ()
        elapsed_s = self._pace.add(seen.uptime_s)
        longest_s = max(60.0, _GAP_PERIODS * self._pace.period_s)
        if elapsed_s is None or elapsed_s > longest_s:
            self._begin()
        for part in (self._inverter, self._house, self._meter):
            part.stretch(self._pace.period_s)
        spreads = self._spreads(seen)
        self._add_inverter(seen, spreads)
        self._add_house(seen, spreads)
        self._add_meter(seen, spreads)
        return self._residuals(seen)

    def document(self) -> Mapping[str, Any]:
        """Return ``{}``: tolerances are learned elsewhere."""
        return {}

    def restore(self, document: Mapping[str, Any]) -> None:
        """Take nothing."""

    def _begin(self) -> None:
        self._before.clear()
        for part in (self._inverter, self._house, self._meter):
            part.clear()

    def _spreads(self, seen: Observation) -> Mapping[str, _Spread]:
        """Return where each power was that was read now and the last time."""
        now = {flow.value: usable(seen.powers.get(flow)) for flow in Flow}
        if _without_battery(seen):
            now[Flow.BATTERY.value] = 0.0
        phases = [usable(phase) for phase in seen.grid_phases_w or ()]
        known = [phase for phase in phases if phase is not None]
        if known and len(known) == len(phases):
            now["phases"] = sum(known)
        spreads = {}
        for key, value in now.items():
            before = self._before.pop(key, None)
            if value is None:
                continue
            self._before[key] = value
            if before is not None:
                spreads[key] = _Spread(min(before, value), max(before, value))
        return spreads

    def _add_inverter(self, seen: Observation, spreads: Mapping[str, _Spread]) -> None:
        if seen.inverter not in {Readiness.READY, None}:
            self._inverter.clear()  # what it shows in its sleep may be of the evening
            return
        pv, battery = spreads.get(Flow.PV), spreads.get(Flow.BATTERY)
        ac = spreads.get(Flow.AC)
        if pv is None or battery is None or ac is None:
            return
        through_w = max(pv.high, 0.0) + max(battery.high, -battery.low, 0.0)
        loss_w = _IDLE_W + _LOSS * through_w
        self._inverter.add(
            seen,
            ac.low - pv.high - battery.high + loss_w,
            ac.high - pv.low - battery.low + loss_w,
            self._before[Flow.AC],
        )

    def _add_house(self, seen: Observation, spreads: Mapping[str, _Spread]) -> None:
        ac, grid = spreads.get(Flow.AC), spreads.get(Flow.GRID)
        if ac is None or grid is None:
            return
        now_w = self._before[Flow.AC] + self._before[Flow.GRID]
        self._house.add(seen, 0.0, ac.high + grid.high, now_w)

    def _add_meter(self, seen: Observation, spreads: Mapping[str, _Spread]) -> None:
        grid, phases = spreads.get(Flow.GRID), spreads.get("phases")
        if grid is None or phases is None:
            return
        self._meter.add(
            seen,
            grid.low - phases.high,
            grid.high - phases.low,
            self._before[Flow.GRID],
        )

    def _residuals(self, seen: Observation) -> list[Residual]:
        floor_w = _floor_w(seen)
        sums = (
            (Flow.AC.value, self._inverter, floor_w),
            (Flow.GRID.value, self._house, _HOUSE_FLOOR_W),
            ("grid_phases", self._meter, _METER_FLOOR_W),
        )
        found = []
        for subject, part, tolerance_w in sums:
            mean_w, level_w = part.mean_w, part.level.mean
            if mean_w is not None and level_w is not None:
                found.append(_residual(subject, mean_w, level_w, tolerance_w))
        return found


def _without_battery(seen: Observation) -> bool:
    """Tell whether nothing at all is known of a battery, so there is none."""
    known = (seen.soc_pct, seen.capacity_kwh, seen.battery, seen.charge_limit_w)
    return all(value is None for value in known)


def _floor_w(seen: Observation) -> float:
    return max(_FLOOR_W, _FLOOR_PART * (usable(seen.maximum_power_w) or 0.0))


def _residual(subject: str, mean_w: float, level_w: float, floor_w: float) -> Residual:
    return Residual(
        kind=FindingKind.ENERGY_BALANCE,
        subject=subject,
        measured=level_w,
        expected=level_w - mean_w,
        deviation=abs(mean_w),
        floor=floor_w,
        unit="W",
        hold_s=5.0,
    )
