"""Inverter, battery, meter and manager: there when the plant has them."""

import json
from pathlib import Path

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntry, DeviceEntryType
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.bessai.const import DOMAIN
from custom_components.bessai.runtime import BUNDLED_PROFILES
from custom_components.bessai.simulator.faults import Scenario
from custom_components.bessai.simulator.overrides import Overrides
from custom_components.bessai.simulator.parameters import (
    BatteryParameters,
    Identity,
    PlantParameters,
)

from .home import Home
from .plants import poll_until
from .source import read_json


def devices(home: Home) -> dict[str, DeviceEntry]:
    """Return the devices of a plant by what they are called."""
    registry = dr.async_get(home.hass)
    return {
        str(device.name): device
        for device in dr.async_entries_for_config_entry(registry, home.entry.entry_id)
    }


async def test_a_plant_is_shown_as_its_parts(added_home: Home) -> None:
    shown = devices(added_home)
    assert shown.keys() == {"Inverter", "Battery", "Power meter", "Energy manager"}

    inverter = shown["Inverter"]
    assert inverter.identifiers == {(DOMAIN, added_home.serial_number)}
    assert inverter.manufacturer == "Huawei"
    assert inverter.model == "SUN2000-10KTL-M1"
    assert inverter.serial_number == added_home.serial_number
    assert inverter.sw_version == "V100R001C00SPC173"
    assert inverter.hw_version == "A"
    assert inverter.via_device_id is None

    battery = shown["Battery"]
    assert battery.identifiers == {(DOMAIN, f"{added_home.serial_number}_battery")}
    assert battery.manufacturer == "Huawei"
    assert battery.model == "LUNA2000-10-S0"
    assert battery.serial_number == Identity().battery_serial_number
    assert battery.sw_version
    assert battery.sw_version == added_home.runtime.driver.text(
        "battery_1_software_version"
    )
    assert battery.via_device_id == inverter.id

    meter = shown["Power meter"]
    assert meter.identifiers == {(DOMAIN, f"{added_home.serial_number}_meter")}
    assert meter.model == "Three-phase meter"
    assert meter.via_device_id == inverter.id

    manager = shown["Energy manager"]
    assert manager.identifiers == {(DOMAIN, f"{added_home.serial_number}_manager")}
    assert manager.manufacturer == "BESSAI"
    assert manager.entry_type is DeviceEntryType.SERVICE
    assert manager.via_device_id is None


async def test_a_plant_without_battery_and_meter_shows_neither(
    hass: HomeAssistant, prompt_link: None
) -> None:
    home = await Home(hass, PlantParameters(battery=None, has_meter=False)).switch_on()
    await home.add()
    assert home.entry.state is ConfigEntryState.LOADED
    assert devices(home).keys() == {"Inverter", "Energy manager"}
    assert home.entity_id("soc") is None
    assert home.entity_id("grid_power") is None
    await home.server.stop()


async def test_a_battery_without_a_name_of_its_own_gets_that_of_its_family(
    hass: HomeAssistant, prompt_link: None
) -> None:
    home = await Home(hass, PlantParameters(battery=BatteryParameters())).switch_on()
    home.plant.poke(30561, (0,) * 15)
    await home.add()
    assert devices(home)["Battery"].model == "LUNA2000"
    await home.server.stop()


async def test_a_meter_that_appears_later_needs_no_reload(home: Home) -> None:
    home.server.scenario = Scenario.METER_OFFLINE
    await home.add()
    assert "Power meter" not in devices(home)
    assert home.entity_id("grid_power") is None
    home.server.scenario = Scenario.NONE
    await poll_until(home, lambda: "Power meter" in devices(home))
    await poll_until(home, lambda: home.entity_id("grid_power") is not None)
    home.plant.overrides = Overrides(pv_w=4000.0, load_w=800.0)
    home.plant.set_soc(100)
    await home.poll()
    assert float(home.state("grid_power").state) < 0
    assert devices(home)["Power meter"].via_device_id == devices(home)["Inverter"].id


async def test_a_new_firmware_is_shown_without_a_reload(
    added_home: Home,
) -> None:
    words = [int.from_bytes(pair.encode()) for pair in ("V9", "99")]
    added_home.plant.poke(30050, (*words, *(0,) * 13))
    await added_home.poll_settings()
    assert devices(added_home)["Inverter"].sw_version == "V999"


async def test_a_part_that_only_the_owners_profile_knows_goes_by_its_name(
    home: Home, tmp_path: Path
) -> None:
    profile = read_json(BUNDLED_PROFILES / "huawei_sun2000.json")
    profile["parts"]["wallbox"] = {"name": "Charger of the car"}
    profile["blocks"]["backup_box"]["part"] = "wallbox"
    folder = tmp_path / DOMAIN / "profiles"
    folder.mkdir(parents=True)
    (folder / "mine.json").write_text(json.dumps(profile), encoding="utf-8")
    home.hass.config.config_dir = str(tmp_path)
    await home.add()
    shown = devices(home)
    assert shown["Charger of the car"].manufacturer == "Huawei"
    assert shown["Charger of the car"].via_device_id == shown["Inverter"].id
    assert len(shown) == 5


# --- removing a device


async def remove(
    home: Home, hass_ws_client: WebSocketGenerator, device: DeviceEntry
) -> bool:
    """Remove a device as the owner does; return whether it was allowed."""
    assert await async_setup_component(home.hass, "config", {})
    client = await hass_ws_client(home.hass)
    answer = await client.remove_device(device.id)
    allowed: bool = answer["success"]
    if not allowed:
        assert "rejected by integration" in answer["error"]["message"]
    return allowed


async def test_what_the_plant_has_cannot_be_removed(
    added_home: Home, hass_ws_client: WebSocketGenerator
) -> None:
    for device in devices(added_home).values():
        assert not await remove(added_home, hass_ws_client, device)
    assert len(devices(added_home)) == 4


async def test_what_the_plant_no_longer_has_can_be_removed(
    added_home: Home, hass_ws_client: WebSocketGenerator
) -> None:
    stale = dr.async_get(added_home.hass).async_get_or_create(
        config_entry_id=added_home.entry.entry_id,
        identifiers={(DOMAIN, f"{added_home.serial_number}_charger")},
        name="Charger",
    )
    assert await remove(added_home, hass_ws_client, stale)
    assert "Charger" not in devices(added_home)


async def test_nothing_can_be_removed_while_nobody_knows_what_is_there(
    added_home: Home, hass_ws_client: WebSocketGenerator
) -> None:
    await added_home.hass.config_entries.async_unload(added_home.entry.entry_id)
    assert not await remove(added_home, hass_ws_client, devices(added_home)["Battery"])
