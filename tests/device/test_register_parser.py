"""Registers as they stand in a profile."""

from typing import Any

import pytest

from custom_components.bessai.device.condition import AtLeast
from custom_components.bessai.device.register import (
    Access,
    Certainty,
    Group,
    Order,
    RegisterType,
    Sign,
)

from .profile_builders import (
    document,
    entry,
    parse,
    parse_one,
    refusal,
    refusal_of,
    text_entry,
)

ENTRY = "registers[3]"
"""Where ``refusal_of`` puts the register."""


def test_register_without_options_is_a_plain_number() -> None:
    register = parse_one()
    assert (register.address, register.words, register.end) == (100, 1, 101)
    assert (register.gain, register.sign, register.unit) == (1, Sign.AS_READ, None)
    assert (register.block, register.group) == ("values", Group.READINGS)
    assert (register.part, register.index) == ("inverter", None)
    assert register.sentinels == {0xFFFF}
    assert (register.byte_order, register.word_order) == (Order.BIG, Order.BIG)
    assert (register.sources, register.certainty) == ("A", Certainty.CERTAIN)
    assert (register.access, register.readable) == (Access.READ, True)
    assert not any(
        (
            *(register.optional, register.alone, register.secret, register.persistent),
            *(register.local_epoch, register.counter, register.when),
            *(register.minimum, register.maximum, register.enum, register.bits),
        )
    )


def test_register_with_every_option() -> None:
    register = parse_one(
        key="limit_pct",
        type="INT32",
        gain=10,
        sign=-1,
        unit="%",
        access="read_write",
        minimum=-0.5,
        maximum=100,
        persistent=True,
        optional=True,
        alone=True,
        secret=True,
        sentinels=[-1, 5],
        sources="AB",
    )
    assert (register.words, register.gain, register.sign) == (2, 10, Sign.NEGATED)
    assert (register.minimum, register.maximum) == (-0.5, 100)
    assert register.sentinels == {-1, 5}
    assert register.writable
    assert register.persistent
    assert register.optional
    assert register.alone
    assert register.secret


@pytest.mark.parametrize(
    ("kind", "words", "markers"),
    [
        ("INT16", 1, [0x7FFF]),
        ("UINT16", 1, [0xFFFF]),
        ("INT32", 2, [0x7FFF_FFFF]),
        ("UINT32", 2, [0xFFFF_FFFF]),
        ("INT64", 4, [2**63 - 1]),
        ("UINT64", 4, [2**64 - 1]),
        ("FLOAT32", 2, []),
    ],
)
def test_type_says_length_and_marker(kind: str, words: int, markers: list[int]) -> None:
    register = parse_one(type=kind)
    assert register.words == words
    assert register.sentinels == frozenset(markers)


def test_enum_and_bits_have_the_markers_of_their_kind() -> None:
    """Sixteen alarms at once are possible; sixty-five thousand modes are not."""
    assert parse_one(type="ENUM16", enum="mode").sentinels == {0xFFFF}
    assert parse_one(type="BITS16", bits="faults").sentinels == set()
    assert parse_one(type="BITS32", bits="faults").words == 2


def test_orders_come_from_the_profile() -> None:
    profile = parse(entry("a", 100), byte_order="little", word_order="little")
    assert profile.registers["a"].byte_order is Order.LITTLE
    assert profile.registers["a"].word_order is Order.LITTLE


def test_repeat_is_written_out_with_its_number() -> None:
    profile = parse(
        entry("count", 90),
        entry(
            "pv{n}_v",
            100,
            title="PV {n}",
            unit="V",
            repeat={"count": 3, "stride": 2},
            when={"key": "count", "at_least": "n"},
        ),
    )
    third = profile.registers["pv3_v"]
    assert (third.address, third.index, third.title) == (104, 3, "PV 3")
    assert third.when == AtLeast(key="count", minimum=3)
    assert [key for key in profile.registers if key.startswith("pv")] == [
        *("pv1_v", "pv2_v", "pv3_v")
    ]


