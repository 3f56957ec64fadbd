"""Builds what watches over a plant, and keeps it going while the entry is loaded."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .anomaly_monitor import AnomalyMonitor
from .audit import AuditTrail
from .const import CONF_TIME_FACTOR
from .control_clock import ControlClock
from .device.observation import build_expectations
from .finding_blocker import async_block_by_findings
from .finding_notices import FindingNotices
from .finding_words import words_of
from .options import detects_anomalies
from .plant_witness import PlantWitness
from .runtime import BessaiConfigEntry, BessaiRuntime


def can_be_watched(runtime: BessaiRuntime) -> bool:
    """Return whether the profile says by what a plant can be judged."""
    profile = runtime.driver.profile
    return profile.safety is not None and profile.plausibility is not None


async def async_build_monitor(
    hass: HomeAssistant, entry: BessaiConfigEntry, runtime: BessaiRuntime
) -> None:
    """Give a plant what watches over it, unless its owner wants none.

    Also where nothing can be commanded: what is shown should be true there, too.
    """
    if not detects_anomalies(entry.options) or not can_be_watched(runtime):
        return
    factor = float(entry.data.get(CONF_TIME_FACTOR, 1))
    witness = PlantWitness(
        entry,
        runtime.driver,
        (runtime.readings, runtime.settings),
        ControlClock(dt_util.utcnow(), hass.loop.time, factor),
        runtime.control,
    )
    audit = await _async_audit(hass, entry, runtime)
    entry.async_on_unload(runtime.writes.add(witness.add_write))
    expectations = build_expectations(runtime.driver.profile)
    monitor = AnomalyMonitor(hass, entry, witness, expectations, audit)
    await monitor.async_load()
    runtime.anomaly = monitor


async def _async_audit(
    hass: HomeAssistant, entry: BessaiConfigEntry, runtime: BessaiRuntime
) -> AuditTrail:
    """Return the trail of the control loop, or one for findings alone."""
    if runtime.control is not None:
        return runtime.control.audit
    audit = AuditTrail(hass, entry.entry_id)
    await audit.async_load()
    return audit


@callback
def async_start_monitor(hass: HomeAssistant, entry: BessaiConfigEntry) -> None:
    """Begin to watch, before the control loop looks at the same polls."""
    runtime = entry.runtime_data
    monitor, control = runtime.anomaly, runtime.control
    if monitor is None:
        return
    if control is not None:
        entry.async_on_unload(async_block_by_findings(monitor, control))
        words = words_of(runtime.driver.profile, runtime.texts)
        FindingNotices(hass, entry, monitor, control, words).async_start()
    monitor.async_start(runtime.readings)


async def async_stop_monitor(runtime: BessaiRuntime) -> None:
    """Watch no more, and keep what was learned."""
    if runtime.anomaly is None:
        return
    await runtime.anomaly.async_stop()
    if runtime.control is None:
        await runtime.anomaly.audit.async_close()
