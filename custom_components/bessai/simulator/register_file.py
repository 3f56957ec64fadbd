"""Which addresses exist, what a request may span, and what reads otherwise."""

from collections.abc import Mapping, Sequence

from .condition import PlantCondition, Span
from .errors import ExceptionCode, RegisterFault
from .image import Image
from .noise import Channel, hashed

MEASURED = (
    Span(32000, 32118),
    Span(37000, 37138),
    Span(37738, 37787),
    Span(38200, 38463),
)
"""What is measured anew at each moment; the rest is identity and settings."""

_PROVEN = (
    Span(30000, 30082),
    Span(32000, 32019),
    Span(32064, 32115),
    Span(37000, 37022),
    Span(37100, 37137),
    Span(37738, 37756),
    Span(37758, 37787),
    *(Span(base + 29, base + 41) for base in range(38200, 38411, 42)),
    Span(47075, 47101),
    Span(47101, 47106),
    Span(47242, 47299),
)
"""Spans with holes in them that clients in the field read in one request."""


class RegisterFile:
    """What tests and faults lay over a register image."""

    def __init__(self, *, bridges_holes: bool) -> None:
        self._bridges_holes = bridges_holes
        self._runs: dict[int, tuple[int, ...]] = {}
        self._removed: list[Span] = []

    def poke(self, address: int, words: Sequence[int]) -> None:
        """Pin what addresses read."""
        self._runs[address] = tuple(words)

    def unpoke(self, address: int | None = None) -> None:
        """Let one pinned run go, or all of them."""
        if address is None:
            self._runs.clear()
        else:
            self._runs.pop(address, None)

    def remove(self, first: int, last: int) -> None:
        """Make addresses absent."""
        self._removed.append(Span(first, last))

    def restore(self) -> None:
        """Make all removed addresses present again."""
        self._removed.clear()

    def check_present(self, address: int, count: int, absent: Sequence[Span]) -> None:
        """Raise if a request touches an address that is absent."""
        last = address + count - 1
        for span in (*self._removed, *absent):
            if address <= span.last and last >= span.first:
                raise RegisterFault(ExceptionCode.ILLEGAL_ADDRESS)

    def read(
        self, words: Mapping[int, int], address: int, count: int
    ) -> tuple[int, ...]:
        """Return words, zeros where a hole may be bridged.

        Raises:
            RegisterFault: The request begins, ends or passes where nothing is.
        """
        pinned = self._pinned()
        wanted = range(address, address + count)
        found = [pinned.get(place, words.get(place)) for place in wanted]
        holes = [
            place for place, word in zip(wanted, found, strict=True) if word is None
        ]
        outside = found[0] is None or found[-1] is None
        if outside or not all(self._bridged(hole, wanted) for hole in holes):
            raise RegisterFault(ExceptionCode.ILLEGAL_ADDRESS)
        return tuple(word or 0 for word in found)

    def _pinned(self) -> dict[int, int]:
        """Return the pinned words by address, later runs over earlier ones."""
        return {
            address + offset: word
            for address, run in self._runs.items()
            for offset, word in enumerate(run)
        }

    def _bridged(self, hole: int, wanted: range) -> bool:
        """Tell whether a request may pass over an address without a register."""
        return self._bridges_holes or any(
            span.first <= wanted[0] and wanted[-1] <= span.last for span in _PROVEN
        )


def distort(
    image: Image, condition: PlantCondition, stuck: dict[int, int], instant: int
) -> dict[int, int]:
    """Return the words of an image as a faulty plant tells them.

    Args:
        image: What a sound plant would tell.
        condition: What is wrong.
        stuck: The measurements as they were when they stuck; empty: they move.
        instant: Varies garbage with time.
    """
    words = image.words | stuck
    if condition.no_values:
        words |= {
            address: marker
            for address, marker in image.markers.items()
            if is_measured(address)
        }
    if condition.garbage:
        words |= {
            address: int(hashed(instant, Channel.GARBAGE, address) * 0x10000)
            for address in image.words
            if is_measured(address)
        }
    return words


def is_measured(address: int) -> bool:
    """Tell whether an address holds a measurement."""
    return any(span.first <= address <= span.last for span in MEASURED)
