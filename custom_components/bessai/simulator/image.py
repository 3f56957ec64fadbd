"""A register image under construction: numbers become words, as Huawei lays them."""

from functools import lru_cache
from typing import Final

U16_NONE: Final = 0xFFFF
I16_NONE: Final = 0x7FFF
U32_NONE: Final = 0xFFFFFFFF
I32_NONE: Final = 0x7FFFFFFF


class Image:
    """Words by address, with the marker each word shows for *no value*.

    A value of ``None`` is laid down as its type's marker; a value beyond its type is
    held at the type's end.
    """

    def __init__(self) -> None:
        self.words: dict[int, int] = {}
        self.markers: dict[int, int] = {}

    def u16(self, address: int, value: float | None, gain: int = 1) -> None:
        """Lay down an unsigned word; ``gain`` is raw per physical."""
        self._lay(address, 1, _raw(value, gain, 0, 0xFFFE), U16_NONE)

    def i16(self, address: int, value: float | None, gain: int = 1) -> None:
        """Lay down a signed word."""
        self._lay(address, 1, _raw(value, gain, -0x8000, 0x7FFE), I16_NONE)

    def u32(self, address: int, value: float | None, gain: int = 1) -> None:
        """Lay down two words, the high one first."""
        self._lay(address, 2, _raw(value, gain, 0, U32_NONE - 1), U32_NONE)

    def i32(self, address: int, value: float | None, gain: int = 1) -> None:
        """Lay down two words with a sign, the high one first."""
        self._lay(address, 2, _raw(value, gain, -0x80000000, I32_NONE - 1), I32_NONE)

    def bits(self, address: int, value: int, words: int = 1) -> None:
        """Lay down bits, which have no marker."""
        for offset in range(words):
            shift = 16 * (words - 1 - offset)
            self.words[address + offset] = value >> shift & 0xFFFF

    def text(self, address: int, words: int, value: str) -> None:
        """Lay down ASCII, two characters a word, the rest NUL."""
        self.words.update(enumerate(_text_words(value, words), address))

    def _lay(self, address: int, words: int, raw: int | None, marker: int) -> None:
        """Lay down one number and remember its marker."""
        value = marker if raw is None else raw
        for offset in range(words):
            shift = 16 * (words - 1 - offset)
            self.words[address + offset] = value >> shift & 0xFFFF
            self.markers[address + offset] = marker >> shift & 0xFFFF


@lru_cache(maxsize=256)
def _text_words(value: str, words: int) -> tuple[int, ...]:
    """Return ASCII as words; names of devices come with every image."""
    padded = value.encode("ascii")[: 2 * words].ljust(2 * words, b"\0")
    return tuple(
        int.from_bytes(padded[place : place + 2], "big")
        for place in range(0, 2 * words, 2)
    )


def _raw(value: float | None, gain: int, low: int, high: int) -> int | None:
    """Return the raw number for a physical one, within its type."""
    if value is None:
        return None
    return min(max(round(value * gain), low), high)
