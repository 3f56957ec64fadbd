"""The reader of the wire format, against what the library of the format writes."""

from contextlib import suppress

from hypothesis import given, settings, strategies as st
from onnx import AttributeProto, TensorProto
import pytest

from custom_components.bessai.inference.errors import ModelRefused, Refusal
from custom_components.bessai.inference.onnx_fields import ATTRIBUTE, TENSOR
from custom_components.bessai.inference.wire import Message, Pieces

LONG = st.integers(-(2**63), 2**63 - 1)
SHORT = st.integers(0, 200)


def attribute(data: bytes, pieces: Pieces | None = None) -> Message:
    return Message(memoryview(data), "attribute", ATTRIBUTE, pieces or Pieces())


def tensor(data: bytes) -> Message:
    return Message(memoryview(data), "tensor", TENSOR, Pieces())


@settings(derandomize=True)
@given(
    numbers=st.lists(LONG | SHORT, max_size=80),
    more=st.lists(LONG, max_size=3),
)
def test_integers_are_read_one_by_one_and_packed(
    numbers: list[int], more: list[int]
) -> None:
    file = AttributeProto(name="a", ints=numbers)
    data = file.SerializeToString() + AttributeProto(ints=more).SerializeToString()
    assert attribute(data).integers(8).tolist() == numbers + more
    packed = TensorProto(dims=[1], int64_data=numbers).SerializeToString()
    assert tensor(packed).integers(7).tolist() == numbers


@settings(derandomize=True)
@given(numbers=st.lists(st.floats(width=32, allow_nan=False), max_size=80))
def test_floats_are_read_one_by_one_and_packed(numbers: list[float]) -> None:
    data = AttributeProto(name="a", floats=numbers).SerializeToString()
    assert attribute(data).reals(7, "<f4").tolist() == numbers
    packed = TensorProto(float_data=numbers, double_data=numbers).SerializeToString()
    assert tensor(packed).reals(4, "<f4").tolist() == numbers
    assert tensor(packed).reals(10, "<f8").tolist() == numbers


@pytest.mark.parametrize("count", [1, 16, 17, 18, 4096, 20_000, 300_000])
@pytest.mark.parametrize("number", [1, 300, -1])
def test_many_of_a_kind_are_read_at_once(count: int, number: int) -> None:
    numbers = [number] * count
    file = AttributeProto(ints=numbers, floats=numbers, strings=[b"LEAF"] * count)
    pieces = Pieces()
    before = pieces.left
    message = attribute(file.SerializeToString(), pieces)
    assert message.integers(8).tolist() == numbers
    assert message.reals(7, "<f4").tolist() == numbers
    assert message.texts(9) == ("LEAF",) * count
    assert before - pieces.left <= count + 250


def test_a_run_of_numbers_may_break_off() -> None:
    file = AttributeProto(ints=[300] * 30).SerializeToString()
    other = AttributeProto(i=5).SerializeToString()
    message = attribute(file + other + file)
    assert (message.integer(3), len(message.integers(8))) == (5, 60)


def test_what_is_missing_has_a_default() -> None:
    message = attribute(b"")
    assert (message.integer(3), message.real(2), message.text(1)) == (0, 0.0, "")
    assert not message.integers(8).size
    assert not message.reals(7, "<f4").size
    assert not message.has(3)


BROKEN = {
    "a tag that is cut off": b"\x80",
    "a number that is cut off": b"\x18\x80",
    "a number without end": b"\x18" + b"\xff" * 11,
    "a number of 65 bits": b"\x18" + b"\xff" * 9 + b"\x02",
    "a packed number of 65 bits": b"\x42\x0a" + b"\xff" * 9 + b"\x02",
    "a packed number without end": b"\x42\x0c" + b"\xff" * 11 + b"\x01",
    "a packed number that is cut off": b"\x42\x02\x01\x80",
    "many numbers, the last cut off": b"\x40\x01" * 40 + b"\x40\x80",
    "so many numbers, the next cut off": b"\x40\x01" * 16 + b"\x40\x80",
    "so many floats, the next cut off": b"\x3d\0\0\0\0" * 16 + b"\x3d\0\0",
    "many numbers, then one without end": b"\x40\x01" * 40 + b"\x40" + b"\xff" * 12,
    "many floats, the last cut off": b"\x3d\0\0\0\0" * 40 + b"\x3d\0\0",
    "a text that is cut off": b"\x0a\x05ab",
    "a text longer than everything": b"\x0a\xff\xff\xff\xff\xff\x01ab",
    "a float that is cut off": b"\x15\0\0",
    "packed floats that are cut off": b"\x3a\x05\0\0\0\0\0",
    "a group": b"\x1b",
    "no text": b"\x0a\x01\xff",
    "another field": b"\xfa\x01\x00",
    "field 0": b"\x00\x00",
    "a number twice": b"\x18\x01\x18\x01",
    "a float twice": b"\x15\0\0\0\0\x15\0\0\0\0",
    "a text twice": b"\x0a\x01a\x0a\x01b",
    "a text that is a number": b"\x08\x01",
    "a float that is a number": b"\x10\x01",
    "a number that is a float": b"\x1d\0\0\0\0",
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_refused(name: str) -> None:
    with pytest.raises(ModelRefused) as refused:
        read_all(attribute(BROKEN[name]))
    assert refused.value.refusal == Refusal.UNREADABLE


def read_all(message: Message) -> None:
    message.text(1)
    message.real(2)
    message.integer(3)
    message.reals(7, "<f4")
    message.integers(8)
    message.texts(9)


@settings(derandomize=True, max_examples=300)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Any other exception would fail this."""
    with suppress(ModelRefused):
        read_all(attribute(data))
