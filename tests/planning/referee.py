"""What a plan costs, worked out by one who knows neither planner nor its scoring."""

from collections.abc import Sequence
from math import inf

from custom_components.bessai.planning.problem import Problem, ProblemStep


def cost_of(problem: Problem, powers_kw: Sequence[float]) -> float:
    """Return bill, wear and penalties less the value of what is stored at the end.

    Powers that the battery, its content or the connection do not allow are cut down.
    For constant efficiencies and one power limit.
    """
    stored, total = problem.stored_kwh, 0.0
    for step, power_kw in zip(problem.steps, powers_kw, strict=True):
        cost, stored = step_of(problem, step, power_kw, stored)
        total += cost
    ending = problem.ending
    missing = max(0.0, ending.floor_kwh - stored)
    return total + ending.floor_penalty * missing - ending.value_per_kwh * stored


def step_of(
    problem: Problem, step: ProblemStep, power_kw: float, stored: float
) -> tuple[float, float]:
    """Return the cost of an interval and what is stored at its end."""
    battery, grid = problem.battery, problem.grid
    length = (step.interval.end - step.interval.start).total_seconds() / 3600
    into = (
        0.0 if grid.import_cap_kw is None else max(0, grid.import_cap_kw - lack(step))
    )
    out = 0.0
    if grid.export_cap_kw is not None:
        used = 0.0 if grid.can_curtail else step.pv_kw
        out = max(0, grid.export_cap_kw + step.load_kw - used)
    charge = min(
        max(0.0, -power_kw),
        battery.charge_kw,
        (battery.max_kwh - stored) / length / battery.charge_efficiency,
        inf if grid.import_cap_kw is None else into,
    )
    drawn = min(
        max(0.0, power_kw),
        battery.discharge_kw,
        (stored - battery.min_kwh) / length * battery.discharge_efficiency,
        inf if grid.export_cap_kw is None else out,
    )
    stored += length * charge * battery.charge_efficiency
    stored -= length * drawn / battery.discharge_efficiency
    net = step.load_kw + charge - drawn
    pv = [step.pv_kw]
    if grid.can_curtail:
        corners = (
            net,
            net - (grid.import_cap_kw or 0),
            net + (grid.export_cap_kw or 0),
        )
        pv += [0.0, *(min(max(0.0, kw), step.pv_kw) for kw in corners)]
    rate = min(_bill(problem, step, net - used) for used in pv)
    return length * (rate + battery.wear_cost * (charge + drawn)), stored


def lack(step: ProblemStep) -> float:
    """Return what the house lacks, kW; negative: surplus."""
    return step.load_kw - step.pv_kw


def _bill(problem: Problem, step: ProblemStep, grid_kw: float) -> float:
    grid = problem.grid
    if grid_kw >= 0:
        cap = inf if grid.import_cap_kw is None else grid.import_cap_kw
        return step.import_price * grid_kw + grid.cap_penalty * max(0.0, grid_kw - cap)
    cap = inf if grid.export_cap_kw is None else grid.export_cap_kw
    return step.export_price * grid_kw + grid.cap_penalty * max(0.0, -grid_kw - cap)
