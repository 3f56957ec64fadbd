"""An entry is set up, unloaded and removed without a trace."""

from collections.abc import Callable
from datetime import timedelta
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bessai.const import CONF_UNIT_ID, DOMAIN
from custom_components.bessai.control_store import ControlStore
from custom_components.bessai.core.setpoint import Setpoint
from custom_components.bessai.simulator.errors import NoSuchUnit
from custom_components.bessai.simulator.faults import Scenario
from custom_components.bessai.simulator.parameters import Identity, PlantParameters
from custom_components.bessai.simulator.plant import SimulatedPlant
from custom_components.bessai.simulator.server import SimulatorServer

from .device.modbus_peer import refuse, serving
from .home import Home, settle
from .plants import (
    add_simulated_plant,
    cascade,
    interfere,
    until,
    until_nobody_is_connected,
)


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged as wrong with us.

    Every custom integration is warned of, asyncio judges the speed of the machine, and
    the web server of Home Assistant misses packages that only make it faster.
    """
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING
        and record.name not in {"aiohttp_fast_zlib", "asyncio", "homeassistant.loader"}
    ]


def state_of(home: Home) -> ConfigEntryState:
    """Return the state of an entry: it changes behind mypy's back."""
    return home.entry.state


async def retry(home: Home) -> None:
    """Let Home Assistant try again to set the entry up."""
    async_fire_time_changed(home.hass, dt_util.utcnow() + timedelta(minutes=1))
    await settle(home.hass)


async def test_a_plant_is_set_up_and_unloaded(
    hass: HomeAssistant, added_home: Home
) -> None:
    assert state_of(added_home) is ConfigEntryState.LOADED
    assert added_home.state("soc").state == "50.0"
    assert added_home.runtime.settings.data is not None
    assert added_home.server.statistics.connections == 1
    assert await hass.config_entries.async_unload(added_home.entry.entry_id)
    assert state_of(added_home) is ConfigEntryState.NOT_LOADED
    assert added_home.state("soc").state == "unavailable"
    await until_nobody_is_connected(added_home.server)


