"""Words to values and back, for every type, order, gain and sign."""

from collections.abc import Sequence
import math
import struct
from typing import Any

from hypothesis import example, given, strategies as st
import pytest

from custom_components.bessai.core.telemetry import Value
from custom_components.bessai.device.codec import (
    CodecError,
    decode,
    encode,
    raw_range,
    value_range,
)
from custom_components.bessai.device.register import (
    Bit,
    Order,
    Register,
    RegisterType,
    Sign,
)

from .profile_builders import make_register

INTEGERS = [
    RegisterType.INT16,
    RegisterType.UINT16,
    RegisterType.INT32,
    RegisterType.UINT32,
    RegisterType.INT64,
    RegisterType.UINT64,
]
MARKERS = {
    RegisterType.INT16: (0x7FFF,),
    RegisterType.UINT16: (0xFFFF,),
    RegisterType.INT32: (0x7FFF, 0xFFFF),
    RegisterType.UINT32: (0xFFFF, 0xFFFF),
    RegisterType.INT64: (0x7FFF, 0xFFFF, 0xFFFF, 0xFFFF),
    RegisterType.UINT64: (0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF),
}
SENTINELS = {
    RegisterType.INT16: 2**15 - 1,
    RegisterType.UINT16: 2**16 - 1,
    RegisterType.INT32: 2**31 - 1,
    RegisterType.UINT32: 2**32 - 1,
    RegisterType.INT64: 2**63 - 1,
    RegisterType.UINT64: 2**64 - 1,
}
MODES = {0: "off", 1: "on"}
FAULTS = {0: Bit(name="hot"), 17: Bit(name="cold")}


def number(kind: RegisterType, **changes: Any) -> Register:
    """Return a numeric register with the marker of its type."""
    sentinels = frozenset({SENTINELS[kind]} if kind in SENTINELS else ())
    return make_register(kind, **({"sentinels": sentinels} | changes))


@pytest.mark.parametrize(
    ("kind", "words", "expected"),
    [
        (RegisterType.INT16, [0xFFFF], -1),
        (RegisterType.UINT16, [0xFFFE], 65534),
        (RegisterType.INT32, [0xFFFF, 0xFF38], -200),
        (RegisterType.UINT32, [0x0001, 0x0002], 65538),
        (RegisterType.INT64, [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFE], -2),
        (RegisterType.UINT64, [0x0000, 0x0001, 0x0000, 0x0000], 2**32),
        (RegisterType.FLOAT32, [0x4148, 0x0000], 12.5),
    ],
)
def test_high_word_comes_first(
    kind: RegisterType, words: list[int], expected: float
) -> None:
    assert decode(number(kind), words) == expected


@pytest.mark.parametrize("kind", INTEGERS)
def test_marker_of_the_type_means_no_value(kind: RegisterType) -> None:
    assert decode(number(kind), MARKERS[kind]) is None


def test_own_sentinels_replace_the_marker() -> None:
    register = number(RegisterType.UINT16, sentinels=frozenset({0, 9}))
    assert decode(register, [9]) is None
    assert decode(register, [0xFFFF]) == 65535


def test_gain_divides_and_a_gain_of_one_keeps_whole_numbers() -> None:
    assert decode(number(RegisterType.UINT16, gain=10), [505]) == 50.5
    assert type(decode(number(RegisterType.UINT16), [505])) is int
    assert type(decode(number(RegisterType.UINT16, gain=10), [500])) is float


@pytest.mark.parametrize(
    ("sign", "expected"),
    [(Sign.AS_READ, -20.0), (Sign.NEGATED, 20.0), (Sign.ABSOLUTE, 20.0)],
)
def test_sign_of_the_device_becomes_ours(sign: Sign, expected: float) -> None:
    register = number(RegisterType.INT32, gain=10, sign=sign)
    assert decode(register, [0xFFFF, 0xFF38]) == expected


@pytest.mark.parametrize("words", [[0, 0], [0x8000, 0]])
def test_zero_has_no_sign(words: list[int]) -> None:
    register = number(RegisterType.FLOAT32, sign=Sign.NEGATED, gain=10)
    value = decode(register, words)
    assert isinstance(value, float)
    assert math.copysign(1, value) == 1


@pytest.mark.parametrize("bits", [0x7FC0_0000, 0x7F80_0000, 0xFF80_0000, 0xFFFF_FFFF])
def test_float_that_is_no_number_is_no_value(bits: int) -> None:
    words = divmod(bits, 0x1_0000)
    assert decode(number(RegisterType.FLOAT32), words) is None


def test_float_may_have_sentinels_by_their_bits() -> None:
    register = number(RegisterType.FLOAT32, sentinels=frozenset({0x4148_0000}))
    assert decode(register, [0x4148, 0]) is None
    with pytest.raises(CodecError, match="would not be a value"):
        encode(register, 12.5)


