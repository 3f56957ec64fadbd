"""What only a number has: gain, sign, unit, range."""

from typing import Any

import pytest

from custom_components.bessai.device.register import UNIT_SUFFIXES, Counter, Sign

from .profile_builders import parse_one, refusal_of


def test_number_without_options_is_as_it_is_read() -> None:
    number = parse_one()
    assert (number.gain, number.sign, number.unit) == (1, Sign.AS_READ, None)


def test_counter_and_time_have_their_units() -> None:
    energy = parse_one(key="pv_kwh", type="UINT32", unit="kWh", counter="daily")
    assert energy.counter is Counter.DAILY
    assert parse_one(key="clock_s", unit="s", local_epoch=True).local_epoch


def test_sign_is_a_number_or_abs() -> None:
    assert parse_one(sign=1).sign is Sign.AS_READ
    assert parse_one(sign="abs").sign is Sign.ABSOLUTE


@pytest.mark.parametrize(("unit", "suffix"), UNIT_SUFFIXES.items())
def test_key_ends_in_its_unit(unit: str, suffix: str) -> None:
    assert parse_one(key=f"value{suffix}", unit=unit).unit == unit
    assert "the end of the key says none" in refusal_of(unit=unit)
    assert "the unit is none" in refusal_of(key=f"value{suffix}")


@pytest.mark.parametrize("step", [0.3, 16.1, 20.3, 100])
def test_limit_is_a_value_that_the_register_can_hold(step: float) -> None:
    assert parse_one(gain=1000, type="UINT32", maximum=step).maximum == step


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"gain": 0}, ".gain: must be from 1 to 1000000"),
        ({"gain": -10}, ".gain: must be from 1 to 1000000"),
        ({"gain": 0.1}, ".gain: must be a whole number, not a decimal number"),
        ({"gain": True}, ".gain: must be a whole number, not true or false"),
        ({"gain": 10, "maximum": 0.25}, ".maximum: is between two values"),
        ({"sign": 0}, '.sign: must be 1, -1 or "abs"'),
        ({"sign": 2}, ".sign: must be from -1 to 1"),
        ({"sign": "absolute"}, ".sign: 'absolute' is none of abs"),
        ({"sign": []}, ".sign: must be a whole number, not a list"),
        ({"unit": "kg"}, ".unit: 'kg' is none of W"),
        ({"key": "a_w", "unit": "kWh"}, ".unit: the unit is kWh, but the end"),
        ({"key": "a_pct_per_s", "unit": "s"}, ".unit: the unit is s, but the end"),
        ({"minimum": "0"}, ".minimum: must be a number, not a text"),
        ({"minimum": float("nan")}, ".minimum: must be a finite number"),
        ({"maximum": float("inf")}, ".maximum: must be a finite number"),
        ({"counter": "lifetime"}, ".counter: only an energy counts"),
        ({"local_epoch": True}, ".local_epoch: needs the unit s"),
        (
            {"key": "a_kwh", "unit": "kWh", "counter": "yearly"},
            ".counter: 'yearly' is none of lifetime, daily",
        ),
        (
            {"type": "ENUM16", "enum": "mode", "gain": 10},
            ".gain: ENUM16 is not a number",
        ),
        (
            {"type": "STRING", "words": 2, "maximum": 1},
            ".maximum: STRING is not a number",
        ),
    ],
)
def test_mistake_is_named_by_its_place(changes: dict[str, Any], error: str) -> None:
    assert refusal_of(**changes).startswith(f"registers[3]{error}")
