"""Enums and bit fields as they stand in a profile."""

from typing import Any

import pytest

from custom_components.bessai.device.register import Bit

from .profile_builders import parse_one, refusal


def test_enum_has_names_by_code() -> None:
    register = parse_one(type="ENUM16", enum="mode")
    assert register.enum == {0: "off", 1: "on"}


def test_bits_have_names_and_maybe_an_alarm() -> None:
    register = parse_one(type="BITS16", bits="faults")
    assert register.bits == {0: Bit(name="hot", id=7, severity="major")}


@pytest.mark.parametrize(
    ("enum", "error"),
    [
        ([], "enums.mode: must be an object"),
        ({}, "enums.mode: must not be empty"),
        ({"x": "off"}, "enums.mode.x: its name must be a whole number from 0 to 65535"),
        ({"65536": "off"}, "enums.mode.65536: its name must be"),
        ({"01": "off"}, "enums.mode.01: its name must be"),
        ({"\u0661": "off"}, "enums.mode.\u0661: its name must be"),
        ({"-1": "off"}, "enums.mode.-1: its name must be"),
        ({"0": "Off"}, "enums.mode.0: 'Off' is not a name"),
        ({"0": "off", "1": "off"}, "enums.mode: uses the name off twice"),
    ],
)
def test_enum_that_is_none_is_refused(enum: object, error: str) -> None:
    assert refusal(enums={"mode": enum}).startswith(error)


@pytest.mark.parametrize(
    ("bits", "error"),
    [
        ({}, "bits.faults: must not be empty"),
        ({"32": {"name": "a"}}, "bits.faults.32: its name must be"),
        ({"0": "hot"}, "bits.faults.0: must be an object"),
        ({"0": {"id": 1}}, "bits.faults.0: lacks the field name"),
        ({"0": {"name": "a", "id": True}}, "bits.faults.0.id: must be a whole"),
        ({"0": {"name": "a", "severity": "bad"}}, "bits.faults.0.severity: 'bad'"),
        ({"0": {"name": "a"}, "1": {"name": "a"}}, "bits.faults: uses the name a"),
    ],
)
def test_bit_field_that_is_none_is_refused(bits: Any, error: str) -> None:
    assert refusal(bits={"faults": bits}).startswith(error)


@pytest.mark.parametrize("tables", ["enums", "bits"])
def test_table_has_a_plain_name(tables: str) -> None:
    changes: dict[str, Any] = {tables: {"My Table": {}}}
    assert refusal(**changes).startswith(f"{tables}.My Table: 'My Table' is not a name")
