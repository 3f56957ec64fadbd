"""A file of what was learned: it can be lost, but never stand in the way."""

from collections.abc import Callable
from typing import Any

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

from .const import LOGGER

UNREADABLE = (
    HomeAssistantError,
    OSError,
    NotImplementedError,  # an older major version
    AttributeError,
    KeyError,
    OverflowError,
    TypeError,
    ValueError,
)
"""What reading a damaged file or document ends with."""


class LastingStore(Store[dict[str, Any]]):
    """A store whose saves cannot be postponed for ever, and that loads in any case."""

    _is_save_due = False

    async def async_load_or_begin(self) -> dict[str, Any] | None:
        """Return what was kept; ``None`` if there is nothing that can be read.

        A file of a later version, or one that cannot be opened, is told of in the log.
        """
        try:
            return await self.async_load()
        except UNREADABLE as err:
            LOGGER.warning("Beginning anew, %s cannot be read: %r", self.key, err)
            return None

    @callback
    def async_save_within(
        self, document: Callable[[], dict[str, Any]], delay_s: float
    ) -> None:
        """Save at the latest after a time, and when Home Assistant stops.

        ``async_delay_save`` alone postpones what is due with each call.
        """
        if self._is_save_due:
            return

        @callback
        def write() -> dict[str, Any]:
            self._is_save_due = False
            return document()

        self._is_save_due = True
        self.async_delay_save(write, delay_s)

    async def async_save(self, data: dict[str, Any]) -> None:
        """Save now; what was due is part of it."""
        self._is_save_due = False
        await super().async_save(data)
