"""What follows from readings, and what does not when one is missing."""

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.core.telemetry import Value
from custom_components.bessai.device.derived import (
    DERIVED,
    Derived,
    full_cycles,
    hottest,
    load_energy,
    load_power,
)

ROWS = {row.key: row for row in DERIVED}


def test_the_house_uses_what_flows_towards_it() -> None:
    values: dict[str, Value] = {
        "pv_power_w": 3000,
        "grid_power_w": -500,
        "battery_power_w": -1500,
    }
    assert load_power(values) == 1000


def test_a_plant_without_battery_needs_none() -> None:
    assert load_power({"pv_power_w": 300, "grid_power_w": 700}) == 1000


def test_a_battery_that_does_not_answer_makes_the_load_unknown() -> None:
    values: dict[str, Value] = {
        "pv_power_w": 3000,
        "grid_power_w": 0,
        "battery_power_w": None,
    }
    assert load_power(values) is None


def test_a_load_below_zero_is_a_measuring_error() -> None:
    assert load_power({"pv_power_w": 10, "grid_power_w": -30}) == 0


def test_a_house_that_gives_power_has_a_source_we_do_not_know() -> None:
    assert load_power({"pv_power_w": 10, "grid_power_w": -3000}) is None


def test_load_energy_is_the_balance_of_the_counters() -> None:
    values: dict[str, Value] = {
        "pv_energy_kwh": 1000.0,
        "grid_import_energy_kwh": 300.0,
        "grid_export_energy_kwh": 200.0,
        "battery_discharge_energy_kwh": 450.0,
        "battery_charge_energy_kwh": 500.0,
    }
    assert load_energy(values) == 1050
    assert load_energy(values | {"pv_energy_kwh": None}) is None


def test_the_hottest_of_units_and_packs_counts() -> None:
    values: dict[str, Value] = {
        "battery_1_temperature_c": 20.0,
        "battery_1_pack_2_temperature_max_c": 31.5,
        "battery_2_temperature_c": None,
    }
    assert hottest(values) == 31.5
    assert hottest({}) is None


@pytest.mark.parametrize(
    ("discharged", "rated", "cycles"), [(450, 10, 45.0), (5, 15, 0.3), (5, 0, 0.0)]
)
def test_cycles_are_discharge_over_capacity(
    discharged: float, rated: float, cycles: float
) -> None:
    assert full_cycles(discharged, rated) == cycles


@given(st.floats(-1e6, 1e6))
def test_a_split_power_is_never_negative_and_adds_up(power: float) -> None:
    values: dict[str, Value] = {"battery_power_w": power}
    out = ROWS["battery_discharge_power_w"].compute(values)
    into = ROWS["battery_charge_power_w"].compute(values)
    assert isinstance(out, int | float)
    assert isinstance(into, int | float)
    assert min(out, into) == 0
    assert out - into == power


@pytest.mark.parametrize("row", DERIVED, ids=lambda row: row.key)
def test_nothing_is_made_of_nothing(row: Derived) -> None:
    unknown: dict[str, Value] = dict.fromkeys(row.needs)
    assert row.compute(unknown) is None
