"""The value of stored energy by trying everything, where everything lies on a grid."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from custom_components.bessai.core.battery_spec import EfficiencyPoint, PowerBand
from custom_components.bessai.planning.problem import Ending, Problem
from custom_components.bessai.planning.scoring import score

from .problems import problem

MESH_KWH = 0.25
MESH_KW = 0.125

# Powers and efficiencies with which every kink falls on the grid.
CONSTANT: dict[str, Any] = {"charge_efficiency": 0.5, "discharge_efficiency": 0.5}
CURVES: dict[str, Any] = {
    "charge_curve": (
        EfficiencyPoint(power_kw=1.0, efficiency=0.25),
        EfficiencyPoint(power_kw=4.0, efficiency=0.8125),
    ),
    "discharge_curve": (
        EfficiencyPoint(power_kw=1.0, efficiency=0.5),
        EfficiencyPoint(power_kw=3.0, efficiency=0.75),
    ),
}
BANDS: dict[str, Any] = {
    "bands": (
        PowerBand(below_kwh=1.5, charge_kw=3.0, discharge_kw=1.0),
        PowerBand(below_kwh=4.0, charge_kw=4.0, discharge_kw=2.0),
    )
}


def meshed_problem(seed: int) -> Problem:
    """Return a small problem whose kinks all fall on the grid."""
    rng = Random(seed)  # noqa: S311 - the same each time is the point
    return problem(
        [
            {
                "import_price": rng.uniform(-0.2, 0.4),
                "export_price": rng.uniform(-0.2, 0.4),
                "pv_kw": float(rng.choice([0, 0, 1, 4])),
                "load_kw": float(rng.choice([0, 1, 2])),
                "may_trade": rng.random() < 0.8,
            }
            for _ in range(4)
        ],
        battery={
            **rng.choice([CONSTANT, CURVES]),
            **rng.choice([{}, BANDS]),
            "max_kwh": 6.0,
            "charge_kw": 3.0,
            "discharge_kw": 3.0,
            "wear_cost": rng.choice([0.0, 0.02]),
        },
        length=timedelta(hours=1),
        stored_kwh=3.0,
        ending=Ending(value_per_kwh=0.1, floor_kwh=4.0, floor_penalty=0.3),
    )


def values(question: Problem) -> list[dict[float, float]]:
    """Return the least cost to the end, at the boundaries, by what is stored."""
    count = round(question.battery.max_kwh / MESH_KWH)
    mesh = [i * MESH_KWH for i in range(count + 1)]
    nothing = replace(question, steps=())
    found = [{x: score(replace(nothing, stored_kwh=x), ()).cost for x in mesh}]
    for i in reversed(range(len(question.steps))):
        one = replace(question, steps=question.steps[i : i + 1], ending=Ending())
        found.append({x: _least(replace(one, stored_kwh=x), found[-1]) for x in mesh})
    return found[::-1]


def _least(one: Problem, after: dict[float, float]) -> float:
    reach = round(one.battery.charge_kw / MESH_KW) + 8
    costs = []
    for i in range(-reach, reach + 1):
        result = score(one, [i * MESH_KW])
        end = round(result.stored_kwh[-1], 9)
        costs += [result.cost + after[end]] if end in after else []
    return min(costs)
