"""What is stored about prices becomes valid choices, whatever was stored."""

import json
import logging
from typing import Any

import pytest

from custom_components.bessai.planning.tariff import parse_periods
from custom_components.bessai.price_numbers import (
    NUMBERS,
    NumberError,
    check_number,
    default_wear_cost,
)
from custom_components.bessai.price_options import (
    SECTIONS,
    ExportMode,
    PlanningOptions,
    PriceOptions,
    undefaulted,
)

FULL: dict[str, Any] = {
    "prices": {
        "source": "entity",
        "price_entity": "sensor.price",
        "series": " Cabin ",
        "unit": "ct/kWh",
        "exchange_rate": 950,
        "fixed_price": 0.3,
        "spot_factor": 1.1,
        "fee": 0.08,
        "tax_pct": 19,
        "periods": "Mo-Fr 07:00-22:00 0.12",
        "import_formula": "price * 2",
        "price_horizon_h": 72,
    },
    "export_prices": {
        "export_mode": "formula",
        "export_price": 0.08,
        "export_factor": 0.9,
        "export_fee": 0.01,
        "export_formula": "price - 0.01",
        "export_source": "sensor.export",
    },
    "planning": {
        "wear_cost": 0.03,
        "min_spread": 0.01,
        "min_confidence_pct": 50,
        "import_cap_w": 11000,
        "export_cap_w": 0,
        "charge_efficiency_pct": 95,
        "discharge_efficiency_pct": 96,
        "reserve_soc_pct": 20,
        "pv_forecast": "sensor.solar",
        "load_history": "sensor.load",
    },
}


def test_a_new_entry_has_no_prices() -> None:
    options = PriceOptions.from_mapping({})
    assert options == PriceOptions()
    assert not options.has_market
    assert PlanningOptions.from_mapping({}) == PlanningOptions()


def test_choices_are_taken_over() -> None:
    options = PriceOptions.from_mapping(FULL)
    assert options.source == "entity"
    assert options.asked == "sensor.price"
    assert options.has_market
    assert options.series == "Cabin"
    assert options.exchange_rate == 950
    assert options.periods == parse_periods("Mo-Fr 07:00-22:00 0.12")
    assert options.export_mode is ExportMode.FORMULA
    assert options.export_formula == "price - 0.01"
    assert options.price_horizon_h == 72
    planning = PlanningOptions.from_mapping(FULL)
    assert planning.wear_cost == 0.03
    assert planning.import_cap_w == 11000
    assert planning.export_cap_w == 0
    assert planning.pv_forecast == "sensor.solar"
    assert planning.wear("EUR") == 0.03


def test_every_number_is_taken_over() -> None:
    prices = PriceOptions.from_mapping(FULL)
    planning = PlanningOptions.from_mapping(FULL)
    for name, one in NUMBERS.items():
        holder = planning if one.section == "planning" else prices
        assert getattr(holder, name) == FULL[one.section][name]


def test_defaults_are_those_of_the_form() -> None:
    prices, planning = PriceOptions(), PlanningOptions()
    for name, one in NUMBERS.items():
        holder = planning if one.section == "planning" else prices
        assert getattr(holder, name) == one.default


@pytest.mark.parametrize(
    "stored",
    [
        {"prices": None},
        {"planning": [1]},
        {"prices": {"source": 5}},
        {"prices": {"source": "  "}},
        {"prices": {"fee": "much"}},
        {"prices": {"fee": True}},
        {"prices": {"fee": float("nan")}},
        {"prices": {"fee": [1]}},
        {"prices": {"tax_pct": 900}},
        {"prices": {"periods": "always 0.1"}},
        {"prices": {"price_horizon_h": 0}},
        {"export_prices": {"export_mode": "barter"}},
        {"export_prices": {"export_mode": 3}},
        {"planning": {"charge_efficiency_pct": 0}},
        {"planning": {"fee": 1}},
    ],
    ids=json.dumps,
)
def test_what_is_damaged_counts_as_not_chosen(stored: dict[str, Any]) -> None:
    assert PriceOptions.from_mapping(stored) == PriceOptions()
    assert PlanningOptions.from_mapping(stored) == PlanningOptions()


def test_damage_is_logged_with_its_value(caplog: pytest.LogCaptureFixture) -> None:
    PriceOptions.from_mapping({"prices": {"periods": "always 0.1", "fee": "much"}})
    assert {record.levelno for record in caplog.records} == {logging.WARNING}
    assert "periods = 'always 0.1'" in caplog.text
    assert "fee = 'much'" in caplog.text


def test_what_is_at_its_default_is_not_stored() -> None:
    typed = {"source": "none", "fee": 0.0, "unit": "", "tax_pct": 19.0}
    assert undefaulted(typed) == {"tax_pct": 19.0}


def test_a_number_out_of_range_is_named() -> None:
    with pytest.raises(NumberError) as raised:
        check_number("tax_pct", 201)
    error = raised.value
    assert (error.name, error.value, error.range.high) == ("tax_pct", 201, 200)


def test_wear_has_the_size_of_the_currency() -> None:
    assert default_wear_cost("EUR") == 0.02
    assert default_wear_cost("CLP") == 20
    assert default_wear_cost("XYZ") == 0, "rather none than one of the wrong size"
    assert PlanningOptions().wear("SEK") == 0.2


def test_sections_are_apart() -> None:
    assert {one.section for one in NUMBERS.values()} == SECTIONS.keys()
