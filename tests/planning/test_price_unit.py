"""Units become factors, or are refused by name."""

import pytest

from custom_components.bessai.planning.price_unit import (
    PriceUnitError,
    highest_price,
    parse_price_unit,
    unit_is_wrong,
)


@pytest.mark.parametrize(
    ("text", "home", "currency", "per_kwh"),
    [
        ("EUR/kWh", "SEK", "EUR", 1),
        ("€/kWh", "SEK", "EUR", 1),
        ("EUR/MWh", "EUR", "EUR", 0.001),
        ("EUR / MWh", "EUR", "EUR", 0.001),
        ("EUR", "EUR", "EUR", 1),
        ("ct/kWh", "EUR", "EUR", 0.01),
        ("¢/kWh", "USD", "USD", 0.01),
        ("ct/MWh", "EUR", "EUR", 1e-5),
        ("c/kWh", "AUD", "AUD", 0.01),
        ("öre/kWh", "SEK", "SEK", 0.01),
        ("Øre/kWh", "NOK", "NOK", 0.01),
        ("kr/kWh", "DKK", "DKK", 1),
        ("$/kWh", "AUD", "AUD", 1),
        ("p/kWh", "GBP", "GBP", 0.01),
        ("£/kWh", "GBP", "GBP", 1),
        ("GBP/kWh", "EUR", "GBP", 1),
        ("SEK/MWh", "SEK", "SEK", 0.001),
        ("CLP/MWh", "CLP", "CLP", 0.001),
        ("USD/MWh", "CLP", "USD", 0.001),
        ("zł/kWh", "EUR", "PLN", 1),
        ("EUR/Wh", "EUR", "EUR", 1000),
    ],
)
def test_unit_is_understood(
    text: str, home: str, currency: str, per_kwh: float
) -> None:
    unit = parse_price_unit(text, home)
    assert unit.currency == currency
    assert unit.per_kwh == pytest.approx(per_kwh)


@pytest.mark.parametrize("text", ["kWh", "EUR/m³", "W", "%", "EUR/h", "12/kWh"])
def test_what_is_no_price_of_energy_is_named(text: str) -> None:
    with pytest.raises(PriceUnitError, match=text):
        parse_price_unit(text, "EUR")


def test_cents_taken_for_euros_are_noticed() -> None:
    assert unit_is_wrong(8.0, "EUR")
    assert not unit_is_wrong(0.8, "EUR"), "as dear as in 2022"
    assert not unit_is_wrong(800.0, "XYZ"), "nobody knows"


def test_a_rarer_currency_has_no_highest_price() -> None:
    assert highest_price("EUR") == 6
    assert highest_price("XYZ") is None
