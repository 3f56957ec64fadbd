"""Whether something is wrong, and whether the inverter is on the grid."""

from dataclasses import replace

from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import (
    ATTR_DEVICE_CLASS,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)

from custom_components.bessai.core.telemetry import Value
from custom_components.bessai.simulator.errors import ExceptionCode, RegisterFault
from custom_components.bessai.simulator.faults import Scenario

from .home import Home
from .plants import interfere

STATE_WORDS = range(32000, 32011)


def refuse_state_words(home: Home, code: ExceptionCode) -> None:
    """Let the plant refuse every request for its states and alarms."""
    interfere(
        home.plant,
        lambda address, count: (
            RegisterFault(code)
            if STATE_WORDS.start < address + count and address < STATE_WORDS.stop
            else None
        ),
    )


def states(home: Home) -> tuple[str, str]:
    """Return what is shown of the alarm and of the grid."""
    return (
        home.state("alarm", "binary_sensor").state,
        home.state("grid_connected", "binary_sensor").state,
    )


def tell(home: Home, **values: Value) -> None:
    """Let a poll have brought these values."""
    readings = home.runtime.readings
    values = {**readings.data.values, **values}
    readings.async_set_updated_data(replace(readings.data, values=values))


async def test_a_sound_inverter_has_no_alarm_and_is_on_the_grid(
    added_home: Home,
) -> None:
    alarm = added_home.state("alarm", "binary_sensor")
    assert alarm.state == STATE_OFF
    assert alarm.attributes["alarms"] == []
    assert alarm.attributes[ATTR_DEVICE_CLASS] == BinarySensorDeviceClass.PROBLEM
    grid = added_home.state("grid_connected", "binary_sensor")
    assert grid.state == STATE_ON
    assert grid.attributes[ATTR_DEVICE_CLASS] == BinarySensorDeviceClass.CONNECTIVITY


async def test_an_alarm_is_on_and_names_the_gravest_first(added_home: Home) -> None:
    added_home.server.scenario = Scenario.ALARM
    await added_home.poll()
    alarm = added_home.state("alarm", "binary_sensor")
    assert alarm.state == STATE_ON
    assert alarm.attributes["alarms"] == [
        {"name": "low_insulation_resistance", "id": 2062, "severity": "major"},
        {"name": "optimizer_fault", "id": 2081, "severity": "warning"},
    ]
    added_home.server.scenario = Scenario.NONE
    await added_home.poll()
    assert added_home.state("alarm", "binary_sensor").state == STATE_OFF


async def test_an_alarm_that_nobody_knows_is_an_alarm(added_home: Home) -> None:
    """Every bit of the bundled profile has a name; one of the owner's may have gaps."""
    tell(added_home, alarms=("bit_15",))
    alarm = added_home.state("alarm", "binary_sensor")
    assert alarm.state == STATE_ON
    assert alarm.attributes["alarms"] == [
        {"name": "bit_15", "id": None, "severity": None}
    ]


async def test_an_inverter_off_the_grid_says_so(added_home: Home) -> None:
    added_home.plant.poke(32000, (0,))
    await added_home.poll()
    assert added_home.state("grid_connected", "binary_sensor").state == STATE_OFF


async def test_what_is_not_answered_is_unavailable(added_home: Home) -> None:
    refuse_state_words(added_home, ExceptionCode.DEVICE_FAILURE)
    await added_home.poll()
    assert added_home.runtime.readings.last_update_success
    assert states(added_home) == (STATE_UNAVAILABLE, STATE_UNAVAILABLE)


async def test_what_the_inverter_does_not_have_is_not_offered(home: Home) -> None:
    refuse_state_words(home, ExceptionCode.ILLEGAL_ADDRESS)
    await home.add()
    assert home.runtime.readings.last_update_success
    assert home.entity_id("alarm", "binary_sensor") is None
    assert home.entity_id("grid_connected", "binary_sensor") is None


async def test_a_silent_plant_says_neither_yes_nor_no(added_home: Home) -> None:
    added_home.server.scenario = Scenario.INVERTER_ASLEEP
    await added_home.poll()
    assert states(added_home) == (STATE_UNAVAILABLE, STATE_UNAVAILABLE)


async def test_an_answer_without_a_value_is_unknown(added_home: Home) -> None:
    tell(added_home, alarms=None, state_1=None)
    assert states(added_home) == (STATE_UNKNOWN, STATE_UNKNOWN)
    assert added_home.state("alarm", "binary_sensor").attributes["alarms"] == []
