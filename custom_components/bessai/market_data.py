"""Keeps the price curve: asks sources, fills what is not published, tells others."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import (
    CALLBACK_TYPE,
    CoreState,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.event import (
    async_call_later,
    async_track_state_change_event,
    async_track_utc_time_change,
)
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from .const import LOGGER
from .core.interval import Interval
from .core.price_curve import PriceCurve, PriceCurveError, PriceStep
from .core.price_outlook import PriceOutlook
from .market_curve import (
    EXPORT,
    IMPORT,
    BuiltMarket,
    Past,
    build_market,
    build_past,
)
from .planning.price_forecast import look_back
from .price_feed import FeedChoice, PriceFeed
from .price_formula import FormulaError
from .price_history import PriceHistory
from .price_notes import Note, build_notes
from .price_options import SOURCE_NONE, ExportMode, PriceOptions
from .price_outlooks import PriceOutlooks

QUARTERS: Final = (0, 15, 30, 45)
COOLDOWN_S: Final = 3.0
"""Entities with prices change several attributes one after another."""

RETRY_S: Final = 60.0
"""After a failure; later failures wait for the next quarter hour."""


class MarketData:
    """Prices for one entry; started, it keeps them up to date by itself."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        options: PriceOptions,
        outlooks: PriceOutlooks | None = None,
    ) -> None:
        """Begin without prices.

        Args:
            hass: Home Assistant.
            entry: Whose prices these are.
            options: The owner's choices.
            outlooks: Learns what prices will be; without it, recent days are a guess.
        """
        self._hass, self._entry, self._options = hass, entry, options
        self._feeds, self._outlooks = _build_feeds(hass, options), outlooks
        self._history = PriceHistory(hass, entry.entry_id)
        self._lock = asyncio.Lock()
        self._listeners: list[CALLBACK_TYPE] = []
        self._cleanups: list[CALLBACK_TYPE] = []
        self._cancel_retry: CALLBACK_TYPE | None = None
        self._is_loaded = self._is_running = False
        self._looked_back: set[str] = set()
        self.curve: PriceCurve | None = None
        self.notes: tuple[Note, ...] = ()

    @property
    def publishes_daily(self) -> bool:
        """Whether prices come a day ahead; those of a tariff are always known."""
        return self._options.has_market

    @property
    def source_name(self) -> str:
        """The name of the source, for people; the option's value for a tariff."""
        feed = self._feeds.get(IMPORT)
        return self._options.source if feed is None else feed.label

    def current(self, now: datetime) -> PriceStep | None:
        """Return the prices of an aware moment, ``None`` where they are not known."""
        return None if self.curve is None else self.curve.at(now)

    async def async_ahead(self, hours: int, now: datetime) -> PriceCurve | None:
        """Return the prices of so many hours from now on, with forecasts."""
        options = replace(self._options, price_horizon_h=hours)
        return (await self._async_build(options, now)).curve

    @property
    def outlook(self) -> PriceOutlook | None:
        """What is expected of the import market; ``None``: too little is known."""
        return None if self._outlooks is None else self._outlooks.of(IMPORT)

    async def async_past(self, span: Interval) -> PriceCurve | None:
        """Return what prices were, from the first one of a span that is remembered.

        ``None`` if there is none, or the owner's formula fails.
        """
        known = {
            name: self._history.of(self._history_key(), name) for name in self._feeds
        }
        try:
            return await self._hass.async_add_executor_job(
                build_past, self._hass, self._options, self._feeds, known, span
            )
        except (FormulaError, PriceCurveError) as err:
            LOGGER.warning("The prices of the past cannot be computed: %s", err)
            return None

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call someone after each refresh; return what ends that."""
        self._listeners.append(listener)

        @callback
        def remove() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return remove

    async def async_start(self) -> None:
        """Get prices now, and keep them up to date from now on."""
        self._is_running = True
        await self.async_refresh()
        if not self._is_running or self._options.source == SOURCE_NONE:
            return
        debouncer = Debouncer(
            self._hass,
            LOGGER,
            cooldown=COOLDOWN_S,
            immediate=False,
            function=self.async_refresh,
        )
        watched = [one for feed in self._feeds.values() for one in feed.watched()]

        @callback
        def changed(_: Event[EventStateChangedData]) -> None:
            debouncer.async_schedule_call()

        self._cleanups = [
            debouncer.async_shutdown,
            async_track_state_change_event(self._hass, watched, changed),
            async_track_utc_time_change(
                self._hass, self._async_tick, minute=QUARTERS, second=1
            ),
        ]
        if self._hass.state is not CoreState.running:
            # Integrations that load after us may have the prices.
            self._cleanups.append(async_at_started(self._hass, self._async_on_start))

    async def async_stop(self) -> None:
        """Stop asking, and keep what was learned."""
        self._is_running = False
        for cleanup in self._cleanups:
            cleanup()
        self._cleanups.clear()
        self._async_cancel_retry()
        self._listeners.clear()
        if self._is_loaded and self._feeds:
            await self._history.async_save()

    async def async_refresh(self) -> None:
        """Ask the sources that are due, and build the curve anew."""
        async with self._lock:
            try:
                await self._async_refresh(dt_util.utcnow())
            except Exception:  # noqa: BLE001 - listeners outlive a bad payload
                LOGGER.exception("The prices could not be refreshed")
                return
        for listener in tuple(self._listeners):
            listener()

    async def _async_tick(self, _: datetime) -> None:
        await self.async_refresh()

    async def _async_on_start(self, _: HomeAssistant) -> None:
        await self.async_refresh()

    async def _async_refresh(self, now: datetime) -> None:
        if not self._is_loaded:
            await self._history.async_load()
            self._is_loaded = True
        for feed in self._feeds.values():
            if feed.is_due(now):
                await feed.async_read(now)
        await self._async_look_back(now)
        built = await self._async_build(self._options, now)
        self.curve = built.curve
        self.notes = build_notes(built.notes)
        if built.learned and self._has_currency:
            self._async_keep(built.learned)
        self._async_retry()

    async def _async_build(self, options: PriceOptions, now: datetime) -> BuiltMarket:
        return await self._hass.async_add_executor_job(
            build_market, self._hass, options, self._feeds, self._past(), now
        )

    def _past(self) -> dict[str, Past]:
        key, outlooks = self._history_key(), self._outlooks
        return {
            name: Past(
                known=self._history.of(key, name),
                outlook=None if outlooks is None else outlooks.of(name),
            )
            for name in self._feeds
        }

    @callback
    def _async_keep(self, learned: dict[str, dict[datetime, float]]) -> None:
        """Keep what is known now, and learn from it what is new."""
        self._history.keep(self._history_key(), learned)
        if not self._is_running:
            return
        self._history.async_save_later()
        if self._outlooks is not None:
            self._outlooks.async_learn(learned, self.async_refresh)

    async def _async_look_back(self, now: datetime) -> None:
        """Let the recorder teach what a sensor without a list cannot, once."""
        for name, feed in self._feeds.items():
            if not feed.is_current_only or name in self._looked_back:
                continue
            if not self._has_currency:
                continue
            self._looked_back.add(name)
            past = await feed.async_look_back(now)
            known = self._history.of(self._history_key(), name)
            self._history.add(self._history_key(), name, look_back(past, now) | known)

    @callback
    def _async_retry(self) -> None:
        """Ask a source that failed once more, before the next quarter hour."""
        has_failed = any(feed.failure is not None for feed in self._feeds.values())
        if not has_failed:
            self._async_cancel_retry()
        elif self._is_running and self._cancel_retry is None:
            self._cancel_retry = async_call_later(self._hass, RETRY_S, self._async_tick)

    @callback
    def _async_cancel_retry(self) -> None:
        if self._cancel_retry is not None:
            self._cancel_retry()
        self._cancel_retry = None

    @property
    def _has_currency(self) -> bool:
        """Whether the import market has said in which currency its prices are.

        Before that nobody knows whether the history is of the same prices.
        """
        feed = self._feeds.get(IMPORT)
        return feed is None or feed.series is not None

    def _history_key(self) -> str:
        options = self._options
        feed = self._feeds.get(IMPORT)
        series = None if feed is None else feed.series
        currency = series.currency if series is not None else ""
        return "|".join(
            (
                *(options.asked, options.series or "", options.export_source or ""),
                *(currency, options.unit or "", str(options.exchange_rate or "")),
            )
        )


def _build_feeds(hass: HomeAssistant, options: PriceOptions) -> dict[str, PriceFeed]:
    feeds: dict[str, PriceFeed] = {}
    if options.has_market:
        feeds[IMPORT] = PriceFeed(hass, FeedChoice.of_import(options))
    if options.export_mode is ExportMode.SOURCE and options.source != SOURCE_NONE:
        feeds[EXPORT] = PriceFeed(hass, FeedChoice.of_export(options))
    return feeds
