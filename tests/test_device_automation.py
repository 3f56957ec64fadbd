"""Automations can be built from the device of the energy manager."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.components.device_automation import DeviceAutomationType
from homeassistant.core import ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    async_get_device_automations,
    async_mock_service,
)

from custom_components.bessai.const import DOMAIN
from custom_components.bessai.core.finding import Finding, FindingKind
from custom_components.bessai.core.safety_event import SafetyEventKind
from custom_components.bessai.core.verdict import Ground, Reason
from custom_components.bessai.devices import (
    BATTERY,
    INVERTER,
    MANAGER,
    identifier,
)
from custom_components.bessai.simulator.faults import Scenario

from .controlled import ask, control
from .home import Home
from .source import INTEGRATION, read_json
from .watched import found, watch_until

HOUR = 3600
FROZEN = Finding(
    kind=FindingKind.FROZEN,
    subject="meter",
    measured=700.0,
    expected=0.0,
    tolerance=600.0,
    unit="s",
    since=datetime(2026, 11, 21, tzinfo=UTC),
    score=0.6,
)
EMPTY = Ground(reason=Reason.SOC_LOW, value=4.0, limit=5.0)
SAID = {"reason": "{{ (trigger.event.data.why | default([{}], true))[0].reason }}"}
"""The first reason of a safety event, as a template reads it."""

TEXTS = read_json(INTEGRATION / "translations" / "en.json")["device_automation"]


def device_of(home: Home, part: str) -> str:
    """Return the id of a device of the plant."""
    registry = dr.async_get(home.hass)
    device = registry.async_get_device_by_identifier(
        identifier(home.runtime.driver, part), home.entry.entry_id
    )
    assert device is not None
    return device.id


async def offered(home: Home, kind: DeviceAutomationType, part: str) -> list[str]:
    """Return what the editor of automations offers for a device."""
    found = await async_get_device_automations(home.hass, kind, device_of(home, part))
    return [one["type"] for one in found if one["domain"] == DOMAIN]


async def automate(home: Home, **parts: Any) -> list[ServiceCall]:
    """Make an automation and return what it does."""
    done = async_mock_service(home.hass, "test", "done")
    automation = {"actions": {"action": "test.done", "data": SAID}, **parts}
    assert await async_setup_component(
        home.hass, "automation", {"automation": automation}
    )
    await home.hass.async_block_till_done()
    return done


def trigger(device_id: str, kind: str) -> dict[str, str]:
    """Return a trigger as the editor writes it."""
    return {
        "trigger": "device",
        "device_id": device_id,
        "domain": DOMAIN,
        "type": kind,
    }


def condition(home: Home, kind: str) -> dict[str, str]:
    """Return a condition as the editor writes it."""
    return {
        "condition": "device",
        "device_id": device_of(home, MANAGER),
        "domain": DOMAIN,
        "type": kind,
    }


async def test_the_manager_offers_what_can_happen_and_be_asked(
    added_home: Home,
) -> None:
    kinds = await offered(added_home, DeviceAutomationType.TRIGGER, MANAGER)
    findings = ["finding_raised", "finding_cleared"]
    assert kinds == [*(kind.value for kind in SafetyEventKind), *findings]
    assert TEXTS["trigger_type"].keys() == set(kinds)
    checks = await offered(added_home, DeviceAutomationType.CONDITION, MANAGER)
    assert checks == ["is_blocked", "is_commanded", "has_findings"]
    assert TEXTS["condition_type"].keys() == set(checks)


@pytest.mark.parametrize("part", ["inverter", "battery", "meter"])
async def test_other_devices_offer_nothing_of_it(added_home: Home, part: str) -> None:
    assert not await offered(added_home, DeviceAutomationType.TRIGGER, part)
    assert not await offered(added_home, DeviceAutomationType.CONDITION, part)


@pytest.mark.parametrize("kind", SafetyEventKind)
async def test_an_automation_begins_with_an_event_of_its_plant(
    added_home: Home, kind: SafetyEventKind
) -> None:
    done = await automate(
        added_home, triggers=trigger(device_of(added_home, MANAGER), kind)
    )
    loop = control(added_home)
    for one in SafetyEventKind:
        loop.tell(one, EMPTY)
    await added_home.hass.async_block_till_done()
    assert [call.data for call in done] == [{"reason": "soc_low"}]


@pytest.mark.parametrize(
    ("kind", "cleared"), [("finding_raised", False), ("finding_cleared", True)]
)
async def test_an_automation_begins_with_a_finding_or_its_end(
    added_home: Home, kind: str, cleared: bool
) -> None:
    done = await automate(
        added_home, triggers=trigger(device_of(added_home, MANAGER), kind)
    )
    trail = control(added_home).audit
    trail.record_judgement("accepted", None)
    trail.record_finding(FROZEN, cleared=not cleared)
    await added_home.hass.async_block_till_done()
    assert done == []
    trail.record_finding(FROZEN, cleared=cleared)
    await added_home.hass.async_block_till_done()
    assert len(done) == 1


async def test_an_automation_of_another_device_is_refused(
    added_home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    inverter = device_of(added_home, INVERTER)
    await automate(added_home, triggers=trigger(inverter, "blocked"))
    assert f"{inverter} is not an energy manager of BESSAI" in caplog.text


async def test_a_condition_of_another_device_is_refused(
    added_home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    battery = device_of(added_home, BATTERY)
    await automate(
        added_home,
        triggers={"trigger": "event", "event_type": "ask"},
        conditions=condition(added_home, "is_blocked") | {"device_id": battery},
    )
    assert f"{battery} is not an energy manager of BESSAI" in caplog.text


async def holds(home: Home, kind: str) -> bool:
    """Return whether a condition lets an automation pass."""
    done = await automate(
        home,
        triggers={"trigger": "event", "event_type": "ask"},
        conditions=condition(home, kind),
    )
    home.hass.bus.async_fire("ask")
    await home.hass.async_block_till_done()
    return bool(done)


async def test_is_blocked_holds_while_safety_blocks(controlled_home: Home) -> None:
    home = controlled_home
    home.server.scenario = Scenario.ALARM
    await home.poll()
    assert await holds(home, "is_blocked")


async def test_is_blocked_does_not_hold_while_all_is_well(
    controlled_home: Home,
) -> None:
    await controlled_home.poll()
    assert not await holds(controlled_home, "is_blocked")


async def test_has_findings_holds_while_something_is_off(added_home: Home) -> None:
    home = added_home
    home.server.scenario = Scenario.SWAPPED_INVERTER
    await watch_until(home, lambda: bool(found(home)), 60)
    assert await holds(home, "has_findings")
    home.server.scenario = Scenario.NONE


async def test_has_findings_does_not_hold_while_all_is_well(added_home: Home) -> None:
    assert not await holds(added_home, "has_findings")


async def test_is_commanded_holds_while_a_command_is_in_force(
    controlled_home: Home,
) -> None:
    assert (await ask(controlled_home, "charge", power=2000, duration=HOUR))["power"]
    assert await holds(controlled_home, "is_commanded")


async def test_is_commanded_does_not_hold_before(controlled_home: Home) -> None:
    assert not await holds(controlled_home, "is_commanded")


@pytest.mark.parametrize(
    ("kind", "answer"),
    [("is_blocked", True), ("is_commanded", False), ("has_findings", False)],
)
async def test_a_plant_that_is_not_loaded_takes_no_commands(
    controlled_home: Home, kind: str, answer: bool
) -> None:
    home = controlled_home
    done = await automate(
        home,
        triggers={"trigger": "event", "event_type": "ask"},
        conditions=condition(home, kind),
    )
    await home.hass.config_entries.async_unload(home.entry.entry_id)
    home.hass.bus.async_fire("ask")
    await home.hass.async_block_till_done()
    assert bool(done) is answer
