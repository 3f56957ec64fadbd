"""The rest of the present step, with sun and house as they were just measured."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from math import isfinite

from ..core.interval import Interval
from ..core.units import hours
from .explanation import Scene
from .optimiser import Terms, best_power
from .problem import Ending, Problem, ProblemStep
from .scoring import Score, score
from .value_function import ValueFunction

LEAST_REST = timedelta(minutes=1)
"""The last seconds of a step count as so long: nothing is measured in less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What house, panels and battery are doing."""

    net_load_kw: float
    """House minus panels, which is grid plus battery power; negative: surplus."""

    pv_kw: float
    stored_kwh: float

    @property
    def is_known(self) -> bool:
        """Whether all of it are numbers."""
        return isfinite(self.net_load_kw + self.pv_kw + self.stored_kwh)


@dataclass(frozen=True, kw_only=True)
class Present:
    """One step to decide about, and what stored energy is worth after it."""

    problem: Problem
    """Of this step alone."""

    after: ValueFunction

    @classmethod
    def measured(
        cls,
        problem: Problem,
        step: ProblemStep,
        after: ValueFunction,
        now: datetime,
        measurement: Measurement,
    ) -> Present:
        """Return the rest of a step, from ``now`` on, which is aware and within it."""
        end = step.interval.end
        pv_kw = max(0.0, measurement.pv_kw, -measurement.net_load_kw)
        rest = replace(
            step,
            interval=Interval(start=min(now, end - LEAST_REST), end=end),
            pv_kw=pv_kw,
            load_kw=measurement.net_load_kw + pv_kw,
        )
        alone = replace(
            problem,
            steps=(rest,),
            stored_kwh=measurement.stored_kwh,
            ending=Ending(),
        )
        return cls(problem=alone, after=after)

    @property
    def step(self) -> ProblemStep:
        """The step."""
        return self.problem.steps[0]

    @property
    def hours(self) -> float:
        """How long it lasts from now on."""
        return hours(self.step.interval.duration)

    @cached_property
    def best_power_kw(self) -> float:
        """The optimum, kW, positive when discharging."""
        problem = self.problem
        terms = Terms(
            battery=problem.battery, grid=problem.grid, min_spread=problem.min_spread
        )
        return best_power(self.step, self.hours, terms, self.after, problem.stored_kwh)

    def possible_kw(self, power_kw: float) -> float:
        """Return what the battery can do of a power."""
        return self._outcome(power_kw).powers_kw[0]

    def cost(self, power_kw: float) -> float:
        """Return bill, wear and threshold of the step, and the least cost after it."""
        outcome = self._outcome(power_kw)
        threshold = self.problem.min_spread * outcome.traded_kwh
        return outcome.cost + threshold + self.after.cost(outcome.stored_kwh[-1])

    def scene(self, power_kw: float) -> Scene:
        """Return what a power is judged against, for words."""
        step, problem = self.step, self.problem
        return Scene(
            battery=problem.battery,
            import_price=step.import_price,
            export_price=step.export_price,
            net_load_kw=step.load_kw - step.pv_kw,
            stored_kwh=problem.stored_kwh,
            hours=self.hours,
            value=self.after.marginal(self._outcome(power_kw).stored_kwh[-1]),
        )

    def _outcome(self, power_kw: float) -> Score:
        return score(self.problem, (power_kw,))