@pytest.mark.parametrize(
    ("byte_order", "word_order", "words"),
    [
        (Order.BIG, Order.BIG, (0x0102, 0x0304)),
        (Order.LITTLE, Order.BIG, (0x0201, 0x0403)),
        (Order.BIG, Order.LITTLE, (0x0304, 0x0102)),
        (Order.LITTLE, Order.LITTLE, (0x0403, 0x0201)),
    ],
)
def test_bytes_and_words_may_come_in_either_order(
    byte_order: Order, word_order: Order, words: tuple[int, int]
) -> None:
    register = number(RegisterType.UINT32, byte_order=byte_order, word_order=word_order)
    assert decode(register, words) == 0x0102_0304
    assert encode(register, 0x0102_0304) == words


def test_enum_names_its_value_and_shows_an_unknown_one() -> None:
    register = make_register(
        RegisterType.ENUM16, enum=MODES, sentinels=frozenset({0xFFFF})
    )
    assert decode(register, [1]) == "on"
    assert decode(register, [0x999]) == "unknown (0x0999)"
    assert decode(register, [0xBEEF]) == "unknown (0xBEEF)"
    assert decode(register, [0xFFFF]) is None


def test_enum_without_a_table_shows_codes() -> None:
    assert decode(make_register(RegisterType.ENUM16), [1]) == "unknown (0x0001)"


def test_bits_are_named_from_the_lowest_on() -> None:
    register = make_register(RegisterType.BITS32, bits=FAULTS)
    assert decode(register, [0x0002, 0x2001]) == ("hot", "bit_13", "cold")
    assert decode(register, [0, 0]) == ()


def test_alarm_word_of_all_ones_is_sixteen_alarms() -> None:
    names = decode(make_register(RegisterType.BITS16), [0xFFFF])
    assert isinstance(names, tuple)
    assert len(names) == 16


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"SUN2000-10KTL-M1", "SUN2000-10KTL-M1"),
        (b"V1\0old text", "V1"),
        (b"  spaced \0", "spaced"),
        (b"\xff\xfeAB\x01", "AB"),
        ("Ü1".encode(), "Ü1"),
        (b"\0\0\0\0", None),
        (b"    ", None),
        (b"\xff\xff\xff\xff", None),
    ],
)
def test_text_ends_at_the_first_nul(content: bytes, expected: str | None) -> None:
    padded = content + b"\0" * (len(content) % 2)
    words = [high << 8 | low for high, low in zip(*[iter(padded)] * 2, strict=True)]
    register = make_register(RegisterType.STRING, words=len(words))
    assert decode(register, words) == expected


def test_text_follows_the_order_of_bytes() -> None:
    register = make_register(RegisterType.STRING, byte_order=Order.LITTLE, words=2)
    assert decode(register, [0x4241, 0x0043]) == "ABC"


def test_table_is_its_words_and_is_written_as_such() -> None:
    register = make_register(RegisterType.WORDS, words=3)
    assert decode(register, [2, 0, 65535]) == (2, 0, 65535)
    assert encode(register, (2, 0, 65535)) == (2, 0, 65535)


@pytest.mark.parametrize("words", [[], [1, 2], [-1], [65536], [True], [1.0]])
def test_words_that_are_not_the_registers_are_refused(words: Sequence[int]) -> None:
    with pytest.raises(CodecError, match="register_0: "):
        decode(make_register(), words)


def test_setting_is_written_in_the_unit_of_the_register() -> None:
    register = number(
        RegisterType.UINT16, key="charge_cutoff_soc_pct", gain=10, unit="%"
    )
    assert encode(register, 95.5) == (955,)
    assert encode(register, 95) == (950,)


def test_our_sign_becomes_the_devices() -> None:
    register = number(RegisterType.INT32, sign=Sign.NEGATED)
    assert encode(register, 200) == (0xFFFF, 0xFF38)


def test_number_between_two_steps_is_rounded() -> None:
    assert encode(number(RegisterType.UINT16, gain=10), 50.06) == (501,)


def test_enum_is_written_by_name() -> None:
    register = make_register(RegisterType.ENUM16, enum=MODES)
    assert encode(register, "on") == (1,)
    with pytest.raises(CodecError, match=r"'unknown .* is none of off, on"):
        encode(register, "unknown (0x0999)")
    with pytest.raises(CodecError, match="is none of"):
        encode(make_register(RegisterType.ENUM16), "on")


@pytest.mark.parametrize("value", [100.1, -0.1, math.nan, math.inf, -math.inf, 10**9])
def test_number_outside_the_range_is_refused_with_range_and_unit(value: float) -> None:
    register = number(
        RegisterType.UINT16, key="soc_pct", gain=10, unit="%", maximum=100
    )
    with pytest.raises(CodecError, match=r"soc_pct: .* is not within 0 to 100 %"):
        encode(register, value)


def test_refusal_without_a_unit_names_none() -> None:
    with pytest.raises(CodecError, match=r"2 is not within 0 to 1$"):
        encode(number(RegisterType.UINT16, maximum=1), 2)


@pytest.mark.parametrize("value", [None, "5", (5,), True, ("on",)])
def test_what_is_not_a_number_is_not_written(value: Value) -> None:
    with pytest.raises(CodecError, match="is not a number"):
        encode(number(RegisterType.UINT16), value)


