"""A line for Home Assistant's own health page."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .core.finding import Finding
from .runtime import BessaiConfigEntry


@callback
def async_register(
    hass: HomeAssistant, register: system_health.SystemHealthRegistration
) -> None:
    """Register the figures of all plants together."""
    register.async_register_info(_async_info)


async def _async_info(hass: HomeAssistant) -> dict[str, Any]:
    entries: list[BessaiConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    endpoints = {entry.runtime_data.endpoint for entry in entries}
    statistics = [endpoint.statistics for endpoint in endpoints]
    latencies = [one.latency_p95_s for one in statistics if one.latency_p95_s]
    return {
        "plants": len(entries),
        "answering": sum(
            entry.runtime_data.readings.last_update_success for entry in entries
        ),
        "findings": sum(len(_findings(entry)) for entry in entries),
        "requests": sum(one.requests for one in statistics),
        "errors": sum(one.failed_requests for one in statistics),
        "slowest_p95_ms": round(1000 * max(latencies, default=0)),
        "inference": await hass.async_add_executor_job(_engine),
        "cloud_backlog": sum(_backlog(entry) for entry in entries),
    }


def _findings(entry: BessaiConfigEntry) -> tuple[Finding, ...]:
    """Return what is off about a plant, where somebody looks."""
    monitor = entry.runtime_data.anomaly
    return () if monitor is None else monitor.findings


def _backlog(entry: BessaiConfigEntry) -> int:
    """Return how many messages wait for the cloud, where somebody forwards."""
    forwarder = entry.runtime_data.forwarder
    return 0 if forwarder is None else forwarder.figures.backlog


def _engine() -> str:
    """Return what models run on; it is not imported, only looked for."""
    try:
        return f"onnxruntime {version('onnxruntime')}"
    except PackageNotFoundError:
        return "numpy"
