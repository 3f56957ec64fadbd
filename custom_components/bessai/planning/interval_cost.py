"""What an interval costs, by what the battery draws from its store in it.

The cost is piecewise linear in the battery's power: the meter's price changes where the
battery just covers the house, where PV starts to be curtailed and at the caps of the
connection, the stored energy where the battery turns around and at the points of its
efficiency curves. Between these kinks everything is straight, so they are all there is.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..core.battery_spec import BatterySpec, PowerBand
from .meter_cost import MeterCost
from .piecewise import ConvexPart, Segments, convex_parts
from .problem import GridSpec, ProblemStep


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalCost:
    """The kinks of an interval's cost, in rising order of power."""

    powers_kw: tuple[float, ...]
    """Mean at the terminals, positive when discharging."""

    drawn_kwh: tuple[float, ...]
    """What each takes from the store in the interval, negative when charging."""

    costs: tuple[float, ...]
    """Bill, wear, penalty of the caps, and what ``min_spread`` adds."""

    preferred_kw: float
    """Self-consumption, as far as the limits let it: what is done if it costs no more
    than anything else."""

    def cost(self, drawn_kwh: float) -> float:
        """Return the cost of drawing so much, within the range."""
        return _interpolated(self.drawn_kwh, self.costs, drawn_kwh)

    def power_kw(self, drawn_kwh: float) -> float:
        """Return the power that draws so much."""
        return _interpolated(self.drawn_kwh, self.powers_kw, drawn_kwh)

    def drawn(self, power_kw: float) -> float:
        """Return what a power takes from the store, kWh."""
        return _interpolated(self.powers_kw, self.drawn_kwh, power_kw)

    def convex_parts(self) -> list[ConvexPart]:
        """Return the cost as a function of what is drawn, by its convex parts."""
        if len(self.costs) == 1:
            here = self.drawn_kwh[0]
            return [ConvexPart(here, here, self.costs[0], [])]
        costs = list(self.costs)
        return convex_parts(Segments(list(self.drawn_kwh), costs[:-1], costs[1:]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is the same in all intervals."""

    battery: BatterySpec
    grid: GridSpec
    min_spread: float = 0.0
    """Added to the cost per kWh charged beyond the PV surplus or discharged beyond
    what the house lacks."""


def interval_cost(
    step: ProblemStep, duration_h: float, terms: Terms, limits: PowerBand
) -> IntervalCost:
    """Return what an interval costs by what the battery draws.

    Args:
        step: Prices, sun and house.
        duration_h: How long it lasts.
        terms: Battery, connection, least spread.
        limits: The battery's power at its state of charge.
    """
    battery = terms.battery
    lack = step.load_kw - step.pv_kw
    least, most = _range_kw(step, terms.grid, limits)
    meter = MeterCost.of(step, terms.grid)
    corners = {least, most, 0.0, min(lack, 0.0), max(lack, 0.0), *meter.kinks_kw()}
    corners.update(-point.power_kw for point in battery.charge_curve)
    corners.update(point.power_kw for point in battery.discharge_curve)
    kinks = sorted(kw for kw in corners if least <= kw <= most)
    powers = _apart(meter.with_turns(kinks))
    costs = [
        duration_h * (rate + battery.wear_cost * abs(kw))
        for kw, rate in zip(powers, meter.rates(powers), strict=True)
    ]
    if terms.min_spread:
        spread = terms.min_spread * duration_h
        for i, kw in enumerate(powers):
            costs[i] += spread * max(0.0, kw - max(lack, 0.0), min(lack, 0.0) - kw)
    return IntervalCost(
        powers_kw=tuple(powers),
        drawn_kwh=tuple([drawn_kw(battery, kw) * duration_h for kw in powers]),
        costs=tuple(costs),
        preferred_kw=min(max(lack, least), most),
    )


def _range_kw(
    step: ProblemStep, grid: GridSpec, limits: PowerBand
) -> tuple[float, float]:
    """Return the lowest and the highest power; the battery adds to no breach."""
    lack = step.load_kw - step.pv_kw
    charge, discharge = limits.charge_kw, limits.discharge_kw
    if grid.import_cap_kw is not None:
        charge = min(charge, max(0.0, grid.import_cap_kw - lack))
    if grid.export_cap_kw is not None:
        takes = step.load_kw if grid.can_curtail else lack
        discharge = min(discharge, max(0.0, grid.export_cap_kw + takes))
    if not step.may_trade:
        charge = min(charge, max(0.0, -lack))
        discharge = min(discharge, max(0.0, lack))
    return -charge, discharge


def _apart(kinks: list[float]) -> list[float]:
    """Return kinks without those that only rounding sets apart."""
    kept = kinks[:1]
    kept += [b for a, b in pairwise(kinks) if b - a > _SAME_KW]
    return kept


_SAME_KW = 1e-9


def drawn_kw(battery: BatterySpec, power_kw: float) -> float:
    """Return how fast a power empties the store, kW; negative when it fills it.

    Between the points of an efficiency curve the losses are straight lines, below the
    first and above the last one the efficiency is that of the point.
    """
    if power_kw > 0:
        if not battery.discharge_curve:
            return power_kw / battery.discharge_efficiency
        return _along(
            [(p.power_kw, p.power_kw / p.efficiency) for p in battery.discharge_curve],
            power_kw,
        )
    if not battery.charge_curve:
        return power_kw * battery.charge_efficiency
    points = [(p.power_kw, p.power_kw * p.efficiency) for p in battery.charge_curve]
    return -_along(points, -power_kw)


def _along(points: Sequence[tuple[float, float]], x: float) -> float:
    i = bisect_right(points, x, key=_first)
    if i == len(points):
        last_x, last_y = points[-1]
        return last_y * (x / last_x)
    left_x, left_y = points[i - 1] if i else (0.0, 0.0)
    right_x, right_y = points[i]
    return left_y + (x - left_x) / (right_x - left_x) * (right_y - left_y)


def _first(point: tuple[float, float]) -> float:
    return point[0]


def _interpolated(xs: Sequence[float], ys: Sequence[float], x: float) -> float:
    if len(xs) == 1:
        return ys[0]
    i = min(max(bisect_right(xs, x), 1), len(xs) - 1)
    share = (x - xs[i - 1]) / (xs[i] - xs[i - 1])
    return ys[i - 1] + share * (ys[i] - ys[i - 1])
