"""Whether a problem makes sense: nonsense is named before anything is computed."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import inf, isfinite

from ..core.battery_spec import BatterySpec, EfficiencyPoint
from ..core.errors import BessaiError
from .problem import Ending, GridSpec, Problem, ProblemStep


class ProblemError(BessaiError):
    """A problem that cannot be planned for; the message names step and value."""


def check_problem(problem: Problem) -> None:
    """Refuse what cannot be planned for.

    Raises:
        ProblemError: With the first thing that is wrong.
    """
    for fault in _faults(problem):
        raise ProblemError(fault)


def _faults(problem: Problem) -> Iterator[str]:
    if not problem.steps:
        yield "there is no step to plan"
    for step in problem.steps:
        yield from _step_faults(step)
    for before, after in pairwise(problem.steps):
        if before.interval.end != after.interval.start:
            yield (
                f"step {after.interval.start:%F %R} does not begin where the one "
                f"before it ends, {before.interval.end:%F %R} UTC"
            )
    if not isfinite(problem.stored_kwh):
        yield f"stored_kwh {problem.stored_kwh} is not a number"
    yield from _below_zero("", min_spread=problem.min_spread)
    yield from _grid_faults(problem.grid)
    yield from _ending_faults(problem.ending)
    yield from _battery_faults(problem.battery)


def _step_faults(step: ProblemStep) -> Iterator[str]:
    # Comparing is quicker than asking each whether it is finite, and steps are many.
    prices = -inf < step.import_price < inf and -inf < step.export_price < inf
    powers = 0.0 <= step.pv_kw < inf and 0.0 <= step.load_kw < inf
    if prices and powers:
        return
    yield (
        f"step {step.interval.start:%F %R} UTC cannot be: import price "
        f"{step.import_price}, export price {step.export_price}, PV {step.pv_kw} kW, "
        f"load {step.load_kw} kW"
    )


def _grid_faults(grid: GridSpec) -> Iterator[str]:
    yield from _below_zero(
        "grid.",
        import_cap_kw=grid.import_cap_kw or 0.0,
        export_cap_kw=grid.export_cap_kw or 0.0,
        cap_penalty=grid.cap_penalty,
    )


def _ending_faults(ending: Ending) -> Iterator[str]:
    if not isfinite(ending.value_per_kwh):
        yield f"ending.value_per_kwh {ending.value_per_kwh} is not a number"
    yield from _below_zero(
        "ending.", floor_kwh=ending.floor_kwh, floor_penalty=ending.floor_penalty
    )


def _battery_faults(battery: BatterySpec) -> Iterator[str]:
    yield from _below_zero(
        "battery.",
        max_kwh=battery.max_kwh,
        charge_kw=battery.charge_kw,
        discharge_kw=battery.discharge_kw,
        wear_cost=battery.wear_cost,
    )
    for band in battery.bands:
        yield from _below_zero(
            f"battery band below {band.below_kwh} kWh: ",
            charge_kw=band.charge_kw,
            discharge_kw=band.discharge_kw,
        )
    if not _rise(band.below_kwh for band in battery.bands):
        yield "battery.bands do not rise"
    if not _is_curve(battery.charge_curve, [_stored(p) for p in battery.charge_curve]):
        yield "battery.charge_curve is not a curve of efficiencies by rising power"
    taken = [_taken(p) for p in battery.discharge_curve]
    if not _is_curve(battery.discharge_curve, taken):
        yield "battery.discharge_curve is not a curve of efficiencies by rising power"


def _below_zero(prefix: str, **values: float) -> Iterator[str]:
    for name, value in values.items():
        if not 0.0 <= value < inf:
            yield f"{prefix}{name} {value} is not a number from 0 up"


def _is_curve(points: Iterable[EfficiencyPoint], moved: list[float]) -> bool:
    """Return whether more power always moves more energy, as in all that exists."""
    proper = all(p.power_kw > 0 and 0 < p.efficiency <= 1 for p in points)
    return proper and _rise(p.power_kw for p in points) and _rise(moved)


def _stored(point: EfficiencyPoint) -> float:
    return point.power_kw * point.efficiency


def _taken(point: EfficiencyPoint) -> float:
    return point.power_kw / point.efficiency if point.efficiency else inf


def _rise(values: Iterable[float]) -> bool:
    return all(before < after < inf for before, after in pairwise(values))
