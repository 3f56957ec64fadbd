"""Says what is wrong with choices about prices, before they are stored."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .planning.price_unit import PriceUnitError, parse_price_unit
from .planning.tariff import TariffError, parse_periods
from .price_formula import FormulaError, PriceFormula
from .price_numbers import (
    NUMBERS,
    SECTION_EXPORT,
    SECTION_PRICES,
    NumberError,
    check_number,
)
from .price_options import (
    CONF_ENTITY,
    CONF_EXPORT_FORMULA,
    CONF_EXPORT_MODE,
    CONF_EXPORT_SOURCE,
    CONF_FORMULA,
    CONF_PERIODS,
    CONF_SOURCE,
    CONF_UNIT,
    SECTIONS,
    SOURCE_ENTITY,
    SOURCE_TIME_OF_USE,
    ExportMode,
)

type PriceProblem = tuple[str, str, dict[str, str]]
"""Section, key of the text, and what the text is filled with."""

TRIED_PRICE: Final = 0.1
"""A formula has to give a number for this one, at this moment."""


def find_number_error(typed: Mapping[str, Mapping[str, Any]]) -> NumberError | None:
    """Return the first number that is out of its range."""
    for section in SECTIONS:
        for name, value in typed.get(section, {}).items():
            if name not in NUMBERS:
                continue
            try:
                check_number(name, value)
            except NumberError as err:
                return err
    return None


async def async_find_problem(
    hass: HomeAssistant, typed: Mapping[str, Mapping[str, Any]]
) -> PriceProblem | None:
    """Return why what was typed gives no prices, if it does not.

    Formulas are tried in the executor: they may loop.
    """
    prices = typed.get(SECTION_PRICES, {})
    export = typed.get(SECTION_EXPORT, {})
    if (problem := _lacking(prices, export)) is not None:
        return problem
    try:
        parse_periods(prices.get(CONF_PERIODS, ""))
        parse_price_unit(prices.get(CONF_UNIT) or "EUR/kWh", hass.config.currency)
    except TariffError as err:
        return SECTION_PRICES, "invalid_periods", {"value": str(err)}
    except PriceUnitError:
        return SECTION_PRICES, "invalid_price_unit", {"value": prices[CONF_UNIT]}
    for section, text in (
        (SECTION_PRICES, prices.get(CONF_FORMULA)),
        (SECTION_EXPORT, export.get(CONF_EXPORT_FORMULA)),
    ):
        if not text:
            continue
        try:
            await hass.async_add_executor_job(_try, hass, text)
        except FormulaError as err:
            return section, "invalid_formula", {"value": str(err)}
    return None


def _try(hass: HomeAssistant, text: str) -> None:
    PriceFormula(hass, text).price(TRIED_PRICE, 0.0, dt_util.utcnow(), TRIED_PRICE)


_NEEDS: Final[tuple[tuple[str, str, str, str, str], ...]] = (
    (SECTION_PRICES, CONF_SOURCE, SOURCE_ENTITY, CONF_ENTITY, "price_entity_missing"),
    (
        SECTION_PRICES,
        CONF_SOURCE,
        SOURCE_TIME_OF_USE,
        CONF_PERIODS,
        "periods_missing",
    ),
    (
        SECTION_EXPORT,
        CONF_EXPORT_MODE,
        ExportMode.FORMULA,
        CONF_EXPORT_FORMULA,
        "export_formula_missing",
    ),
    (
        SECTION_EXPORT,
        CONF_EXPORT_MODE,
        ExportMode.SOURCE,
        CONF_EXPORT_SOURCE,
        "export_source_missing",
    ),
)
"""In a section, a choice with a value, the choice that it needs, and what to say."""


def _lacking(
    prices: Mapping[str, Any], export: Mapping[str, Any]
) -> PriceProblem | None:
    typed = {SECTION_PRICES: prices, SECTION_EXPORT: export}
    for section, choice, value, needed, error in _NEEDS:
        if typed[section].get(choice) == value and not typed[section].get(needed):
            return section, error, {}
    return None
