"""BESSAI: a Huawei inverter with a battery, safely dispatched."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.util import dt as dt_util

from .const import DOMAIN, PLATFORMS
from .device.driver import PlantSilent, WrongPlant
from .devices import async_register_devices, is_in_use
from .issues import (
    async_clear_issues,
    async_report_wrong_plant,
    async_watch_for_issues,
)
from .plant_store import PlantStore
from .runtime import BessaiConfigEntry, BessaiRuntime, async_build_runtime
from .simulated_home import simulated_store


async def async_setup_entry(hass: HomeAssistant, entry: BessaiConfigEntry) -> bool:
    """Connect to the plant and show what it has."""
    try:
        runtime = entry.runtime_data = await _async_connect(hass, entry)
    except ConfigEntryNotReady as err:
        async_report_wrong_plant(hass, entry, err.__cause__)
        raise
    async_register_devices(hass, entry)

    @callback
    def keep() -> None:
        async_register_devices(hass, entry)
        runtime.async_save_later()

    for coordinator in (runtime.readings, runtime.settings):
        entry.async_on_unload(coordinator.async_add_listener(keep))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    async_watch_for_issues(hass, entry)
    # The settings can wait: what the owner looks at first are the readings.
    entry.async_create_background_task(
        hass, runtime.settings.async_refresh(), f"{entry.title} first settings"
    )
    return True


async def _async_connect(
    hass: HomeAssistant, entry: BessaiConfigEntry
) -> BessaiRuntime:
    """Build what an entry works with, and poll it once."""
    runtime = await async_build_runtime(hass, entry)
    try:
        await _async_first_poll(runtime)
    except BaseException:
        await runtime.async_close()
        raise
    return runtime


async def _async_first_poll(runtime: BessaiRuntime) -> None:
    try:
        zone = dt_util.get_default_time_zone()
        await runtime.driver.read_identity(dt_util.utcnow(), zone)
    except WrongPlant as err:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN, translation_key="wrong_plant"
        ) from err
    except PlantSilent as err:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="plant_silent",
            translation_placeholders={"reason": str(err)},
        ) from err
    await runtime.readings.async_config_entry_first_refresh()


async def async_unload_entry(hass: HomeAssistant, entry: BessaiConfigEntry) -> bool:
    """Remove the entities, then stop polling and close the link."""
    if not await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        return False
    await entry.runtime_data.async_close()
    return True


async def async_remove_entry(hass: HomeAssistant, entry: BessaiConfigEntry) -> None:
    """Forget the plant."""
    async_clear_issues(hass, entry)
    await PlantStore(hass, entry.entry_id).async_remove()
    await simulated_store(hass, entry.entry_id).async_remove()


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: BessaiConfigEntry, device: DeviceEntry
) -> bool:
    """Let the owner remove the device of a part that the plant no longer has."""
    if entry.state is not ConfigEntryState.LOADED:
        return False  # nobody knows now what the plant has
    return not is_in_use(entry.runtime_data.driver, device)
