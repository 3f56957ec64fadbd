"""Numbers in the wire format of protocol buffers: one by one, and many at once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ModelRefused, Refusal

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""How a field is written."""

_LONGEST = 10
_WINDOW, _LARGEST_WINDOW = 2**12, 2**20
"""Bytes looked at in one go: short runs cost little time, long ones little memory."""

_SIGN = 1 << 63


def unreadable(detail: str) -> ModelRefused:
    """Return what says that a file is damaged."""
    return ModelRefused(Refusal.UNREADABLE, detail)


def read_varint(data: memoryview, at: int) -> tuple[int, int]:
    """Return the number that begins at a place, without sign, and where it ends.

    Raises:
        ModelRefused: If it is cut off, or has more than 64 bits.
    """
    value = 0
    for index in range(_LONGEST):
        if at + index >= len(data):
            raise unreadable("it ends too early")
        byte = data[at + index]
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            if value >> 64:
                break
            return value, at + index + 1
    raise unreadable("a number has more than 64 bits")


def signed(value: int) -> int:
    """Return a number of 64 bits with its sign."""
    return value - 2 * _SIGN if value >= _SIGN else value


def read_run(data: memoryview, tag: int) -> tuple[Any, int]:
    """Return the values of equal fields that begin here, and where these end.

    Args:
        data: From the first tag on; what comes after them does not matter.
        tag: Of numbers, or of floats of 32 bits, whose bytes are returned.

    Raises:
        ModelRefused: If the first is cut off, or one has more than 64 bits.
    """
    window = _WINDOW
    while True:
        piece = np.frombuffer(data[:window], np.uint8)
        values, end = (
            _run_of_varints(piece, tag)
            if tag & 7 == VARINT
            else _run_of_fixed(piece, tag)
        )
        whole = len(piece) in {len(data), _LARGEST_WINDOW}
        if whole or end < len(piece) - 2 * _LONGEST:
            if not end:
                raise unreadable("it ends too early")
            return values, end
        window = min(4 * window, _LARGEST_WINDOW)


def _run_of_fixed(piece: NDArray[np.uint8], tag: int) -> tuple[Any, int]:
    rows = piece[: len(piece) // 5 * 5].reshape(-1, 5)
    other = np.flatnonzero(rows[:, 0] != tag)
    count = int(other[0]) if len(other) else len(rows)
    return rows[:count, 1:].tobytes(), count * 5


def _run_of_varints(piece: NDArray[np.uint8], tag: int) -> tuple[Any, int]:
    ends = np.flatnonzero(piece < 0x80)  # of tag, value, tag, value …
    tags, values = ends[0::2], ends[1::2]
    tags = tags[: len(values)]
    begins = np.concatenate(([0], values[:-1] + 1)) if len(values) else values
    other = np.flatnonzero((tags != begins) | (piece[tags] != tag))
    count = int(other[0]) if len(other) else len(values)
    if not count:
        return np.empty(0, np.int64), 0
    end = int(values[count - 1]) + 1
    return _decode(piece, tags[:count] + 1, values[:count]), end


def unpack(piece: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the numbers of a packed field.

    Raises:
        ModelRefused: If the last is cut off, or one has more than 64 bits.
    """
    parts = [np.empty(0, np.int64)]
    while len(piece):
        ends = np.flatnonzero(piece[:_LARGEST_WINDOW] < 0x80)
        if not len(ends):
            raise unreadable("it ends too early")
        begins = np.concatenate(([0], ends[:-1] + 1))
        parts.append(_decode(piece, begins, ends))
        piece = piece[ends[-1] + 1 :]
    return np.concatenate(parts)


def _decode(
    piece: NDArray[np.uint8], begins: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.int64]:
    lengths = ends - begins + 1
    longest = int(lengths.max(initial=0))
    if longest > _LONGEST or np.any(piece[ends[lengths == _LONGEST]] > 1):
        raise unreadable("a number has more than 64 bits")
    result = np.zeros(len(begins), np.uint64)
    for index in range(longest):
        more = lengths > index
        bits = (piece[begins[more] + index] & 0x7F).astype(np.uint64)
        result[more] |= bits << np.uint64(7 * index)
    return result.view(np.int64)
