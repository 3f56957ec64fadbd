"""The fields of the options about prices and planning."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
)
import voluptuous as vol

from .judged_number import JudgedNumber
from .price_finder import async_find_sources
from .price_numbers import NUMBERS, SECTION_EXPORT, SECTION_PLANNING, SECTION_PRICES
from .price_options import (
    CONF_ENTITY,
    CONF_EXPORT_FORMULA,
    CONF_EXPORT_MODE,
    CONF_EXPORT_SOURCE,
    CONF_FORMULA,
    CONF_LOAD_HISTORY,
    CONF_PERIODS,
    CONF_PV_FORECAST,
    CONF_SERIES,
    CONF_SOURCE,
    CONF_UNIT,
    SOURCE_ENTITY,
    SOURCE_FIXED,
    SOURCE_NONE,
    SOURCE_TIME_OF_USE,
    ExportMode,
    chosen_values,
)

UNITS: Final = (
    *("EUR/kWh", "EUR/MWh", "ct/kWh", "GBP/kWh", "p/kWh", "SEK/kWh", "öre/kWh"),
    *("CLP/kWh", "CLP/MWh", "USD/kWh", "USD/MWh"),
)
"""To choose from; others can be typed."""

_LINES: Final = TextSelector(TextSelectorConfig(multiline=True))

PRICE_ORDER: Final = (
    *(CONF_SOURCE, "fixed_price", CONF_PERIODS),
    *("spot_factor", "fee", "tax_pct", CONF_FORMULA),
    *(CONF_ENTITY, CONF_SERIES, CONF_UNIT, "exchange_rate"),
    "price_horizon_h",
)
"""A tariff of one's own, what the market price becomes, how a source is read."""

type Fields = dict[vol.Marker, Selector[Any]]


def price_sections(
    hass: HomeAssistant, shown: Mapping[str, Mapping[str, Any]]
) -> dict[str, Fields]:
    """Return the fields of the sections about prices and planning.

    Args:
        hass: Knows which sources there are.
        shown: What the form will be filled with: it can always be kept.
    """
    prices = shown.get(SECTION_PRICES, {})
    export = shown.get(SECTION_EXPORT, {})
    return {
        SECTION_PRICES: _in_order(
            {
                vol.Optional(CONF_SOURCE, default=SOURCE_NONE): _sources(
                    hass, prices.get(CONF_SOURCE)
                ),
                vol.Optional(CONF_ENTITY): _entity(Platform.SENSOR, Platform.EVENT),
                vol.Optional(CONF_SERIES): TextSelector(),
                vol.Optional(CONF_UNIT): _choice(UNITS),
                **_numbers(hass, SECTION_PRICES),
                vol.Optional(CONF_PERIODS): _LINES,
                vol.Optional(CONF_FORMULA): _LINES,
            }
        ),
        SECTION_EXPORT: {
            vol.Optional(CONF_EXPORT_MODE, default=ExportMode.MARKET): SelectSelector(
                SelectSelectorConfig(
                    options=list(ExportMode),
                    mode=SelectSelectorMode.DROPDOWN,
                    translation_key="export_mode",
                )
            ),
            **_numbers(hass, SECTION_EXPORT),
            vol.Optional(CONF_EXPORT_FORMULA): _LINES,
            vol.Optional(CONF_EXPORT_SOURCE): _found(
                hass, export.get(CONF_EXPORT_SOURCE)
            ),
        },
        SECTION_PLANNING: {
            **_numbers(hass, SECTION_PLANNING),
            vol.Optional(CONF_PV_FORECAST): _entity(Platform.SENSOR),
            vol.Optional(CONF_LOAD_HISTORY): _entity(Platform.SENSOR),
        },
    }


def suggested_prices(options: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the choices in force, as the form takes them."""
    chosen = chosen_values(options)
    defaults: dict[str, dict[str, Any]] = {
        SECTION_PRICES: {CONF_SOURCE: SOURCE_NONE},
        SECTION_EXPORT: {CONF_EXPORT_MODE: ExportMode.MARKET},
        SECTION_PLANNING: {},
    }
    for name, one in NUMBERS.items():
        if one.default is not None:
            defaults[one.section][name] = one.default
    return {name: defaults[name] | chosen[name] for name in defaults}


def _in_order(fields: Fields) -> Fields:
    """Return the fields about prices, those first that every tariff needs."""
    return {
        marker: fields[marker]
        for marker in sorted(fields, key=lambda one: PRICE_ORDER.index(str(one)))
    }


def _numbers(hass: HomeAssistant, section: str) -> Fields:
    return {
        vol.Optional(name): JudgedNumber(_number_config(hass, name))
        for name, one in NUMBERS.items()
        if one.section == section
    }


def _number_config(hass: HomeAssistant, name: str) -> NumberSelectorConfig:
    one = NUMBERS[name]
    config = NumberSelectorConfig(
        min=one.low,
        max=one.high,
        step="any" if one.step is None else one.step,
        mode=NumberSelectorMode.BOX,
    )
    if one.unit:
        config["unit_of_measurement"] = one.unit.format(hass.config.currency)
    return config


def _entity(*domains: str) -> EntitySelector:
    return EntitySelector(EntitySelectorConfig(domain=list(domains)))


def _choice(options: tuple[str, ...]) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=list(options), custom_value=True, mode=SelectSelectorMode.DROPDOWN
        )
    )


@callback
def _offered(hass: HomeAssistant, kept: str | None) -> list[SelectOptionDict]:
    """Return what is found, and what was chosen even if it is not there now."""
    found = {one.value: one.label for one in async_find_sources(hass)}
    if kept is not None:
        found.setdefault(kept, kept)
    return [
        SelectOptionDict(value=value, label=label) for value, label in found.items()
    ]


def _found(hass: HomeAssistant, kept: str | None) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=_offered(hass, kept),
            custom_value=True,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )


def _sources(hass: HomeAssistant, kept: str | None) -> SelectSelector:
    own = (SOURCE_NONE, SOURCE_FIXED, SOURCE_TIME_OF_USE, SOURCE_ENTITY)
    others = _offered(hass, None if kept in own else kept)
    return SelectSelector(
        SelectSelectorConfig(
            options=[
                *(SelectOptionDict(value=value, label=value) for value in own),
                *others,
            ],
            mode=SelectSelectorMode.DROPDOWN,
            translation_key="price_source",
        )
    )
