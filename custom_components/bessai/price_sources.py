"""Asks what the owner has for prices: an action of an integration, or an entity."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_UNAVAILABLE,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from .const import LOGGER
from .core.errors import BessaiError
from .planning.price_forecast import quarter_of
from .planning.price_series import HOUR, QUARTER, RawPrice
from .planning.price_unit import PriceUnitError, parse_price_unit
from .price_actions import ACTIONS, ActionSpec
from .price_payloads import PayloadReader, RawPrices, read_attributes
from .price_values import as_number

TIMEOUT_S: Final = 60
"""An integration asks its server meanwhile."""

ESTIMATE: Final = 0.9
"""Confidence of prices that the supplier itself calls a forecast."""

_DAY: Final = timedelta(days=1)
CURRENT_DAY, NEXT_DAY = "current_day_rates", "next_day_rates"
"""Ends of the names of the two entities in which Octopus Energy keeps its rates."""


class SourceError(BessaiError):
    """A source gives no prices now; the text says why."""


class PriceSource(Protocol):
    """Where prices come from."""

    @property
    def label(self) -> str:
        """Its name, for people."""

    @property
    def watched(self) -> tuple[str, ...]:
        """Entities whose change means new prices."""

    @property
    def is_cheap(self) -> bool:
        """Whether it can be asked each quarter hour: it asks no server."""

    async def async_read(self, now: datetime) -> RawPrices:
        """Return what it delivers at present.

        Raises:
            SourceError: If that is nothing.
        """


def _reader(now: datetime, series: str | None) -> PayloadReader:
    zone = dt_util.get_default_time_zone()
    return PayloadReader(zone=zone, today=now.astimezone(zone).date(), series=series)


class ActionSource:
    """Prices that an integration returns when asked."""

    is_cheap = False
    watched: tuple[str, ...] = ()

    def __init__(
        self,
        hass: HomeAssistant,
        spec: ActionSpec,
        entry: ConfigEntry,
        series: str | None,
    ) -> None:
        """Ask one entry of an integration."""
        self._hass, self._spec, self._entry = hass, spec, entry
        self._series = spec.series or series
        self.label = f"{spec.name}: {entry.title}"

    async def async_read(self, now: datetime) -> RawPrices:
        """Return the prices of today, and of tomorrow if they are there.

        Raises:
            SourceError: If today's are not.
        """
        reader = _reader(now, self._series)
        items = await self._async_prices(reader.today, reader)
        if self._spec.by_day:
            try:
                items += await self._async_prices(reader.today + _DAY, reader)
            except SourceError as err:
                LOGGER.debug("Nothing for tomorrow from %s: %s", self.label, err)
        items += self._current(now)
        return RawPrices(
            items=tuple(items),
            unit=self._spec.unit(self._entry, self._hass.config.currency),
            notes=reader.notes(),
        )

    async def _async_prices(self, day: date, reader: PayloadReader) -> list[RawPrice]:
        response = await self._async_ask(day)
        return await self._hass.async_add_executor_job(self._prices, response, reader)

    async def _async_ask(self, day: date) -> Mapping[str, Any]:
        spec = self._spec
        try:
            async with asyncio.timeout(TIMEOUT_S):
                response = await self._hass.services.async_call(
                    spec.domain,
                    spec.action,
                    spec.build(self._entry, day),
                    blocking=True,
                    return_response=True,
                )
        except TimeoutError as err:
            raise SourceError(f"no answer within {TIMEOUT_S} s") from err
        except Exception as err:  # another integration may raise anything
            raise SourceError(str(err) or type(err).__name__) from err
        return response or {}

    def _prices(
        self, response: Mapping[str, Any], reader: PayloadReader
    ) -> list[RawPrice]:
        payload: Any = response
        for name in self._spec.find:
            payload = payload.get(name) if isinstance(payload, Mapping) else None
        if isinstance(payload, Mapping):
            payload = payload.get(reader.choose(tuple(payload)))
        items = reader.items(payload)
        return [_estimate(item) for item in items] if self._spec.is_estimate else items

    def _current(self, now: datetime) -> list[RawPrice]:
        """Return the price of now from the entry's entity, where it is only there."""
        if self._spec.channel is None:
            return []
        entities = er.async_entries_for_config_entry(
            er.async_get(self._hass), self._entry.entry_id
        )
        ending = f"-{self._spec.channel}"
        for entity in entities:
            state = self._hass.states.get(entity.entity_id)
            if state is None or not entity.unique_id.endswith(ending):
                continue
            if "per_kwh" in state.attributes:
                return _reader(now, None).items([state.attributes])
        return []


