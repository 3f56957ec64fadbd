"""What following a plan for a while is expected to save."""

from dataclasses import replace
from datetime import datetime

from .plan import Plan
from .problem import Ending
from .scoring import score, self_consumption_powers


def expected_saving(plan: Plan, start: datetime, end: datetime) -> float:
    """Return what a plan saves between two moments against self-consumption.

    Both begin with what the plan expects to be stored at the start. What they have
    stored at the end counts by what it is worth from there on, so that energy which was
    bought today for tomorrow is no loss today.

    Args:
        plan: The plan.
        start: Aware; the step that it lies in counts as a whole.
        end: Aware; of the last step that begins before it, likewise.

    Returns:
        Money in the plan's currency; 0 if no step lies between them.
    """
    covered = [
        index
        for index, step in enumerate(plan.steps)
        if step.interval.end > start and step.interval.start < end
    ]
    if not covered:
        return 0.0
    first, after = covered[0], covered[-1] + 1
    stored_kwh = plan.solution.stored_kwh
    problem = replace(
        plan.problem,
        steps=plan.problem.steps[first:after],
        stored_kwh=stored_kwh[first],
        ending=Ending(),
    )
    idle = score(problem, self_consumption_powers(problem))
    planned = score(problem, plan.solution.powers_kw[first:after])
    worth = plan.solution.values[after].cost
    left = worth(idle.stored_kwh[-1]) - worth(planned.stored_kwh[-1])
    return idle.cost - planned.cost + left
