"""The blueprints load as Home Assistant loads them, and do what they promise."""

from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers.sun import get_astral_event_next
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.bessai.simulator.faults import Scenario

from .blueprints import FILES, TO_PHONE, load, messages, use
from .controlled import COMMAND, STOP, ask, control, holds
from .home import Home
from .plants import until
from .source import ROOT

type Alarm = dict[str, Any]

ALARM = "binary_sensor.inverter_alarm"
SAFETY = "event.energy_manager_safety"
PAGE = "/config/integrations/integration/bessai"
TO_APP = {
    "action": "notify.phone",
    "data": {"title": "{{ title }}", "message": "{{ message }}", "data": "{{ data }}"},
}
EMPTY: Alarm = {
    "reasons": [{"reason": "soc_low", "text": "The battery is empty."}],
    "remedy": "Charge it.",
}
NO_REASON: Alarm = {"reasons": [], "remedy": None}
SECONDS = count()
GRID_LOSS = {"name": "grid_loss", "id": 2032, "severity": "major"}
OPTIMIZER = {"name": "optimizer_fault", "id": 2081, "severity": "warning"}
UNKNOWN = {"name": "bit_15", "id": None, "severity": None}


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Return True: the sun waits for its next event, and so does who follows it."""
    return True


async def report(hass: HomeAssistant, *alarms: Alarm) -> None:
    """Let the inverter report alarms."""
    hass.states.async_set(ALARM, "on" if alarms else "off", {"alarms": list(alarms)})
    await hass.async_block_till_done()


async def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, time: timedelta
) -> None:
    """Let time pass."""
    freezer.tick(time)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_blueprint_is_one_that_home_assistant_takes(path: Path) -> None:
    blueprint = load(path)
    assert blueprint.validate() is None
    assert blueprint.metadata["source_url"].endswith(path.relative_to(ROOT).as_posix())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_input_is_named_and_described(path: Path) -> None:
    for field in load(path).inputs.values():
        assert {"name", "description", "selector"} <= field.keys()


async def test_each_new_alarm_is_told_once(hass: HomeAssistant) -> None:
    sent = await use(hass, "notify_on_alarm.yaml", alarm=ALARM, notify=[TO_PHONE])
    await report(hass)
    await report(hass, GRID_LOSS)
    await report(hass, GRID_LOSS, OPTIMIZER)
    await report(hass, OPTIMIZER)
    await report(hass)
    assert messages(sent) == [
        "2032 grid loss (major)",
        "2081 optimizer fault (warning)",
    ]


async def test_several_alarms_come_in_one_message(hass: HomeAssistant) -> None:
    sent = await use(hass, "notify_on_alarm.yaml", alarm=ALARM, notify=[TO_PHONE])
    await report(hass, GRID_LOSS, UNKNOWN)
    assert messages(sent) == ["2032 grid loss (major), bit 15 (unknown)"]


async def test_severities_nobody_asked_for_are_left_out(hass: HomeAssistant) -> None:
    sent = await use(
        hass,
        "notify_on_alarm.yaml",
        alarm=ALARM,
        notify=[TO_PHONE],
        severities=["major"],
    )
    await report(hass, OPTIMIZER)
    await report(hass, OPTIMIZER, GRID_LOSS)
    assert messages(sent) == ["2032 grid loss (major)"]


async def test_silence_is_told_after_the_chosen_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    sent = await use(
        hass,
        "notify_on_alarm.yaml",
        alarm=ALARM,
        notify=[TO_PHONE],
        silent_minutes=10,
    )
    await report(hass)
    hass.states.async_set(ALARM, STATE_UNAVAILABLE)
    await hass.async_block_till_done()
    await pass_time(hass, freezer, timedelta(minutes=9))
    assert not sent
    await pass_time(hass, freezer, timedelta(minutes=2))
    assert messages(sent) == ["The plant has not answered for 10 minutes."]


async def test_silence_of_the_night_can_wait_for_the_morning(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    sunset = get_astral_event_next(hass, "sunset")
    freezer.move_to(sunset + timedelta(hours=1))
    await async_setup_component(hass, "sun", {})
    sent = await use(
        hass, "notify_on_alarm.yaml", alarm=ALARM, notify=[TO_PHONE], at_night=False
    )
    await report(hass)
    hass.states.async_set(ALARM, STATE_UNAVAILABLE)
    await pass_time(hass, freezer, timedelta(hours=1))
    assert not sent
    morning = get_astral_event_next(hass, "sunrise") + timedelta(hours=1)
    await pass_time(hass, freezer, morning - dt_util.utcnow() + timedelta(seconds=1))
    assert messages(sent) == ["The plant has not answered for 30 minutes."]


async def test_a_plant_that_woke_up_is_no_news(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(get_astral_event_next(hass, "sunset") + timedelta(hours=1))
    await async_setup_component(hass, "sun", {})
    sent = await use(
        hass, "notify_on_alarm.yaml", alarm=ALARM, notify=[TO_PHONE], at_night=False
    )
    await report(hass)
    hass.states.async_set(ALARM, STATE_UNAVAILABLE)
    await pass_time(hass, freezer, timedelta(hours=1))
    await report(hass)
    morning = get_astral_event_next(hass, "sunrise") + timedelta(hours=1)
    await pass_time(hass, freezer, morning - dt_util.utcnow() + timedelta(seconds=1))
    assert not sent


# --- notify_on_safety_block


@pytest.fixture
def house(hass: HomeAssistant) -> HomeAssistant:
    """Return a house whose safety entity has told nothing yet."""
    hass.states.async_set(SAFETY, STATE_UNKNOWN)
    return hass


async def happen(
    hass: HomeAssistant, kind: str, reason: Alarm = EMPTY, *, urgent: bool = True
) -> None:
    """Let the event entity tell something, as it does itself."""
    event = {"event_type": kind, "urgent": urgent, **reason}
    hass.states.async_set(SAFETY, f"2026-11-20T12:00:{next(SECONDS):02}", event)
    await hass.async_block_till_done()


async def tell_of_blocks(hass: HomeAssistant, **inputs: Any) -> list[ServiceCall]:
    """Make the automation and return what it sends to the phone."""
    inputs = {"safety": SAFETY, "notify": [TO_APP], **inputs}
    return await use(hass, "notify_on_safety_block.yaml", **inputs)


async def test_a_block_is_told_with_reason_remedy_and_buttons(
    house: HomeAssistant,
) -> None:
    sent = await tell_of_blocks(house)
    await happen(house, "blocked")
    assert messages(sent) == ["The battery is empty. Charge it."]
    assert sent[0].data["title"].endswith("safety blocks commands")
    assert sent[0].data["data"] == {
        "tag": SAFETY,
        "actions": [
            {"action": f"BESSAI_RELEASE_{SAFETY}", "title": "Release now"},
            {"action": f"BESSAI_NOT_NOW_{SAFETY}", "title": "Not now"},
            {"action": "URI", "title": "Open BESSAI", "uri": PAGE},
        ],
    }


async def test_a_critical_one_has_what_phones_want_for_that(
    house: HomeAssistant,
) -> None:
    sent = await tell_of_blocks(house, critical=True)
    await happen(house, "command_failed")
    assert sent[0].data["title"].endswith("a command failed")
    data = sent[0].data["data"]
    assert data["push"]["sound"]["critical"] == 1
    assert (data["ttl"], data["priority"], data["channel"]) == (
        0,
        "high",
        "alarm_stream",
    )


async def test_all_clear_is_told_without_a_button(house: HomeAssistant) -> None:
    sent = await tell_of_blocks(house, critical=True)
    await happen(house, "cleared")
    await happen(house, "heartbeat_restored", NO_REASON)
    assert messages(sent) == [
        "No longer so: The battery is empty.",
        "The plant gives signs of life again.",
    ]
    assert sent[0].data["title"].endswith("all clear")
    assert sent[0].data["data"] == {"tag": SAFETY}


async def test_who_wants_no_all_clear_gets_none(house: HomeAssistant) -> None:
    sent = await tell_of_blocks(house, all_clear=False)
    await happen(house, "cleared")
    await happen(house, "lease_expired")
    assert not sent


async def test_nights_are_quiet_unless_somebody_wants_to_know(
    house: HomeAssistant,
) -> None:
    sent = await tell_of_blocks(house)
    await happen(house, "blocked", urgent=False)
    assert not sent


async def test_somebody_may_want_to_know_of_silent_nights(house: HomeAssistant) -> None:
    sent = await tell_of_blocks(house, quiet_nights=False)
    await happen(house, "heartbeat_lost", urgent=False)
    assert len(sent) == 1


async def test_an_event_that_is_shown_again_after_a_restart_is_no_news(
    house: HomeAssistant,
) -> None:
    sent = await tell_of_blocks(house)
    house.states.async_set(SAFETY, STATE_UNAVAILABLE)
    await happen(house, "blocked")
    house.states.async_remove(SAFETY)
    await happen(house, "blocked")
    assert not sent


async def test_it_works_without_a_phone(house: HomeAssistant) -> None:
    shown = async_mock_service(house, "persistent_notification", "create")
    used = {"safety": SAFETY}
    await use(house, "notify_on_safety_block.yaml", **used)
    await happen(house, "blocked")
    assert messages(shown) == ["The battery is empty. Charge it."]
    assert shown[0].data["notification_id"] == SAFETY


async def press(hass: HomeAssistant, button: str) -> None:
    """Press a button of a notification on a phone."""
    hass.bus.async_fire("mobile_app_notification_action", {"action": button})
    await hass.async_block_till_done()


async def test_the_button_releases_the_plant_it_is_about(
    controlled_home: Home,
) -> None:
    hass = controlled_home.hass
    safety = controlled_home.entity_id("safety", "event")
    sent = await tell_of_blocks(hass, safety=safety)
    await ask(controlled_home, "charge", power=2000, duration=3600)
    await press(hass, "BESSAI_RELEASE_event.other")
    assert control(controlled_home).command is not None
    await press(hass, f"BESSAI_RELEASE_{safety}")
    await until(lambda: bool(sent))
    assert control(controlled_home).command is None
    assert holds(controlled_home, COMMAND) == STOP
    assert sent[0].data["title"] == "Energy manager: released"
    assert sent[0].data["data"] == {"tag": safety}


async def test_who_presses_release_in_vain_is_told_so(controlled_home: Home) -> None:
    hass = controlled_home.hass
    safety = controlled_home.entity_id("safety", "event")
    sent = await tell_of_blocks(hass, safety=safety)
    await ask(controlled_home, "charge", power=2000, duration=3600)
    controlled_home.server.scenario = Scenario.DEVICE_FAILURE
    await press(hass, f"BESSAI_RELEASE_{safety}")
    await until(lambda: bool(sent))
    assert sent[0].data["title"] == "Energy manager: not released"
    assert sent[0].data["message"]


async def test_not_now_leaves_the_battery_as_it_is(controlled_home: Home) -> None:
    hass = controlled_home.hass
    safety = controlled_home.entity_id("safety", "event")
    put_off = async_mock_service(hass, "test", "put_off")
    used = {"safety": safety, "not_now": [{"action": "test.put_off"}]}
    sent = await tell_of_blocks(hass, **used)
    await ask(controlled_home, "charge", power=2000, duration=3600)
    await press(hass, f"BESSAI_NOT_NOW_{safety}")
    assert len(put_off) == 1
    assert control(controlled_home).command is not None
    assert not sent


async def test_the_button_opens_the_page_that_was_chosen(house: HomeAssistant) -> None:
    sent = await tell_of_blocks(house, page="/bessai/home")
    await happen(house, "blocked")
    assert sent[0].data["data"]["actions"][-1]["uri"] == "/bessai/home"


async def test_what_the_plant_tells_is_what_the_blueprint_reads(
    controlled_home: Home,
) -> None:
    safety = controlled_home.entity_id("safety", "event")
    sent = await tell_of_blocks(controlled_home.hass, safety=safety)
    controlled_home.server.scenario = Scenario.ALARM
    await controlled_home.poll()
    await controlled_home.hass.async_block_till_done()
    assert sent[0].data["title"] == "Energy manager: safety blocks commands"
    assert "2062" in sent[0].data["message"]
    assert "Put right what the alarm is about" in sent[0].data["message"]
