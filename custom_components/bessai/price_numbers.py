"""The numbers that can be chosen for prices and planning: ranges and defaults."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Final

SECTION_PRICES: Final = "prices"
SECTION_EXPORT: Final = "export_prices"
SECTION_PLANNING: Final = "planning"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRange:
    """Which numbers an option takes."""

    section: str
    low: float
    high: float
    default: float | None = None
    unit: str = ""
    """Ending of a unit of measurement; ``{}`` is the currency."""

    step: float | None = None
    """``None``: any number."""


PER_KWH: Final = "{}/kWh"
NUMBERS: Final[Mapping[str, NumberRange]] = {
    "exchange_rate": NumberRange(section=SECTION_PRICES, low=1e-6, high=1e6),
    "fixed_price": NumberRange(
        section=SECTION_PRICES, low=-1e5, high=1e5, default=0.0, unit=PER_KWH
    ),
    "spot_factor": NumberRange(section=SECTION_PRICES, low=0, high=10, default=1.0),
    "fee": NumberRange(
        section=SECTION_PRICES, low=-1e5, high=1e5, default=0.0, unit=PER_KWH
    ),
    "tax_pct": NumberRange(
        section=SECTION_PRICES, low=0, high=200, default=0.0, unit="%"
    ),
    "price_horizon_h": NumberRange(
        section=SECTION_PRICES, low=12, high=168, default=48.0, unit="h", step=1
    ),
    "export_price": NumberRange(
        section=SECTION_EXPORT, low=-1e5, high=1e5, default=0.0, unit=PER_KWH
    ),
    "export_factor": NumberRange(section=SECTION_EXPORT, low=0, high=10, default=1.0),
    "export_fee": NumberRange(
        section=SECTION_EXPORT, low=-1e5, high=1e5, default=0.0, unit=PER_KWH
    ),
    "wear_cost": NumberRange(section=SECTION_PLANNING, low=0, high=1e4, unit=PER_KWH),
    "min_spread": NumberRange(
        section=SECTION_PLANNING, low=0, high=1e4, default=0.0, unit=PER_KWH
    ),
    "min_confidence_pct": NumberRange(
        section=SECTION_PLANNING, low=0, high=100, default=0.0, unit="%", step=1
    ),
    "import_cap_w": NumberRange(
        section=SECTION_PLANNING, low=100, high=1e6, unit="W", step=100
    ),
    "export_cap_w": NumberRange(
        section=SECTION_PLANNING, low=0, high=1e6, unit="W", step=100
    ),
    "charge_efficiency_pct": NumberRange(
        section=SECTION_PLANNING, low=50, high=100, default=96.0, unit="%"
    ),
    "discharge_efficiency_pct": NumberRange(
        section=SECTION_PLANNING, low=50, high=100, default=96.0, unit="%"
    ),
    "reserve_soc_pct": NumberRange(
        section=SECTION_PLANNING, low=0, high=100, unit="%", step=1
    ),
}
"""Every number of these options, by its name."""

_WEAR: Final = {
    **dict.fromkeys(("EUR", "GBP", "USD", "CHF"), 0.02),
    **dict.fromkeys(("AUD", "CAD", "NZD"), 0.03),
    **dict.fromkeys(("SEK", "NOK"), 0.2),
    "BGN": 0.04,
    "CLP": 20.0,
    "CZK": 0.5,
    "DKK": 0.15,
    "HUF": 8.0,
    "JPY": 3.0,
    "PLN": 0.08,
    "RON": 0.1,
}


def default_wear_cost(currency: str) -> float:
    """Return the wear that is planned with if the owner names none, per kWh.

    About 0.02 EUR for each kWh in and each kWh out: 300 EUR per kWh of battery, over
    7,500 kWh of throughput. In a currency that is not listed it is 0, rather than a
    number of the wrong size.
    """
    return _WEAR.get(currency, 0.0)


@dataclass(slots=True)
class NumberError(Exception):
    """A number that an option does not take."""

    name: str
    value: float
    range: NumberRange = field(init=False)

    def __post_init__(self) -> None:
        """Look up what it takes."""
        self.range = NUMBERS[self.name]


def check_number(name: str, value: float) -> None:
    """Refuse a number that an option does not take.

    Raises:
        NumberError: If it is none, or outside the range.
    """
    limits = NUMBERS[name]
    if not (isfinite(value) and limits.low <= value <= limits.high):
        raise NumberError(name, value)
