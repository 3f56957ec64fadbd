"""Register words to values and back; pure.

Numbers leave ``decode`` as ``raw / gain`` in the register's unit and with our sign,
never as NaN, infinite or minus zero. ``None`` means that the device has no value.
"""

from collections.abc import Iterable, Sequence
import math
import reprlib
import struct

from ..core.errors import BessaiError
from ..core.telemetry import Value
from .register import Order, Register, RegisterType, Sign

_SIGNED = {RegisterType.INT16, RegisterType.INT32, RegisterType.INT64}
_LARGEST_FLOAT32 = 3.4028234663852886e38


class CodecError(BessaiError):
    """Words that cannot be the register's, or a value that it cannot hold."""


def decode(register: Register, words: Sequence[int]) -> Value:
    """Return what the words of one register mean.

    Args:
        register: Says type, order, gain, sign and what stands for *no value*.
        words: As many 16-bit words as the register has, in order of address.

    Returns:
        A number in the register's unit; the name of an enum value, or
        ``unknown (0x0999)``; the names of the bits that are set, ``bit_13`` where one
        has no name; text up to the first NUL; the words of a table; or ``None``.

    Raises:
        CodecError: If the number of words is wrong or one is not a 16-bit word.
    """
    _check_words(register, words)
    match register.type:
        case RegisterType.WORDS:
            return tuple(words)
        case RegisterType.STRING:
            return _text(register, words)
        case _:
            raw = _raw(register, words)
            return None if raw in register.sentinels else _meaning(register, raw)


def encode(register: Register, value: Value) -> tuple[int, ...]:
    """Return the words that make the register hold a value, rounded to its step.

    Args:
        register: Says type, order, gain, sign and range.
        value: A number in the register's unit and our sign, the name of an enum
            value, or the words of a table.

    Raises:
        CodecError: If the register cannot hold the value; names value, range, unit.
    """
    match register.type:
        case RegisterType.WORDS:
            return _table(register, value)
        case RegisterType.ENUM16:
            return _words(register, _code(register, value))
        case RegisterType.STRING | RegisterType.BITS16 | RegisterType.BITS32:
            raise CodecError(f"{register.key}: {register.type} is never written")
        case RegisterType.FLOAT32:
            scaled = _number(register, value)
            return _words(register, _spare(register, _float_bits(scaled)))
        case _:
            scaled = _number(register, value)
            return _words(register, _spare(register, round(scaled)))


def raw_range(register_type: RegisterType, words: int) -> tuple[int, int]:
    """Return the smallest and the largest raw integer of a type of so many words."""
    width = 16 * words
    if register_type in _SIGNED:
        return -(1 << (width - 1)), (1 << (width - 1)) - 1
    return 0, (1 << width) - 1


def value_range(register: Register) -> tuple[float, float]:
    """Return the smallest and the largest number that may be written, in its unit."""
    if register.type is RegisterType.FLOAT32:
        low, high = -_LARGEST_FLOAT32, _LARGEST_FLOAT32
    else:
        low, high = raw_range(register.type, register.words)
    if register.gain != 1:
        low, high = low / register.gain, high / register.gain
    if register.sign is Sign.NEGATED:
        low, high = -high, -low
    minimum, maximum = register.minimum, register.maximum
    return (
        low if minimum is None else max(low, minimum),
        high if maximum is None else min(high, maximum),
    )


def _check_words(register: Register, words: Sequence[int]) -> None:
    if len(words) != register.words:
        raise CodecError(
            f"{register.key}: {len(words)} words instead of {register.words}"
        )
    for word in words:
        if not _is_word(word):
            raise CodecError(f"{register.key}: {_shown(word)} is not a 16-bit word")


def _is_word(word: object) -> bool:
    return isinstance(word, int) and not isinstance(word, bool) and 0 <= word <= 0xFFFF


def _raw(register: Register, words: Sequence[int]) -> int:
    ordered = words if register.word_order is Order.BIG else reversed(words)
    content = _content(register, ordered)
    return int.from_bytes(content, "big", signed=register.type in _SIGNED)


