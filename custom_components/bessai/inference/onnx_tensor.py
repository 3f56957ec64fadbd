"""Tensors of an ONNX file as arrays that cannot be written to."""

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ModelRefused, Refusal
from .onnx_fields import DTYPES, TYPED_DATA
from .wire import Message
from .wire_numbers import unreadable

type Array = NDArray[Any]

MOST_ELEMENTS = 4_000_000
"""Of all tensors of a file together, those of attributes with them."""

MOST_AXES = 8


class Elements:
    """How many elements tensors of one file may still have."""

    def __init__(self) -> None:
        """Begin with all of them."""
        self._left = MOST_ELEMENTS

    def take(self, array: Array) -> Array:
        """Count an array and close it to writing.

        Raises:
            ModelRefused: If it is too much.
        """
        self._left -= array.size
        if self._left < 0:
            raise ModelRefused(
                Refusal.TOO_LARGE, f"more than {MOST_ELEMENTS} elements of tensors"
            )
        array.flags.writeable = False
        return array


def parse_tensor(message: Message, elements: Elements) -> Array:
    """Return the elements of a tensor, in its shape.

    Raises:
        ModelRefused: If their number is not that of the shape, or type or place of
            them is not supported.
    """
    name = message.text(8)
    if message.has(13) or message.integer(14):
        raise ModelRefused(Refusal.UNSUPPORTED, f"{name}: data outside of the file")
    if message.has(3):
        raise ModelRefused(Refusal.UNSUPPORTED, f"{name}: segments")
    if (kind := message.integer(2)) not in DTYPES:
        raise ModelRefused(Refusal.UNSUPPORTED, f"{name}: elements of type {kind}")
    flat = _elements(message, kind)
    lengths = message.integers(1)
    shape = lengths[: MOST_AXES + 1].tolist()
    if len(shape) > MOST_AXES or min(shape, default=0) < 0:
        raise unreadable(f"{name} has the shape {shape}")
    if (count := prod(shape)) != flat.size:
        raise unreadable(f"{name} has {flat.size} elements, by its shape {count}")
    return elements.take(flat.reshape(shape))


def _elements(message: Message, kind: int) -> Array:
    used = [number for number in (4, 5, 6, 7, 9, 10, 11) if message.has(number)]
    dtype = DTYPES[kind]
    match used:
        case []:
            return np.empty(0, dtype)
        case [9]:
            return _raw(message.data(9), dtype)
        case [number] if number == TYPED_DATA[kind]:
            return _typed(message, number, dtype)
        case _:
            raise unreadable(f"{message.text(8)} has elements of another type")


def _raw(data: bytes | memoryview, dtype: np.dtype[Any]) -> Array:
    if len(data) % dtype.itemsize:
        raise unreadable("it ends too early")
    flat = np.frombuffer(data, dtype)
    # Copied, so that the whole file need not stay in memory; a byte is true or not.
    return np.array(flat.view(np.uint8) != 0 if dtype.kind == "b" else flat)


def _typed(message: Message, number: int, dtype: np.dtype[Any]) -> Array:
    if number in {4, 10}:
        return message.reals(number, dtype.str).copy()
    values = message.integers(number)
    if dtype.kind == "b":
        return np.array(values != 0)
    limits = np.iinfo(dtype)
    if values.size and not limits.min <= values.min() <= values.max() <= limits.max:
        raise unreadable(f"{message.text(8)} has elements beyond {dtype}")
    return values.astype(dtype)