def _estimate(item: RawPrice) -> RawPrice:
    return RawPrice(
        start=item.start, end=item.end, value=item.value, confidence=ESTIMATE
    )


class EntitySource:
    """Prices in the attributes of an entity, or only the price of now in its state."""

    is_cheap = True

    def __init__(self, hass: HomeAssistant, entity_id: str, series: str | None) -> None:
        """Read one entity, and the one beside it that has tomorrow's rates."""
        self._hass, self._series = hass, series
        beside = entity_id.replace(CURRENT_DAY, NEXT_DAY)
        self.watched = tuple(dict.fromkeys((entity_id, beside)))
        state = hass.states.get(entity_id)
        self.label = entity_id if state is None else state.name

    async def async_read(self, now: datetime) -> RawPrices:
        """Return what the entity shows.

        Raises:
            SourceError: If that is no price.
        """
        state = self._hass.states.get(self.watched[0])
        if state is None:
            raise SourceError(f"there is no entity {self.watched[0]}")
        if state.state == STATE_UNAVAILABLE:
            raise SourceError(f"{self.watched[0]} is unavailable")
        reader = _reader(now, self._series)
        shown = [one for one in map(self._hass.states.get, self.watched) if one]
        items = await self._hass.async_add_executor_job(_read_all, shown, reader)
        is_current_only = not items
        if "channel_type" in state.attributes:
            items = [_estimate(item) for item in items]
        own = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        unit = (reader.unit or own) if items else own
        if not items or _is_same_unit(unit, own, self._hass.config.currency):
            items = [*_with_current(items, state, now), *items]
        return RawPrices(
            items=tuple(items),
            unit=unit,
            currency=_text(state.attributes.get("currency")),
            notes=reader.notes(),
            is_current_only=is_current_only,
        )


def _read_all(states: Sequence[State], reader: PayloadReader) -> list[RawPrice]:
    """Return the prices of entities; to each, today is the day of its last report."""
    items: list[RawPrice] = []
    today = reader.today
    for state in states:
        reported = state.last_reported.astimezone(reader.zone).date()
        reader.today = min(today, reported)
        items += read_attributes(state.attributes, reader)
    return items


def _is_same_unit(unit: str | None, other: str | None, currency: str) -> bool:
    if unit is None or other is None or unit == other:
        return unit == other
    try:
        return parse_price_unit(unit, currency) == parse_price_unit(other, currency)
    except PriceUnitError:
        return False


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _with_current(
    items: list[RawPrice], state: State, now: datetime
) -> tuple[RawPrice, ...]:
    """Return the price of now from a state, where a list begins only after it."""
    value = as_number(state.state)
    start = quarter_of(now)
    first = min((item.start for item in items), default=None)
    if value is None:
        if first is None:
            raise SourceError(f"{state.entity_id} is “{state.state}”")
        return ()
    if first is None:
        return (RawPrice(start=start, end=start + QUARTER, value=value),)
    if now < first <= now + HOUR:
        return (RawPrice(start=start, end=first, value=value),)
    return ()


def open_source(hass: HomeAssistant, asked: str, series: str | None) -> PriceSource:
    """Return the source of an option: an entity, or ``<action>:<entry>``.

    Raises:
        SourceError: If there is none.
    """
    key, _, rest = asked.partition(":")
    if not rest:
        if not asked:
            raise SourceError("no entity is chosen")
        return EntitySource(hass, asked, series)
    entry_id, _, own = rest.partition(":")
    spec, entry = ACTIONS.get(key), hass.config_entries.async_get_entry(entry_id)
    if spec is None or entry is None:
        raise SourceError(f"{key} is not set up any more")
    return ActionSource(hass, spec, entry, own or series)
