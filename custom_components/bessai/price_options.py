"""What the owner chose about prices and planning, as it is stored and as it is used."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from .planning.tariff import TariffError, TariffPeriod, parse_periods
from .price_numbers import (
    NUMBERS,
    SECTION_EXPORT,
    SECTION_PLANNING,
    SECTION_PRICES,
    NumberError,
    check_number,
    default_wear_cost,
)
from .stored_options import complain, stored_section

CONF_SOURCE: Final = "source"
CONF_ENTITY: Final = "price_entity"
CONF_SERIES: Final = "series"
CONF_UNIT: Final = "unit"
CONF_PERIODS: Final = "periods"
CONF_FORMULA: Final = "import_formula"
CONF_EXPORT_MODE: Final = "export_mode"
CONF_EXPORT_SOURCE: Final = "export_source"
CONF_EXPORT_FORMULA: Final = "export_formula"
CONF_PV_FORECAST: Final = "pv_forecast"
CONF_LOAD_HISTORY: Final = "load_history"

SOURCE_NONE: Final = "none"
SOURCE_FIXED: Final = "fixed"
SOURCE_TIME_OF_USE: Final = "time_of_use"
SOURCE_ENTITY: Final = "entity"
SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    SECTION_PRICES: (
        CONF_SOURCE,
        CONF_ENTITY,
        CONF_SERIES,
        CONF_UNIT,
        CONF_PERIODS,
        CONF_FORMULA,
    ),
    SECTION_EXPORT: (CONF_EXPORT_MODE, CONF_EXPORT_FORMULA, CONF_EXPORT_SOURCE),
    SECTION_PLANNING: (CONF_PV_FORECAST, CONF_LOAD_HISTORY),
}
"""The texts of each section; its numbers are in ``NUMBERS``."""

TARIFFS: Final = frozenset({SOURCE_FIXED, SOURCE_TIME_OF_USE})
"""Sources that ask nobody."""


class ExportMode(StrEnum):
    """Where the export price comes from."""

    MARKET = "market"
    """``market price · factor - fee``; without a market, the fixed price."""

    FIXED = "fixed"
    SAME = "same"
    """As importing costs at the same time: the meter runs backwards."""

    FORMULA = "formula"
    SOURCE = "source"
    """A source of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceOptions:
    """What prices are made of; each choice valid."""

    source: str = SOURCE_NONE
    """``none``, ``fixed``, ``time_of_use``, ``entity``, the id of an entity, or an
    action: ``nordpool:<id of its entry>``."""

    price_entity: str | None = None
    """Which one, for the source ``entity``."""

    series: str | None = None
    """Which home, area or node, where a source delivers several."""

    unit: str | None = None
    """Of the source's numbers, where it does not say or says wrong."""

    exchange_rate: float | None = None
    """Into the home's currency."""

    fixed_price: float = 0.0
    spot_factor: float = 1.0
    fee: float = 0.0
    tax_pct: float = 0.0
    periods: tuple[TariffPeriod, ...] = ()
    """A price for the source ``time_of_use``, else what they add."""

    import_formula: str | None = None
    price_horizon_h: float = 48.0
    export_mode: ExportMode = ExportMode.MARKET
    export_price: float = 0.0
    export_factor: float = 1.0
    export_fee: float = 0.0
    export_formula: str | None = None
    export_source: str | None = None
    """An entity, or an action as in ``source``."""

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> Self:
        """Return the choices of an entry; what is damaged counts as not chosen."""
        chosen = chosen_values(options)
        prices, export = chosen[SECTION_PRICES], chosen[SECTION_EXPORT]
        periods = parse_periods(prices.pop(CONF_PERIODS, ""))
        mode = ExportMode(export.pop(CONF_EXPORT_MODE, ExportMode.MARKET))
        return cls(**prices, **export, periods=periods, export_mode=mode)

    @property
    def has_market(self) -> bool:
        """Whether there is a source to ask."""
        return self.source not in {*TARIFFS, SOURCE_NONE}

    @property
    def asked(self) -> str:
        """The entity or action to ask."""
        if self.source == SOURCE_ENTITY:
            return self.price_entity or ""
        return self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningOptions:
    """What is planned with; each choice valid."""

    wear_cost: float | None = None
    """Per kWh either way; ``None``: see ``default_wear_cost``."""

    min_spread: float = 0.0
    """What each kWh traded has to earn at least."""

    min_confidence_pct: float = 0.0
    """How sure a price has to be for trading on it."""

    import_cap_w: float | None = None
    export_cap_w: float | None = None
    charge_efficiency_pct: float = 96.0
    discharge_efficiency_pct: float = 96.0
    reserve_soc_pct: float | None = None
    """Plans stay above it; ``None``: the lowest state of charge of the limits."""

    pv_forecast: str | None = None
    """An entity or the id of a config entry; ``None``: what is found."""

    load_history: str | None = None
    """A sensor; ``None``: the plant's own."""

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> Self:
        """Return the choices of an entry; what is damaged counts as not chosen."""
        return cls(**chosen_values(options)[SECTION_PLANNING])

    def wear(self, currency: str) -> float:
        """Return the wear cost per kWh, in a currency."""
        if self.wear_cost is not None:
            return self.wear_cost
        return default_wear_cost(currency)


def chosen_values(options: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what is chosen in each section of ours, without what is damaged."""
    chosen: dict[str, dict[str, Any]] = {}
    for section, texts in SECTIONS.items():
        stored = stored_section(options, section)
        chosen[section] = _numbers(stored, section)
        for name in texts:
            if (value := _text(stored, name)) is not None:
                chosen[section][name] = value
    _drop_damaged(chosen[SECTION_PRICES], CONF_PERIODS, parse_periods)
    _drop_damaged(chosen[SECTION_EXPORT], CONF_EXPORT_MODE, ExportMode)
    return chosen


def undefaulted(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed in one of our sections, without empties and defaults."""
    plain = {CONF_SOURCE: SOURCE_NONE, CONF_EXPORT_MODE: ExportMode.MARKET}
    defaults = plain | {name: one.default for name, one in NUMBERS.items()}
    return {
        name: value
        for name, value in typed.items()
        if value not in ("", None) and value != defaults.get(name)
    }


def _drop_damaged(
    section: dict[str, Any], name: str, parse: Callable[[str], object]
) -> None:
    try:
        parse(section.get(name, _HARMLESS[name]))
    except TariffError, ValueError:
        complain(name, section.pop(name))


_HARMLESS: Final = {CONF_PERIODS: "", CONF_EXPORT_MODE: ExportMode.MARKET}


def _numbers(section: Mapping[str, Any], name: str) -> dict[str, Any]:
    numbers: dict[str, Any] = {}
    for key in section.keys() & NUMBERS.keys():
        if NUMBERS[key].section != name:
            continue
        value = section[key]
        try:
            check_number(key, float("" if isinstance(value, bool) else value))
        except NumberError, TypeError, ValueError:
            complain(key, value)
        else:
            numbers[key] = float(value)
    return numbers


def _text(section: Mapping[str, Any], name: str) -> str | None:
    value = section.get(name)
    if value is None:
        return None
    if isinstance(value, str):
        return value.strip() or None
    complain(name, value)
    return None