async def test_set_up_reload_and_unload_say_nothing(
    hass: HomeAssistant, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    await home.add()
    entry_id = home.entry.entry_id
    entities = {one.entity_id for one in er.async_get(hass).entities.values()}
    for _ in range(5):
        await hass.config_entries.async_reload(entry_id)
        await settle(hass)
        assert state_of(home) is ConfigEntryState.LOADED
        assert home.state("soc").state == "50.0"
    assert {one.entity_id for one in er.async_get(hass).entities.values()} == entities
    await hass.config_entries.async_unload(entry_id)
    await until_nobody_is_connected(home.server)
    assert home.server.statistics.connections == 6
    assert complaints(caplog) == []


# --- setting up what is not as it should be


async def test_a_refused_connection_is_tried_again_later(home: Home) -> None:
    await home.server.stop()
    await home.add()
    assert state_of(home) is ConfigEntryState.SETUP_RETRY
    assert home.entry.error_reason_translation_key == "plant_silent"
    assert "refuses the connection" in str(home.entry.reason)
    await home.server.start("127.0.0.1", home.port)
    await retry(home)
    assert state_of(home) is ConfigEntryState.LOADED


async def test_a_silent_inverter_is_tried_again_later(home: Home) -> None:
    home.server.scenario = Scenario.INVERTER_ASLEEP
    await home.add()
    assert state_of(home) is ConfigEntryState.SETUP_RETRY
    assert "no answer within" in str(home.entry.reason)
    await until_nobody_is_connected(home.server)
    home.server.scenario = Scenario.NONE
    await retry(home)
    assert state_of(home) is ConfigEntryState.LOADED


@pytest.mark.parametrize(
    "unanswered",
    [
        lambda _, count: count > 20,
        lambda address, _: 32000 <= address < 33000,
    ],
    ids=["after its name", "about what it is doing"],
)
async def test_an_inverter_that_falls_silent_during_set_up_is_tried_again(
    home: Home, unanswered: Callable[[int, int], bool]
) -> None:
    silent = True
    interfere(
        home.plant,
        lambda address, count: (
            NoSuchUnit("1") if silent and unanswered(address, count) else None
        ),
    )
    await home.add()
    assert state_of(home) is ConfigEntryState.SETUP_RETRY
    assert home.entry.error_reason_translation_key == "plant_silent"
    await until_nobody_is_connected(home.server)
    silent = False
    await retry(home)
    assert state_of(home) is ConfigEntryState.LOADED


async def test_another_inverter_is_not_taken_for_the_plant(home: Home) -> None:
    home.serial_number = "BS0000000000"
    await home.add()
    assert state_of(home) is ConfigEntryState.SETUP_RETRY
    assert home.entry.error_reason_translation_key == "wrong_plant"
    assert str(home.entry.reason).startswith("Another inverter answers")
    await until_nobody_is_connected(home.server)


async def test_another_device_is_not_taken_for_the_plant(
    hass: HomeAssistant, prompt_link: None
) -> None:
    home = await Home(hass, PlantParameters(emma=True)).switch_on()
    await home.add(**{CONF_UNIT_ID: 0})
    assert state_of(home) is ConfigEntryState.SETUP_RETRY
    assert home.entry.error_reason_translation_key == "not_an_inverter"
    assert str(home.entry.reason).startswith("EMMA-A02 answers")
    await until_nobody_is_connected(home.server)
    await home.server.stop()


async def test_a_device_without_a_name_is_not_taken_for_the_plant(
    home: Home,
) -> None:
    async with serving() as peer:
        peer.otherwise = refuse(2)
        home.port = peer.port
        await home.add()
        assert state_of(home) is ConfigEntryState.SETUP_RETRY
        assert str(home.entry.reason).startswith("- answers")
        await peer.until_connections(0)


async def test_a_set_up_that_fails_hangs_up(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dongle serves one client: who tries again must not find the line taken."""

    async def fail(store: ControlStore) -> None:
        raise HomeAssistantError("Permission denied")

    monkeypatch.setattr(ControlStore, "async_load", fail)
    await home.add()
    assert state_of(home) is ConfigEntryState.SETUP_ERROR
    await until_nobody_is_connected(home.server)


async def test_a_simulated_plant_that_is_not_the_entrys_is_stopped_again(
    hass: HomeAssistant, simulators: list[SimulatorServer]
) -> None:
    entry = await add_simulated_plant(hass, serial_number="SIM9999999")
    assert entry.state is ConfigEntryState.SETUP_RETRY
    (server,) = simulators
    assert server._listener is None
    await until_nobody_is_connected(server)


# --- unloading


async def test_a_poll_on_its_way_is_ended_without_a_word(
    hass: HomeAssistant, added_home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    added_home.server.scenario = Scenario.SLOW_ANSWERS
    asked = added_home.server.statistics.requests
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=10))
    await until(lambda: added_home.server.statistics.requests > asked)
    assert await hass.config_entries.async_unload(added_home.entry.entry_id)
    await settle(hass)
    await until_nobody_is_connected(added_home.server)
    assert complaints(caplog) == []


async def test_the_first_settings_on_their_way_are_ended_without_a_word(
    hass: HomeAssistant, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    await home.add()
    await hass.config_entries.async_unload(home.entry.entry_id)
    await hass.config_entries.async_setup(home.entry.entry_id)
    assert home.runtime.settings.data is None
    assert await hass.config_entries.async_unload(home.entry.entry_id)
    await until_nobody_is_connected(home.server)
    assert complaints(caplog) == []


@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_an_entry_whose_entities_stay_keeps_its_link(
    hass: HomeAssistant, added_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse_to_unload(*args: object) -> bool:
        return False

    with monkeypatch.context() as stubborn:
        stubborn.setattr(
            hass.config_entries, "async_unload_platforms", refuse_to_unload
        )
        assert not await hass.config_entries.async_unload(added_home.entry.entry_id)
    assert state_of(added_home) is ConfigEntryState.FAILED_UNLOAD
    await added_home.poll()
    assert added_home.runtime.readings.last_update_success
    await added_home.runtime.async_close()


async def test_an_entry_without_entities_gives_its_link_back(
    hass: HomeAssistant, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a dongle that serves one client would serve nobody."""

    async def fail(*args: object) -> None:
        raise ImportError("a file of the integration is missing")

    monkeypatch.setattr(hass.config_entries, "async_forward_entry_setups", fail)
    await home.add()
    assert state_of(home) is ConfigEntryState.SETUP_ERROR
    await until_nobody_is_connected(home.server)


async def test_a_debt_that_cannot_be_paid_is_not_in_the_way(
    hass: HomeAssistant, home: Home, hass_storage: dict[str, Any]
) -> None:
    """Of a register that another version of the profile had."""
    home.options = {"control": {"allow": True}}
    await home.add()
    entry_id = home.entry.entry_id
    await hass.config_entries.async_unload(entry_id)
    document = {"originals": {"gone_w": [4000, 0]}, "command": None}
    key = f"{DOMAIN}.{entry_id}.control"
    hass_storage[key] = {
        "version": 1,
        "minor_version": 1,
        "key": key,
        "data": {**document, "stored_writes": {}},
    }
    await hass.config_entries.async_setup(entry_id)
    await settle(hass)
    assert home.runtime.control is not None
    result = await home.runtime.control.async_command(
        Setpoint(power_w=1000.0), timedelta(hours=1)
    )
    assert result.error is None


async def test_removing_a_plant_leaves_nothing_behind(
    hass: HomeAssistant, added_home: Home, hass_storage: dict[str, Any]
) -> None:
    added_home.server.scenario = Scenario.METER_OFFLINE
    await added_home.poll()
    entry_id = added_home.entry.entry_id
    await hass.config_entries.async_reload(entry_id)
    await settle(hass)
    file = f"{DOMAIN}.{entry_id}"
    assert file in hass_storage
    assert our_issues(hass)
    await hass.config_entries.async_remove(entry_id)
    await settle(hass)
    assert file not in hass_storage
    assert not our_issues(hass)
    assert not er.async_entries_for_config_entry(er.async_get(hass), entry_id)
    assert not dr.async_entries_for_config_entry(dr.async_get(hass), entry_id)
    await until_nobody_is_connected(added_home.server)


async def test_removing_a_plant_whose_journal_cannot_be_read_leaves_nothing_behind(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulators: list[SimulatorServer],
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry, _ = await unloaded_beside_a_later(hass, hass_storage, ".control")
    await hass.config_entries.async_remove(entry.entry_id)
    assert not [file for file in hass_storage if file.startswith(f"{DOMAIN}.")]
    assert "What was owed to Simulated plant is not known" in caplog.text


async def test_what_a_later_version_owes_is_not_begun_anew(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulators: list[SimulatorServer],
) -> None:
    """Else nobody would put back what a command has changed."""
    entry, key = await unloaded_beside_a_later(hass, hass_storage, ".control")
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "journal_unreadable"
    placeholders = entry.error_reason_translation_placeholders
    assert placeholders is not None
    assert placeholders["file"] == key
    assert hass_storage[key]["version"] == 2


@pytest.mark.parametrize("file", ["", ".simulated", ".audit"])
async def test_what_a_later_version_has_learned_is_begun_anew(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulators: list[SimulatorServer],
    file: str,
) -> None:
    """Whoever goes back to this version still has a plant."""
    entry, _ = await unloaded_beside_a_later(hass, hass_storage, file)
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert entry.state is ConfigEntryState.LOADED


async def unloaded_beside_a_later(
    hass: HomeAssistant, hass_storage: dict[str, Any], file: str
) -> tuple[MockConfigEntry, str]:
    """Return a plant that has a file of a later version, and the key of that."""
    entry = await add_simulated_plant(hass)
    await hass.config_entries.async_unload(entry.entry_id)
    key = f"{DOMAIN}.{entry.entry_id}{file}"
    hass_storage[key] = {"version": 2, "minor_version": 1, "key": key, "data": {}}
    return entry, key


def our_issues(hass: HomeAssistant) -> list[str]:
    return [issue for domain, issue in ir.async_get(hass).issues if domain == DOMAIN]


# --- two plants behind one dongle


async def test_two_plants_on_one_endpoint_share_the_connection(
    hass: HomeAssistant, home: Home
) -> None:
    parameters = PlantParameters(identity=Identity(serial_number="BS2301000002"))
    second = SimulatedPlant(parameters, home.clock.now)
    second.set_soc(80)
    cascade(home.plant, second)
    await home.add()
    other = MockConfigEntry(
        domain=DOMAIN,
        unique_id="BS2301000002",
        data={**home.entry.data, CONF_UNIT_ID: 2},
    )
    other.add_to_hass(hass)
    await hass.config_entries.async_setup(other.entry_id)
    await settle(hass)
    assert other.state is ConfigEntryState.LOADED
    assert other.runtime_data.readings.data.number("soc_pct") == 80
    assert home.runtime.readings.data.number("soc_pct") == 50
    assert home.server.statistics.connections == 1

    await hass.config_entries.async_unload(home.entry.entry_id)
    await other.runtime_data.readings.async_refresh()
    assert other.runtime_data.readings.last_update_success
    assert home.server.statistics.connections == 1

    await hass.config_entries.async_unload(other.entry_id)
    await until_nobody_is_connected(home.server)


# --- polling switched off by the owner


async def test_without_polling_the_owner_can_still_update_by_hand(
    hass: HomeAssistant, added_home: Home
) -> None:
    await async_setup_component(hass, "homeassistant", {})
    hass.config_entries.async_update_entry(added_home.entry, pref_disable_polling=True)
    await hass.config_entries.async_reload(added_home.entry.entry_id)
    await settle(hass)
    asked = added_home.server.statistics.requests
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=1))
    await settle(hass)
    assert added_home.server.statistics.requests == asked

    added_home.plant.set_soc(75)
    await hass.services.async_call(
        "homeassistant",
        "update_entity",
        {ATTR_ENTITY_ID: added_home.entity_id("soc")},
        blocking=True,
    )
    await settle(hass)
    assert added_home.state("soc").state == "75.0"
