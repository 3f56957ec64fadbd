"""Keeps what is owed to a plant: on disk before the plant is touched."""

from collections.abc import Container
from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

from .const import DOMAIN, LOGGER
from .control.journal_document import (
    UnreadableJournal,
    journal_document,
    parse_journal,
)
from .core.command import CommandError, ControlJournal

VERSION = 1
UNSAVED = "what is owed to the plant could not be saved to disk"


class ControlStore:
    """The control journal of one entry."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Name the file after the entry."""
        self._hass = hass
        self.key = f"{DOMAIN}.{entry_id}.control"
        self._store = self._new_store()
        self.journal = ControlJournal()

    async def async_load(self) -> None:
        """Load the journal; one that cannot be read is an empty one."""
        document = await self._store.async_load()
        if document is None:
            return
        try:
            self.journal = parse_journal(document)
        except UnreadableJournal as err:
            LOGGER.error("What was owed to the plant is lost: %s", err)

    def forget_unknown(self, known: Container[str]) -> None:
        """Give up settings that the profile does not have: nobody could put them back.

        Args:
            known: The keys of its registers.
        """
        owed = self.journal.originals
        for key in [key for key in owed if key not in known]:
            LOGGER.error("%s was %s and cannot be put back", key, owed[key].value)
        originals = {key: one for key, one in owed.items() if key in known}
        self.journal = replace(self.journal, originals=originals)

    async def async_keep(self, journal: ControlJournal) -> None:
        """Write the journal to disk before this returns.

        Raises:
            CommandError: If it is not there now.
        """
        self.journal = journal
        document = journal_document(journal)
        # A store that cannot be written only logs that, and while Home Assistant stops
        # it writes later: nothing is begun any more then, only ended.
        try:
            await self._store.async_save(document)
            is_there = await self._new_store().async_load() == document
        except (HomeAssistantError, OSError) as err:
            raise CommandError(f"{UNSAVED}: {err}") from err
        if not (is_there or self._hass.is_stopping):
            raise CommandError(UNSAVED)

    def _new_store(self) -> Store[dict[str, Any]]:
        return Store(self._hass, VERSION, self.key)

    async def async_remove(self) -> None:
        """Delete the file."""
        await self._store.async_remove()
