"""What to attach to a bug report: everything but who and where."""

from dataclasses import asdict
from typing import Any, Final

from homeassistant.components.diagnostics import REDACTED
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant

from .const import CONF_SERIAL_NUMBER
from .coordinator import PlantCoordinator
from .device.driver import PlantDriver
from .runtime import BessaiConfigEntry

OWNERS: Final = frozenset({CONF_HOST, CONF_SERIAL_NUMBER})
"""What in the data of an entry tells whose plant it is."""


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: BessaiConfigEntry
) -> dict[str, Any]:
    """Return the state of a plant, with nothing that tells whose it is."""
    if entry.state is not ConfigEntryState.LOADED:
        return {
            "entry": _without(dict(entry.data), [], OWNERS),
            "state": entry.state.value,
            "error": entry.error_reason_translation_key,
        }
    runtime = entry.runtime_data
    driver = runtime.driver
    document = {
        "entry": dict(entry.data),
        "profile": {"id": driver.profile.id, "version": driver.profile.version},
        "identity": {
            "model": driver.identity.model,
            "firmware": driver.identity.firmware,
            "unit_id": driver.identity.unit_id,
        },
        "parts": sorted(driver.parts),
        "link": asdict(runtime.endpoint.statistics),
        "readings": _telemetry(runtime.readings),
        "settings": _telemetry(runtime.settings),
        "memory": driver.memory.as_document(),
        "raw": _raw(driver),
    }
    redacted: dict[str, Any] = _without(document, _names(entry), _secret_keys(driver))
    return redacted


def _telemetry(coordinator: PlantCoordinator) -> dict[str, Any]:
    telemetry = coordinator.data
    period = coordinator.update_interval
    return {
        "period_s": period.total_seconds() if period else None,
        "last_exception": repr(coordinator.last_exception),
        "telemetry": asdict(telemetry) if telemetry else None,
    }


def _secret_keys(driver: PlantDriver) -> frozenset[str]:
    registers = driver.profile.registers.values()
    secret = {register.key for register in registers if register.secret}
    return OWNERS | secret


def _raw(driver: PlantDriver) -> dict[int, int]:
    """Return the raw words without those of secret registers."""
    secret = {
        address
        for register in driver.profile.registers.values()
        if register.secret
        for address in range(register.address, register.end)
    }
    words = sorted(driver.raw.items())
    return {address: word for address, word in words if address not in secret}


def _names(entry: BessaiConfigEntry) -> list[str]:
    """Return the words that tell whose plant this is, wherever they turn up."""
    driver = entry.runtime_data.driver
    registers = driver.profile.registers.values()
    secrets = [driver.text(one.key) for one in registers if one.secret]
    names = (entry.data.get(CONF_HOST), entry.unique_id, *secrets)
    return [name for name in names if name]


def _without(document: Any, names: list[str], keys: frozenset[str]) -> Any:
    """Return a copy with secret keys and every mention of a name blacked out."""
    if isinstance(document, dict):
        return {
            key: REDACTED if key in keys else _without(value, names, keys)
            for key, value in document.items()
        }
    if isinstance(document, list | tuple | set | frozenset):
        return [_without(item, names, keys) for item in document]
    if isinstance(document, str):
        for name in names:
            document = document.replace(name, REDACTED)
    return document
