"""From the device of an energy manager to what works with its plant."""

from homeassistant.components.device_automation.exceptions import (
    InvalidDeviceAutomationConfig,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType

from .const import DOMAIN
from .runtime import BessaiConfigEntry, BessaiRuntime


@callback
def async_is_manager(hass: HomeAssistant, device_id: str) -> bool:
    """Return whether a device is the energy manager of a plant of ours."""
    return _plant_of(hass, device_id) is not None


@callback
def async_check_manager(hass: HomeAssistant, device_id: str) -> None:
    """Refuse an automation of another device.

    Raises:
        InvalidDeviceAutomationConfig: If the device commands nothing.
    """
    if not async_is_manager(hass, device_id):
        raise InvalidDeviceAutomationConfig(
            f"The device {device_id} is not an energy manager of BESSAI"
        )


@callback
def async_runtime_of(hass: HomeAssistant, device_id: str) -> BessaiRuntime | None:
    """Return what works with the plant of an energy manager, if it is loaded now."""
    plant = _plant_of(hass, device_id)
    if plant is None or plant.state is not ConfigEntryState.LOADED:
        return None
    return plant.runtime_data


def _plant_of(hass: HomeAssistant, device_id: str) -> BessaiConfigEntry | None:
    """Return the entry of an energy manager; ``None`` for any other device."""
    device = dr.async_get(hass).async_get(device_id, include_child_devices=False)
    if device is None or device.entry_type is not DeviceEntryType.SERVICE:
        return None
    entry = hass.config_entries.async_get_entry(device.config_entry_id)
    return entry if entry is not None and entry.domain == DOMAIN else None
