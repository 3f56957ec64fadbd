"""Keeps what was learned about a plant across restarts."""

from homeassistant.core import HomeAssistant

from .const import DOMAIN, LOGGER
from .device.memory import PlantMemory, UnreadableMemory, parse_memory
from .lasting_store import LastingStore

VERSION = 1
SAVE_DELAY_S = 300
"""Counters change with every poll; five minutes of them are quickly counted again."""


class PlantStore:
    """The memory of one entry, on disk."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Name the file after the entry: a reconfigured entry keeps its memory."""
        self._store = LastingStore(hass, VERSION, f"{DOMAIN}.{entry_id}")
        self.memory = PlantMemory()

    async def async_load(self) -> None:
        """Load the memory, or begin anew where there is none that can be read."""
        document = await self._store.async_load_or_begin()
        if document is None:
            return
        try:
            self.memory = parse_memory(document)
        except UnreadableMemory as err:
            LOGGER.warning("Starting with an empty plant memory: %s", err)

    def async_save_later(self) -> None:
        """Save within some minutes, and in any case when Home Assistant stops."""
        self._store.async_delay_save(self.memory.as_document, SAVE_DELAY_S)

    async def async_save(self) -> None:
        """Save now."""
        await self._store.async_save(self.memory.as_document())

    async def async_remove(self) -> None:
        """Delete the file."""
        await self._store.async_remove()
