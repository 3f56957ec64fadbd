"""The border to the plant: registers of a unit, and what can go wrong with them.

Everything above this file speaks of units, addresses and 16-bit words, and catches
:class:`LinkError`. How words travel is the business of one adapter file.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from ..core.errors import BessaiError


class LinkError(BessaiError):
    """The registers that were asked for could not be read or written."""


class LinkDown(LinkError):  # noqa: N818 - named after what happened
    """No connection could be made, or none may be tried at the moment."""

    def __init__(
        self, message: str, *, refused: bool = False, lost: bool = False
    ) -> None:
        """Remember what the host did, if one is there.

        Args:
            message: What stands in the way.
            refused: It turned the connection down.
            lost: It took the connection and then ended it.
        """
        super().__init__(message)
        self.refused, self.lost = refused, lost


class NoAnswer(LinkError):  # noqa: N818 - named after what happened
    """The request was sent, and the time for the answer passed in silence."""


class BrokenAnswer(LinkError):  # noqa: N818 - named after what happened
    """What came back is not the answer, or the connection ended before it came.

    The connection is of no further use. Whether a write was carried out is unknown.
    """


class DeviceRefusal(LinkError):  # noqa: N818 - named after what happened
    """The device answered with a Modbus exception."""

    sentence: ClassVar[str] = "the device refused"

    def __init__(self, code: int, request: str = "") -> None:
        """Build the sentence from what was asked and the code that came back.

        Args:
            code: Modbus exception code, 1 to 255.
            request: What was asked, naming host, unit and address where known.
        """
        asked = f"{request}: " if request else ""
        super().__init__(f"{asked}{self.sentence} (exception 0x{code:02X})")
        self.code = code


class IllegalFunction(DeviceRefusal):
    """The device does not know the Modbus function."""

    sentence = "the device does not know this function"


class IllegalAddress(DeviceRefusal):
    """The device has no register there, or on a write does not permit it."""

    sentence = "the device has no such register or does not permit access to it"


class IllegalValue(DeviceRefusal):
    """The value is out of the range that the device accepts."""

    sentence = "the device does not accept this value or number of registers"


class DeviceFailure(DeviceRefusal):
    """The device failed to carry it out; some firmware means *not permitted*."""

    sentence = "the device failed to carry it out"


class Acknowledged(DeviceRefusal):
    """The device has begun something that takes longer than one answer."""

    sentence = "the device has begun and needs longer than one answer"


class Busy(DeviceRefusal):
    """The device is occupied and wants to be asked again later."""

    sentence = "the device is busy"


class GatewayUnreachable(DeviceRefusal):
    """The dongle or logger answered, the inverter behind it did not."""

    sentence = "the unit behind the gateway does not answer"


class NotPermitted(DeviceRefusal):
    """The device wants a login or a setting of the installer first."""

    sentence = "the device does not permit it without the installer's consent"


_REFUSALS: Mapping[int, type[DeviceRefusal]] = {
    0x01: IllegalFunction,
    0x02: IllegalAddress,
    0x03: IllegalValue,
    0x04: DeviceFailure,
    0x05: Acknowledged,
    0x06: Busy,
    0x0A: GatewayUnreachable,
    0x0B: GatewayUnreachable,
    0x80: NotPermitted,
}


def refusal(code: int, request: str = "") -> DeviceRefusal:
    """Return the error for a Modbus exception code.

    Args:
        code: Modbus exception code; one without a meaning of its own gives a plain
            :class:`DeviceRefusal`.
        request: What was asked, naming host, unit and address where known.
    """
    return _REFUSALS.get(code, DeviceRefusal)(code, request)


def closed_here() -> LinkDown:
    """Return the error of a request that our own closing ended."""
    return LinkDown("the connection was closed on this side")


class RegisterLink(Protocol):
    """One Modbus connection: a device, or a gateway with several units behind it.

    An implementation does one request at a time, neither paces nor repeats, and
    may be connected again after it was closed. ``str()`` of it names the endpoint.
    """

    @property
    def connected(self) -> bool:
        """Whether the other side has not closed the connection, as far as we know."""
        ...

    async def connect(self) -> None:
        """Open the connection, closing one that stands.

        Raises:
            LinkDown: If that is not possible now.
        """
        ...

    async def read(self, unit_id: int, address: int, count: int) -> tuple[int, ...]:
        """Return ``count`` holding registers from ``address`` on, 0 to 65535 each.

        Raises:
            LinkDown: If there is no connection.
            NoAnswer: If the device stayed silent.
            BrokenAnswer: If the answer does not fit or the connection ended.
            DeviceRefusal: If the device answered with an exception.
        """
        ...

    async def write(self, unit_id: int, address: int, words: Sequence[int]) -> None:
        """Write the words to the holding registers from ``address`` on.

        Raises:
            LinkError: As for :meth:`read`. After :class:`NoAnswer` and
                :class:`BrokenAnswer` it is unknown whether the write took place.
        """
        ...

    async def private(self, unit_id: int, function: int, payload: bytes) -> bytes:
        """Return what a function of the vendor's own answers after its code.

        Neither request nor answer may be logged: a login travels this way.

        Raises:
            LinkError: As for :meth:`read`.
        """
        ...

    async def close(self) -> None:
        """Close the connection and leave nothing behind; may be called twice."""
        ...
