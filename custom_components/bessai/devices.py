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


BATTERY_MODELS = {"luna2000": "LUNA2000", "lg_resu": "LG RESU"}
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
        device = registry.async_get_or_create(config_entry_id=entry.entry_id, **info)
        if part == BATTERY and device.model is None:
            # The full name is read later, and is not to be replaced by this one.
            product = str(driver.memory.facts.get("battery_1_product"))
            registry.async_update_device(device.id, model=BATTERY_MODELS.get(product))
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
        _add_inverter(info, driver)
    elif part == BATTERY:
        _add_battery(info, driver)
    elif part == METER:
        if model := METER_MODELS.get(driver.text("meter_type") or ""):
            info["model"] = model
    elif part == MANAGER:
        info["manufacturer"] = "BESSAI"
        info["entry_type"] = DeviceEntryType.SERVICE
    else:
        # A profile of the owner's may know of more; its word for it has to do.
        del info["translation_key"]
        info["name"] = driver.profile.parts[part].name
    return info


def _add_inverter(info: DeviceInfo, driver: PlantDriver) -> None:
    info["model"] = driver.identity.model
    info["serial_number"] = driver.identity.serial_number
    info["sw_version"] = driver.memory.firmware
    if hardware := driver.text("hardware_version"):
        info["hw_version"] = hardware


def _add_battery(info: DeviceInfo, driver: PlantDriver) -> None:
    """Add what is known by now; what is read later must not be erased until then."""
    if model := driver.text("south_device_1_name"):
        info["model"] = model
    if serial_number := driver.text("battery_1_serial_number"):
        info["serial_number"] = serial_number
    if software := driver.text("battery_1_software_version"):
        info["sw_version"] = software
