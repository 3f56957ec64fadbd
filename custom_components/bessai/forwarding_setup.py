"""Builds what forwards to the cloud, and keeps it going while the entry is loaded.

Whoever does not forward pays nothing for it: the parts are loaded when they are needed.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN, SECTION_FORWARDING
from .lasting_store import LastingStore
from .runtime import BessaiConfigEntry, BessaiRuntime

VERSION: Final = 1
OUTBOX: Final = (DOMAIN, "outbox")
"""Below Home Assistant's config directory."""

REAUTH_CLOUD: Final = "reauth_cloud"
"""Among the data of a reauthentication that is about the key of the cloud."""

CLOUD_KEY_STEP: Final = "cloud_key"
"""Of the dialog that asks for another key."""


def outbox_path(hass: HomeAssistant, entry_id: str) -> Path:
    """Return the file of an entry's outbox."""
    return Path(hass.config.path(*OUTBOX, f"{entry_id}.sqlite"))


def figures_store(hass: HomeAssistant, entry_id: str) -> LastingStore:
    """Return the file of what entities show after a restart."""
    return LastingStore(hass, VERSION, f"{DOMAIN}.{entry_id}.forwarding")


async def async_build_forwarder(
    hass: HomeAssistant, entry: BessaiConfigEntry, runtime: BessaiRuntime
) -> None:
    """Give a plant what forwards to the cloud, if its owner wants that."""
    if _may_be_on(entry.options):
        await hass.async_add_import_executor_job(_load_line)
        from .forwarding_line import async_build_line  # noqa: PLC0415 - loaded now

        path = outbox_path(hass, entry.entry_id)
        runtime.forwarder = async_build_line(hass, entry, runtime, path)


@callback
def async_start_forwarder(hass: HomeAssistant, entry: BessaiConfigEntry) -> None:
    """Begin to listen and to send; it ends with ``async_stop_forwarder``."""
    forwarder = entry.runtime_data.forwarder
    if forwarder is not None:
        from .forwarding_line import async_start_line  # noqa: PLC0415 - loaded by now

        async_start_line(hass, entry, forwarder)


async def async_stop_forwarder(runtime: BessaiRuntime) -> None:
    """Send no more, and put away what is not acknowledged."""
    if runtime.forwarder is not None:
        await runtime.forwarder.async_stop()


async def async_load_dialog(hass: HomeAssistant) -> None:
    """Load what an owner is asked and shown about forwarding."""
    await hass.async_add_import_executor_job(_load_dialog)


async def async_remove_forwarding(hass: HomeAssistant, entry_id: str) -> None:
    """Forget the key and the messages of a plant that is being removed."""
    await hass.async_add_import_executor_job(_load_line)
    from .forwarding_key import CloudKey  # noqa: PLC0415 - loaded by now
    from .forwarding_recovery import async_forget_recovery  # noqa: PLC0415

    await CloudKey(hass, entry_id).async_remove()
    await figures_store(hass, entry_id).async_remove()
    async_forget_recovery(hass, entry_id)
    await hass.async_add_executor_job(_remove_outbox, outbox_path(hass, entry_id))


def _may_be_on(options: Mapping[str, Any]) -> bool:
    """Return whether it takes a closer look: it is wanted, or the options are damaged.

    Who takes that look says what is damaged.
    """
    section = options.get(SECTION_FORWARDING, {})
    return not isinstance(section, Mapping) or bool(section.get("enabled"))


def _load_dialog() -> None:
    """Load the parts of the dialog; this reads files."""
    from . import forwarding_choice  # noqa: F401, PLC0415 - with the form


def _load_line() -> None:
    """Load the parts; this reads files."""
    from . import forwarding_line  # noqa: F401, PLC0415 - with SQLite


def _remove_outbox(path: Path) -> None:
    from .forwarding_desk import remove_outbox  # noqa: PLC0415 - with SQLite

    remove_outbox(path)
