"""A plant that moved is followed, and no other one takes its place."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from custom_components.bessai.const import CONF_UNIT_ID
from custom_components.bessai.simulator.parameters import Identity
from custom_components.bessai.simulator.server import SimulatorServer

from ..home import HOST, Home
from .dialogs import TEXTS, Dialog, a_home
from .strangers import closed_port, listening, stay_silent


async def test_a_plant_that_moved_is_followed(
    hass: HomeAssistant, added_home: Home
) -> None:
    dialog = await Dialog.reconfigure(hass, added_home.entry)
    assert dialog.shown["step_id"] == "reconfigure"
    assert dialog.suggested == {
        CONF_HOST: HOST,
        CONF_PORT: added_home.port,
        CONF_UNIT_ID: 1,
    }
    await added_home.server.stop()
    added_home.server = SimulatorServer(
        added_home.plant, added_home.clock, added_home.server._behaviour
    )
    await added_home.switch_on()
    await dialog.submit(host=HOST, port=added_home.port)
    assert dialog.shown["type"] is FlowResultType.ABORT
    assert dialog.shown["reason"] == "reconfigure_successful"
    assert added_home.entry.data[CONF_PORT] == added_home.port
    assert added_home.entry.data[CONF_UNIT_ID] == 0
    assert added_home.entry.unique_id == added_home.serial_number
    assert added_home.entry.state is ConfigEntryState.LOADED
    assert added_home.state("soc").state == "50.0"


async def test_another_plant_does_not_take_the_place_of_the_first(
    hass: HomeAssistant, added_home: Home
) -> None:
    stranger = await a_home(hass, identity=Identity(serial_number="BS9999999999"))
    before = dict(added_home.entry.data)
    dialog = await Dialog.reconfigure(hass, added_home.entry)
    await dialog.submit(host=HOST, port=stranger.port, unit_id=1)
    await stranger.server.stop()
    assert dialog.shown["type"] is FlowResultType.ABORT
    assert dialog.shown["reason"] == "other_plant"
    placeholders = dialog.shown["description_placeholders"]
    assert placeholders is not None
    text = TEXTS["abort"]["other_plant"].format(**placeholders)
    assert "BS9999999999" in text
    assert added_home.entry.data == before
    assert added_home.entry.state is ConfigEntryState.LOADED


async def test_a_wrong_new_address_can_be_corrected(
    hass: HomeAssistant, added_home: Home
) -> None:
    dialog = await Dialog.reconfigure(hass, added_home.entry)
    await dialog.submit(host="999.1.1.1", port=502)
    assert dialog.shown["step_id"] == "reconfigure"
    assert dialog.error == "invalid_host"
    port = closed_port()
    await dialog.submit(host=HOST, port=port)
    assert dialog.shown["step_id"] == "reconfigure"
    assert dialog.error == "refused"
    assert dialog.suggested == {CONF_HOST: HOST, CONF_PORT: port}
    async with listening(stay_silent) as silent_port:
        await dialog.submit(host=HOST, port=silent_port, unit_id=1)
    assert dialog.error == "no_answer"
    await dialog.submit(host=HOST, port=added_home.port, unit_id=1)
    assert dialog.shown["reason"] == "reconfigure_successful"
    assert added_home.entry.state is ConfigEntryState.LOADED
