"""What the learned policy answered, and what follows from it for the battery."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import TYPE_CHECKING

from .core.policy_observation import PolicyObservation
from .inference.errors import ModelRefused
from .planning.execution import Decision
from .planning.horizon import PlanTerms
from .planning.present import Measurement
from .planning.value_execution import (
    PRICES_AHEAD,
    ValueMoment,
    dearer_need_kwh,
    decide_by_power,
    decide_by_value,
    night_need_kwh,
)

if TYPE_CHECKING:
    from .inference.policy import Policy, PolicyAnswer

SAME_SHARE = 0.1
"""An answer counts for a stored energy that differs by less of the capacity: so much a
battery moves between two polls of a slow link, or of a plant whose days are short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyQuestion:
    """What a policy is asked with."""

    policy: Policy
    observation: PolicyObservation
    terms: PlanTerms | None
    """What a value of stored energy is carried out within; ``None`` without prices."""

    stored_kwh: Sequence[float] = ()
    """Asked for each of these instead of what the battery has."""

    assumed: Mapping[str, float] | None = None
    """Told to the model instead of what is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRun:
    """What a policy answered, for one or several amounts of stored energy."""

    asked_at: datetime
    """Aware, UTC."""

    question: PolicyQuestion
    answers: Mapping[float, PolicyAnswer]
    """By the stored kWh that it was asked for."""

    latency_ms: float
    """Of features and model together, for all of them."""

    def decide(
        self, now: datetime, measurement: Measurement, previous: Decision | None
    ) -> Decision | None:
        """Return what the battery is to be told; ``None``: this does not say.

        Args:
            now: Aware.
            measurement: Of the house, and of the battery or a shadow of it.
            previous: What that one was told the last time.
        """
        answer = self._answer(measurement.stored_kwh)
        curve, terms = self.question.observation.prices, self.question.terms
        prices = None if curve is None else curve.at(now)
        if answer is None:
            return None
        if answer.power_kw is not None:
            price = 0.0 if prices is None else prices.import_price
            return decide_by_power(answer.power_kw, price, now, previous)
        if answer.value_per_kwh is None or curve is None or terms is None:
            return None
        if prices is None:
            return None
        observation = self.question.observation
        ahead = curve.between(now, now + PRICES_AHEAD)
        moment = ValueMoment(
            prices=prices,
            terms=terms,
            value=answer.value_per_kwh,
            ahead=ahead,
            dearer_kwh=dearer_need_kwh(ahead, observation.load, observation.pv),
            night_kwh=night_need_kwh(ahead, observation.load, observation.pv),
        )
        return decide_by_value(moment, now, measurement, previous)

    def _answer(self, stored_kwh: float) -> PolicyAnswer | None:
        """Return the answer for a stored energy; ``None``: it was not asked."""
        nearest = min(self.answers, key=lambda asked: abs(asked - stored_kwh))
        most = SAME_SHARE * self.question.observation.capacity_kwh
        return self.answers[nearest] if abs(nearest - stored_kwh) <= most else None


def ask(question: PolicyQuestion) -> PolicyRun:
    """Ask a policy, and note how long it took; in the executor.

    The first stored energy is that of the battery: it must not be without an answer
    because a shadow of it has gone where the model cannot be asked.

    Raises:
        ModelRefused: If it cannot be asked, or its answer cannot be used.
    """
    policy, observation = question.policy, question.observation
    levels = question.stored_kwh or (observation.stored_kwh,)
    began_s = perf_counter()
    try:
        answers = policy.ask(observation, levels, question.assumed)
    except ModelRefused:
        levels = levels[:1]
        answers = policy.ask(observation, levels, question.assumed)
    latency_ms = 1000 * (perf_counter() - began_s)
    return PolicyRun(
        asked_at=observation.now,
        question=question,
        answers=dict(zip(levels, answers, strict=True)),
        latency_ms=round(latency_ms, 2),
    )
