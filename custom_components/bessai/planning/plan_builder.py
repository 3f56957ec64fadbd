"""Makes a plan: solves it, puts it into words, and says what it is worth."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..core.power_forecast import Quantile
from ..core.units import hours
from .explanation import Scene, explain, intent_of
from .horizon import Outlook, PlanTerms, as_expected, build_problem
from .mean_value import Prospect
from .optimiser import solve
from .plan import Plan, PlanStep, SavingBand
from .problem import Ending, Problem
from .scoring import Score, idle_powers, score, self_consumption_powers
from .solution import Solution


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanQuestion:
    """All that a plan is made with."""

    outlook: Outlook
    terms: PlanTerms
    stored_kwh: float
    now: datetime
    """Aware."""


WAYS = (
    (0.25, Quantile.P90, Quantile.P10),
    (0.5, Quantile.P50, Quantile.P50),
    (0.25, Quantile.P10, Quantile.P90),
)
"""How it may turn out: weight, sun, load. To go by the mean of what stored energy is
worth in these saved 1 to 3 % more in closed loop than to go by what it is worth if all
comes as expected: that plan sells in the morning what noon may not bring back."""


def make_plan(question: PlanQuestion) -> Plan:
    """Return the optimal plan; takes milliseconds, so not in an event loop.

    Raises:
        HorizonError: If no price is known for now.
        ProblemError: If something in it makes no sense.
    """
    curve = question.outlook.curve
    ways = tuple(_solve_ways(question))
    books = ways[len(ways) // 2].books
    problem, solution = books.problem, books.solution
    return Plan(
        made_at=question.now,
        currency=curve.currency,
        battery=question.terms.battery,
        problem=problem,
        solution=solution,
        steps=tuple(_plan_steps(books)),
        known_until=curve.known_until,
        cost=books.cost(solution.powers_kw),
        idle_cost=books.cost(idle_powers(problem)),
        self_consumption_cost=books.cost(self_consumption_powers(problem)),
        saving_band=_saving_band(ways),
        prospects=tuple(
            Prospect(weight=way.weight, solution=way.books.solution) for way in ways
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """One way it may turn out, with the plan that is best then."""

    weight: float
    books: _Books


def _solve_ways(question: PlanQuestion) -> Iterator[_Way]:
    """Yield what is best with much sun and little load, as expected, and the reverse.

    As expected only, where nothing is forecast.
    """
    outlook = question.outlook
    is_forecast = outlook.pv is not None or outlook.load is not None
    books: _Books | None = None
    for weight, pv, load in WAYS if is_forecast else ((1.0, *WAYS[1][1:]),):
        turned_out = as_expected(outlook, pv=pv, load=load)
        problem = build_problem(
            turned_out, question.terms, question.stored_kwh, question.now
        )
        if books is None or books.problem != problem:  # else the forecast is sure
            books = _Books(problem, solve(problem), before=outlook.curve.end)
        yield _Way(weight=weight, books=books)


class _Books:
    """Counts what powers cost over the part of a problem whose prices are given.

    Beyond it the last day is repeated, which is good enough to value what is stored at
    the end of that part, and no figure for people.
    """

    def __init__(
        self, problem: Problem, solution: Solution, *, before: datetime
    ) -> None:
        self.problem = problem
        self.count = sum(step.interval.start < before for step in problem.steps)
        self.part = replace(problem, steps=problem.steps[: self.count], ending=Ending())
        self.solution = solution
        self._worth = solution.values[self.count].cost

    def score(self, powers_kw: Sequence[float]) -> Score:
        return score(self.part, powers_kw[: self.count])

    def cost(self, powers_kw: Sequence[float]) -> float:
        """Return the cost, minus what is stored at the end is worth above empty."""
        result = self.score(powers_kw)
        empty = self._worth(self.part.battery.min_kwh)
        return result.cost - (empty - self._worth(result.stored_kwh[-1]))

    @property
    def saving(self) -> float:
        """What the plan saves against self-consumption."""
        own_kw = self_consumption_powers(self.problem)
        return self.cost(own_kw) - self.cost(self.solution.powers_kw)


def _plan_steps(books: _Books) -> Iterator[PlanStep]:
    planned = books.score(books.solution.powers_kw)
    for index, step in enumerate(books.part.steps):
        power_kw = planned.powers_kw[index]
        after = books.solution.values[index + 1]
        stored_kwh = planned.stored_kwh[index + 1]
        scene = Scene(
            battery=books.part.battery,
            import_price=step.import_price,
            export_price=step.export_price,
            net_load_kw=step.load_kw - step.pv_kw,
            stored_kwh=planned.stored_kwh[index],
            hours=hours(step.interval.duration),
            value=after.marginal(stored_kwh),
        )
        intent = intent_of(power_kw, scene)
        why, price = explain(intent, power_kw, scene)
        yield PlanStep(
            interval=step.interval,
            intent=intent,
            why=why,
            price=price,
            value=scene.value,
            power_kw=power_kw,
            stored_kwh=stored_kwh,
            grid_kw=planned.grid_kw[index],
            pv_kw=step.pv_kw,
            load_kw=step.load_kw,
            import_price=step.import_price,
            export_price=step.export_price,
            cost=planned.costs[index],
        )


def _saving_band(ways: Sequence[_Way]) -> SavingBand | None:
    """Return what is saved in each way it may turn out; ``None`` if there is one."""
    if len(ways) == 1:
        return None
    savings = [way.books.saving for way in ways]
    expected = savings[len(savings) // 2]
    return SavingBand(p10=min(savings), p50=expected, p90=max(savings))
