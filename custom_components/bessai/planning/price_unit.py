"""What a unit of price means, and what a price can be in a currency."""

from dataclasses import dataclass
import re
from typing import Final

from ..core.errors import BessaiError


class PriceUnitError(BessaiError):
    """A unit that is no price of energy that we know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceUnit:
    """How a number becomes a price per kWh in a currency."""

    currency: str
    """ISO code."""

    per_kwh: float
    """A number in this unit times this is in the currency per kWh."""


_ENERGY: Final = {"wh": 1000.0, "kwh": 1.0, "mwh": 1e-3, "gwh": 1e-6}
_SYMBOLS: Final = {"€": "EUR", "£": "GBP", "zł": "PLN", "kč": "CZK", "ft": "HUF"}
_SYMBOLS_OF_MANY: Final = frozenset({"$", "kr", "kr."})
"""Symbols of several currencies: the home's own is meant."""

_HUNDREDTHS: Final = {
    "p": "GBP",
    "pence": "GBP",
    "€c": "EUR",
    "eurc": "EUR",
    "€ct": "EUR",
    "eurct": "EUR",
    "rp": "CHF",
    "rp.": "CHF",
    "gr": "PLN",
}
_HUNDREDTHS_OF_MANY: Final = frozenset(
    {"c", "ct", "cent", "cents", "cts", "¢", "öre", "øre", "ore", "oere", "öre."}
)


def parse_price_unit(text: str, currency: str) -> PriceUnit:
    """Return what a unit such as ``EUR/MWh``, ``ct/kWh`` or ``öre/kWh`` means.

    Args:
        text: Money per energy. Without an energy it is per kWh.
        currency: The home's own, ISO code; for words that several currencies use.

    Raises:
        PriceUnitError: If a part is not known; it names the text.
    """
    money, _, energy = text.strip().lower().partition("/")
    factor = _ENERGY.get(energy.strip() or "kwh")
    if factor is None:
        raise PriceUnitError(f"“{text}” is not a price per kWh or MWh")
    return _with_money(money.strip(), factor, currency, text)


def _with_money(money: str, factor: float, currency: str, text: str) -> PriceUnit:
    if money in _HUNDREDTHS:
        return PriceUnit(currency=_HUNDREDTHS[money], per_kwh=factor / 100)
    if money in _HUNDREDTHS_OF_MANY:
        return PriceUnit(currency=currency, per_kwh=factor / 100)
    if money in _SYMBOLS_OF_MANY:
        return PriceUnit(currency=currency, per_kwh=factor)
    if money in _SYMBOLS:
        return PriceUnit(currency=_SYMBOLS[money], per_kwh=factor)
    if re.fullmatch(r"[a-z]{3}", money) and money not in _ENERGY:
        return PriceUnit(currency=money.upper(), per_kwh=factor)
    raise PriceUnitError(f"“{text}” does not begin with a currency")


_HIGHEST: Final = {
    "EUR": 6.0,  # the market's limit has been 4 to 5 per kWh
    "GBP": 7.0,
    "CHF": 6.0,
    "USD": 10.0,
    "CAD": 10.0,
    "AUD": 25.0,  # the market's limit is above 17
    "NZD": 25.0,
    "SEK": 60.0,
    "NOK": 60.0,
    "DKK": 45.0,
    "PLN": 25.0,
    "RON": 30.0,
    "BGN": 12.0,
    "CZK": 150.0,
    "HUF": 2500.0,
    "CLP": 6000.0,
    "JPY": 1000.0,
}
_USUAL_PART: Final = 0.25
"""Half of a day's prices have never been above this part of the highest one: not in
2022 either. Cents that are taken for whole ones mostly are."""


def highest_price(currency: str) -> float | None:
    """Return what a price per kWh cannot exceed, ``None`` for a rarer currency."""
    return _HIGHEST.get(currency)


def unit_is_wrong(median: float, currency: str) -> bool:
    """Return whether prices with this median of amounts cannot be in their unit."""
    highest = highest_price(currency)
    return highest is not None and median > highest * _USUAL_PART
