"""Who uses the plant already; what becomes of a dialog that is closed."""

import asyncio
from typing import Any

from homeassistant.config_entries import (
    SOURCE_IGNORE,
    ConfigEntryDisabler,
    ConfigEntryState,
)
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bessai.config_flow import HUAWEI_SOLAR
from custom_components.bessai.const import CONF_UNIT_ID, DOMAIN, KIND_HUAWEI
from custom_components.bessai.simulator.parameters import Identity, PlantParameters
from custom_components.bessai.simulator.plant import SimulatedPlant

from ..device.modbus_peer import serving, silence
from ..home import HOST, Home
from ..plants import cascade, until
from .dialogs import Dialog


@pytest.mark.usefixtures("nothing_set_up")
async def test_the_other_huawei_integration_has_to_let_go_first(
    hass: HomeAssistant, dialog: Dialog, home: Home
) -> None:
    other = MockConfigEntry(domain=HUAWEI_SOLAR, data={CONF_HOST: HOST.upper()})
    other.add_to_hass(hass)
    await dialog.submit(host=HOST, port=home.port, unit_id=1)
    assert dialog.shown["errors"] == {CONF_HOST: "huawei_solar_configured"}
    assert HOST in dialog.text
    assert home.server.statistics.connections == 0
    await hass.config_entries.async_set_disabled_by(
        other.entry_id, ConfigEntryDisabler.USER
    )
    await dialog.submit(host=HOST, port=home.port, unit_id=1)
    dialog.created()


@pytest.mark.usefixtures("nothing_set_up")
@pytest.mark.parametrize(
    "other",
    [
        {"data": {CONF_HOST: HOST}, "disabled_by": ConfigEntryDisabler.USER},
        {"data": {CONF_HOST: HOST}, "source": SOURCE_IGNORE},
        {"data": {CONF_HOST: "192.168.1.99"}},
        {"data": {CONF_PORT: "/dev/ttyUSB0"}},
    ],
    ids=["disabled", "ignored", "of another host", "on a serial line"],
)
async def test_an_entry_of_the_other_integration_that_does_not_connect_is_harmless(
    hass: HomeAssistant, dialog: Dialog, home: Home, other: dict[str, Any]
) -> None:
    MockConfigEntry(domain=HUAWEI_SOLAR, **other).add_to_hass(hass)
    await dialog.submit(host=HOST, port=home.port, unit_id=1)
    dialog.created()


async def test_an_inverter_is_added_once_and_its_link_is_shared_meanwhile(
    hass: HomeAssistant, added_home: Home
) -> None:
    dialog = await Dialog.choose(hass, KIND_HUAWEI)
    await dialog.submit(host=HOST, port=added_home.port, unit_id=1)
    assert dialog.shown["type"] is FlowResultType.ABORT
    assert dialog.shown["reason"] == "already_configured"
    assert added_home.server.statistics.connections == 1
    await added_home.poll()
    assert added_home.runtime.readings.last_update_success


async def test_a_scan_finds_the_inverter_beside_the_one_that_is_added(
    hass: HomeAssistant, home: Home
) -> None:
    parameters = PlantParameters(identity=Identity(serial_number="BS2301000002"))
    cascade(home.plant, SimulatedPlant(parameters, home.clock.now))
    for unit_id in (0, 1, 100):
        MockConfigEntry(
            domain=DOMAIN,
            data={CONF_HOST: HOST, CONF_PORT: home.port, CONF_UNIT_ID: unit_id},
            state=ConfigEntryState.NOT_LOADED,
        ).add_to_hass(hass)
    dialog = await Dialog.choose(hass, KIND_HUAWEI)
    await dialog.submit(host=HOST, port=home.port)
    entry = dialog.created()
    assert entry.unique_id == "BS2301000002"
    assert entry.data[CONF_UNIT_ID] == 2


async def test_a_scan_where_every_unit_id_is_added_says_so(
    hass: HomeAssistant, home: Home
) -> None:
    await home.add()
    for unit_id in range(256):
        MockConfigEntry(
            domain=DOMAIN,
            data={CONF_HOST: HOST, CONF_PORT: home.port, CONF_UNIT_ID: unit_id},
        ).add_to_hass(hass)
    dialog = await Dialog.choose(hass, KIND_HUAWEI)
    await dialog.submit(host=HOST, port=home.port)
    assert dialog.shown["reason"] == "already_configured"


async def test_closing_the_dialog_ends_the_survey_and_its_connection(
    hass: HomeAssistant, dialog: Dialog
) -> None:
    flow = hass.config_entries.flow
    async with serving() as peer:
        peer.otherwise = silence
        await flow.async_configure(
            dialog.shown["flow_id"], {CONF_HOST: HOST, CONF_PORT: peer.port}
        )
        await peer.until_asked(1)
        assert peer.open_connections == 1
        flow.async_abort(dialog.shown["flow_id"])
        await peer.until_connections(0)
        await until(lambda: not surveys())
        assert len(peer.asked) == 1


async def test_closing_the_dialog_leaves_the_link_of_an_entry_alone(
    hass: HomeAssistant, added_home: Home
) -> None:
    flow = hass.config_entries.flow
    dialog = await Dialog.choose(hass, KIND_HUAWEI)
    asked = added_home.server.statistics.requests
    await flow.async_configure(
        dialog.shown["flow_id"],
        {CONF_HOST: HOST, CONF_PORT: added_home.port, CONF_UNIT_ID: 7},
    )
    await until(lambda: added_home.server.statistics.requests > asked)
    flow.async_abort(dialog.shown["flow_id"])
    await until(lambda: not surveys())
    await added_home.poll()
    assert added_home.runtime.readings.last_update_success


def surveys() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if task.get_name() == "bessai survey"]