def test_written_register_is_long_enough_for_its_tables() -> None:
    table = parse_one(type="WORDS", words=123, access="read_write")
    assert table.words == 123
    assert parse_one(type="WORDS", words=125).words == 125


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"colour": 1}, ": has the unknown field 'colour'"),
        ({"key": "Value"}, ".key: 'Value' is not a name"),
        ({"key": "value_{n}"}, ".key: 'value_{n}' is not a name"),
        ({"title": ""}, ".title: must not be empty"),
        ({"address": -1}, ".address: must be from 0 to 65535"),
        ({"address": 65536}, ".address: must be from 0 to 65535"),
        ({"address": True}, ".address: must be a whole number, not true or false"),
        ({"address": 65535, "type": "INT32"}, ".address: ends beyond"),
        ({"type": "UINT8"}, ".type: 'UINT8' is none of INT16"),
        ({"type": 16}, ".type: must be a text, not a number"),
        ({"block": "other"}, ".block: there is no block other"),
        ({"block": None}, ".block: must be a text, not null"),
        ({"type": "STRING"}, ": STRING lacks the field words"),
        ({"type": "WORDS", "words": 0}, ".words: must be from 1 to 125"),
        ({"type": "WORDS", "words": 126}, ".words: must be from 1 to 125"),
        (
            {"type": "WORDS", "words": 124, "access": "read_write"},
            ": 124 words are more than one request",
        ),
        ({"words": 1}, ".words: the length of UINT16 is given by its type"),
        ({"type": "ENUM16"}, ": ENUM16 lacks the field enum"),
        ({"type": "ENUM16", "enum": "modes"}, ".enum: there is no table modes"),
        ({"type": "ENUM16", "enum": 5}, ".enum: must be a text"),
        ({"enum": "mode"}, ".enum: UINT16 has no names for its values"),
        ({"type": "BITS16"}, ": BITS16 lacks the field bits"),
        ({"type": "BITS16", "bits": "flags"}, ".bits: there is no table flags"),
        ({"bits": "faults"}, ".bits: UINT16 has no names for its values"),
        ({"sentinels": 5}, ".sentinels: must be a list"),
        ({"sentinels": [65536]}, ".sentinels[0]: must be from 0 to 65535"),
        ({"type": "INT16", "sentinels": [32768]}, ".sentinels[0]: must be from -32768"),
        (
            {"type": "STRING", "words": 1, "sentinels": [0]},
            ".sentinels: STRING has none",
        ),
        ({"access": "rw"}, ".access: 'rw' is none of read"),
        ({"certainty": "sure"}, ".certainty: 'sure' is none of certain"),
        (
            {"access": "read_write", "certainty": "single_source"},
            ".access: a register that is single_source is never written",
        ),
        (
            {"access": "read_write", "certainty": "disputed"},
            ".access: a register that is disputed is never written",
        ),
        (
            {"access": "read_write", "type": "STRING", "words": 2},
            ".access: STRING is never written",
        ),
        (
            {"access": "read_write", "type": "INT32", "sign": "abs"},
            ".access: a value of unknown sign is never written",
        ),
        ({"sources": ""}, ".sources: must not be empty"),
        ({"sources": "AX"}, ".sources: there is no source X"),
        ({"sources": "AA"}, ".sources: names a source twice"),
        ({"optional": 1}, ".optional: must be true or false"),
        ({"minimum": 5, "maximum": 4}, ": no value is between minimum and maximum"),
        ({"minimum": 65536}, ": no value is between minimum and maximum"),
        ({"persistent": True}, ".persistent: what cannot be written"),
        ({"repeat": 3}, ".repeat: must be an object"),
        ({"repeat": {"count": 3}}, ".repeat: lacks the field stride"),
        ({"repeat": {"count": 0, "stride": 1}}, ".repeat.count: must be from 1 to"),
        ({"repeat": {"count": 101, "stride": 1}}, ".repeat.count: must be from 1 to"),
        ({"repeat": {"count": 2, "stride": 0}}, ".repeat.stride: must be from 1 to"),
        (
            {"key": "v_{n}", "repeat": {"count": 3, "stride": 40000}},
            ".repeat: goes beyond the last address, 65535",
        ),
        ({"when": {}}, ".when: lacks the field key"),
    ],
)
def test_mistake_is_named_by_its_place(changes: dict[str, Any], error: str) -> None:
    assert refusal_of(**changes).startswith(f"{ENTRY}{error}")


@pytest.mark.parametrize(
    "missing",
    ["key", "title", "address", "type", "block", "access", "sources", "certainty"],
)
def test_register_lacks_nothing_it_must_have(missing: str) -> None:
    register = entry("value", 100)
    del register[missing]
    assert refusal(register) == f"{ENTRY}: lacks the field {missing}"


def test_bit_beyond_the_word_is_refused() -> None:
    bits = {"wide": {"16": {"name": "a"}}}
    wide = entry("value", 100, type="BITS16", bits="wide")
    assert refusal(wide, bits=bits) == f"{ENTRY}.bits: BITS16 has no bit 16"


def test_repeat_without_a_number_in_its_key_is_a_key_used_twice() -> None:
    repeat = {"count": 2, "stride": 1}
    assert refusal_of(repeat=repeat) == f"{ENTRY}.key: value is there twice"


def test_number_longer_than_a_request_is_refused() -> None:
    """A device that answers for single words only cannot give half a number."""
    link = document()["link"] | {"max_read_words": 1}
    identity = [text_entry("model", 10) | {"words": 1}]
    long = entry("value", 100, type="INT32")
    error = refusal(link=link, registers=[*identity, long])
    assert error == "registers[1]: 2 words are more than one request"


def test_every_type_is_covered() -> None:
    shapes: dict[str, dict[str, Any]] = {
        "STRING": {"words": 2},
        "WORDS": {"words": 2},
        "ENUM16": {"enum": "mode"},
        "BITS16": {"bits": "faults"},
        "BITS32": {"bits": "faults"},
    }
    for kind in RegisterType:
        assert parse_one(type=kind.value, **shapes.get(kind, {})).type is kind
