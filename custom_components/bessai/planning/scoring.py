"""What a battery's powers would really do and cost, whoever chose them.

Shares nothing with the optimiser, so that neither can hide a mistake of the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.battery_spec import BatterySpec
from ..core.units import hours
from .problem import GridSpec, Problem, ProblemStep

_EDGE_KWH = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What became of the powers; one value a step unless said otherwise."""

    powers_kw: tuple[float, ...]
    """As far as battery and connection allowed them, positive when discharging."""

    grid_kw: tuple[float, ...]
    """At the meter, positive when importing."""

    stored_kwh: tuple[float, ...]
    """At the boundaries of the steps: one more than there are steps."""

    costs: tuple[float, ...]
    """Bill, wear and penalty of the caps; not the end."""

    bill: float
    """Of all steps: paid for imports less earned by exports."""

    wear: float
    cap_breach: float
    """Penalty for energy beyond the caps of the connection."""

    traded_kwh: float
    """Charged beyond the PV surplus or discharged beyond what the house lacked."""

    end_value: float
    """Of what is stored at the end."""

    floor_missing_kwh: float
    """By how much the floor at the end is missed."""

    floor_cost: float

    @property
    def cost(self) -> float:
        """Bill, wear and penalties, minus the value of what is stored at the end."""
        penalties = self.cap_breach + self.floor_cost
        return self.bill + self.wear + penalties - self.end_value


@dataclass(slots=True)
class _Flow:
    power_kw: float
    grid_kw: float
    stored_kwh: float
    bill: float
    wear: float
    breach: float


def score(problem: Problem, powers_kw: Sequence[float]) -> Score:
    """Simulate the powers and return what they cost.

    Each power is clipped to what the battery can do at its state of charge, to what is
    left of the caps (the battery never adds to a breach), and where the step may not
    trade to surplus and deficit. PV is curtailed where that is cheapest.

    Args:
        problem: Prices, sun and house, battery.
        powers_kw: One a step, positive when discharging.

    Raises:
        ValueError: If there are not as many powers as steps.
    """
    flows: list[_Flow] = []
    stored, traded = [problem.stored_kwh], 0.0
    for step, power in zip(problem.steps, powers_kw, strict=True):
        flow = _simulate(problem, step, power, stored[-1])
        flows.append(flow)
        stored.append(flow.stored_kwh)
        traded += _traded_kwh(step, flow.power_kw)
    missing = max(0.0, problem.ending.floor_kwh - stored[-1])
    return Score(
        powers_kw=tuple([flow.power_kw for flow in flows]),
        grid_kw=tuple([flow.grid_kw for flow in flows]),
        stored_kwh=tuple(stored),
        costs=tuple([flow.bill + flow.wear + flow.breach for flow in flows]),
        bill=sum([flow.bill for flow in flows]),
        wear=sum([flow.wear for flow in flows]),
        cap_breach=sum([flow.breach for flow in flows]),
        traded_kwh=traded,
        end_value=problem.ending.value_per_kwh * stored[-1],
        floor_missing_kwh=missing,
        floor_cost=problem.ending.floor_penalty * missing,
    )


def idle_powers(problem: Problem) -> tuple[float, ...]:
    """Return the powers of a battery that does nothing, kW."""
    return (0.0,) * len(problem.steps)


def self_consumption_powers(problem: Problem) -> tuple[float, ...]:
    """Return the powers of a battery left to the inverter, kW before any limit.

    It takes the surplus of the panels and gives what the house lacks.
    """
    return tuple(step.load_kw - step.pv_kw for step in problem.steps)


def _simulate(
    problem: Problem, step: ProblemStep, wish_kw: float, stored_kwh: float
) -> _Flow:
    duration_h = hours(step.interval.duration)
    battery, grid = problem.battery, problem.grid
    least, most = _allowed_kw(battery, grid, step, stored_kwh)
    # Outside its range the battery returns as fast as it may: that is then its limit.
    fullest = stored_kwh + _charged_kwh(battery, -least) * duration_h
    emptiest = stored_kwh - _drawn_kwh(battery, most) * duration_h
    if emptiest < battery.min_kwh:
        floor = min(battery.min_kwh, fullest)
        most = min(most, _power_to(battery, (stored_kwh - floor) / duration_h))
    if fullest > battery.max_kwh:
        ceiling = max(battery.max_kwh, emptiest)
        least = max(least, _power_to(battery, (stored_kwh - ceiling) / duration_h))
    power = min(max(wish_kw, least), most)
    grid_kw = _cheapest_grid_kw(grid, step, power)
    moved = _drawn_kwh(battery, power) if power > 0 else -_charged_kwh(battery, -power)
    price = step.import_price if grid_kw > 0 else step.export_price
    return _Flow(
        power_kw=power,
        grid_kw=grid_kw,
        stored_kwh=stored_kwh - moved * duration_h,
        bill=price * grid_kw * duration_h,
        wear=battery.wear_cost * abs(power) * duration_h,
        breach=grid.cap_penalty * _breach_kw(grid, grid_kw) * duration_h,
    )


