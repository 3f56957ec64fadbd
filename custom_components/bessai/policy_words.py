"""What the policy wants, which model it is, and why it is not followed: for people."""

from typing import TYPE_CHECKING, Any

from .inference.errors import ModelRefused
from .model_texts import refusal_text
from .plan_listing import clock_time, power_w, price
from .plan_texts import why_text
from .planning.execution import Decision
from .planning.plan import Intent, Why
from .policy_run import PolicyRun
from .texts import Texts

if TYPE_CHECKING:
    from .inference.policy import Policy


def describe_decision(
    decision: Decision | None, texts: Texts, currency: str
) -> dict[str, Any]:
    """Return what is wanted of the battery; powers in W with our sign."""
    if decision is None:
        return {"intent": Intent.SELF_CONSUMPTION.value, "power": None, "why": None}
    power_kw = decision.power_kw
    described = {
        "intent": decision.intent.value,
        "power": None if power_kw is None else power_w(power_kw),
        "why": why_text(texts, decision, currency),
        "reason": decision.why.value,
    }
    if decision.why is Why.MODEL_TARGET:  # which says nothing of what energy is worth
        return described
    return {
        **described,
        "value": price(decision.value),
        "price": price(decision.price),
    }


def describe_model(policy: Policy | None, run: PolicyRun | None) -> dict[str, Any]:
    """Return which model it is, and what it was asked and answered."""
    described: dict[str, Any] = {"model": None, "backend": None}
    if policy is not None:
        card = policy.card
        described = {
            "model": {
                "name": card.name,
                "version": card.version,
                "licence": card.licence,
                "sha256": card.sha256,
            },
            "backend": policy.backend,
        }
    if run is not None:
        answer = next(iter(run.answers.values()))
        described |= {
            "latency_ms": run.latency_ms,
            "asked_at": clock_time(run.asked_at),
            "inputs": {name: round(one, 4) for name, one in answer.features.items()},
        }
    return described


def refusal_words(texts: Texts, refusal: ModelRefused | None) -> dict[str, Any]:
    """Return why the policy is not followed, if it is not."""
    if refusal is None:
        return {}
    return {
        "refusal": refusal.refusal.value,
        "refusal_text": refusal_text(texts, refusal.refusal, refusal.detail),
    }
