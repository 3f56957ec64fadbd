"""What BESSAI does by itself; and trying out what goes wrong, on a simulated plant."""

import asyncio

from homeassistant.components.select import (
    ATTR_OPTION,
    ATTR_OPTIONS,
    DOMAIN as SELECT,
    SERVICE_SELECT_OPTION,
)
from homeassistant.const import ATTR_ENTITY_ID, EntityCategory
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bessai.const import DOMAIN
from custom_components.bessai.control.mode import DispatchMode
from custom_components.bessai.coordinator import PlantCoordinator
from custom_components.bessai.simulator.faults import Scenario
from custom_components.bessai.simulator.server import SimulatorServer

from .home import Home
from .plants import (
    RECONNECT_PAUSE_S,
    SIMULATED_SERIAL_NUMBER,
    add_simulated_plant,
)
from .source import INTEGRATION, read_json

TEXTS = read_json(INTEGRATION / "translations" / "en.json")["entity"]["select"]

FAULT = f"{SIMULATED_SERIAL_NUMBER}_simulated_fault"


@pytest.fixture
async def simulated(
    hass: HomeAssistant, simulators: list[SimulatorServer]
) -> MockConfigEntry:
    """Return the entry of a simulated plant."""
    return await add_simulated_plant(hass)


def fault(hass: HomeAssistant) -> State:
    entity_id = er.async_get(hass).async_get_entity_id(SELECT, DOMAIN, FAULT)
    assert entity_id is not None
    state = hass.states.get(entity_id)
    assert state is not None
    return state


async def choose(hass: HomeAssistant, option: str) -> None:
    await hass.services.async_call(
        SELECT,
        SERVICE_SELECT_OPTION,
        {ATTR_ENTITY_ID: fault(hass).entity_id, ATTR_OPTION: option},
        blocking=True,
    )


async def recover(readings: PlantCoordinator) -> None:
    """Poll until the plant answers."""
    for _ in range(10):
        await readings.async_refresh()
        if readings.last_update_success:
            return
        await asyncio.sleep(RECONNECT_PAUSE_S)
    pytest.fail("the plant did not come back")


async def choose_mode(home: Home, option: str) -> None:
    await home.hass.services.async_call(
        SELECT,
        SERVICE_SELECT_OPTION,
        {ATTR_ENTITY_ID: home.entity_id("dispatch_mode", SELECT), ATTR_OPTION: option},
        blocking=True,
    )


async def test_all_modes_are_offered(added_home: Home) -> None:
    mode = added_home.state("dispatch_mode", SELECT)
    assert mode.state == "observe"
    offered = [one.value for one in DispatchMode]
    assert mode.attributes[ATTR_OPTIONS] == offered
    assert TEXTS["dispatch_mode"]["state"].keys() == set(offered)


async def test_a_mode_is_kept_and_does_not_reload_the_entry(
    hass: HomeAssistant, added_home: Home
) -> None:
    runtime = added_home.runtime
    await choose_mode(added_home, "self_consumption")
    assert added_home.state("dispatch_mode", SELECT).state == "self_consumption"
    await hass.async_block_till_done()
    assert added_home.runtime is runtime
    assert await hass.config_entries.async_reload(added_home.entry.entry_id)
    assert added_home.state("dispatch_mode", SELECT).state == "self_consumption"
    assert added_home.plant.journal.entries == ()


async def test_a_mode_that_nobody_knows_is_refused(added_home: Home) -> None:
    with pytest.raises(ServiceValidationError):
        await choose_mode(added_home, "turbo")
    assert added_home.state("dispatch_mode", SELECT).state == "observe"


async def test_a_real_plant_offers_no_faults(added_home: Home) -> None:
    assert added_home.entity_id("simulated_fault", SELECT) is None


async def test_a_simulated_plant_offers_every_scenario(
    hass: HomeAssistant, simulated: MockConfigEntry
) -> None:
    state = fault(hass)
    assert state.state == Scenario.NONE
    assert state.attributes[ATTR_OPTIONS] == [one.value for one in Scenario]
    assert TEXTS["simulated_fault"]["state"].keys() == set(Scenario)
    entity = er.async_get(hass).async_get(state.entity_id)
    assert entity is not None
    assert entity.entity_category is EntityCategory.CONFIG
    assert entity.device_id is not None
    device = dr.async_get(hass).async_get(entity.device_id)
    assert device is not None
    assert device.name == "Energy manager"


async def test_every_fault_can_be_chosen_and_recovered_from(
    hass: HomeAssistant,
    simulated: MockConfigEntry,
    simulators: list[SimulatorServer],
) -> None:
    """One after another: what one leaves behind, the next has to stand."""
    (server,) = simulators
    readings: PlantCoordinator = simulated.runtime_data.readings
    for option in fault(hass).attributes[ATTR_OPTIONS]:
        await choose(hass, option)
        assert fault(hass).state == option
        assert server.scenario == option
        await readings.async_refresh()
        assert fault(hass).state == option, "it can be switched off while it lasts"
        await choose(hass, Scenario.NONE)
        assert fault(hass).state == Scenario.NONE
        await recover(readings)
        assert readings.data.number("soc_pct") is not None, option
