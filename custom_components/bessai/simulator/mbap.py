"""Modbus TCP on the wire: frames in, frames out, and what a request asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
import struct

from .errors import ExceptionCode

HEADER = struct.Struct(">HHHB")
MAX_READ_WORDS = 125
_MAX_LENGTH = 254
"""Unit id and the longest protocol data unit, which holds a write of 123 words."""

READ, WRITE_ONE, WRITE = 0x03, 0x06, 0x10


class BadFrame(ValueError):  # noqa: N818 - named after what it is
    """What came is not Modbus TCP; the connection cannot be understood any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One request as it came."""

    transaction: int
    unit_id: int
    function: int
    body: bytes
    """What follows the function code."""

    @property
    def is_write(self) -> bool:
        """Tell whether it asks for a write."""
        return self.function in {WRITE_ONE, WRITE}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequest:
    """Function 3."""

    address: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRequest:
    """Functions 6 and 16."""

    address: int
    words: tuple[int, ...]


type Request = ReadRequest | WriteRequest | ExceptionCode
"""What a frame asks for, or why it is refused."""


def body_length(header: bytes) -> int:
    """Return how many bytes follow a header.

    Raises:
        BadFrame: If it is not the header of a Modbus TCP frame.
    """
    _, protocol, length, _ = HEADER.unpack(header)
    if protocol != 0 or not 2 <= length <= _MAX_LENGTH:
        raise BadFrame(f"protocol {protocol}, length {length}")
    return int(length) - 1


def parse_frame(header: bytes, body: bytes) -> Frame:
    """Return the frame that header and body make."""
    transaction, _, _, unit_id = HEADER.unpack(header)
    return Frame(
        transaction=transaction, unit_id=unit_id, function=body[0], body=body[1:]
    )


def parse_request(frame: Frame) -> Request:
    """Return what a frame asks for.

    Raises:
        BadFrame: If it is shorter or longer than its function says.
    """
    match frame.function:
        case 0x03:
            return _parse_read(frame.body)
        case 0x06:
            address, word = _unpack(">HH", frame.body)
            return WriteRequest(address=address, words=(word,))
        case 0x10:
            return _parse_write(frame.body)
    return ExceptionCode.ILLEGAL_FUNCTION


def read_answer(words: Sequence[int]) -> bytes:
    """Return the protocol data unit that delivers words."""
    return struct.pack(f">BB{len(words)}H", READ, 2 * len(words), *words)


def write_answer(frame: Frame) -> bytes:
    """Return the protocol data unit that confirms a write: its first four bytes."""
    return bytes([frame.function]) + frame.body[:4]


def exception_answer(frame: Frame, code: ExceptionCode) -> bytes:
    """Return the protocol data unit of a refusal."""
    return bytes([frame.function | 0x80, code])


def wrap(transaction: int, unit_id: int, answer: bytes) -> bytes:
    """Return an answer as a whole frame."""
    return HEADER.pack(transaction & 0xFFFF, 0, len(answer) + 1, unit_id) + answer


def _parse_read(body: bytes) -> Request:
    """Return a read, or the refusal of its length."""
    address, count = _unpack(">HH", body)
    if not 1 <= count <= MAX_READ_WORDS or address + count > 0x10000:
        return ExceptionCode.ILLEGAL_VALUE
    return ReadRequest(address=address, count=count)


def _parse_write(body: bytes) -> Request:
    """Return a write, or the refusal of its length."""
    address, count, length = _unpack(">HHB", body[:5])
    if len(body) != 5 + length:
        raise BadFrame(f"{len(body) - 5} bytes of words, {length} announced")
    if not count or length != 2 * count or address + count > 0x10000:
        return ExceptionCode.ILLEGAL_VALUE
    return WriteRequest(address=address, words=struct.unpack(f">{count}H", body[5:]))


def _unpack(layout: str, body: bytes) -> tuple[int, ...]:
    """Return the numbers of a body of exactly this layout."""
    try:
        return struct.unpack(layout, body)
    except struct.error as err:
        raise BadFrame(f"body of {len(body)} bytes for {layout}") from err