def _allowed_kw(
    battery: BatterySpec, grid: GridSpec, step: ProblemStep, stored_kwh: float
) -> tuple[float, float]:
    """Return the lowest and the highest power that anything but the store allows."""
    charge, discharge = _limits_kw(battery, stored_kwh)
    lack = step.load_kw - step.pv_kw
    if not step.may_trade:
        charge, discharge = min(charge, max(0.0, -lack)), min(discharge, max(0.0, lack))
    if grid.import_cap_kw is not None:
        charge = min(charge, max(0.0, grid.import_cap_kw - lack))
    if grid.export_cap_kw is not None:
        taken = step.load_kw if grid.can_curtail else lack
        discharge = min(discharge, max(0.0, grid.export_cap_kw + taken))
    return -charge, discharge


def _limits_kw(battery: BatterySpec, stored_kwh: float) -> tuple[float, float]:
    """Return how much may be charged and discharged; on an edge the better band's."""
    if not battery.bands:
        return battery.charge_kw, battery.discharge_kw
    tops = [*(band.below_kwh for band in battery.bands), float("inf")]
    limits = [
        *((band.charge_kw, band.discharge_kw) for band in battery.bands),
        (battery.charge_kw, battery.discharge_kw),
    ]
    bottoms = [float("-inf"), *tops]
    touched = [
        limit
        for bottom, top, limit in zip(bottoms, tops, limits, strict=False)
        if bottom - _EDGE_KWH <= stored_kwh <= top + _EDGE_KWH
    ]
    return max(charge for charge, _ in touched), max(drawn for _, drawn in touched)


def _cheapest_grid_kw(grid: GridSpec, step: ProblemStep, power_kw: float) -> float:
    """Return the meter's power with PV curtailed as is cheapest."""
    uncurtailed = step.load_kw - step.pv_kw - power_kw
    if not grid.can_curtail:
        return uncurtailed
    dark = step.load_kw - power_kw
    corners = [0.0]
    if grid.export_cap_kw is not None:
        corners.append(-grid.export_cap_kw)
    if grid.import_cap_kw is not None:
        corners.append(grid.import_cap_kw)
    meters = [uncurtailed, dark]
    meters += [corner for corner in corners if uncurtailed < corner < dark]
    rates = [_rate(grid, step, kw) for kw in meters]
    return meters[rates.index(min(rates))]


def _rate(grid: GridSpec, step: ProblemStep, grid_kw: float) -> float:
    """Return what a power at the meter costs per hour."""
    price = step.import_price if grid_kw > 0 else step.export_price
    return price * grid_kw + grid.cap_penalty * _breach_kw(grid, grid_kw)


def _breach_kw(grid: GridSpec, grid_kw: float) -> float:
    """Return by how much a power at the meter is beyond a cap."""
    if grid_kw > 0:
        cap = grid.import_cap_kw
        return 0.0 if cap is None else max(0.0, grid_kw - cap)
    cap = grid.export_cap_kw
    return 0.0 if cap is None else max(0.0, -grid_kw - cap)


def _traded_kwh(step: ProblemStep, power_kw: float) -> float:
    lack = step.load_kw - step.pv_kw
    beyond = power_kw - max(0.0, lack) if power_kw > 0 else min(0.0, lack) - power_kw
    return max(0.0, beyond) * hours(step.interval.duration)


def _drawn_kwh(battery: BatterySpec, power_kw: float) -> float:
    """Return what an hour of discharging takes from the store."""
    if not battery.discharge_curve:
        return power_kw / battery.discharge_efficiency
    taken = [(p.power_kw, p.power_kw / p.efficiency) for p in battery.discharge_curve]
    return _on_line(taken, power_kw)


def _charged_kwh(battery: BatterySpec, power_kw: float) -> float:
    """Return what an hour of charging adds to the store."""
    if not battery.charge_curve:
        return power_kw * battery.charge_efficiency
    added = [(p.power_kw, p.power_kw * p.efficiency) for p in battery.charge_curve]
    return _on_line(added, power_kw)


def _power_to(battery: BatterySpec, rate: float) -> float:
    """Return the power that draws so much an hour (negative: adds it)."""
    if rate > 0:
        if not battery.discharge_curve:
            return rate * battery.discharge_efficiency
        points = battery.discharge_curve
        return _on_line([(p.power_kw / p.efficiency, p.power_kw) for p in points], rate)
    if not battery.charge_curve:
        return rate / battery.charge_efficiency
    points = battery.charge_curve
    return -_on_line([(p.power_kw * p.efficiency, p.power_kw) for p in points], -rate)


def _on_line(points: list[tuple[float, float]], x: float) -> float:
    """Return the value at x on straight lines from zero through the points and on."""
    before = (0.0, 0.0)
    for after in points:
        if x <= after[0]:
            share = (x - before[0]) / (after[0] - before[0]) if after[0] else 0.0
            return before[1] + share * (after[1] - before[1])
        before = after
    return before[1] * x / before[0] if before[0] else x
