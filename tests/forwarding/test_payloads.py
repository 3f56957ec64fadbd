"""What is told of each core value, and what is not."""

from dataclasses import replace
import json

import pytest

from custom_components.bessai.core.command import DispatchResult
from custom_components.bessai.core.proposal import Source
from custom_components.bessai.core.safety_event import SafetyEvent, SafetyEventKind
from custom_components.bessai.core.setpoint import Hold, Setpoint
from custom_components.bessai.core.telemetry import Value
from custom_components.bessai.core.verdict import (
    Ground,
    Outcome,
    Reason,
    Verdict,
    refused,
)
from custom_components.bessai.device.derived import DERIVED
from custom_components.bessai.device.profile_library import load_profiles
from custom_components.bessai.forwarding.message import MAX_BYTES, MessageType, encode
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

from ..source import INTEGRATION
from .samples import (
    HOT,
    NOT_READY,
    NOW,
    clamped,
    every_message,
    failed,
    finding,
    full_poll,
    message,
    plan,
    poll,
    proposal,
)

PROFILES = INTEGRATION / "profiles"


def test_telemetry_tells_only_what_the_plant_answered() -> None:
    values: dict[str, Value] = {
        "soc_pct": 64.3,
        "pv_power_w": 0,
        "battery_power_w": None,
        "device_status": "on_grid",
        "meter_status": None,
        "registration_key": "secret",
    }
    assert telemetry_payload(poll(values, "meter", "alarms")) == {
        "soc_pct": 64.3,
        "pv_power_w": 0,
        "battery_power_w": None,
        "device_status": "on_grid",
        "meter_status": None,
        "failed_blocks": ["alarms", "meter"],
    }


def test_a_word_where_a_number_belongs_is_unknown() -> None:
    payload = telemetry_payload(poll({"soc_pct": "full", "device_status": 7}))
    assert payload["soc_pct"] is None
    assert payload["device_status"] is None


@pytest.mark.parametrize(
    ("words", "alarms"),
    [
        ({"alarm_1": ("arc_fault",), "alarm_2": ("fan",)}, ["arc_fault", "fan"]),
        ({"alarm_1": (), "alarm_2": (), "alarm_3": ()}, []),
        ({"alarm_1": ("arc_fault",), "alarm_2": None}, None),
        ({"alarm_3": ("fan",)}, ["fan"]),
    ],
)
def test_alarms_are_one_list_and_unknown_if_a_part_is(
    words: dict[str, Value], alarms: list[str] | None
) -> None:
    assert telemetry_payload(poll(words))["alarms"] == alarms


def test_plant_without_alarms_does_not_claim_to_have_none() -> None:
    assert "alarms" not in telemetry_payload(poll({"soc_pct": 50}))


def test_every_key_of_telemetry_is_one_of_the_profile_and_says_its_unit() -> None:
    profile = load_profiles(PROFILES, None).profiles[0]
    units = {
        **{key: register.unit for key, register in profile.registers.items()},
        **{derived.key: derived.unit for derived in DERIVED},
    }
    assert {*NUMBERS, *WORDS, *ALARMS} <= units.keys()
    assert not [key for key in NUMBERS if units[key] is None]


def test_nothing_that_tells_who_or_which_device_is_sent() -> None:
    sent = [encode(sample).decode() for sample in every_message().values()]
    assert not [text for text in sent if "Lovelace" in text or "HV22500" in text]
    secret = {
        key
        for key, register in load_profiles(PROFILES, None).profiles[0].registers.items()
        if register.secret
    }
    assert secret
    assert not secret & telemetry_payload(full_poll()).keys()


def test_safety_event_keeps_numbers_and_words_apart() -> None:
    event = SafetyEvent(kind=SafetyEventKind.BLOCKED, at=NOW, grounds=(HOT, NOT_READY))
    assert safety_event_payload(event) == {
        "kind": "blocked",
        "urgent": True,
        "grounds": [
            {
                "reason": "battery_hot",
                "value": 46.5,
                "value_text": None,
                "limit": 45,
                "limit_text": None,
            },
            {
                "reason": "battery_not_ready",
                "value": None,
                "value_text": "fault",
                "limit": None,
                "limit_text": None,
            },
        ],
        "error": None,
    }


def test_dispatch_tells_wish_verdict_and_read_back() -> None:
    assert dispatch_payload(proposal(target_soc_pct=20), clamped()) == {
        "source": "owner",
        "wish": "discharge",
        "wished_power_w": 3000,
        "allow_charging": None,
        "target_soc_pct": 20,
        "wished_until": "2026-11-21T12:15:00.250000Z",
        "outcome": "clamped",
        "action": "discharge",
        "power_w": 2500,
        "expires_at": "2026-11-21T12:15:00.250000Z",
        "grounds": [
            {
                "reason": "owner_cap",
                "value": 3000,
                "value_text": None,
                "limit": 2500,
                "limit_text": None,
            }
        ],
        "read_back": [
            {
                "key": "forcible_command",
                "value": None,
                "value_text": "discharge",
            },
            {
                "key": "forcible_discharge_power_w",
                "value": 2500,
                "value_text": None,
            },
        ],
        "error": None,
    }


