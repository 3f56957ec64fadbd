"""An owner gets from an address to a plant."""

from typing import Any

from homeassistant.config_entries import SOURCE_USER
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.data_entry_flow import (
    EVENT_DATA_ENTRY_FLOW_PROGRESS_UPDATE,
    FlowResultType,
)
import pytest

from custom_components.bessai.const import (
    CONF_KIND,
    CONF_MANAGER,
    CONF_UNIT_ID,
    DOMAIN,
    KIND_HUAWEI,
    KIND_SIMULATED,
)

from ..device.modbus_peer import serving, silence
from ..home import HOST, Home
from .dialogs import TEXTS, Dialog, a_home


async def test_the_owner_is_offered_a_real_and_a_simulated_plant(
    hass: HomeAssistant,
) -> None:
    shown = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert shown["type"] is FlowResultType.MENU
    assert shown["menu_options"] == [KIND_HUAWEI, KIND_SIMULATED]


async def test_the_form_suggests_the_usual_port_and_no_unit_id(dialog: Dialog) -> None:
    assert dialog.shown["type"] is FlowResultType.FORM
    schema = dialog.shown["data_schema"]
    assert schema is not None
    assert schema({CONF_HOST: HOST}) == {CONF_HOST: HOST, CONF_PORT: 502}
    assert dialog.suggested == {}


async def test_a_plant_is_added_by_address_and_unit_id(
    dialog: Dialog, home: Home
) -> None:
    await dialog.submit(host=f" {HOST} ", port=home.port, unit_id=1)
    entry = dialog.created()
    assert entry.title == "SUN2000-10KTL-M1"
    assert entry.unique_id == home.serial_number
    assert entry.data == {
        CONF_KIND: KIND_HUAWEI,
        CONF_HOST: HOST,
        CONF_PORT: home.port,
        CONF_UNIT_ID: 1,
        CONF_MANAGER: None,
    }
    assert not dialog.hass.config_entries.flow.async_progress()


@pytest.mark.usefixtures("nothing_set_up")
async def test_a_plant_is_found_by_a_scan_of_the_unit_ids(
    hass: HomeAssistant, dialog: Dialog
) -> None:
    home = await a_home(hass)
    told: list[float] = []

    @callback
    def hear(event: Event) -> None:
        told.append(event.data["progress"])

    hass.bus.async_listen(EVENT_DATA_ENTRY_FLOW_PROGRESS_UPDATE, hear)
    await dialog.submit(host=HOST, port=home.port)
    assert dialog.created().data[CONF_UNIT_ID] == 1
    first, last = told
    assert first == 0 < last < 1
    await home.server.stop()


async def test_the_owner_sees_whom_is_being_asked(hass: HomeAssistant) -> None:
    flow = hass.config_entries.flow
    dialog = await Dialog.choose(hass, KIND_HUAWEI)
    async with serving() as peer:
        peer.otherwise = silence
        for typed in ({CONF_HOST: HOST, CONF_PORT: peer.port}, None):
            shown = await flow.async_configure(dialog.shown["flow_id"], typed)
            assert shown["type"] is FlowResultType.SHOW_PROGRESS
            assert shown["step_id"] == "survey"
            assert shown["progress_action"] in TEXTS["progress"]
            assert shown["description_placeholders"] == {"host": HOST}
        flow.async_abort(dialog.shown["flow_id"])
        await hass.async_block_till_done()


@pytest.mark.usefixtures("nothing_set_up")
@pytest.mark.parametrize(
    ("beside", "unit_id", "manager"),
    [
        ({"emma": True}, 1, "emma"),
        ({"smartlogger": True}, 1, "smartlogger"),
        ({"emma": True}, None, "emma"),
        ({"unit_ids": frozenset({1, 100})}, None, None),
        ({"unit_ids": frozenset({0, 1})}, 1, None),
        ({"unit_ids": frozenset({0})}, 0, None),
    ],
    ids=[
        "EMMA",
        "SmartLogger",
        "EMMA met by the scan",
        "SDongle commands nothing",
        "the inverter under 0 too",
        "the inverter under 0",
    ],
)
async def test_who_commands_the_inverter_is_noted(
    hass: HomeAssistant,
    dialog: Dialog,
    beside: dict[str, Any],
    unit_id: int | None,
    manager: str | None,
) -> None:
    home = await a_home(hass, **beside)
    typed = {} if unit_id is None else {CONF_UNIT_ID: unit_id}
    await dialog.submit(host=HOST, port=home.port, **typed)
    assert dialog.created().data[CONF_MANAGER] == manager
    await home.server.stop()
