"""What was learned about a plant outlives a restart, and only that."""

from datetime import timedelta
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.bessai.plant_store import SAVE_DELAY_S, PlantStore
from custom_components.bessai.simulator.faults import Scenario

from .home import Home, settle

FILE = "bessai.abc"


@pytest.fixture
async def store(hass: HomeAssistant) -> PlantStore:
    store = PlantStore(hass, "abc")
    await store.async_load()
    return store


async def test_a_new_plant_begins_with_nothing_learned(store: PlantStore) -> None:
    assert store.memory.serial_number is None
    assert not store.memory.parts


async def test_what_was_learned_is_read_again(
    hass: HomeAssistant, store: PlantStore
) -> None:
    store.memory.meet("BS1", "V1")
    store.memory.parts.add("meter")
    store.memory.facts["meter_type"] = "three_phase"
    store.memory.absences.record_refused("pid_version", dt_util.utcnow())
    await store.async_save()

    again = PlantStore(hass, "abc")
    await again.async_load()
    assert again.memory.as_document() == store.memory.as_document()
    other = PlantStore(hass, "def")
    await other.async_load()
    assert other.memory.serial_number is None


@pytest.mark.parametrize(
    "document", [{}, {"serial_number": "BS1"}, {"parts": 5}], ids=str
)
async def test_what_cannot_be_read_is_given_up(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    document: dict[str, Any],
) -> None:
    hass_storage[FILE] = {"version": 1, "minor_version": 1, "data": document}
    store = PlantStore(hass, "abc")
    await store.async_load()
    assert store.memory.serial_number is None
    assert "Starting with an empty plant memory" in caplog.text


async def test_saving_later_waits_a_while(
    hass: HomeAssistant, hass_storage: dict[str, Any], store: PlantStore
) -> None:
    store.async_save_later()
    store.memory.meet("BS1", "V1")
    async_fire_time_changed(
        hass, dt_util.utcnow() + timedelta(seconds=SAVE_DELAY_S - 5)
    )
    await hass.async_block_till_done()
    assert FILE not in hass_storage
    async_fire_time_changed(
        hass, dt_util.utcnow() + timedelta(seconds=SAVE_DELAY_S + 5)
    )
    await hass.async_block_till_done()
    assert hass_storage[FILE]["data"]["serial_number"] == "BS1"


async def test_home_assistant_does_not_stop_without_saving(
    hass: HomeAssistant, hass_storage: dict[str, Any], store: PlantStore
) -> None:
    store.memory.meet("BS1", "V1")
    store.async_save_later()
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    assert hass_storage[FILE]["data"]["serial_number"] == "BS1"


async def test_a_removed_store_leaves_no_file(
    hass: HomeAssistant, hass_storage: dict[str, Any], store: PlantStore
) -> None:
    await store.async_save()
    assert FILE in hass_storage
    await store.async_remove()
    assert FILE not in hass_storage


async def test_a_plant_is_known_again_after_a_reload(
    hass: HomeAssistant, added_home: Home
) -> None:
    energy = added_home.state("battery_charge_energy").state
    assert await hass.config_entries.async_unload(added_home.entry.entry_id)
    added_home.server.scenario = Scenario.METER_OFFLINE
    await hass.config_entries.async_setup(added_home.entry.entry_id)
    await settle(hass)
    assert "meter" in added_home.runtime.driver.parts
    assert added_home.state("battery_charge_energy").state == energy
