"""Keeps the market's prices of the last two years, for the price forecast."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from homeassistant.core import HomeAssistant

from .const import DOMAIN, LOGGER
from .lasting_store import UNREADABLE, LastingStore

VERSION: Final = 1
SAVE_DELAY_S: Final = 6 * 3600
"""Most of it can be asked for again, and a file of two years wears a memory card."""

QUARTER_S: Final = 900
HOUR_S: Final = 3600


class PriceHistory:
    """Market prices of one entry by their quarter hour, on disk; import and export."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Name the file after the entry."""
        self._hass = hass
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
            self.tracks = await self._hass.async_add_executor_job(
                _parse_tracks, document
            )
            self.source = str(document["source"])
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
        tracks = {name: _packed(track) for name, track in self.tracks.items()}
        return {"source": self.source, "tracks": tracks}


def _packed(track: Mapping[datetime, float]) -> list[dict[str, Any]]:
    """Return prices as rows of equal steps, which are quick to write and to read."""
    by_second = {int(start.timestamp()): price for start, price in track.items()}
    fine_from = min(
        (second // HOUR_S * HOUR_S for second in by_second if second % HOUR_S),
        default=max(by_second, default=0) + 1,
    )
    parts = (
        ([second for second in by_second if second < fine_from], HOUR_S),
        ([second for second in by_second if second >= fine_from], QUARTER_S),
    )
    return [
        {
            "start": min(seconds),
            "step": step_s,
            "values": [
                by_second.get(second)
                for second in range(min(seconds), max(seconds) + 1, step_s)
            ],
        }
        for seconds, step_s in parts
        if seconds
    ]


def _parse_tracks(document: Mapping[str, Any]) -> dict[str, dict[datetime, float]]:
    return {name: _parse(track) for name, track in document["tracks"].items()}


def _parse(track: Any) -> dict[datetime, float]:
    if isinstance(track, Mapping):  # as it was kept until version 0.1
        return {
            datetime.fromtimestamp(int(start), UTC): float(price)
            for start, price in track.items()
        }
    return {
        datetime.fromtimestamp(row["start"] + index * row["step"], UTC): float(price)
        for row in track
        for index, price in enumerate(row["values"])
        if price is not None
    }
