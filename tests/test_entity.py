"""What all entities of a plant have in common."""

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.bessai.devices import INVERTER
from custom_components.bessai.entity import BessaiEntity
from custom_components.bessai.simulator.errors import ExceptionCode, RegisterFault
from custom_components.bessai.simulator.faults import Scenario

from .home import Home
from .plants import interfere


def entities(home: Home) -> list[er.RegistryEntry]:
    registry = er.async_get(home.hass)
    return er.async_entries_for_config_entry(registry, home.entry.entry_id)


async def test_every_entity_is_known_by_the_inverter_and_shown_at_a_part(
    added_home: Home,
) -> None:
    registry = dr.async_get(added_home.hass)
    for entity in entities(added_home):
        assert entity.unique_id.startswith(f"{added_home.serial_number}_")
        assert entity.has_entity_name
        assert entity.device_id is not None
        assert registry.async_get(entity.device_id) is not None


async def test_entities_are_added_once_however_often_the_plant_is_polled(
    added_home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    await added_home.poll()
    before = len(entities(added_home))
    for _ in range(3):
        await added_home.poll()
    await added_home.poll_settings()
    assert len(entities(added_home)) == before
    assert "does not generate unique IDs" not in caplog.text


async def test_what_is_answered_late_gets_its_entity_without_a_reload(
    home: Home,
) -> None:
    silent = True
    interfere(
        home.plant,
        lambda address, count: (
            RegisterFault(ExceptionCode.DEVICE_FAILURE)
            if silent and 37046 in range(address, address + count)
            else None
        ),
    )
    await home.add()
    assert home.entity_id("battery_max_charge_power") is None
    silent = False
    for _ in range(3):
        await home.poll()
    assert float(home.state("battery_max_charge_power").state) > 0


async def test_an_entity_goes_and_comes_with_the_plant(added_home: Home) -> None:
    added_home.server.scenario = Scenario.INVERTER_ASLEEP
    await added_home.poll()
    assert added_home.state("soc").state == STATE_UNAVAILABLE
    added_home.server.scenario = Scenario.NONE
    await added_home.poll()
    assert float(added_home.state("soc").state) >= 50


async def test_an_entity_may_be_renamed(hass: HomeAssistant, added_home: Home) -> None:
    entity_id = added_home.entity_id("soc")
    assert entity_id is not None
    er.async_get(hass).async_update_entity(entity_id, new_entity_id="sensor.charge")
    await hass.async_block_till_done()
    await added_home.poll()
    assert hass.states.get(entity_id) is None
    renamed = hass.states.get("sensor.charge")
    assert renamed is not None
    assert float(renamed.state) >= 50


async def test_an_entity_accepts_a_new_id_in_place(added_home: Home) -> None:
    """Home Assistant 2026.11 asks for this instead of adding the entity anew."""
    entity = BessaiEntity(added_home.runtime, "anything", INVERTER)
    entity.async_entity_id_changed("sensor.old", "sensor.new")
    assert entity.unique_id == f"{added_home.serial_number}_anything"
