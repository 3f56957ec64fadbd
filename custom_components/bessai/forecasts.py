"""Load and PV of the next three days, renewed each quarter hour."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import (
    CALLBACK_TYPE,
    CoreState,
    HomeAssistant,
    callback,
)
from homeassistant.helpers.event import async_track_utc_time_change
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from .const import DOMAIN, LOGGER
from .core.power_forecast import PowerForecast
from .core.telemetry import Telemetry
from .forecast_notes import ForecastNote
from .forecast_run import Learned, RunInputs, RunResult, run_forecasts
from .forecast_sources import async_pv_candidates
from .lasting_store import LastingStore
from .planning.forecast_error import (
    LEAD_H,
    ForecastError,
    ForecastRecord,
    UnreadableRecord,
)
from .plant_history import MeasuredPowers, PlantHistory, UnreadableHistory

VERSION: Final = 1
SAVE_WITHIN_S: Final = 3600
"""A quarter hour lost at a crash is nothing, a worn memory card is."""

SECOND: Final = 2
"""After the quarter hour has begun: its clock ticks for many."""

RAW_LEAD_H: Final = 1
RAW_KEPT: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastOptions:
    """What the owner chose for the forecasts."""

    pv_forecast: str | None = None
    """Entity, or config entry of a solar-forecast platform; ``None``: what is found."""

    load_history: str | None = None
    """Entity with statistics to learn the load from; ``None``: our own sensor."""


class Forecasts:
    """Keeps the forecasts of a plant up to date, and counts how far they are off."""

    load: PowerForecast | None = None
    """From the quarter hour of the last refresh on, in steps of a quarter hour."""

    pv: PowerForecast | None = None
    notes: tuple[ForecastNote, ...] = ()
    """What the forecasts lack."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        serial_number: str,
        options: ForecastOptions,
    ) -> None:
        """Forecast for the plant of an entry; nothing happens before it is started."""
        self._hass = hass
        self._entry = entry
        self._options = options
        self._history = PlantHistory(hass, serial_number, options.load_history)
        self._store = forecast_store(hass, entry.entry_id)
        self._records = {
            "load": ForecastRecord(),
            "pv": ForecastRecord(),
            "raw_pv": ForecastRecord((RAW_LEAD_H,), RAW_KEPT),
        }
        self._learned: Learned | None = None
        self._lock = asyncio.Lock()
        self._listeners: dict[object, CALLBACK_TYPE] = {}
        self._timers: list[CALLBACK_TYPE] = []
        self._is_running = self._is_restored = False

    async def async_start(self) -> None:
        """Load what was kept, forecast, and go on doing so each quarter hour."""
        self._is_running = True
        await self._async_restore()
        self._timers.append(
            async_track_utc_time_change(
                self._hass, self._on_quarter, minute=(0, 15, 30, 45), second=SECOND
            )
        )
        if self._hass.state is not CoreState.running:
            self._refresh_soon(dt_util.utcnow())
        # Entities and platforms of others may come after us.
        self._timers.append(async_at_started(self._hass, self._on_started))

    async def async_stop(self) -> None:
        """End the work; keep what was learned."""
        self._is_running = False
        for cancel in self._timers:
            cancel()
        self._timers.clear()
        if self._is_restored:  # else there is more on disk than we know
            await self._store.async_save(self._document())

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a function after each refresh; return what ends that."""
        key = object()
        self._listeners[key] = listener
        return lambda: _drop(self._listeners, key)

    @callback
    def async_observe(self, telemetry: Telemetry) -> None:
        """Take the powers of a poll that succeeded."""
        self._history.async_observe(telemetry)

    async def async_history(self, start: datetime, end: datetime) -> MeasuredPowers:
        """Return measured load and PV power by quarter hour, also of long ago."""
        return await self._history.async_history(start, end)

    def error(self, kind: str, lead_h: int = LEAD_H) -> ForecastError | None:
        """Return how far forecasts were off in the last seven days.

        Args:
            kind: ``load`` or ``pv``.
            lead_h: 1, 6 or 24: how far ahead they looked.
        """
        powers = self._history.measured
        measured = powers.load if kind == "load" else powers.pv
        return self._records[kind].error(measured, dt_util.utcnow(), lead_h)

    async def async_refresh(self, now: datetime) -> None:
        """Forecast anew; ``now`` is aware. Those who ask at once are served in turn."""
        async with self._lock:
            self._history.async_pass_time(now)
            await self._history.async_read_recorder(now)
            inputs = RunInputs(
                now=now,
                zone=dt_util.get_default_time_zone(),
                measured=self._history.measured,
                foreseen_pv=dict(self._records["raw_pv"].said(RAW_LEAD_H)),
                candidates=await async_pv_candidates(
                    self._hass, self._options.pv_forecast
                ),
                chosen_pv=self._chosen_name(),
                learned=self._learned,
            )
            result = await self._hass.async_add_executor_job(run_forecasts, inputs)
            if not self._is_running:
                return
            self._take(result, now)
            self._store.async_save_within(self._document, SAVE_WITHIN_S)
        for listener in list(self._listeners.values()):
            listener()

    @callback
    def _chosen_name(self) -> str | None:
        """Return what to call the PV forecast that the owner chose."""
        chosen = self._options.pv_forecast
        entry = chosen and self._hass.config_entries.async_get_entry(chosen)
        return entry.title if entry else chosen

    @callback
    def _take(self, result: RunResult, now: datetime) -> None:
        self._learned = result.learned
        for kind, forecast in (
            ("load", result.load),
            ("pv", result.pv),
            ("raw_pv", result.raw_pv),
        ):
            if forecast is not None:
                self._records[kind].note(forecast, now)
        self.load = self._with_error("load", result.load)
        self.pv = self._with_error("pv", result.pv)
        self.notes = (*self._history.notes, *result.notes)

    def _with_error(
        self, kind: str, forecast: PowerForecast | None
    ) -> PowerForecast | None:
        error = self.error(kind)
        if forecast is None or error is None:
            return forecast
        return replace(forecast, error_w=error.mae_w)

    @callback
    def _on_quarter(self, now: datetime) -> None:
        self._refresh_soon(now)

    @callback
    def _on_started(self, hass: HomeAssistant) -> None:
        self._refresh_soon(dt_util.utcnow())

    @callback
    def _refresh_soon(self, now: datetime) -> None:
        """Refresh in a task that ends with the entry."""
        self._entry.async_create_background_task(
            self._hass, self.async_refresh(now), f"{self._entry.title} forecasts"
        )

    async def _async_restore(self) -> None:
        document = await self._store.async_load_or_begin()
        self._is_restored = True
        if not document:
            return
        try:
            self._history.restore(document.get("history", {}))
            for kind, record in self._records.items():
                record.restore(document.get("said", {}).get(kind, {}))
        except (AttributeError, UnreadableHistory, UnreadableRecord) as err:
            LOGGER.warning("Some of what the forecasts had learned is lost: %s", err)

    def _document(self) -> dict[str, Any]:
        return {
            "history": self._history.as_document(),
            "said": {
                kind: record.as_document() for kind, record in self._records.items()
            },
        }


def forecast_store(hass: HomeAssistant, entry_id: str) -> LastingStore:
    """Return the file that keeps what the forecasts of an entry go by."""
    return LastingStore(hass, VERSION, f"{DOMAIN}.{entry_id}.forecasts")


def _drop(listeners: dict[object, Callable[[], None]], key: object) -> None:
    listeners.pop(key, None)
