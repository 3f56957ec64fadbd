"""What to attach to a bug report: everything but who and where."""

from dataclasses import asdict
from typing import Any, Final

from homeassistant.components.diagnostics import REDACTED
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant

from .const import CONF_SERIAL_NUMBER
from .control_loop import ControlLoop
from .coordinator import PlantCoordinator
from .device.driver import PlantDriver
from .model_status import ModelState
from .options import CONF_TARGETS
from .runtime import BessaiConfigEntry

OWNERS: Final = frozenset(
    {
        CONF_HOST,
        CONF_PASSWORD,
        CONF_SERIAL_NUMBER,
        CONF_TARGETS,
        CONF_USERNAME,
        "by",
        "client_email",
        "emulator_address",
        "private_key",
        "private_key_id",
        "project",
        "site_id",
        "token",
        "topic",
        "who",
    }
)
"""What tells whose plant it is, or who commands it, or opens it."""

EVIDENCE: Final = frozenset({"measured", "expected"})


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
        "options": dict(entry.options),
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
        "control": None if runtime.control is None else _control(runtime.control),
        "anomaly": None if runtime.anomaly is None else runtime.anomaly.summary(),
        "models": {one.purpose: _model(one) for one in runtime.models.states},
        "forwarding": _forwarding(entry),
    }
    redacted: dict[str, Any] = _without(document, _names(entry), _secret_keys(driver))
    return redacted


def _control(control: ControlLoop) -> dict[str, Any]:
    """Return what is commanded, what is in the way, and what was done before."""
    command = control.command
    return {
        "limits": asdict(control.options.limits),
        "blocks": [asdict(ground) for ground in control.blocks],
        "command": None if command is None else asdict(command),
        "expires_at": control.command_expires_at,
        "lease_terms": asdict(control.lease_terms),
        "heartbeat": {
            "period_s": control.heartbeat_period_s,
            "counter": control.watchdog.counter,
            "misses": control.watchdog.misses,
            "is_lost": control.watchdog.is_lost,
        },
        "foreign_command": control.foreign_command,
        "permission_refused": control.permission_refused,
        "owed_settings": dict(control.owed_settings),
        "stored_writes_today": control.stored_writes_today,
        "audit": [entry.as_document() for entry in control.audit.entries],
    }


def _forwarding(entry: BessaiConfigEntry) -> dict[str, Any] | None:
    """Return how it stands with the cloud, and nothing of where or who that is."""
    forwarder = entry.runtime_data.forwarder
    if forwarder is None:
        return None
    from .forwarding_options import (  # noqa: PLC0415 - loaded with the forwarder
        ForwardingOptions,
    )

    options = ForwardingOptions.from_mapping(entry.options)
    names = [options.project, options.topic, options.site_id, options.emulator_address]
    shown: dict[str, Any] = _without(
        forwarder.summary(), [name for name in names if name], OWNERS
    )
    return shown


def _model(state: ModelState) -> dict[str, Any]:
    """Return which model was chosen, and which is in use or why it is not."""
    card, refused = state.card, state.refused
    return {
        "chosen": state.chosen,
        "backend": state.backend,
        "card": None
        if card is None
        else {"name": card.name, "version": card.version, "sha256": card.sha256},
        "refused": None if refused is None else asdict(refused),
    }


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
        if document.get("subject") in keys:
            keys |= EVIDENCE  # of a finding about something secret
        return {
            key: REDACTED if key in keys else _without(value, names, keys)
            for key, value in document.items()
        }
    if isinstance(document, list | tuple | set | frozenset):
        return [_without(item, names, keys) for item in document]
    if isinstance(document, str):
        # Longest first: one may be the beginning of another.
        for name in sorted(names, key=len, reverse=True):
            document = document.replace(name, REDACTED)
    return document
