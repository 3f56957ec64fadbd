"""Who wanted what, and what came of it, can be read up later."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.bessai.audit import (
    EVENT_CONTROL,
    KEPT,
    KEPT_WRITES,
    SAVE_DELAY_S,
    AuditTrail,
)
from custom_components.bessai.audit_entry import AuditKind
from custom_components.bessai.const import DOMAIN
from custom_components.bessai.core.command import CommandUnsent, DispatchResult, Write
from custom_components.bessai.core.proposal import Proposal, Source
from custom_components.bessai.core.safety_event import SafetyEvent, SafetyEventKind
from custom_components.bessai.core.setpoint import Hold, Release, Setpoint, Wish
from custom_components.bessai.core.verdict import (
    Ground,
    Outcome,
    Reason,
    Verdict,
    refused,
)

ENTRY_ID = "plant"
FILE = f"{DOMAIN}.{ENTRY_ID}.audit"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LIMIT = Ground(reason=Reason.BATTERY_LIMIT, value=2000.0, limit=1800.0)
RELEASED = Verdict(outcome=Outcome.APPROVED, wish=Release())
MODE: dict[str, Any] = {
    "kind": "mode",
    "what": "observe",
    "who": None,
    "why": [],
    "outcome": None,
    "detail": {},
}
POWER = Write(key="forcible_discharge_power_w", address=47249, value=1800, stored=False)


def proposal(wish: Wish, *, by: str | None = "Ana") -> Proposal:
    """Return what somebody wants for two hours."""
    until = NOW + timedelta(hours=2)
    return Proposal(
        source=Source.OWNER, wish=wish, made_at=NOW, expires_at=until, by=by
    )


def clamped() -> DispatchResult:
    """Return that less power than wished was written."""
    return DispatchResult(
        verdict=Verdict(
            outcome=Outcome.CLAMPED, wish=Setpoint(power_w=1800), grounds=(LIMIT,)
        ),
        read_back={"forcible_discharge_power_w": 1800},
        expires_at=NOW + timedelta(hours=2),
    )


@pytest.fixture
async def trail(hass: HomeAssistant) -> AuditTrail:
    """Return the trail of a plant that has none yet."""
    trail = AuditTrail(hass, ENTRY_ID)
    await trail.async_load()
    return trail


async def test_a_command_is_kept_with_its_verdict_and_what_was_read_back(
    trail: AuditTrail, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOW)
    trail.record_command(proposal(Setpoint(power_w=2000)), clamped())
    (entry,) = trail.entries
    assert entry.at == NOW
    assert (entry.kind, entry.what, entry.who) == ("command", "discharge", "Ana")
    assert entry.why == (LIMIT,)
    assert entry.outcome == "clamped"
    assert entry.detail["wished_w"] == 2000
    assert entry.detail["power_w"] == 1800
    assert entry.detail["expires_at"] == "2026-11-20T14:00:00+00:00"
    assert entry.detail["read_back"] == {"forcible_discharge_power_w": 1800}


async def test_a_refused_charge_has_no_power_and_no_end(trail: AuditTrail) -> None:
    result = DispatchResult(verdict=refused(Ground(reason=Reason.CONTROL_OFF)))
    trail.record_command(proposal(Setpoint(power_w=-900), by=None), result)
    (entry,) = trail.entries
    assert (entry.what, entry.who, entry.outcome) == ("charge", "owner", "refused")
    assert entry.detail["wished_w"] == 900
    assert entry.detail["power_w"] is None
    assert entry.detail["expires_at"] is None


async def test_a_hold_that_failed_says_why(trail: AuditTrail) -> None:
    hold = Hold(allow_charging=False)
    result = DispatchResult(
        verdict=Verdict(outcome=Outcome.APPROVED, wish=hold),
        error=CommandUnsent("no answer within 10 s"),
    )
    trail.record_command(proposal(hold), result)
    (entry,) = trail.entries
    assert (entry.what, entry.outcome) == ("hold", "failed")
    assert entry.detail["allow_charging"] is False
    assert entry.detail["error"] == "no answer within 10 s"


async def test_everything_else_has_its_own_kind(trail: AuditTrail) -> None:
    trail.record_write(POWER)
    trail.record_release(DispatchResult(verdict=RELEASED), "Ana", (LIMIT,))
    trail.record_event(
        SafetyEvent(kind=SafetyEventKind.BLOCKED, at=NOW, grounds=(LIMIT,))
    )
    trail.record_mode("observe", "Ana")
    trail.record_allow(allowed=True, who="Ana")
    trail.record_allow(allowed=False, who="Ana")
    trail.record_limit("soc_min_pct", 12)
    assert sorted((entry.kind, entry.what) for entry in trail.entries) == [
        ("allow", "allowed"),
        ("allow", "forbidden"),
        ("event", "blocked"),
        ("limit", "soc_min_pct"),
        ("mode", "observe"),
        ("release", "release"),
        ("write", "forcible_discharge_power_w"),
    ]


async def test_a_write_that_failed_is_kept_as_one(trail: AuditTrail) -> None:
    trail.record_write(POWER)
    failed = Write(
        key="forcible_command", address=47100, value=2, stored=False, error="busy"
    )
    trail.record_write(failed)
    assert [entry.outcome for entry in trail.entries] == ["taken", "failed"]
    assert trail.entries[1].detail == {
        "address": 47100,
        "value": 2,
        "stored": False,
        "error": "busy",
    }


async def test_the_newest_are_kept_and_writes_crowd_out_nothing_else(
    trail: AuditTrail, freezer: FrozenDateTimeFactory
) -> None:
    trail.record_limit("the_first", 1)
    for number in range(KEPT - 1):
        freezer.tick()
        trail.record_limit("soc_min_pct", number)
        trail.record_write(POWER)
    kinds = [entry.kind for entry in trail.entries]
    assert kinds.count(AuditKind.WRITE) == KEPT_WRITES
    assert kinds.count(AuditKind.LIMIT) == KEPT
    assert trail.entries[0].what == "the_first"
    trail.record_limit("soc_min_pct", 1)
    assert trail.entries[0].what != "the_first"
    times = [entry.at for entry in trail.entries]
    assert times == sorted(times)


async def test_entries_do_not_change(trail: AuditTrail) -> None:
    trail.record_mode("observe", None)
    with pytest.raises(AttributeError):
        trail.entries[0].what = "policy"  # type: ignore[misc]


# --- on disk


async def test_a_trail_outlives_a_restart(
    hass: HomeAssistant, trail: AuditTrail, freezer: FrozenDateTimeFactory
) -> None:
    trail.record_write(POWER)
    trail.record_command(proposal(Setpoint(power_w=2000)), clamped())
    await trail.async_close()
    again = AuditTrail(hass, ENTRY_ID)
    await again.async_load()
    assert again.entries == trail.entries


async def test_it_is_saved_soon_but_not_for_each_line(
    hass: HomeAssistant,
    trail: AuditTrail,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
) -> None:
    trail.record_write(POWER)
    await pass_time(hass, freezer, SAVE_DELAY_S * 10)
    assert FILE not in hass_storage, "renewals would wear out a card"
    trail.record_mode("observe", None)
    trail.record_limit("soc_min_pct", 12)
    await pass_time(hass, freezer, SAVE_DELAY_S / 2)
    assert FILE not in hass_storage
    await pass_time(hass, freezer, SAVE_DELAY_S)
    assert len(hass_storage[FILE]["data"]["entries"]) == 3


async def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float
) -> None:
    """Let time pass."""
    freezer.tick(seconds)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"entries": 7},
        {"entries": [7]},
        {"entries": [{"at": "noon", "kind": "mode"}]},
        {"entries": [{"at": "2026-11-20T12:00:00+00:00", "kind": "gossip"}]},
        {"entries": [{**MODE, "at": "2026-11-20T12:00:00"}]},
    ],
    ids=str,
)
async def test_a_file_that_cannot_be_read_begins_a_new_trail(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    data: dict[str, Any],
) -> None:
    hass_storage[FILE] = {"version": 1, "data": data}
    trail = AuditTrail(hass, ENTRY_ID)
    await trail.async_load()
    assert trail.entries == ()
    assert "Starting with an empty audit trail" in caplog.text


async def test_a_trail_goes_with_its_plant(
    hass: HomeAssistant, trail: AuditTrail, hass_storage: dict[str, Any]
) -> None:
    await trail.async_close()
    assert FILE in hass_storage
    await trail.async_remove()
    assert FILE not in hass_storage


# --- on the bus


async def test_the_bus_hears_what_people_want_to_read(
    hass: HomeAssistant, trail: AuditTrail
) -> None:
    events = async_capture_events(hass, EVENT_CONTROL)
    trail.record_write(POWER)
    trail.record_limit("soc_min_pct", 12)
    trail.record_command(proposal(Setpoint(power_w=2000)), clamped())
    trail.record_event(SafetyEvent(kind=SafetyEventKind.CLEARED, at=NOW))
    trail.record_mode("observe", None)
    trail.record_allow(allowed=True, who=None)
    await hass.async_block_till_done()
    kinds = [event.data["kind"] for event in events]
    assert kinds == ["command", "event", "mode", "allow"]
    assert events[0].data["config_entry_id"] == ENTRY_ID
    assert events[0].data["device_id"] is None
    assert events[0].data["why"] == [
        {"reason": "battery_limit", "value": 2000.0, "limit": 1800.0}
    ]


async def test_a_release_is_told_only_if_there_was_something_to_release(
    hass: HomeAssistant, trail: AuditTrail
) -> None:
    events = async_capture_events(hass, EVENT_CONTROL)
    trail.record_release(DispatchResult(verdict=RELEASED), "unload")
    await hass.async_block_till_done()
    assert not events
    done = DispatchResult(verdict=RELEASED, read_back={"forcible_command": "stop"})
    trail.record_release(done, "unload")
    failed = DispatchResult(verdict=RELEASED, error=CommandUnsent("no answer"))
    trail.record_release(failed, "unload")
    await hass.async_block_till_done()
    assert [event.data["outcome"] for event in events] == ["done", "failed"]


async def test_events_belong_to_the_energy_manager(hass: HomeAssistant) -> None:
    entry = MockConfigEntry(domain=DOMAIN)
    entry.add_to_hass(hass)
    registry = dr.async_get(hass)
    registry.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, "1")}
    )
    manager = registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, "1_manager")},
        entry_type=DeviceEntryType.SERVICE,
    )
    events = async_capture_events(hass, EVENT_CONTROL)
    AuditTrail(hass, entry.entry_id).record_mode("observe", None)
    await hass.async_block_till_done()
    assert events[0].data["device_id"] == manager.id
