"""What one source has delivered so far, and when to ask it again."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .const import LOGGER
from .planning.price_forecast import KEPT
from .planning.price_series import (
    AHEAD,
    BLOCKING,
    NoteKind,
    PriceSeries,
    SeriesNote,
    SeriesPrice,
    build_series,
    in_currency,
)
from .planning.price_unit import PriceUnitError, parse_price_unit
from .price_options import PriceOptions
from .price_payloads import RawPrices
from .price_sources import PriceSource, SourceError, open_source
from .recorded_prices import async_recorded_prices

PUBLISHED_FROM: Final = 12
"""At this local hour it is time to look for tomorrow's prices: markets publish them at
about 13 o'clock."""

AGAIN_AFTER: Final = timedelta(hours=6)
"""Even if nothing is missing: prices are corrected, rarely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedChoice:
    """Which source, and what the owner says about its numbers."""

    asked: str
    """An entity, or ``<action>:<entry>``."""

    series: str | None
    unit: str | None
    exchange_rate: float | None

    @classmethod
    def of_import(cls, options: PriceOptions) -> FeedChoice:
        """Return the source of the import price."""
        return cls(
            asked=options.asked,
            series=options.series,
            unit=options.unit,
            exchange_rate=options.exchange_rate,
        )

    @classmethod
    def of_export(cls, options: PriceOptions) -> FeedChoice:
        """Return the source of the export price; it says its unit itself."""
        return cls(
            asked=options.export_source or "",
            series=options.series,
            unit=None,
            exchange_rate=options.exchange_rate,
        )


class PriceFeed:
    """The prices of one source: the last ones it gave are kept while it fails."""

    def __init__(self, hass: HomeAssistant, choice: FeedChoice) -> None:
        """Begin with nothing."""
        self._hass, self._choice = hass, choice
        self._asked_at: datetime | None = None
        self.series: PriceSeries | None = None
        self.is_current_only = False
        self.failure: SeriesNote | None = None
        self.label = choice.asked

    def watched(self) -> tuple[str, ...]:
        """Return the entities whose change means new prices."""
        source = self._open()
        return source.watched if source is not None else ()

    def is_due(self, now: datetime) -> bool:
        """Return whether it is time to ask."""
        source = self._open()
        if source is None or source.is_cheap or self._asked_at is None:
            return True
        is_recent = timedelta() <= now - self._asked_at < AGAIN_AFTER
        if self.failure is not None or not is_recent:
            return True
        end = self.series.end if self.series is not None else None
        return end is None or end < _wanted_until(now)

    async def async_read(self, now: datetime) -> None:
        """Ask the source; what it says wrong or not at all becomes a note."""
        self._asked_at = now
        try:
            source = open_source(self._hass, self._choice.asked, self._choice.series)
            self.label = source.label
            raw = await source.async_read(now)
            if not raw.items:
                raise SourceError("an answer without prices")  # noqa: TRY301
        except SourceError as err:
            if self.failure is None:
                LOGGER.info("No prices from %s: %s", self.label, err)
            self.failure = SeriesNote(kind=NoteKind.SOURCE_FAILED, text=str(err))
            return
        if self.failure is not None:
            LOGGER.info("There are prices from %s again", self.label)
        self.failure = None
        self.is_current_only = raw.is_current_only
        series = await self._hass.async_add_executor_job(self._checked, raw, now)
        self.series = series if source.is_cheap else _with_later(series, self.series)

    async def async_look_back(self, now: datetime) -> tuple[SeriesPrice, ...]:
        """Return what a sensor with only the current price has shown before."""
        raw = await async_recorded_prices(
            self._hass, self._choice.asked, now - KEPT, now
        )
        if raw is None:
            return ()
        series = await self._hass.async_add_executor_job(self._checked, raw, now)
        is_same = self.series is not None and series.currency == self.series.currency
        is_sound = not any(note.kind in BLOCKING for note in series.notes)
        return series.prices if is_same and is_sound else ()

    def notes(self) -> tuple[SeriesNote, ...]:
        """Return what there is to know about the last prices and the last question."""
        notes = self.series.notes if self.series is not None else ()
        return notes if self.failure is None else (self.failure, *notes)

    def _open(self) -> PriceSource | None:
        try:
            return open_source(self._hass, self._choice.asked, self._choice.series)
        except SourceError:
            return None

    def _checked(self, raw: RawPrices, now: datetime) -> PriceSeries:
        """Return the prices in the home's currency, or in their own."""
        home = self._hass.config.currency
        said = self._choice.unit or raw.unit
        currency = raw.currency or home
        notes = list(raw.notes)
        if said is None:
            said = f"{currency}/kWh"
            notes.append(SeriesNote(kind=NoteKind.UNIT_ASSUMED, text=said))
        try:
            unit = parse_price_unit(said, currency)
        except PriceUnitError:
            unknown = SeriesNote(kind=NoteKind.UNIT_UNKNOWN, text=said)
            return PriceSeries(currency=home, prices=(), notes=(*notes, unknown))
        is_certain = self._choice.unit is not None
        series = build_series(
            raw.items, unit, unit_is_certain=is_certain, until=now + AHEAD
        )
        rate = self._choice.exchange_rate
        if series.currency != home and rate is not None:
            series = in_currency(series, home, rate)
        elif series.currency != home:
            notes.append(
                SeriesNote(kind=NoteKind.CURRENCY_DIFFERS, text=series.currency)
            )
        return replace(series, notes=(*notes, *series.notes))


def _with_later(series: PriceSeries, before: PriceSeries | None) -> PriceSeries:
    """Return a series with what was known beyond its end.

    A server that could not be asked for tomorrow once more has not taken it back.
    """
    if before is None or series.end is None or before.currency != series.currency:
        return series
    end = series.end
    later = (price for price in before.prices if price.interval.start >= end)
    return replace(series, prices=(*series.prices, *later))


def _wanted_until(now: datetime) -> datetime:
    """Return until when prices should be known by now."""
    local = dt_util.as_local(now)
    days = 2 if local.hour >= PUBLISHED_FROM else 1
    return dt_util.start_of_local_day(local.date() + timedelta(days=days))
