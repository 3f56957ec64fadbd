"""Plans without words and books, which take as long as solving: for long replays."""

from collections.abc import Iterator

from custom_components.bessai.core.power_forecast import PowerForecast
from custom_components.bessai.planning.horizon import as_expected, build_problem
from custom_components.bessai.planning.mean_value import Prospect
from custom_components.bessai.planning.optimiser import solve
from custom_components.bessai.planning.plan import Intent, Plan, PlanStep, Why
from custom_components.bessai.planning.plan_builder import WAYS, PlanQuestion
from custom_components.bessai.planning.problem import Problem
from custom_components.bessai.planning.solution import Solution


def make_bare_plan(question: PlanQuestion) -> Plan:
    """Return the plan that :func:`make_plan` makes, as far as it is carried out.

    Costs, reasons and bands are left out, and where the forecast leaves nothing open
    one prospect is enough.
    """
    outlook = question.outlook
    ways = [
        (weight, as_expected(outlook, pv=pv, load=load)) for weight, pv, load in WAYS
    ]
    middle = len(ways) // 2
    if not (_is_open(outlook.pv) or _is_open(outlook.load)):
        ways, middle = [ways[middle]], 0
    problems = [
        build_problem(turned_out, question.terms, question.stored_kwh, question.now)
        for _, turned_out in ways
    ]
    solutions = [solve(problem) for problem in problems]
    curve = outlook.curve
    return Plan(
        made_at=question.now,
        currency=curve.currency,
        battery=question.terms.battery,
        problem=problems[middle],
        solution=solutions[middle],
        steps=tuple(
            step
            for step in _steps(problems[middle], solutions[middle])
            if step.interval.start < curve.end
        ),
        known_until=curve.known_until,
        cost=0.0,
        idle_cost=0.0,
        self_consumption_cost=0.0,
        saving_band=None,
        prospects=tuple(
            Prospect(weight=weight, solution=solution)
            for (weight, _), solution in zip(ways, solutions, strict=True)
        ),
    )


def _is_open(forecast: PowerForecast | None) -> bool:
    """Return whether a forecast says that it may turn out otherwise."""
    return forecast is not None and any(s.p10_w != s.p90_w for s in forecast.steps)


def _steps(problem: Problem, solution: Solution) -> Iterator[PlanStep]:
    for index, step in enumerate(problem.steps):
        yield PlanStep(
            interval=step.interval,
            intent=Intent.SELF_CONSUMPTION,
            why=Why.NOTHING_TO_GAIN,
            price=step.import_price,
            value=0.0,
            power_kw=solution.powers_kw[index],
            stored_kwh=solution.stored_kwh[index + 1],
            grid_kw=0.0,
            pv_kw=step.pv_kw,
            load_kw=step.load_kw,
            import_price=step.import_price,
            export_price=step.export_price,
            cost=0.0,
        )
