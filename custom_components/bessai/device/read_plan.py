"""Registers to the fewest requests that are safe to send; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .profile import SafeSpan
from .register import Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One request and the registers that its answer holds."""

    start: int
    count: int
    registers: tuple[Register, ...]


def plan_reads(
    registers: Iterable[Register], spans: Iterable[SafeSpan], max_words: int
) -> tuple[Read, ...]:
    """Return the fewest requests that read these registers, in order of address.

    A device refuses a whole request for one address that it does not know. So the
    registers of a request either touch one another without a hole, or lie together in
    one safe span; only the part of a span that is needed is read. A register that is
    to be read alone gets a request to itself, and no other request crosses it.

    Taking as much as possible from the lowest address on is optimal here, because
    every part of an allowed request is an allowed request.

    Args:
        registers: The ones needed; none overlaps another. Those that cannot be read
            are left out.
        spans: What may be read across holes on this device.
        max_words: The longest request the device takes.

    Raises:
        ValueError: If a single register is longer than ``max_words``.
    """
    waiting = sorted(
        (register for register in registers if register.readable),
        key=lambda register: register.address,
    )
    known = tuple(spans)
    reads: list[Read] = []
    at = 0
    while at < len(waiting):
        taken = _longest(waiting[at:], known, max_words)
        reads.append(_read(taken))
        at += len(taken)
    return tuple(reads)


def _read(registers: Sequence[Register]) -> Read:
    start = registers[0].address
    return Read(
        start=start, count=registers[-1].end - start, registers=tuple(registers)
    )


def _longest(
    registers: Sequence[Register], spans: Sequence[SafeSpan], max_words: int
) -> Sequence[Register]:
    """Return the most registers from the first on that may share one request."""
    first = registers[0]
    if first.words > max_words:
        raise ValueError(
            f"{first.key}: {first.words} words do not fit a request of {max_words}"
        )
    if first.alone:
        return registers[:1]
    limit = min(_reach(registers, spans), first.address + max_words)
    count = 1
    while count < len(registers) and _fits(registers[count], limit):
        count += 1
    return registers[:count]


def _fits(register: Register, limit: int) -> bool:
    return not register.alone and register.end <= limit


def _reach(registers: Sequence[Register], spans: Sequence[SafeSpan]) -> int:
    """Return the address behind the furthest one readable together with the first."""
    first = registers[0]
    inside = [
        span.end
        for span in spans
        if span.start <= first.address and first.end <= span.end
    ]
    return max([_end_of_run(registers), *inside])


def _end_of_run(registers: Sequence[Register]) -> int:
    """Return the address behind the registers that touch one another."""
    end = registers[0].end
    for register in registers[1:]:
        if register.address != end:
            break
        end = register.end
    return end
