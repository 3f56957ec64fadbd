"""The devices of a plant: inverter, battery, power meter and energy manager."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import (
    DeviceEntry,
    DeviceEntryType,
    DeviceInfo,
)

from .const import DOMAIN
from .device.driver import PlantDriver
from .runtime import BessaiConfigEntry

INVERTER = "inverter"
BATTERY = "battery"
METER = "meter"
MANAGER = "manager"
"""Not a thing but a service: what is computed for the plant as a whole."""


METER_MODELS = {
    "single_phase": "Single-phase meter",
    "three_phase": "Three-phase meter",
}
"""All that the inverter tells of its meter."""


def identifier(driver: PlantDriver, part: str) -> tuple[str, str]:
    """Return what Home Assistant knows a part by, for as long as it exists."""
    serial_number = driver.identity.serial_number
    return DOMAIN, serial_number if part == INVERTER else f"{serial_number}_{part}"


def is_in_use(driver: PlantDriver, device: DeviceEntry) -> bool:
    """Return whether a device stands for a part that the plant has."""
    parts = (INVERTER, MANAGER, *driver.parts)
    return any(identifier(driver, part) in device.identifiers for part in parts)


@callback
def async_register_devices(hass: HomeAssistant, entry: BessaiConfigEntry) -> None:
    """Create or update the device of each part the plant was seen to have.

    The inverter comes first: the others are reached through it.
    """
    registry = dr.async_get(hass)
    driver = entry.runtime_data.driver
    inverter = registry.async_get_or_create(
        config_entry_id=entry.entry_id, **_info(driver, INVERTER)
    )
    for part in sorted(driver.parts - {INVERTER}):
        info = _info(driver, part)
        info["via_device_id"] = inverter.id
        registry.async_get_or_create(config_entry_id=entry.entry_id, **info)
    registry.async_get_or_create(
        config_entry_id=entry.entry_id, **_info(driver, MANAGER)
    )


def _info(driver: PlantDriver, part: str) -> DeviceInfo:
    info = DeviceInfo(
        identifiers={identifier(driver, part)},
        manufacturer=driver.profile.manufacturer,
        translation_key=part,
    )
    if part == INVERTER:
        info["model"] = driver.identity.model
        info["serial_number"] = driver.identity.serial_number
        info["sw_version"] = driver.identity.firmware
        info["hw_version"] = driver.text("hardware_version")
    elif part == BATTERY:
        info["model"] = driver.text("south_device_1_name") or "LUNA2000"
        info["serial_number"] = driver.text("battery_1_serial_number")
        info["sw_version"] = driver.text("battery_1_software_version")
    elif part == METER:
        info["model"] = METER_MODELS.get(driver.text("meter_type") or "")
    elif part == MANAGER:
        info["manufacturer"] = "BESSAI"
        info["entry_type"] = DeviceEntryType.SERVICE
    return info
