"""From the owner's choices to what a market price becomes."""

from datetime import datetime

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .planning.curve_builder import PriceFunction, Pricing
from .planning.tariff import ExportRule, ImportRule, price_at
from .price_formula import PriceFormula
from .price_options import SOURCE_TIME_OF_USE, ExportMode, PriceOptions

_PERCENT = 100.0


def build_pricing(hass: HomeAssistant, options: PriceOptions, currency: str) -> Pricing:
    """Return how import and export prices follow from a market's or tariff's price."""
    importing = _import_function(hass, options)
    return Pricing(
        currency=currency,
        periods=options.periods,
        zone=dt_util.get_default_time_zone(),
        import_price=importing,
        export_price=_export_function(hass, options, importing),
        has_market=options.has_market,
    )


def _base(options: PriceOptions, market: float, start: datetime) -> tuple[float, float]:
    """Return the price to begin with, and what the period adds to it."""
    local = dt_util.as_local(start)
    if options.source == SOURCE_TIME_OF_USE:
        return price_at(options.periods, local, market), 0.0
    return market, price_at(options.periods, local, 0.0)


def _import_function(hass: HomeAssistant, options: PriceOptions) -> PriceFunction:
    rule = ImportRule(
        factor=options.spot_factor, fee=options.fee, tax=options.tax_pct / _PERCENT
    )
    formula = (
        PriceFormula(hass, options.import_formula) if options.import_formula else None
    )

    def price(market: float, start: datetime) -> float:
        base, period = _base(options, market, start)
        if formula is not None:
            return formula.price(base, period, start, base)
        return rule.price(base, period)

    return price


def _export_function(
    hass: HomeAssistant, options: PriceOptions, importing: PriceFunction
) -> PriceFunction:
    mode = options.export_mode
    if mode is ExportMode.SAME:
        return importing
    if mode is ExportMode.FORMULA and options.export_formula:
        formula = PriceFormula(hass, options.export_formula)

        def by_formula(market: float, start: datetime) -> float:
            bought = importing(market, start)
            base, period = _base(options, market, start)
            return formula.price(base, period, start, bought)

        return by_formula
    has_market = options.has_market or mode is ExportMode.SOURCE
    if mode is ExportMode.FIXED or not has_market:
        return lambda _market, _start: options.export_price
    rule = ExportRule(factor=options.export_factor, fee=options.export_fee)
    return lambda market, _start: rule.price(market)
