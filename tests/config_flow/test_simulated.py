"""A simulated plant is added and changed in the same dialogs."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest

from custom_components.bessai.const import (
    CONF_BATTERY_KWH,
    CONF_KIND,
    CONF_PV_PEAK_KW,
    CONF_SERIAL_NUMBER,
    CONF_TIME_FACTOR,
    DOMAIN,
    KIND_SIMULATED,
)
from custom_components.bessai.simulator.server import SimulatorServer

from ..plants import add_simulated_plant
from .dialogs import Dialog


async def test_a_simulated_plant_is_added(
    hass: HomeAssistant, simulators: list[SimulatorServer]
) -> None:
    dialog = await Dialog.choose(hass, KIND_SIMULATED)
    schema = dialog.shown["data_schema"]
    assert schema is not None
    assert schema({}) == {
        CONF_PV_PEAK_KW: 8,
        CONF_BATTERY_KWH: 10,
        CONF_TIME_FACTOR: 1,
    }
    await dialog.submit(pv_peak_kw=5, battery_kwh=15, time_factor=60)
    entry = dialog.created()
    assert entry.title == "Simulated plant"
    assert entry.unique_id == entry.data[CONF_SERIAL_NUMBER]
    assert entry.data == {
        CONF_KIND: KIND_SIMULATED,
        CONF_SERIAL_NUMBER: entry.unique_id,
        CONF_PV_PEAK_KW: 5,
        CONF_BATTERY_KWH: 15,
        CONF_TIME_FACTOR: 60,
    }
    assert len(simulators) == 1


@pytest.mark.usefixtures("nothing_set_up")
async def test_two_simulated_plants_are_two_plants(
    hass: HomeAssistant, simulators: list[SimulatorServer]
) -> None:
    for _ in range(2):
        dialog = await Dialog.choose(hass, KIND_SIMULATED)
        await dialog.submit()
        dialog.created()
    first, second = hass.config_entries.async_entries(DOMAIN)
    assert first.unique_id != second.unique_id


async def test_a_simulated_plant_can_be_changed_and_stays_the_same_plant(
    hass: HomeAssistant, simulators: list[SimulatorServer]
) -> None:
    entry = await add_simulated_plant(hass)
    dialog = await Dialog.reconfigure(hass, entry)
    assert dialog.shown["step_id"] == "simulated"
    assert dialog.suggested == {
        CONF_PV_PEAK_KW: 8.0,
        CONF_BATTERY_KWH: 10.0,
        CONF_TIME_FACTOR: 1.0,
    }
    before = dict(entry.data)
    await dialog.submit(pv_peak_kw=8, battery_kwh=0, time_factor=1)
    assert dialog.shown["reason"] == "reconfigure_successful"
    assert entry.data == {**before, CONF_BATTERY_KWH: 0}
    assert entry.state is ConfigEntryState.LOADED
    assert len(simulators) == 2
