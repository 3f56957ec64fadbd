"""Builds the control loop of an entry and keeps it going while the entry is loaded."""

from collections.abc import Callable

from homeassistant.core import HassJob, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError
from homeassistant.util import dt as dt_util

from .audit import AuditTrail
from .const import CONF_TIME_FACTOR, DOMAIN
from .control_clock import ControlClock
from .control_loop import ControlLoop, ControlParts
from .control_store import ControlStore
from .device.command_driver import CommandDriver
from .device.login import login_is_offered
from .devices import BATTERY
from .heartbeat import HeartbeatTask
from .lasting_store import UNREADABLE
from .notifications import Notifications
from .plant_view import PlantView
from .runtime import BessaiConfigEntry, BessaiRuntime


def can_be_commanded(runtime: BessaiRuntime) -> bool:
    """Return whether a plant has a battery, and its profile says how to command it."""
    profile = runtime.driver.profile
    is_known = profile.safety is not None and profile.control is not None
    return is_known and BATTERY in runtime.driver.parts


async def async_build_control(
    hass: HomeAssistant, entry: BessaiConfigEntry, runtime: BessaiRuntime
) -> ControlLoop | None:
    """Return the control loop of a plant, ``None`` if it cannot be commanded."""
    driver = runtime.driver
    safety = driver.profile.safety
    if safety is None or not can_be_commanded(runtime):
        return None
    audit = AuditTrail(hass, entry.entry_id)
    await audit.async_load()
    store = await _async_open_store(hass, entry)
    store.forget_unknown(driver.profile.registers)
    runtime.writes.add(audit.record_write)
    factor = float(entry.data.get(CONF_TIME_FACTOR, 1))
    clock = ControlClock(dt_util.utcnow(), hass.loop.time, factor)
    view = PlantView(
        entry,
        driver,
        (runtime.readings, runtime.settings),
        clock,
        lambda: store.journal,
    )
    parts = ControlParts(
        view=view,
        driver=CommandDriver(
            runtime.endpoint.unit(driver.identity.unit_id),
            driver.identity,
            store.journal,
            store.async_keep,
            runtime.writes,
        ),
        clock=clock,
        audit=audit,
        bounds=safety.limits,
        latency_p95_s=_scaled(clock, lambda: runtime.endpoint.statistics.latency_p95_s),
        write_p95_s=_scaled(clock, lambda: _write_p95_s(runtime)),
    )
    return ControlLoop(hass, entry, parts)


async def _async_open_store(
    hass: HomeAssistant, entry: BessaiConfigEntry
) -> ControlStore:
    """Return what is owed to a plant.

    Raises:
        ConfigEntryError: If there is a file of which nobody knows what it says: to
            begin anew would leave the plant for good as a command has left it.
    """
    store = ControlStore(hass, entry.entry_id)
    try:
        await store.async_load()
    except UNREADABLE as err:
        raise ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key="journal_unreadable",
            translation_placeholders={"file": store.key, "error": repr(err)},
        ) from err
    return store


@callback
def async_start_control(
    hass: HomeAssistant, entry: BessaiConfigEntry, control: ControlLoop
) -> None:
    """Begin to look at the plant and to beat; it ends with ``async_stop_control``.

    A command of a former life is ended in the background, before the first beat.
    """
    runtime = entry.runtime_data
    heartbeat = HeartbeatTask(hass, entry, control.async_beat)

    @callback
    def look() -> None:
        if runtime.readings.last_update_success:
            entry.async_create_background_task(
                hass, control.async_polled(), f"{entry.title} control"
            )

    async def begin() -> None:
        try:
            await control.async_recover()
        finally:
            heartbeat.async_start()  # it goes on with the recovery

    entry.async_on_unload(runtime.readings.async_add_listener(look))
    entry.async_on_unload(
        control.async_add_listener(_login_seeker(hass, entry, control))
    )
    Notifications(hass, entry, control, control.options, runtime.texts).async_start()
    # What Home Assistant runs at its stop event would come after the link is closed.
    entry.async_on_unload(hass.async_add_shutdown_job(HassJob(control.async_close)))
    entry.async_create_background_task(hass, begin(), f"{entry.title} recovery")
    runtime.heartbeat = heartbeat


def _login_seeker(
    hass: HomeAssistant, entry: BessaiConfigEntry, control: ControlLoop
) -> Callable[[], None]:
    """Return what asks for the installer's login when the plant begins to want it."""
    was_refused = False

    async def ask() -> None:
        unit_id = entry.runtime_data.driver.identity.unit_id
        if await login_is_offered(entry.runtime_data.endpoint.unit(unit_id)):
            entry.async_start_reauth(hass)

    @callback
    def look() -> None:
        nonlocal was_refused
        is_new = control.permission_refused and not was_refused
        was_refused = control.permission_refused
        if is_new:
            entry.async_create_background_task(hass, ask(), f"{entry.title} login")

    return look


async def async_stop_control(runtime: BessaiRuntime) -> None:
    """Release the plant, and beat no more."""
    if runtime.control is None:
        return
    if runtime.heartbeat is not None:
        await runtime.heartbeat.async_stop()
    await runtime.control.async_close()
    await runtime.control.audit.async_close()


def _write_p95_s(runtime: BessaiRuntime) -> float | None:
    statistics = runtime.endpoint.statistics
    return statistics.write_p95_s or statistics.latency_p95_s


def _scaled(
    clock: ControlClock, measure: Callable[[], float | None]
) -> Callable[[], float | None]:
    """Return a measure of our seconds in those of the control clock."""

    def scaled() -> float | None:
        seconds = measure()
        return None if seconds is None else clock.passed_s(seconds)

    return scaled
