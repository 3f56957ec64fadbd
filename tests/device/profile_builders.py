"""Registers and profile documents for tests: valid unless a test says otherwise."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
import pytest

from custom_components.bessai.device.profile import DeviceProfile, ProfileError
from custom_components.bessai.device.profile_parser import parse_profile
from custom_components.bessai.device.register import Group, Register, RegisterType

REGISTRY = Path(__file__).parents[2] / "registry_profiles"

WIDTHS = {
    RegisterType.INT32: 2,
    RegisterType.UINT32: 2,
    RegisterType.FLOAT32: 2,
    RegisterType.BITS32: 2,
    RegisterType.INT64: 4,
    RegisterType.UINT64: 4,
}


def make_register(
    kind: RegisterType = RegisterType.UINT16, address: int = 0, **changes: Any
) -> Register:
    """Return a register of a type, as long as the type says."""
    fields: dict[str, Any] = {
        "key": f"register_{address}",
        "title": "A register",
        "address": address,
        "type": kind,
        "words": WIDTHS.get(kind, 1),
        "block": "values",
        "group": Group.READINGS,
        "part": "inverter",
    }
    return Register(**(fields | changes))


def entry(key: str, address: int, **changes: Any) -> dict[str, Any]:
    """Return an entry of ``registers``: a UINT16 without a unit."""
    return {
        "key": key,
        "title": "A register",
        "address": address,
        "type": "UINT16",
        "block": "values",
        "access": "read",
        "sources": "A",
        "certainty": "certain",
    } | changes


def text_entry(key: str, address: int) -> dict[str, Any]:
    """Return an entry for a text of four words that identifies the device."""
    return entry(key, address, type="STRING", words=4, block="identity")


def document(*registers: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a small valid profile with more registers and other changes."""
    return {
        "id": "maker_family",
        "version": 1,
        "name": "Maker Family",
        "manufacturer": "Maker",
        "sources": {"A": "the manual", "B": "another manual"},
        "unit_ids": [1],
        "link": {
            "connect_pause_s": 1.0,
            "request_pause_s": 0.05,
            "timeout_s": 10,
            "retry_pauses_s": [1, 2],
            "max_read_words": 125,
            "max_write_words": 123,
            "poll_period_s": 10,
            "settings_period_s": 300,
        },
        "identity": {
            "model": "model",
            "serial_number": "serial_number",
            "firmware": "firmware",
            "match": "^FAMILY",
        },
        "parts": {"inverter": {"name": "Inverter"}},
        "blocks": {
            "identity": {"group": "identity", "part": "inverter"},
            "values": {"group": "readings", "part": "inverter"},
        },
        "enums": {"mode": {"0": "off", "1": "on"}},
        "bits": {"faults": {"0": {"name": "hot", "id": 7, "severity": "major"}}},
        "registers": [
            text_entry("model", 10),
            text_entry("serial_number", 14),
            text_entry("firmware", 18),
            *registers,
        ],
    } | changes


FIRST = 3
"""Where in ``registers`` of a document those given to it begin."""


def parse(*registers: dict[str, Any], **changes: Any) -> DeviceProfile:
    """Return the profile of a document."""
    return parse_profile(document(*registers, **changes), writable=True)


def parse_one(**changes: Any) -> Register:
    """Return the register that an entry with changes describes."""
    key = changes.pop("key", "value")
    return parse(entry(key, 100, **changes)).registers[key]


def refusal(*registers: dict[str, Any], **changes: Any) -> str:
    """Return why a document is refused, with the path in front."""
    with pytest.raises(ProfileError) as caught:
        parse(*registers, **changes)
    assert str(caught.value) == f"{caught.value.path}: {caught.value.reason}"
    return str(caught.value)


def refusal_of(**changes: Any) -> str:
    """Return why a register with these changes is refused."""
    return refusal(entry("value", 100) | changes)


def huawei_document() -> dict[str, Any]:
    """Return the profile that BESSAI brings along, as JSON."""
    content = (REGISTRY / "huawei_sun2000.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(content)
    return loaded


def huawei_profile() -> DeviceProfile:
    """Return the profile that BESSAI brings along."""
    return parse_profile(huawei_document(), writable=True)


def schema() -> Draft202012Validator:
    """Return what judges a profile in an editor and in the scripts."""
    content = (REGISTRY / "profile.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(content))
