"""What happened to safety, as an event entity that automations can wait for."""

from homeassistant.components.event import ATTR_EVENT_TYPE, ATTR_EVENT_TYPES
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant

from custom_components.bessai.core.safety_event import SafetyEventKind
from custom_components.bessai.simulator.faults import Scenario

from .controlled import ask, control, reasons, safety_event
from .home import Home
from .source import INTEGRATION, read_json

TEXTS = read_json(INTEGRATION / "translations" / "en.json")["entity"]["event"]
HOUR = 3600


async def test_every_kind_of_event_is_offered_and_has_a_text(added_home: Home) -> None:
    event = safety_event(added_home)
    assert event.state == STATE_UNKNOWN, "nothing has happened yet"
    assert event.attributes[ATTR_EVENT_TYPES] == [
        kind.value for kind in SafetyEventKind
    ]
    texts = TEXTS["safety"]["state_attributes"]["event_type"]["state"]
    assert texts.keys() == set(SafetyEventKind)


async def test_a_block_tells_reasons_and_remedy_and_clears(
    controlled_home: Home,
) -> None:
    home = controlled_home
    home.server.scenario = Scenario.ALARM
    await home.poll()
    event = safety_event(home)
    assert event.attributes[ATTR_EVENT_TYPE] == "blocked"
    (reason,) = event.attributes["reasons"]
    assert reason.keys() == {"reason", "text", "value", "limit"}
    assert reason["reason"] == "alarm"
    assert reason["value"] in reason["text"] or "2062" in reason["text"]
    assert "Put right what the alarm is about" in event.attributes["remedy"]
    assert event.attributes["error"] is None
    home.server.scenario = Scenario.NONE
    await home.poll()
    cleared = safety_event(home)
    assert cleared.attributes[ATTR_EVENT_TYPE] == "cleared"
    assert cleared.attributes["remedy"] is None


async def test_a_command_that_fails_tells_what_the_plant_said(
    controlled_home: Home,
) -> None:
    controlled_home.server.scenario = Scenario.NO_PERMISSION
    response = await ask(controlled_home, "charge", power=2000, duration=HOUR)
    event = safety_event(controlled_home)
    assert event.attributes[ATTR_EVENT_TYPE] == "command_failed"
    assert event.attributes["error"] == response["error"]
    controlled_home.server.scenario = Scenario.NONE


async def test_a_lost_heartbeat_is_told_and_its_return(controlled_home: Home) -> None:
    home = controlled_home
    home.server.scenario = Scenario.REFUSED_CONNECTION
    for _ in range(2):
        await control(home).async_beat()
    event = safety_event(home)
    assert event.attributes[ATTR_EVENT_TYPE] == "heartbeat_lost"
    assert reasons(event.attributes) == ["heartbeat_lost"]
    assert home.state("heartbeat", "binary_sensor").state == "off"
    home.server.scenario = Scenario.NONE
    while control(home).watchdog.is_lost:
        await control(home).async_beat()
    assert safety_event(home).attributes[ATTR_EVENT_TYPE] == "heartbeat_restored"
    assert home.state("heartbeat", "binary_sensor").state == "on"


async def test_an_unloaded_plant_tells_nothing_more(
    hass: HomeAssistant, controlled_home: Home
) -> None:
    loop = control(controlled_home)
    assert await hass.config_entries.async_unload(controlled_home.entry.entry_id)
    assert not loop._listeners
    assert not loop._event_listeners