def _words(register: Register, raw: int) -> tuple[int, ...]:
    signed = register.type in _SIGNED
    content = raw.to_bytes(2 * register.words, "big", signed=signed)
    if register.byte_order is Order.LITTLE:
        content = _swapped(content)
    words = [word for (word,) in struct.iter_unpack(">H", content)]
    return tuple(words if register.word_order is Order.BIG else reversed(words))


def _content(register: Register, words: Iterable[int]) -> bytes:
    content = b"".join(word.to_bytes(2, "big") for word in words)
    return content if register.byte_order is Order.BIG else _swapped(content)


def _swapped(content: bytes) -> bytes:
    """Return the content with the two bytes of each word exchanged."""
    return bytes(content[at ^ 1] for at in range(len(content)))


def _text(register: Register, words: Sequence[int]) -> str | None:
    content = _content(register, words)
    # Some firmware leaves bytes of an older text behind the first NUL, and some sends
    # bytes that are no text at all.
    before_nul = content.partition(b"\0")[0].decode("utf-8", errors="ignore")
    return "".join(filter(str.isprintable, before_nul)).strip() or None


def _meaning(register: Register, raw: int) -> Value:
    match register.type:
        case RegisterType.ENUM16:
            return (register.enum or {}).get(raw, f"unknown (0x{raw:04X})")
        case RegisterType.BITS16 | RegisterType.BITS32:
            return _bit_names(register, raw)
        case RegisterType.FLOAT32:
            number: float = struct.unpack(">f", raw.to_bytes(4, "big"))[0]
            return _scaled(register, number) if math.isfinite(number) else None
        case _:
            return _scaled(register, raw)


def _bit_names(register: Register, raw: int) -> tuple[str, ...]:
    known = register.bits or {}
    return tuple(
        known[bit].name if bit in known else f"bit_{bit}"
        for bit in range(16 * register.words)
        if raw >> bit & 1
    )


def _scaled(register: Register, raw: float) -> float:
    if register.sign is Sign.NEGATED:
        raw = -raw
    elif register.sign is Sign.ABSOLUTE:
        raw = abs(raw)
    if isinstance(raw, int) and register.gain == 1:
        return raw
    return raw / register.gain + 0.0  # minus zero becomes zero


def _number(register: Register, value: Value) -> float:
    """Return the value times gain in the device's sign, if it is inside the range."""
    low, high = value_range(register)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CodecError(f"{register.key}: {_shown(value)} is not a number")
    if register.sign is Sign.ABSOLUTE:
        raise CodecError(f"{register.key}: its sign is unknown, so it is never written")
    if not low <= value <= high:  # NaN fails here too
        unit = f" {register.unit}" if register.unit else ""
        raise CodecError(
            f"{register.key}: {_shown(value)} is not within {low:.10g} to {high:.10g}"
            f"{unit}"
        )
    return (-value if register.sign is Sign.NEGATED else value) * register.gain


def _float_bits(scaled: float) -> int:
    return int.from_bytes(struct.pack(">f", scaled + 0.0), "big")


def _spare(register: Register, raw: int) -> int:
    """Return the raw value unless it is beyond the type or a mark for *no value*."""
    low, high = raw_range(register.type, register.words)
    if raw in register.sentinels or not low <= raw <= high:
        raise CodecError(f"{register.key}: the raw value {raw} would not be a value")
    return raw


def _code(register: Register, value: Value) -> int:
    names = register.enum or {}
    for code, name in names.items():
        if name == value:
            return code
    raise CodecError(
        f"{register.key}: {_shown(value)} is none of {', '.join(names.values())}"
    )


def _table(register: Register, value: Value) -> tuple[int, ...]:
    if not isinstance(value, tuple):
        raise CodecError(f"{register.key}: {_shown(value)} is not a tuple of words")
    words = tuple(word for word in value if isinstance(word, int))
    _check_words(register, words)
    return words


def _shown(value: object) -> str:
    if isinstance(value, int) and value.bit_length() > 64:
        return "a number of more than 64 bits"  # Python refuses to print the largest
    return reprlib.repr(value)