def test_number_of_thousands_of_digits_is_refused_in_short() -> None:
    with pytest.raises(CodecError, match="more than 64 bits"):
        encode(number(RegisterType.UINT16), 10**5000)


@pytest.mark.parametrize("kind", INTEGERS)
def test_mark_for_no_value_is_never_written(kind: RegisterType) -> None:
    with pytest.raises(CodecError, match="would not be a value"):
        encode(number(kind), SENTINELS[kind])


def test_rounding_never_leaves_the_type() -> None:
    register = number(RegisterType.UINT64, gain=10, sentinels=frozenset())
    with pytest.raises(CodecError, match="would not be a value"):
        encode(register, value_range(register)[1])


@pytest.mark.parametrize(
    "kind", [RegisterType.STRING, RegisterType.BITS16, RegisterType.BITS32]
)
def test_texts_and_bits_are_never_written(kind: RegisterType) -> None:
    with pytest.raises(CodecError, match="is never written"):
        encode(make_register(kind), "x")


def test_value_of_unknown_sign_is_never_written() -> None:
    with pytest.raises(CodecError, match="sign is unknown"):
        encode(number(RegisterType.INT32, sign=Sign.ABSOLUTE), 5)


@pytest.mark.parametrize("value", [(1,), (1, 2, 3), (1, "2"), (1, 70000), (1, True)])
def test_table_of_another_shape_is_not_written(value: Value) -> None:
    with pytest.raises(CodecError):
        encode(make_register(RegisterType.WORDS, words=2), value)


def test_table_is_a_tuple() -> None:
    with pytest.raises(CodecError, match="not a tuple of words"):
        encode(make_register(RegisterType.WORDS, words=2), 5)


@pytest.mark.parametrize(
    ("register", "expected"),
    [
        (number(RegisterType.UINT16, gain=10), (0, 6553.5)),
        (number(RegisterType.INT16, sign=Sign.NEGATED), (-32767, 32768)),
        (number(RegisterType.INT32, minimum=-1000, maximum=5000), (-1000, 5000)),
    ],
)
def test_range_is_in_the_unit_and_our_sign(
    register: Register, expected: tuple[float, float]
) -> None:
    assert value_range(register) == expected


def test_range_of_a_float_is_the_largest_float() -> None:
    low, high = value_range(number(RegisterType.FLOAT32))
    assert struct.unpack(">f", struct.pack(">f", high))[0] == high == -low


registers = st.builds(
    make_register,
    st.sampled_from(list(RegisterType)),
    gain=st.sampled_from([1, 10, 100, 1000]),
    sign=st.sampled_from(list(Sign)),
    byte_order=st.sampled_from(list(Order)),
    word_order=st.sampled_from(list(Order)),
    enum=st.sampled_from([None, MODES]),
    bits=st.sampled_from([None, FAULTS]),
    sentinels=st.frozensets(st.integers(0, 0xFFFF), max_size=3),
)
words16 = st.integers(0, 0xFFFF)


@given(register=registers, words=st.lists(words16, max_size=5))
@example(register=make_register(), words=[1])
def test_any_words_become_a_value_or_our_error(
    register: Register, words: list[int]
) -> None:
    try:
        value = decode(register, words)
    except CodecError:
        assert len(words) != register.words
        return
    assert value is None or isinstance(value, int | float | str | tuple)
    if isinstance(value, float):
        assert math.isfinite(value)
        assert value != 0 or math.copysign(1, value) == 1


numbers = st.one_of(st.floats(), st.integers())
anything = st.one_of(
    numbers, st.none(), st.text(), st.booleans(), st.lists(words16).map(tuple)
)


@given(register=registers, value=anything)
def test_any_value_becomes_words_or_our_error(register: Register, value: Value) -> None:
    try:
        words = encode(register, value)
    except CodecError:
        return
    assert len(words) == register.words
    assert all(0 <= word <= 0xFFFF for word in words)


@given(data=st.data(), gain=st.sampled_from([1, 10, 100, 1000]))
@pytest.mark.parametrize("kind", INTEGERS)
@pytest.mark.parametrize("sign", [Sign.AS_READ, Sign.NEGATED])
def test_what_was_read_can_be_written_back(
    data: st.DataObject, gain: int, kind: RegisterType, sign: Sign
) -> None:
    """Beyond 50 bits a quotient may be off by one; no device counts that far."""
    register = number(kind, gain=gain, sign=sign)
    low, high = raw_range(kind, register.words)
    exact = 2**50 if gain > 1 else 2**64
    raw = data.draw(st.integers(max(low, -exact), min(high - 1, exact)))
    content = raw.to_bytes(2 * register.words, "big", signed=low < 0)
    words = struct.unpack(f">{register.words}H", content)
    assert encode(register, decode(register, words)) == words


@given(number_read=st.floats(width=32, allow_nan=False, allow_infinity=False))
@pytest.mark.parametrize("gain", [1, 10, 1000])
def test_float_that_was_read_can_be_written_back(number_read: float, gain: int) -> None:
    register = number(RegisterType.FLOAT32, gain=gain)
    words = struct.unpack(">2H", struct.pack(">f", number_read + 0.0))
    assert encode(register, decode(register, words)) == words
