"""BESSAI: a Huawei inverter with a battery, safely dispatched."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util

from .anomaly_monitor import anomaly_store
from .anomaly_setup import (
    async_build_monitor,
    async_start_monitor,
    async_stop_monitor,
)
from .audit import AuditTrail
from .const import DOMAIN, LOGGER, PLATFORMS
from .control_setup import (
    async_build_control,
    async_start_control,
    async_stop_control,
    can_be_commanded,
)
from .control_store import ControlStore
from .device.driver import PlantSilent, WrongPlant
from .devices import async_register_devices, is_in_use
from .forwarding_setup import (
    async_build_forwarder,
    async_remove_forwarding,
    async_start_forwarder,
    async_stop_forwarder,
)
from .frontend_setup import async_setup_frontend
from .issues import (
    async_clear_issues,
    async_report_left_behind,
    async_report_wrong_plant,
    async_watch_for_issues,
)
from .lasting_store import UNREADABLE
from .plan_api import async_setup_plan_api
from .planner_setup import (
    async_build_planner,
    async_remove_planning,
    async_start_planner,
    async_stop_planner,
)
from .plant_store import PlantStore
from .runtime import BessaiConfigEntry, BessaiRuntime, async_build_runtime
from .services import async_setup_services
from .simulated_home import simulated_store

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions and the card, for as long as Home Assistant runs."""
    async_setup_services(hass)
    async_setup_plan_api(hass)
    async_setup_frontend(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: BessaiConfigEntry) -> bool:
    """Connect to the plant and show what it has."""
    try:
        runtime = entry.runtime_data = await _async_connect(hass, entry)
    except ConfigEntryNotReady as err:
        async_report_wrong_plant(hass, entry, err.__cause__)
        raise
    try:
        await _async_build(hass, entry, runtime)
        _async_keep_up(hass, entry, runtime)
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    except BaseException:
        await runtime.async_close()
        raise
    async_watch_for_issues(hass, entry)
    async_start_forwarder(hass, entry)
    async_start_monitor(hass, entry)
    async_start_planner(entry)
    if runtime.control is not None:
        async_start_control(hass, entry, runtime.control)
    # The settings can wait: what the owner looks at first are the readings.
    entry.async_create_background_task(
        hass, runtime.settings.async_refresh(), f"{entry.title} first settings"
    )
    return True


@callback
def _async_keep_up(
    hass: HomeAssistant, entry: BessaiConfigEntry, runtime: BessaiRuntime
) -> None:
    """Let devices, files and control follow what the polls find."""

    @callback
    def keep() -> None:
        async_register_devices(hass, entry)
        runtime.async_save_later()
        if runtime.control is None and can_be_commanded(runtime):
            # A battery has shown up: its control is built from the start.
            hass.config_entries.async_schedule_reload(entry.entry_id)

    for coordinator in (runtime.readings, runtime.settings):
        entry.async_on_unload(coordinator.async_add_listener(keep))


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


async def _async_build(
    hass: HomeAssistant, entry: BessaiConfigEntry, runtime: BessaiRuntime
) -> None:
    """Build what works with a plant that has answered; nothing is started yet."""
    async_register_devices(hass, entry)
    runtime.control = await async_build_control(hass, entry, runtime)
    if runtime.control is not None:
        await async_build_planner(hass, entry, runtime, runtime.control)
    await async_build_monitor(hass, entry, runtime)
    await async_build_forwarder(hass, entry, runtime)


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
    """Release the plant, remove the entities, stop polling and close the link."""
    await async_stop_planner(entry.runtime_data)
    await async_stop_control(entry.runtime_data)
    if not await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        return False
    await async_stop_monitor(entry.runtime_data)
    await async_stop_forwarder(entry.runtime_data)
    await entry.runtime_data.async_close()
    return True


async def async_remove_entry(hass: HomeAssistant, entry: BessaiConfigEntry) -> None:
    """Forget the plant."""
    async_clear_issues(hass, entry)
    await _async_forget_control(hass, entry)
    await async_remove_planning(hass, entry)
    await async_remove_forwarding(hass, entry.entry_id)
    await PlantStore(hass, entry.entry_id).async_remove()
    await AuditTrail(hass, entry.entry_id).async_remove()
    await anomaly_store(hass, entry.entry_id).async_remove()
    await simulated_store(hass, entry.entry_id).async_remove()


async def _async_forget_control(hass: HomeAssistant, entry: BessaiConfigEntry) -> None:
    """Say what the plant did not take back, and delete the journal.

    One that cannot be read must not keep the rest, keys among it, from being deleted.
    """
    control_store = ControlStore(hass, entry.entry_id)
    try:
        await control_store.async_load()
    except UNREADABLE as err:
        LOGGER.error("What was owed to %s is not known: %r", entry.title, err)
    originals = control_store.journal.originals
    owed = {key: original.value for key, original in originals.items()}
    async_report_left_behind(hass, entry, owed)
    await control_store.async_remove()


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: BessaiConfigEntry, device: DeviceEntry
) -> bool:
    """Let the owner remove the device of a part that the plant no longer has."""
    if entry.state is not ConfigEntryState.LOADED:
        return False  # nobody knows now what the plant has
    return not is_in_use(entry.runtime_data.driver, device)
