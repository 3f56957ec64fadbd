"""A message of every type, made from core values as the root makes them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from custom_components.bessai.core.command import CommandUnsent, DispatchResult
from custom_components.bessai.core.finding import Finding, FindingKind
from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.plan_report import (
    PlanReport,
    PlanStepReport,
    SavingReport,
)
from custom_components.bessai.core.proposal import Proposal, Source
from custom_components.bessai.core.safety_event import SafetyEvent, SafetyEventKind
from custom_components.bessai.core.setpoint import Hold, Setpoint, Wish
from custom_components.bessai.core.telemetry import Telemetry, Value
from custom_components.bessai.core.verdict import (
    Ground,
    Outcome,
    Reason,
    Verdict,
    refused,
)
from custom_components.bessai.forwarding.message import Message, MessageType
from custom_components.bessai.forwarding.payloads import (
    FindingChange,
    dispatch_payload,
    finding_payload,
    plan_payload,
    release_payload,
    safety_event_payload,
    telemetry_payload,
)
from custom_components.bessai.forwarding.telemetry_fields import (
    ALARMS,
    NUMBERS,
    WORDS,
)

NOW = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
EVENT_ID = "019aa5f5-0c00-7cc0-98c4-dc0c0c07398f"

HOT = Ground(reason=Reason.BATTERY_HOT, value=46.5, limit=45)
NOT_READY = Ground(reason=Reason.BATTERY_NOT_READY, value="fault")


def message(
    message_type: MessageType = MessageType.TELEMETRY,
    payload: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Message:
    """Return a message, valid by default."""
    valid: dict[str, Any] = {
        "site_id": "home",
        "event_id": EVENT_ID,
        "seq": 17_280,
        "observed_at": NOW,
        "gateway_version": "0.1.0",
    }
    return Message(
        message_type=message_type,
        payload={"failed_blocks": []} if payload is None else payload,
        **{**valid, **changes},
    )


def poll(values: Mapping[str, Value], *failed: str) -> Telemetry:
    """Return what a poll read."""
    return Telemetry(
        read_at=NOW, values=values, read_times={}, failed=frozenset(failed)
    )


def full_poll() -> Telemetry:
    """Return a poll of a plant that has everything there is to tell."""
    return poll(
        {
            **{key: number - 17.25 for number, key in enumerate(NUMBERS)},
            **dict.fromkeys(WORDS, "standby"),
            **{key: (f"{key}_bit_3", f"{key}_bit_7") for key in ALARMS},
            "serial_number": "HV2250000001",
        },
        "meter",
    )


def proposal(wish: Wish | None = None, **changes: Any) -> Proposal:
    """Return the owner's wish to discharge."""
    valid: dict[str, Any] = {
        "source": Source.OWNER,
        "made_at": NOW,
        "expires_at": NOW + QUARTER,
        "by": "Ada Lovelace",
    }
    return Proposal(wish=wish or Setpoint(power_w=3000), **{**valid, **changes})


def clamped() -> DispatchResult:
    """Return a discharge with less power than was wanted."""
    ground = Ground(reason=Reason.OWNER_CAP, value=3000, limit=2500)
    verdict = Verdict(
        outcome=Outcome.CLAMPED, wish=Setpoint(power_w=2500), grounds=(ground,)
    )
    return DispatchResult(
        verdict=verdict,
        read_back={"forcible_command": "discharge", "forcible_discharge_power_w": 2500},
        expires_at=NOW + QUARTER,
    )


def failed(wish: Wish) -> DispatchResult:
    """Return a wish that did not come to the plant."""
    verdict = Verdict(outcome=Outcome.APPROVED, wish=wish)
    return DispatchResult(verdict=verdict, error=CommandUnsent("no answer"))


def finding(**changes: Any) -> Finding:
    """Return powers that do not add up."""
    valid: dict[str, Any] = {
        "kind": FindingKind.ENERGY_BALANCE,
        "subject": "ac",
        "measured": 2140.0,
        "expected": 1875.5,
        "tolerance": 150.0,
        "unit": "W",
        "since": NOW - QUARTER,
        "score": 0.88,
    }
    return Finding(**{**valid, **changes})


def step(index: int) -> PlanStepReport:
    """Return the step of a quarter of an hour that is so many after now."""
    start = NOW + index * QUARTER
    return PlanStepReport(
        interval=Interval(start=start, end=start + QUARTER),
        intent="self_consumption",
        why="covers_load",
        battery_power_w=1234.567891 + index,
        grid_power_w=-87.654321,
        pv_power_w=2310.123456,
        load_power_w=3457.036,
        stored_kwh=6.123456789,
        import_price=0.28123456789,
        export_price=0.0512345678,
        stored_value=0.2123456789,
        cost=-0.01234567891,
    )


def plan(count: int = 3, *, banded: bool = True) -> PlanReport:
    """Return a plan of so many steps."""
    return PlanReport(
        made_at=NOW,
        known_until=NOW + count * QUARTER,
        currency="EUR",
        cost=-0.42,
        idle_cost=1.75,
        self_consumption_cost=0.31,
        saving_band=SavingReport(p10=0.4, p50=0.7, p90=1.1) if banded else None,
        solve_ms=12.3456,
        steps=tuple(step(index) for index in range(count)),
    )


def every_message() -> dict[str, Message]:
    """Return a message of each type and shape, by a name for it."""
    blocked = SafetyEvent(
        kind=SafetyEventKind.BLOCKED, at=NOW, grounds=(HOT, NOT_READY)
    )
    lost = SafetyEvent(
        kind=SafetyEventKind.COMMAND_FAILED, at=NOW, urgent=False, error="no answer"
    )
    release = DispatchResult(verdict=refused())
    words = finding(measured="tou", expected="adaptive", tolerance=None, unit=None)
    return {
        "everything": message(payload=telemetry_payload(full_poll())),
        "nothing": message(payload=telemetry_payload(poll({}))),
        "unknown": message(
            payload=telemetry_payload(
                poll(dict.fromkeys((*NUMBERS, *WORDS, *ALARMS)), "battery", "meter")
            )
        ),
        "blocked": message(MessageType.SAFETY_EVENT, safety_event_payload(blocked)),
        "lost": message(MessageType.SAFETY_EVENT, safety_event_payload(lost)),
        "clamped": message(
            MessageType.DISPATCH, dispatch_payload(proposal(), clamped())
        ),
        "hold": message(
            MessageType.DISPATCH, dispatch_payload(proposal(Hold()), failed(Hold()))
        ),
        "release": message(
            MessageType.DISPATCH, release_payload(release, (HOT,), None)
        ),
        "plan": message(MessageType.PLAN, plan_payload(plan())),
        "plan_without_bands": message(
            MessageType.PLAN, plan_payload(plan(banded=False))
        ),
        "raised": message(
            MessageType.FINDING, finding_payload(finding(), FindingChange.RAISED)
        ),
        "cleared": message(
            MessageType.FINDING, finding_payload(words, FindingChange.CLEARED)
        ),
    }
