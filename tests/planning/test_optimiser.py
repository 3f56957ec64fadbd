"""The optimum is held against whoever can find it in another way."""

from dataclasses import replace
from datetime import timedelta
import os
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.bessai.core.battery_spec import EfficiencyPoint, PowerBand
from custom_components.bessai.planning.case_file import parse_cases
from custom_components.bessai.planning.optimiser import Terms, best_power, solve
from custom_components.bessai.planning.problem import Ending, GridSpec
from custom_components.bessai.planning.scoring import (
    idle_powers,
    score,
    self_consumption_powers,
)
from custom_components.bessai.planning.value_function import ValueFunction

from .brute_force import meshed_problem, values
from .cases import all_cases, own_cases, saving
from .milp import optimum
from .problems import problem
from .random_problems import random_problem
from .referee import cost_of

# 400 take minutes beside other work; a part of them runs each time.
FUZZ_CASES = int(os.environ.get("FUZZ_CASES", "24"))


def gap_pct(case: dict[str, Any]) -> float:
    """Return by how much of the possible saving a case's plan misses the optimum."""
    question = parse_cases(case)[0].problem
    cost = cost_of(question, solve(question).powers_kw)
    return 100 * (cost - float(case["reference"]["optimum"])) / saving(case)


@pytest.mark.parametrize("case", own_cases(), ids=lambda case: str(case["id"]))
def test_own_cases_are_solved_exactly(case: dict[str, Any]) -> None:
    assert gap_pct(case) == pytest.approx(0.0, abs=0.001)


@pytest.mark.skipif(
    not all_cases(), reason="PLANNING_CASES does not name the file of all cases"
)
def test_all_cases_are_solved_exactly() -> None:
    gaps = {str(case["id"]): gap_pct(case) for case in all_cases()}
    assert sum(gaps.values()) / len(gaps) <= 0.05
    assert {name: gap for name, gap in gaps.items() if gap > 0.5} == {}


@pytest.mark.parametrize("case", own_cases() + all_cases(), ids=lambda c: str(c["id"]))
def test_no_case_is_worse_than_idle_or_self_consumption(case: dict[str, Any]) -> None:
    question = parse_cases(case)[0].problem
    idle, released = idle_powers(question), self_consumption_powers(question)
    assert score(question, idle).cost == pytest.approx(
        case["reference"]["idle"], abs=1e-4
    )
    assert score(question, released).cost == pytest.approx(
        case["reference"]["self_consumption"], abs=1e-4
    )
    best = min(cost_of(question, idle), cost_of(question, released))
    assert solve(question).objective <= best + 1e-9


@pytest.mark.parametrize("seed", range(FUZZ_CASES))
@pytest.mark.timeout(300)
def test_random_problem_costs_what_the_milp_says(seed: int) -> None:
    question = random_problem(seed)
    solution = solve(question)
    assert solution.objective == pytest.approx(optimum(question).cost, abs=1e-4)
    assert cost_of(question, solution.powers_kw) == pytest.approx(solution.objective)
    assert solution.gap_bound < 1e-4


@pytest.mark.parametrize("seed", range(60))
def test_value_of_stored_energy_is_that_of_trying_everything(seed: int) -> None:
    question = meshed_problem(seed)
    expected = values(question)
    solution = solve(question, tolerance=1e-9)
    for function, column in zip(solution.values, expected, strict=True):
        assert {x: function.cost(x) for x in column} == pytest.approx(column, abs=1e-7)
    assert solution.objective == pytest.approx(expected[0][3.0], abs=1e-7)


CURVE = tuple(
    EfficiencyPoint(power_kw=power, efficiency=efficiency)
    for power, efficiency in ((0.2, 0.7), (0.6, 0.9), (2.0, 0.96), (4.0, 0.93))
)
BANDS = (
    PowerBand(below_kwh=1.0, charge_kw=5.0, discharge_kw=1.0),
    PowerBand(below_kwh=9.0, charge_kw=4.0, discharge_kw=5.0),
)
HOURS = st.fixed_dictionaries(
    {
        "import_price": st.floats(-0.5, 0.5),
        "export_price": st.floats(-0.5, 0.5),
        "pv_kw": st.floats(0, 12),
        "load_kw": st.floats(0, 12),
        "may_trade": st.booleans(),
    }
)
CAPS = st.one_of(st.none(), st.floats(0, 8))


