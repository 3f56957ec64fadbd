"""Payloads of messages: core values as JSON says them.

Pure, one function per message type. An unknown number is ``None``, which becomes null;
never 0. ``schemas/`` and ``docs/forwarding_messages.md`` say what each field means.

Who asked for a command is left out: it names people of the house.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from ..core.command import DispatchResult, ReadBack
from ..core.finding import Finding
from ..core.plan_report import PlanReport, PlanStepReport
from ..core.proposal import Proposal, Source
from ..core.safety_event import SafetyEvent
from ..core.setpoint import Hold, Release, Setpoint, Wish
from ..core.telemetry import Telemetry, Value
from ..core.verdict import Ground
from .message import timestamp
from .telemetry_fields import ALARMS, NUMBERS, WORDS

type Payload = dict[str, Any]

_POWER_DIGITS = 1
"""A tenth of a watt: forecasts and optima know less."""

_ENERGY_DIGITS = 4
_MONEY_DIGITS = 6


class FindingChange(StrEnum):
    """What became of a finding."""

    RAISED = "raised"
    CLEARED = "cleared"


def telemetry_payload(telemetry: Telemetry) -> Payload:
    """Return one poll; ``observed_at`` of its message is when the poll began.

    A key that the plant did not answer is left out, one that it answered with *no
    value* is null.
    """
    values = telemetry.values
    return {
        **{key: telemetry.number(key) for key in NUMBERS if key in values},
        **{key: telemetry.text(key) for key in WORDS if key in values},
        **_alarms(telemetry),
        "failed_blocks": sorted(telemetry.failed),
    }


def safety_event_payload(event: SafetyEvent) -> Payload:
    """Return what happened to safety; ``observed_at`` is its ``at``."""
    return {
        "kind": event.kind.value,
        "urgent": event.urgent,
        "grounds": _grounds(event.grounds),
        "error": event.error,
    }


def dispatch_payload(proposal: Proposal, result: DispatchResult) -> Payload:
    """Return what became of a wish."""
    return {
        "source": proposal.source.value,
        **_order(proposal.wish, word="wish", power="wished_power_w"),
        "allow_charging": _allow_charging(proposal.wish),
        "target_soc_pct": proposal.target_soc_pct,
        "wished_until": timestamp(proposal.expires_at),
        **_result(result, result.verdict.grounds),
    }


def release_payload(
    result: DispatchResult, why: Iterable[Ground], source: Source | None
) -> Payload:
    """Return that the plant was left to itself, in the words of a dispatch.

    Args:
        result: What came of the attempt.
        why: What led to it, the reasons of safety among it.
        source: Who wanted it; ``None``: BESSAI by itself.
    """
    return {
        "source": source.value if source else None,
        **_order(Release(), word="wish", power="wished_power_w"),
        "allow_charging": None,
        "target_soc_pct": None,
        "wished_until": None,
        **_result(result, (*why, *result.verdict.grounds)),
    }


def plan_payload(report: PlanReport) -> Payload:
    """Return a plan; ``observed_at`` is when it was made."""
    band = report.saving_band
    return {
        "starts_at": timestamp(report.steps[0].interval.start),
        "ends_at": timestamp(report.steps[-1].interval.end),
        "known_until": timestamp(report.known_until),
        "currency": report.currency,
        "cost": _money(report.cost),
        "idle_cost": _money(report.idle_cost),
        "self_consumption_cost": _money(report.self_consumption_cost),
        "saving": _money(report.saving),
        "saving_p10": _money(band.p10) if band else None,
        "saving_p50": _money(band.p50) if band else None,
        "saving_p90": _money(band.p90) if band else None,
        "solve_time_ms": round(report.solve_ms, 3),
        "steps": [_step(step) for step in report.steps],
    }


def finding_payload(finding: Finding, change: FindingChange) -> Payload:
    """Return that something is off about the plant, or no longer."""
    return {
        "change": change.value,
        "kind": finding.kind.value,
        "subject": finding.subject,
        **_number_or_text("measured", finding.measured),
        **_number_or_text("expected", finding.expected),
        "tolerance": finding.tolerance,
        "unit": finding.unit,
        "since": timestamp(finding.since),
        "score": finding.score,
    }


def _alarms(telemetry: Telemetry) -> Payload:
    """Return the active alarms; null if a word of them is unknown, as all are then."""
    words = [telemetry.names(key) for key in ALARMS if key in telemetry.values]
    if not words:
        return {}
    known = [word for word in words if word is not None]
    if len(known) < len(words):
        return {"alarms": None}
    return {"alarms": [name for word in known for name in word]}


def _result(result: DispatchResult, grounds: Iterable[Ground]) -> Payload:
    return {
        "outcome": result.outcome,
        **_order(result.verdict.wish, word="action", power="power_w"),
        "expires_at": timestamp(result.expires_at) if result.expires_at else None,
        "grounds": _grounds(grounds),
        "read_back": _read_back(result.read_back),
        "error": str(result.error) if result.error else None,
    }


def _order(order: Wish | Release, *, word: str, power: str) -> Payload:
    if isinstance(order, Setpoint):
        return {word: order.direction.value, power: order.power_w}
    return {word: "hold" if isinstance(order, Hold) else "release", power: None}


def _allow_charging(wish: Wish) -> bool | None:
    return wish.allow_charging if isinstance(wish, Hold) else None


def _grounds(grounds: Iterable[Ground]) -> list[Payload]:
    return [
        {
            "reason": ground.reason.value,
            **_number_or_text("value", ground.value),
            **_number_or_text("limit", ground.limit),
        }
        for ground in grounds
    ]


def _read_back(read_back: ReadBack) -> list[Payload]:
    return [
        {"key": key, **_number_or_text("value", value)}
        for key, value in read_back.items()
    ]


def _number_or_text(name: str, value: Value) -> Payload:
    """Return a value as two fields, because a column of a table has one type."""
    match value:
        case None:
            number, text = None, None
        case str():
            number, text = None, value
        case tuple():
            number, text = None, " ".join(str(each) for each in value)
        case _:
            number, text = value, None
    return {name: number, f"{name}_text": text}


def _step(step: PlanStepReport) -> Payload:
    return {
        "starts_at": timestamp(step.interval.start),
        "ends_at": timestamp(step.interval.end),
        "intent": step.intent,
        "why": step.why,
        "battery_power_w": round(step.battery_power_w, _POWER_DIGITS),
        "grid_power_w": round(step.grid_power_w, _POWER_DIGITS),
        "pv_power_w": round(step.pv_power_w, _POWER_DIGITS),
        "load_power_w": round(step.load_power_w, _POWER_DIGITS),
        "stored_kwh": round(step.stored_kwh, _ENERGY_DIGITS),
        "import_price_per_kwh": _money(step.import_price),
        "export_price_per_kwh": _money(step.export_price),
        "stored_value_per_kwh": _money(step.stored_value),
        "cost": _money(step.cost),
    }


def _money(amount: float) -> float:
    return round(amount, _MONEY_DIGITS)
