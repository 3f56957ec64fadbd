"""The plant to try BESSAI with is as the owner wants it, and costs nobody a port."""

import asyncio
from datetime import UTC, datetime, timedelta
import socket
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bessai.const import (
    CONF_BATTERY_KWH,
    CONF_PV_PEAK_KW,
    CONF_SERIAL_NUMBER,
    CONF_TIME_FACTOR,
    DOMAIN,
)
from custom_components.bessai.runtime import BessaiRuntime
from custom_components.bessai.simulated_home import SimulatedHome
from custom_components.bessai.simulator.server import SimulatorServer

from .home import HOST, settle
from .plants import (
    SIMULATED_SERIAL_NUMBER,
    add_simulated_plant,
    until_nobody_is_connected,
)

WISHES: dict[str, Any] = {
    CONF_SERIAL_NUMBER: SIMULATED_SERIAL_NUMBER,
    CONF_PV_PEAK_KW: 5.5,
    CONF_BATTERY_KWH: 15,
    CONF_TIME_FACTOR: 1,
}


def number(entry: MockConfigEntry, key: str) -> float | None:
    runtime: BessaiRuntime = entry.runtime_data
    return runtime.driver.number(key)


async def test_a_plant_is_built_as_the_owner_wants_it(hass: HomeAssistant) -> None:
    hass.config.latitude = 52.5
    home = SimulatedHome(hass, "abc", WISHES)
    await home.async_start()
    await home.async_stop()
    parameters = home._plant.parameters
    assert parameters.identity.serial_number == SIMULATED_SERIAL_NUMBER
    assert parameters.pv.peak_w == 5500
    assert parameters.pv.latitude_deg == 52.5
    assert parameters.battery is not None
    assert parameters.battery.capacity_kwh == 15
    assert parameters.time_zone is dt_util.get_default_time_zone()


async def test_a_plant_can_do_without_a_battery(
    hass: HomeAssistant, simulators: list[SimulatorServer]
) -> None:
    entry = await add_simulated_plant(hass, battery_kwh=0)
    names = {
        device.name
        for device in dr.async_entries_for_config_entry(
            dr.async_get(hass), entry.entry_id
        )
    }
    assert names == {"Inverter", "Power meter", "Energy manager"}


async def test_a_plant_is_read_through_a_real_socket_that_goes_with_it(
    hass: HomeAssistant, simulators: list[SimulatorServer]
) -> None:
    entry = await add_simulated_plant(hass, battery_kwh=15)
    (server,) = simulators
    assert number(entry, "battery_rated_capacity_kwh") == 15
    assert server.statistics.connections == 1
    assert server.statistics.requests > 10
    port = server._address[1]
    assert await hass.config_entries.async_unload(entry.entry_id)
    await until_nobody_is_connected(server)
    with socket.socket() as client, pytest.raises(ConnectionRefusedError):
        client.connect((HOST, port))


async def test_the_day_of_a_plant_passes_as_fast_as_the_owner_wants(
    hass: HomeAssistant,
) -> None:
    homes = [
        SimulatedHome(hass, str(factor), {**WISHES, CONF_TIME_FACTOR: factor})
        for factor in (1, 300)
    ]
    for home in homes:
        await home.async_start()
    usual, fast = (home.server._clock for home in homes)
    started_usual, started_fast = usual(), fast()
    assert abs(started_usual - dt_util.utcnow()) < timedelta(seconds=5)
    await asyncio.sleep(0.02)
    assert timedelta(0) < usual() - started_usual < timedelta(seconds=5)
    assert fast() - started_fast > timedelta(seconds=300 * 0.015)
    for home in homes:
        await home.async_stop()


async def test_a_plant_goes_on_where_it_was(
    hass: HomeAssistant, simulators: list[SimulatorServer]
) -> None:
    entry = await add_simulated_plant(hass)
    simulators[-1]._plant.set_soc(73)
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    soc_pct = number(entry, "soc_pct")
    assert soc_pct is not None
    assert 72.5 < soc_pct < 73.5


async def test_a_plant_is_kept_when_home_assistant_stops(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulators: list[SimulatorServer],
) -> None:
    entry = await add_simulated_plant(hass)
    file = f"{DOMAIN}.{entry.entry_id}.simulated"
    assert file not in hass_storage
    await entry.runtime_data.readings.async_refresh()
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    assert file in hass_storage


async def test_a_past_that_cannot_be_read_is_given_up(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulators: list[SimulatorServer],
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = await add_simulated_plant(hass)
    await hass.config_entries.async_unload(entry.entry_id)
    hass_storage[f"{DOMAIN}.{entry.entry_id}.simulated"]["data"] = {"soc": "full"}
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert entry.state is ConfigEntryState.LOADED
    assert "The simulated plant begins anew" in caplog.text


async def test_a_removed_plant_is_forgotten(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulators: list[SimulatorServer],
) -> None:
    entry = await add_simulated_plant(hass)
    await hass.config_entries.async_remove(entry.entry_id)
    assert not [file for file in hass_storage if file.startswith(f"{DOMAIN}.")]


async def test_the_clock_of_a_plant_shows_the_time_of_home_assistant(
    hass: HomeAssistant, simulators: list[SimulatorServer]
) -> None:
    await hass.config.async_set_time_zone("Asia/Tokyo")
    entry = await add_simulated_plant(hass)
    seconds = number(entry, "inverter_clock_s")
    assert seconds is not None
    shown = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    local = dt_util.now().replace(tzinfo=None)
    assert abs(shown - local) < timedelta(minutes=1)