@given(
    steps=st.lists(HOURS, min_size=1, max_size=6),
    battery=st.fixed_dictionaries(
        {
            "min_kwh": st.sampled_from([0.0, 2.0]),
            "charge_curve": st.sampled_from([(), CURVE]),
            "discharge_curve": st.sampled_from([(), CURVE]),
            "bands": st.sampled_from([(), BANDS]),
            "wear_cost": st.sampled_from([0.0, 0.03]),
        }
    ),
    grid=st.builds(
        GridSpec, import_cap_kw=CAPS, export_cap_kw=CAPS, can_curtail=st.booleans()
    ),
    stored_kwh=st.floats(-3, 14),
    min_spread=st.sampled_from([0.0, 0.05]),
)
@settings(max_examples=150)
def test_any_plan_keeps_capacity_and_power_and_is_no_worse(
    steps: list[dict[str, Any]],
    battery: dict[str, Any],
    grid: GridSpec,
    stored_kwh: float,
    min_spread: float,
) -> None:
    question = problem(
        steps,
        battery=battery,
        grid=grid,
        stored_kwh=stored_kwh,
        min_spread=min_spread,
        ending=Ending(value_per_kwh=0.1),
    )
    solution = solve(question)
    low = min(stored_kwh, question.battery.min_kwh) - 1e-6
    high = max(stored_kwh, question.battery.max_kwh) + 1e-6
    assert all(low <= stored <= high for stored in solution.stored_kwh)
    assert all(-5 - 1e-9 <= power <= 5 + 1e-9 for power in solution.powers_kw)
    again = score(question, solution.powers_kw)
    assert again.powers_kw == pytest.approx(solution.powers_kw, abs=1e-6)
    for other in (idle_powers(question), self_consumption_powers(question)):
        result = score(question, other)
        planned = again.cost + min_spread * again.traded_kwh
        assert planned <= result.cost + min_spread * result.traded_kwh + 1e-9
    assert solution.gap_bound < 1e-4


def test_a_jump_that_is_reached_only_just_is_reached() -> None:
    """Below 1 kWh it takes 5 kW, so that the sun of the last hour stays in bounds."""
    nothing = {"import_price": 0.0, "export_price": 0.0, "pv_kw": 0.0, "load_kw": 0.0}
    still = {**nothing, "may_trade": False}
    question = problem(
        [
            *(still, still, nothing),
            *({**nothing, "load_kw": 2.0}, {**nothing, "load_kw": 2.5}),
            {**still, "pv_kw": 6.0},
        ],
        battery={"min_kwh": 0.0, "discharge_curve": CURVE, "bands": BANDS},
        grid=GridSpec(export_cap_kw=1.75, can_curtail=False),
        stored_kwh=10.0,
        ending=Ending(value_per_kwh=0.1),
    )
    solution = solve(question)
    assert solution.stored_kwh[-2] == pytest.approx(1.0)
    assert solution.gap_bound == pytest.approx(0.0)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("tolerance", [0.01, 1.0])
def test_gap_bound_holds_however_rough_the_plan(seed: int, tolerance: float) -> None:
    question = random_problem(seed)
    rough, fine = solve(question, tolerance=tolerance), solve(question)
    assert rough.objective - rough.gap_bound <= fine.objective + 1e-9
    assert rough.objective >= fine.objective - 1e-9


def test_a_kwh_is_worth_what_it_will_save() -> None:
    question = problem([{"import_price": 0.1}, {"import_price": 0.4}])
    now, later, end = solve(question).values
    assert now.marginal(0.5) == pytest.approx(0.1 / 0.9)  # bought instead
    assert later.marginal(0.5) == pytest.approx(0.4 * 0.8)
    assert later.marginal(4.0) == pytest.approx(0.1 * 0.8)  # exported
    assert end.marginal(5.0) == 0


@pytest.mark.parametrize(
    ("steps", "powers_kw"),
    [
        # Nothing costs anything: as the inverter would do.
        ([{"import_price": 0, "export_price": 0, "pv_kw": 3}], (-2.0,)),
        ([{"import_price": 0, "export_price": 0}], (1.0,)),
        # Once a kWh covers the house, it is the first hour's.
        ([{"export_price": 0}, {"export_price": 0}], (1.0, 0.0)),
    ],
)
def test_of_equal_plans_it_is_self_consumption(
    steps: list[dict[str, Any]], powers_kw: tuple[float, ...]
) -> None:
    solution = solve(problem(steps, stored_kwh=1.25))
    assert solution.powers_kw == pytest.approx(powers_kw)


