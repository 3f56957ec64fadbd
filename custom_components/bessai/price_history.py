"""Keeps the market's prices of the last two weeks, for the price forecast."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from homeassistant.core import HomeAssistant

from .const import DOMAIN, LOGGER
from .lasting_store import UNREADABLE, LastingStore

VERSION: Final = 1
SAVE_DELAY_S: Final = 600
"""Most of it can be asked for again."""


class PriceHistory:
    """Market prices of one entry by their quarter hour, on disk; import and export."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Name the file after the entry."""
        self._store = LastingStore(hass, VERSION, f"{DOMAIN}.{entry_id}.prices")
        self.source = ""
        """Which source and currency they are of: others are of no use."""

        self.tracks: dict[str, dict[datetime, float]] = {}

    async def async_load(self) -> None:
        """Load it, or begin anew where there is none that can be read."""
        document = await self._store.async_load_or_begin()
        if document is None:
            return
        try:
            self.source = str(document["source"])
            self.tracks = {
                name: _parse(track) for name, track in document["tracks"].items()
            }
        except UNREADABLE as err:
            LOGGER.warning("Starting with an empty history of prices: %r", err)
            self.source, self.tracks = "", {}

    def of(self, source: str, track: str) -> dict[datetime, float]:
        """Return the prices of a source, empty if the source has changed."""
        return self.tracks.get(track, {}) if source == self.source else {}

    def keep(self, source: str, tracks: Mapping[str, dict[datetime, float]]) -> None:
        """Take over what is known now."""
        self.source, self.tracks = source, dict(tracks)

    def add(self, source: str, track: str, prices: dict[datetime, float]) -> None:
        """Take over what is known of one track, beside those of the same source."""
        others = self.tracks if source == self.source else {}
        self.keep(source, {**others, track: prices})

    def async_save_later(self) -> None:
        """Save within some minutes, and in any case when Home Assistant stops."""
        self._store.async_save_within(self._document, SAVE_DELAY_S)

    async def async_save(self) -> None:
        """Save now."""
        await self._store.async_save(self._document())

    async def async_remove(self) -> None:
        """Delete the file."""
        await self._store.async_remove()

    def _document(self) -> dict[str, Any]:
        tracks = {
            name: {str(int(start.timestamp())): price for start, price in track.items()}
            for name, track in self.tracks.items()
        }
        return {"source": self.source, "tracks": tracks}


def _parse(track: Mapping[str, Any]) -> dict[datetime, float]:
    return {
        datetime.fromtimestamp(int(start), UTC): float(price)
        for start, price in track.items()
    }
