"""Learns what market prices will probably be, from their own past, in the background.

It takes a second or two, once for each change of what is known: planning goes on with
the mean of recent days meanwhile.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime, timedelta, tzinfo
from functools import partial
from math import fsum
from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .const import LOGGER
from .core.price_outlook import PriceOutlook
from .inference.errors import ModelRefused
from .inference.model_card import Purpose
from .model_library import ModelLibrary
from .model_options import NO_MODEL
from .model_status import Fallback, ModelState, ModelStatus
from .planning.price_forecast import LATELY, Quarters
from .planning.price_series import QUARTER

if TYPE_CHECKING:
    from .inference.model_loader import LoadedModel
    from .inference.price_lesson import Learned

LEAST_HISTORY: Final = timedelta(days=55)
"""Our own method needs eight weeks."""

HOURS: Final = 168
"""As far ahead as prices may be asked for."""


class PriceOutlooks:
    """What is expected of the markets of one entry."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        library: ModelLibrary,
        status: ModelStatus,
        chosen: str,
    ) -> None:
        """Expect nothing yet.

        Args:
            hass: Home Assistant.
            entry: Whose prices these are.
            library: Has the model that the owner chose.
            status: Is told how it stands with it.
            chosen: The model: ``none``, or a file of the owner's.
        """
        self._hass, self._entry = hass, entry
        self._library, self._status, self._chosen = library, status, chosen
        self._known: dict[str, tuple[datetime, float]] = {}
        self._outlooks: dict[str, PriceOutlook] = {}
        self._lessons: dict[str, Learned | None] = {}
        """What each fit has learned: the next one goes on from there."""

        self._is_learning = False

    def of(self, track: str) -> PriceOutlook | None:
        """Return what is expected of a market; ``None``: too little is known of it."""
        return self._outlooks.get(track)

    @callback
    def async_learn(
        self, histories: Mapping[str, Quarters], learned: Callable[[], Awaitable[None]]
    ) -> None:
        """Learn from what is new, in the background.

        Args:
            histories: What is known of each market.
            learned: Is called when something is expected that was not before.
        """
        if self._is_learning:
            return  # the next refresh comes with the next quarter of an hour
        news = {
            track: history
            for track, history in histories.items()
            if history and self._known.get(track) != _mark(history)
        }
        if news:
            self._is_learning = True
            self._async_in_background(self._async_learn(news, learned))

    async def _async_learn(
        self, news: Mapping[str, Quarters], learned: Callable[[], Awaitable[None]]
    ) -> None:
        try:
            model = await self._async_model()
            for track, history in news.items():
                self._known[track] = _mark(history)
                # What was expected before other prices were known counts no more.
                self._outlooks.pop(track, None)
                outlook = await self._async_outlook(model, track, history)
                if outlook is not None:
                    self._outlooks[track] = outlook
        except Exception:  # noqa: BLE001 - recent days are a forecast, too
            LOGGER.exception("%s: prices cannot be forecast", self._entry.title)
        finally:
            self._is_learning = False
        await learned()

    async def _async_model(self) -> LoadedModel | None:
        if self._chosen == NO_MODEL:
            return None
        model, state = await self._library.async_take(
            self._chosen, Purpose.PRICE_FORECAST, Fallback.LINEAR
        )
        self._status.async_set(state)
        return model

    async def _async_outlook(
        self, model: LoadedModel | None, track: str, history: Quarters
    ) -> PriceOutlook | None:
        """Return what is expected, by the model, else by our own method."""
        zone, now = dt_util.get_default_time_zone(), dt_util.utcnow()
        if model is not None:
            try:
                return await self._library.async_ask(
                    partial(_by_model, model, dict(history), zone, now)
                )
            except ModelRefused as err:
                self._refuse(err)
        outlook, self._lessons[track] = await self._hass.async_add_executor_job(
            _by_history, dict(history), zone, now, self._lessons.get(track)
        )
        return outlook

    def _refuse(self, err: ModelRefused) -> None:
        LOGGER.warning("%s: the price model is not used: %s", self._entry.title, err)
        self._status.async_set(
            ModelState.without(
                Purpose.PRICE_FORECAST, self._chosen, err, Fallback.LINEAR
            )
        )

    @callback
    def _async_in_background(self, work: Coroutine[Any, Any, None]) -> None:
        self._entry.async_create_background_task(
            self._hass, work, f"{self._entry.title} price forecast"
        )


def _mark(history: Quarters) -> tuple[datetime, float]:
    """Return what is new when prices are: those of the last days, up to which one."""
    newest = max(history)
    oldest = newest - LATELY
    return newest, fsum(price for start, price in history.items() if start > oldest)


def _by_history(
    history: Quarters, zone: tzinfo, now: datetime, learned: Learned | None
) -> tuple[PriceOutlook | None, Learned | None]:
    """Return what our own method expects; in the executor: it needs numpy."""
    if max(history) - min(history) < LEAST_HISTORY:
        return None, None  # nothing of numpy is needed to know that
    from .inference.price_history import TooLittleHistory  # noqa: PLC0415 - numpy
    from .inference.price_lesson import NOTHING  # noqa: PLC0415 - numpy
    from .inference.price_model import fit_forecaster  # noqa: PLC0415 - numpy

    known_until = max(history) + QUARTER
    try:
        fit = fit_forecaster(history, zone, known_until, learned or NOTHING)
    except TooLittleHistory:
        return None, None
    return fit.outlook(HOURS, now), fit.learned


def _by_model(
    model: LoadedModel, history: Quarters, zone: tzinfo, now: datetime
) -> PriceOutlook | None:
    """Return what a model of the owner's expects; in the executor.

    Raises:
        ModelRefused: If it cannot be asked, or its answer cannot be used.
    """
    from .inference.price_history import TooLittleHistory  # noqa: PLC0415 - numpy
    from .inference.price_onnx import model_outlook  # noqa: PLC0415 - numpy

    known_until = max(history) + QUARTER
    try:
        return model_outlook(model, history, zone, known_until, HOURS, now)
    except TooLittleHistory:
        return None
