"""Modbus TCP frames: find the answer to a request among what a device sends.

A slow dongle answers late, in halves, or not in order. Whole frames that belong to an
earlier request are passed over; anything that cannot be a frame, or cannot be the
answer, ends the connection, because nobody can tell where the next frame begins.

Layout: transaction (2 bytes), protocol (2, zero), length of the rest (2), unit (1),
function (1), data; see *Modbus Messaging on TCP/IP Implementation Guide* 3.1.3.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import Self

from .link import BrokenAnswer, refusal

READ_HOLDING = 0x03
EXCEPTION = 0x80

# The answers to these have a form that is known; private functions answer as they like.
PUBLIC = frozenset({READ_HOLDING, 0x06, 0x10})

_HEADER = Struct(">HHHBB")
_LENGTH_AT = 6
_SHORTEST, _LONGEST = 3, 254


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the header of a request says about the answer to come."""

    transaction: int
    unit_id: int
    function: int
    address: int
    count: int
    """Number of registers; for function 0x06 the value, which is not compared.

    Neither means anything in a request of a private function.
    """

    @classmethod
    def from_frame(cls, frame: bytes) -> Self:
        """Take apart a request to read or write holding registers, or a private one."""
        transaction, _, _, unit_id, function = _HEADER.unpack_from(frame)
        body = frame[_HEADER.size :]
        return cls(
            transaction=transaction,
            unit_id=unit_id,
            function=function,
            address=int.from_bytes(body[:2]),
            count=int.from_bytes(body[2:4]),
        )

    def check(self, frame: bytes) -> None:
        """Raise :class:`BrokenAnswer` if a frame cannot be the answer to this.

        Unit 0 stands for *whoever is there*, so any unit may answer it.
        """
        _, _, _, unit_id, function = _HEADER.unpack_from(frame)
        body = frame[_HEADER.size :]
        if self.unit_id not in (0, unit_id):
            raise BrokenAnswer(f"unit {unit_id} answered for unit {self.unit_id}")
        if function & ~EXCEPTION != self.function:
            raise BrokenAnswer(f"the answer is to function 0x{function:02X}")
        if not self._fits(body, refused=bool(function & EXCEPTION)):
            raise BrokenAnswer(f"the answer does not fit: {body.hex(' ')}")

    def _fits(self, body: bytes, *, refused: bool) -> bool:
        if refused:
            return len(body) == 1
        if self.function == READ_HOLDING:
            return len(body) == 1 + 2 * self.count == 1 + body[0]
        if self.function not in PUBLIC:
            return True
        return len(body) == 4 and int.from_bytes(body[:2]) == self.address


class AnswerStream:
    """Puts the bytes of one connection together to answers."""

    def __init__(self) -> None:
        self._buffer = b""
        self._awaited: Request | None = None

    def expect(self, request: bytes) -> None:
        """Take the frame of a request that is being sent."""
        self._awaited = Request.from_frame(request)

    def give_up(self) -> None:
        """Pass over the answer too, should it come late."""
        self._awaited = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the frame that answers the request, if these bytes complete it.

        Raises:
            BrokenAnswer: If the connection is of no further use.
        """
        self._buffer += data
        while frame := self._next_frame():
            if self._awaited and self._awaited.transaction == _transaction(frame):
                self._awaited.check(frame)
                self._awaited = None
                yield frame

    def _next_frame(self) -> bytes:
        """Cut off the first frame; empty while it is not complete."""
        if len(self._buffer) < _LENGTH_AT:
            return b""
        if any(self._buffer[2:4]):
            raise BrokenAnswer("what came is not Modbus")
        length = int.from_bytes(self._buffer[4:_LENGTH_AT])
        if not _SHORTEST <= length <= _LONGEST:
            raise BrokenAnswer(f"an answer of {length} bytes does not exist")
        end = _LENGTH_AT + length
        if len(self._buffer) < end:
            return b""
        frame, self._buffer = self._buffer[:end], self._buffer[end:]
        return frame


def private_request(
    transaction: int, unit_id: int, function: int, payload: bytes
) -> bytes:
    """Return the frame that asks for a function of a vendor's own.

    Args:
        transaction: Comes back in the answer; 0 to 65535.
        unit_id: Who is asked.
        function: 0x41 to 0x48 or 0x64 to 0x6E, as Modbus leaves them to vendors.
        payload: What follows the function code, up to 252 bytes.
    """
    length = 2 + len(payload)
    return _HEADER.pack(transaction, 0, length, unit_id, function) + payload


def private_answer(frame: bytes, request: str) -> bytes:
    """Return what follows the function code of an answer.

    Args:
        frame: The whole answer.
        request: What was asked, for the text of an error.

    Raises:
        DeviceRefusal: If that is the code of an exception.
    """
    body = frame[_HEADER.size :]
    if frame[_HEADER.size - 1] & EXCEPTION:
        raise refusal(body[0], request)
    return body


def _transaction(frame: bytes) -> int:
    return int.from_bytes(frame[:2])
