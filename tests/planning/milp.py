"""The optimum by mixed-integer programming, to hold the planner against.

Says the problem once more and in another way: flows and binaries, not a function
of stored energy. For constant efficiencies and one power limit; HiGHS solves it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp  # type: ignore[import-untyped]
from scipy.sparse import lil_array  # type: ignore[import-untyped]

from custom_components.bessai.core.units import hours
from custom_components.bessai.planning.problem import Problem, ProblemStep

CHARGE, DISCHARGE, IMPORT, EXPORT, PV, OVER_IN, OVER_OUT, STORED = range(8)
CHARGES, IMPORTS = 8, 9
COLUMNS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """What the solver found."""

    cost: float
    powers_kw: tuple[float, ...]


class _Model:
    """Rows of a sparse matrix, written one by one."""

    def __init__(self, steps: int) -> None:
        self.columns = steps * COLUMNS + 1
        self.cost = np.zeros(self.columns)
        self.low = np.zeros(self.columns)
        self.high = np.full(self.columns, np.inf)
        self.rows: list[tuple[dict[int, float], float, float]] = []

    def row(self, terms: dict[int, float], low: float, high: float) -> None:
        self.rows.append((terms, low, high))

    def solve(self, steps: int, gap: float, limit_s: float) -> np.ndarray:
        matrix = lil_array((len(self.rows), self.columns))
        for i, (terms, _, _) in enumerate(self.rows):
            for column, factor in terms.items():
                matrix[i, column] = factor
        whole = np.zeros(self.columns)
        for t in range(steps):
            whole[t * COLUMNS + CHARGES] = whole[t * COLUMNS + IMPORTS] = 1
        answer = milp(
            self.cost,
            constraints=LinearConstraint(
                matrix.tocsr(),
                np.array([low for _, low, _ in self.rows]),
                np.array([high for _, _, high in self.rows]),
            ),
            bounds=Bounds(self.low, self.high),
            integrality=whole,
            options={"mip_rel_gap": gap, "time_limit": limit_s},
        )
        assert answer.x is not None, answer.message
        return np.asarray(answer.x)


def optimum(problem: Problem, gap: float = 1e-8, limit_s: float = 600) -> Optimum:
    """Return the least cost and the powers, kW, positive when discharging.

    Args:
        problem: Stored energy within the battery's range.
        gap: What the solver may leave, as a share of the cost.
        limit_s: When it gives up and answers with the best that it has.
    """
    model = _Model(len(problem.steps))
    for t, step in enumerate(problem.steps):
        _add_step(model, problem, t, step)
    count, battery, ending = len(problem.steps), problem.battery, problem.ending
    missing, last = count * COLUMNS, (count - 1) * COLUMNS + STORED
    model.cost[missing] = ending.floor_penalty
    model.cost[last] -= ending.value_per_kwh
    model.row({missing: 1.0, last: 1.0}, ending.floor_kwh, np.inf)
    assert battery.min_kwh <= problem.stored_kwh <= battery.max_kwh
    x = model.solve(count, gap, limit_s)
    return Optimum(
        cost=float(model.cost @ x),
        powers_kw=tuple(
            float(x[t * COLUMNS + DISCHARGE] - x[t * COLUMNS + CHARGE])
            for t in range(count)
        ),
    )


def _add_step(model: _Model, problem: Problem, t: int, step: ProblemStep) -> None:
    battery, grid = problem.battery, problem.grid
    length, at = hours(step.interval.duration), t * COLUMNS
    surplus = max(0.0, step.pv_kw - step.load_kw)
    lack = max(0.0, step.load_kw - step.pv_kw)
    charge = battery.charge_kw if step.may_trade else min(battery.charge_kw, surplus)
    draw = battery.discharge_kw if step.may_trade else min(battery.discharge_kw, lack)
    buy, sell = step.load_kw + charge, step.pv_kw + draw
    model.cost[at + IMPORT] = step.import_price * length
    model.cost[at + EXPORT] = -step.export_price * length
    model.cost[at + CHARGE] += battery.wear_cost * length
    model.cost[at + DISCHARGE] += battery.wear_cost * length
    model.cost[at + OVER_IN] = model.cost[at + OVER_OUT] = grid.cap_penalty * length
    model.high[at + CHARGE], model.high[at + DISCHARGE] = charge, draw
    model.low[at + PV] = 0.0 if grid.can_curtail else step.pv_kw
    model.high[at + PV] = step.pv_kw
    model.low[at + STORED], model.high[at + STORED] = battery.min_kwh, battery.max_kwh
    model.high[at + CHARGES] = model.high[at + IMPORTS] = 1.0
    meter = {at + IMPORT: 1.0, at + EXPORT: -1.0, at + PV: 1.0}
    meter |= {at + DISCHARGE: 1.0, at + CHARGE: -1.0}
    model.row(meter, step.load_kw, step.load_kw)
    model.row({at + CHARGE: 1.0, at + CHARGES: -charge}, -np.inf, 0.0)
    model.row({at + DISCHARGE: 1.0, at + CHARGES: draw}, -np.inf, draw)
    model.row({at + IMPORT: 1.0, at + IMPORTS: -buy}, -np.inf, 0.0)
    model.row({at + EXPORT: 1.0, at + IMPORTS: sell}, -np.inf, sell)
    _cap(model, at, grid.import_cap_kw, (IMPORT, OVER_IN))
    _cap(model, at, grid.export_cap_kw, (EXPORT, OVER_OUT))
    store = {
        at + STORED: 1.0,
        at + CHARGE: -length * battery.charge_efficiency,
        at + DISCHARGE: length / battery.discharge_efficiency,
    }
    begin = problem.stored_kwh if t == 0 else 0.0
    before = {at - COLUMNS + STORED: -1.0} if t else {}
    model.row(store | before, begin, begin)


def _cap(model: _Model, at: int, cap_kw: float | None, flows: tuple[int, int]) -> None:
    flow, over = flows
    if cap_kw is not None:
        model.row({at + flow: 1.0, at + over: -1.0}, -np.inf, cap_kw)