def test_where_self_consumption_is_not_best_the_least_power_is() -> None:
    # Energy bought for nothing and worth nothing, while covering the load earns less.
    steps = [{"import_price": 0.0, "export_price": 0.0, "load_kw": 0.0}]
    assert solve(problem(steps, stored_kwh=0.0)).powers_kw == (0.0,)


@pytest.mark.parametrize(
    ("stored_kwh", "powers_kw"),
    [
        (1.0, (-1.0, 0.0)),
        (-6.0, (-5.0, -3.4 / 0.9)),
        (-30.0, (-5.0, -5.0)),
        (14.0, (3.2, 0.0)),
    ],
)
def test_from_outside_it_returns_first(
    stored_kwh: float, powers_kw: tuple[float, ...]
) -> None:
    question = problem(
        [{"export_price": 0}, {"export_price": 0}],
        battery={"min_kwh": 1.9},
        stored_kwh=stored_kwh,
        ending=Ending(value_per_kwh=0.3),
    )
    solution = solve(question)
    assert solution.powers_kw == pytest.approx(powers_kw)
    assert solution.gap_bound == pytest.approx(0.0, abs=1e-9)


def test_unreachable_floor_is_reported() -> None:
    ending = Ending(floor_kwh=10.0, floor_penalty=1.0)
    solution = solve(problem([{}], ending=ending, stored_kwh=1.0))
    assert solution.powers_kw == pytest.approx((-5.0,))
    assert solution.floor_missing_kwh == pytest.approx(4.5)


def test_trade_has_to_earn_the_least_spread() -> None:
    question = problem(
        [{"import_price": 0.1, "export_price": 0.0}, {"export_price": 0.3}],
        battery={"charge_efficiency": 1.0, "discharge_efficiency": 1.0},
        stored_kwh=0.0,
    )
    earns = solve(replace(question, min_spread=0.05))
    assert earns.powers_kw == pytest.approx((-4.0, 4.0))
    assert earns.objective == pytest.approx(0.5 - 0.9)
    refused = solve(replace(question, min_spread=0.25))
    assert refused.powers_kw == pytest.approx((0.0, 0.0))


def test_a_battery_without_power_stays_as_it_is() -> None:
    solution = solve(problem(battery={"charge_kw": 0.0, "discharge_kw": 0.0}))
    assert solution.powers_kw == (0.0,)


def test_free_energy_with_a_free_end_is_no_division_by_zero() -> None:
    free = {"import_price": 0.0, "export_price": 0.0, "load_kw": 0.0}
    assert solve(problem([free, free])).objective == 0.0


@pytest.mark.parametrize("seed", range(15))
def test_best_power_is_the_first_of_the_plan(seed: int) -> None:
    question = random_problem(seed)
    solution = solve(question)
    first = question.steps[0]
    terms = Terms(battery=question.battery, grid=question.grid)
    hours = first.interval.duration / timedelta(hours=1)
    power = best_power(first, hours, terms, solution.values[1], question.stored_kwh)
    assert power == pytest.approx(solution.powers_kw[0], abs=1e-9)


@pytest.mark.parametrize(
    ("net_load_kw", "power_kw"), [(0.5, 0.5), (3.0, 3.0), (7.0, 4.0), (-2.0, -2.0)]
)
def test_best_power_follows_the_house(net_load_kw: float, power_kw: float) -> None:
    """A stored kWh is worth 0.2: importing costs more, exporting earns less."""
    after = ValueFunction(kinks_kwh=(0.0, 10.0), starts=(2.0,), ends=(0.0,))
    measured = problem(
        [{"pv_kw": max(0, -net_load_kw), "load_kw": max(0, net_load_kw)}]
    )
    terms = Terms(battery=measured.battery, grid=measured.grid)
    power = best_power(measured.steps[0], 0.05, terms, after, 5.0)
    assert power == pytest.approx(power_kw)


@pytest.mark.parametrize("edge", [1.0, 1.0 + 1e-12, 1.0 - 1e-12])
def test_on_the_edge_of_a_band_the_better_one_holds(edge: float) -> None:
    solution = solve(problem(battery={"bands": BANDS}, stored_kwh=edge))
    assert solution.powers_kw == pytest.approx((0.8,))


def test_a_dear_evening_is_prepared_for() -> None:
    evening = {"import_price": 0.9, "load_kw": 3.0}
    night = {"import_price": 0.1, "load_kw": 0.2}
    solution = solve(problem([night, night, evening, evening], stored_kwh=0.0))
    assert sum(solution.powers_kw[:2]) == pytest.approx(-7.5 / 0.9)
    assert solution.powers_kw[2:] == pytest.approx((3.0, 3.0))