def test_refused_charge_has_an_action_but_no_power() -> None:
    charge = proposal(Setpoint(power_w=-1500), source=Source.PLAN)
    payload = dispatch_payload(charge, DispatchResult(verdict=refused(HOT)))
    assert (payload["wish"], payload["wished_power_w"]) == ("charge", -1500)
    assert (payload["outcome"], payload["action"]) == ("refused", "release")
    assert payload["power_w"] is None
    assert payload["expires_at"] is None
    assert payload["source"] == "plan"


@pytest.mark.parametrize("allowed", [True, False])
def test_failed_hold_says_what_the_link_said(*, allowed: bool) -> None:
    hold = Hold(allow_charging=allowed)
    payload = dispatch_payload(proposal(hold), failed(hold))
    assert (payload["wish"], payload["action"]) == ("hold", "hold")
    assert payload["allow_charging"] is allowed
    assert (payload["outcome"], payload["error"]) == ("failed", "no answer")


@pytest.mark.parametrize(("source", "word"), [(None, None), (Source.OWNER, "owner")])
def test_release_has_the_shape_of_a_dispatch(
    source: Source | None, word: str | None
) -> None:
    lapsed = Ground(reason=Reason.LEASE_LAPSED)
    verdict = Verdict(
        outcome=Outcome.APPROVED, wish=refused().wish, grounds=(NOT_READY,)
    )
    payload = release_payload(DispatchResult(verdict=verdict), (lapsed,), source)
    assert payload.keys() == dispatch_payload(proposal(), clamped()).keys()
    assert (payload["wish"], payload["action"]) == ("release", "release")
    assert payload["source"] == word
    reasons = [ground["reason"] for ground in payload["grounds"]]
    assert reasons == ["lease_lapsed", "battery_not_ready"]


def test_read_back_of_several_words_is_one_text() -> None:
    result = replace(clamped(), read_back={"tou_periods": (1, 2), "mode": None})
    assert dispatch_payload(proposal(), result)["read_back"] == [
        {"key": "tou_periods", "value": None, "value_text": "1 2"},
        {"key": "mode", "value": None, "value_text": None},
    ]


def test_plan_is_rounded_and_its_saving_worked_out() -> None:
    payload = plan_payload(plan(2))
    steps = payload.pop("steps")
    assert payload == {
        "starts_at": "2026-11-21T12:00:00.250000Z",
        "ends_at": "2026-11-21T12:30:00.250000Z",
        "known_until": "2026-11-21T12:30:00.250000Z",
        "currency": "EUR",
        "cost": -0.42,
        "idle_cost": 1.75,
        "self_consumption_cost": 0.31,
        "saving": 0.73,
        "saving_p10": 0.4,
        "saving_p50": 0.7,
        "saving_p90": 1.1,
        "solve_time_ms": 12.346,
    }
    assert [step["ends_at"] for step in steps[:1]] == [steps[1]["starts_at"]]
    assert steps[1] == {
        "starts_at": "2026-11-21T12:15:00.250000Z",
        "ends_at": "2026-11-21T12:30:00.250000Z",
        "intent": "self_consumption",
        "why": "covers_load",
        "battery_power_w": 1235.6,
        "grid_power_w": -87.7,
        "pv_power_w": 2310.1,
        "load_power_w": 3457.0,
        "stored_kwh": 6.1235,
        "import_price_per_kwh": 0.281235,
        "export_price_per_kwh": 0.051235,
        "stored_value_per_kwh": 0.212346,
        "cost": -0.012346,
    }


def test_plan_without_bands_does_not_know_its_saving_otherwise() -> None:
    payload = plan_payload(plan(banded=False))
    assert [payload[f"saving_p{n}"] for n in (10, 50, 90)] == [None, None, None]


def test_long_plan_stays_far_below_the_limit() -> None:
    """Three days in quarters of an hour."""
    data = encode(message(MessageType.PLAN, plan_payload(plan(288))))
    assert len(data) < MAX_BYTES / 5


def test_finding_tells_what_became_of_it() -> None:
    assert finding_payload(finding(), FindingChange.RAISED) == {
        "change": "raised",
        "kind": "energy_balance",
        "subject": "ac",
        "measured": 2140.0,
        "measured_text": None,
        "expected": 1875.5,
        "expected_text": None,
        "tolerance": 150.0,
        "unit": "W",
        "since": "2026-11-21T11:45:00.250000Z",
        "score": 0.88,
    }


def test_finding_about_words_has_no_numbers() -> None:
    words = finding(measured="tou", expected=None, tolerance=None, unit=None)
    payload = finding_payload(words, FindingChange.CLEARED)
    assert (payload["measured"], payload["measured_text"]) == (None, "tou")
    assert (payload["expected"], payload["expected_text"]) == (None, None)
    assert payload["change"] == "cleared"


def test_unknown_numbers_of_every_type_arrive_as_null() -> None:
    unknown = json.loads(encode(every_message()["unknown"]))["payload"]
    assert {unknown[key] for key in (*NUMBERS, *WORDS)} == {None}
    assert unknown["alarms"] is None
