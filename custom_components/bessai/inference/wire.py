"""Reads the wire format of protocol buffers, as far as ONNX files use it.

Stricter than others: a field that is not known, or one too many, is refused. What
nobody looks at could otherwise be changed without a trace.
"""

from collections.abc import Container, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ModelRefused, Refusal
from .wire_numbers import (
    BYTES,
    FIXED32,
    FIXED64,
    VARINT,
    read_run,
    read_varint,
    signed,
    unpack,
    unreadable,
)

MOST_PIECES = 400_000
"""Of all fields of a file that are read one by one: bounds time and memory. The trees
of the largest file have about 250,000 nodes, each with the name of its mode."""

_STREAK = 16
"""So many equal fields in a row, and the rest of them are read at once."""

_RUN = 8
"""What that takes, in fields read one by one."""

_SHORT = 16
"""Names of modes of nodes come by the thousand: equal ones are kept once."""


class Pieces:
    """How many fields may still be read of one file."""

    def __init__(self, left: int = MOST_PIECES) -> None:
        """Begin with all of them."""
        self.left = left
        self.short: dict[bytes, bytes] = {}

    def take(self, count: int) -> None:
        """Count what was read.

        Raises:
            ModelRefused: If it is too much.
        """
        self.left -= count
        if self.left < 0:
            raise ModelRefused(Refusal.TOO_LARGE, "too many fields")


class Message:
    """The fields of a message, by number."""

    def __init__(
        self, data: memoryview, name: str, known: Container[int], pieces: Pieces
    ) -> None:
        """Read all fields.

        Args:
            data: All bytes of the message.
            name: What it is, for messages to people.
            known: Numbers of the fields that may be in it.
            pieces: The count of the file.

        Raises:
            ModelRefused: If it cannot be read, or holds something that is not known.
        """
        self._name, self._pieces = name, pieces
        self._fields: dict[tuple[int, int], list[Any]] = {}
        for number, wire, value in _fields(data, pieces):
            if number not in known:
                raise unreadable(f"field {number} of the {name} is not known")
            self._fields.setdefault((number, wire), []).append(value)

    def has(self, number: int) -> bool:
        """Return whether a field is there, in any form."""
        return any(known == number for known, _ in self._fields)

    def integer(self, number: int, default: int = 0) -> int:
        """Return a number, signed, 64 bits."""
        if not self.has(number):
            return default
        values = self.integers(number)
        if len(values) != 1:
            raise unreadable(f"field {number} of the {self._name} is there twice")
        return int(values[0])

    def integers(self, number: int) -> NDArray[np.int64]:
        """Return numbers, packed or not."""
        self._expect(number, VARINT, BYTES)
        parts = [
            value
            if isinstance(value, np.ndarray)
            else np.array([signed(value)], np.int64)
            for value in self._fields.get((number, VARINT), ())
        ]
        parts += [
            unpack(np.frombuffer(value, np.uint8))
            for value in self._fields.get((number, BYTES), ())
        ]
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    def real(self, number: int, default: float = 0.0) -> float:
        """Return a number of 32 bits."""
        if not self.has(number):
            return default
        values = self.reals(number, "<f4")
        if len(values) != 1:
            raise unreadable(f"field {number} of the {self._name} is there twice")
        return float(values[0])

    def reals(self, number: int, dtype: str) -> NDArray[Any]:
        """Return numbers of ``<f4`` or ``<f8``, packed or not."""
        wire = FIXED32 if dtype == "<f4" else FIXED64
        self._expect(number, wire, BYTES)
        parts = [
            np.frombuffer(value, dtype)
            for kind in (wire, BYTES)
            for value in self._fields.get((number, kind), ())
            if _whole(value, dtype)
        ]
        return np.concatenate(parts) if parts else np.empty(0, dtype)

    def text(self, number: int) -> str:
        """Return a text; empty where there is none."""
        return _text(bytes(self.data(number)), self._name)

    def texts(self, number: int) -> tuple[str, ...]:
        """Return texts, equal short ones as one object."""
        known: dict[bytes, str] = {}
        texts = []
        for value in self._parts(number):
            data = bytes(value)
            if (text := known.get(data)) is None:
                text = known[data] = _text(data, self._name)
            texts.append(text)
        return tuple(texts)

    def data(self, number: int) -> bytes | memoryview:
        """Return bytes; none where the field is not there."""
        parts = self._parts(number)
        if len(parts) > 1:
            raise unreadable(f"field {number} of the {self._name} is there twice")
        return parts[0] if parts else b""

    def message(self, number: int, name: str, known: Container[int]) -> Message:
        """Return a message within this one; empty where there is none."""
        return Message(memoryview(self.data(number)), name, known, self._pieces)

    def messages(
        self, number: int, name: str, known: Container[int]
    ) -> Iterator[Message]:
        """Yield the messages of a field that is there any number of times."""
        for data in self._parts(number):
            yield Message(memoryview(data), name, known, self._pieces)

    def _parts(self, number: int) -> list[bytes | memoryview]:
        self._expect(number, BYTES)
        return self._fields.get((number, BYTES), [])

    def _expect(self, number: int, *wires: int) -> None:
        for known, wire in self._fields:
            if known == number and wire not in wires:
                raise unreadable(f"field {number} of the {self._name} has another type")


def _fields(data: memoryview, pieces: Pieces) -> Iterator[tuple[int, int, Any]]:
    at, end, last, streak = 0, len(data), -1, 0
    while at < end:
        began = at
        tag, at = read_varint(data, at)
        streak = streak + 1 if tag == last and tag < 0x80 else 0
        last, number, wire = tag, tag >> 3, tag & 7
        if streak == _STREAK and wire in {VARINT, FIXED32}:
            streak = 0
            pieces.take(_RUN)
            value, at = read_run(data[began:], tag)
            at += began
        else:
            pieces.take(1)
            value, at = _value(data, at, wire, pieces)
        yield number, wire, value


def _value(data: memoryview, at: int, wire: int, pieces: Pieces) -> tuple[Any, int]:
    if wire == VARINT:
        return read_varint(data, at)
    if wire == BYTES:
        size, at = read_varint(data, at)
    elif wire in {FIXED32, FIXED64}:
        size = 4 if wire == FIXED32 else 8
    else:
        raise unreadable(f"there is no wire type {wire}")
    if size > len(data) - at:
        raise unreadable("it ends too early")
    value = data[at : at + size]
    if size <= _SHORT:
        short = bytes(value)
        return pieces.short.setdefault(short, short), at + size
    return value, at + size


def _whole(data: bytes | memoryview, dtype: str) -> bool:
    if len(data) % np.dtype(dtype).itemsize:
        raise unreadable("it ends too early")
    return True


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as err:
        raise unreadable(f"a text of the {name} is not UTF-8") from err
