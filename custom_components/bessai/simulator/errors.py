"""How a simulated device answers when it does not answer with words."""

from enum import IntEnum

from ..core.errors import BessaiError


class ExceptionCode(IntEnum):
    """The exception codes of Modbus, and Huawei's own."""

    ILLEGAL_FUNCTION = 0x01
    ILLEGAL_ADDRESS = 0x02
    ILLEGAL_VALUE = 0x03
    DEVICE_FAILURE = 0x04
    BUSY = 0x06
    NO_PERMISSION = 0x80


class RegisterFault(BessaiError):  # noqa: N818 - Modbus calls it an exception, we a fault
    """The device answers with an exception code."""

    def __init__(self, code: ExceptionCode) -> None:
        super().__init__(f"exception {code:#04x}")
        self.code = code


class NoSuchUnit(BessaiError):  # noqa: N818 - named after what happened
    """Nothing answers under this unit id: the request meets silence."""


class LinkDropped(BessaiError):  # noqa: N818 - named after what happened
    """The device closes the connection instead of answering."""
