"""The tables of periods a day is divided into: registers 47200 and 47255."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

_DAY_MINUTES = 1440
_TOU_PERIODS = 14
_FIXED_PERIODS = 10


class TouPeriod(NamedTuple):
    """One period of the time-of-use table."""

    start: int
    """Minute of the day, included."""

    end: int
    """Minute of the day, excluded."""

    discharge: bool
    weekdays: int
    """Bit 0 Sunday to bit 6 Saturday."""

    def covers(self, minute: int, weekday: int) -> bool:
        """Tell whether it is in force; weekday 0 is Sunday."""
        return self.start <= minute < self.end and bool(self.weekdays >> weekday & 1)


class FixedPeriod(NamedTuple):
    """One period of the fixed charge and discharge table."""

    start: int
    end: int
    power_w: int
    """Huawei's sign: positive charges."""


def parse_tou(words: Sequence[int]) -> tuple[TouPeriod, ...]:
    """Return the periods of register 47255.

    Raises:
        ValueError: If the table breaks one of its rules.
    """
    rows = _rows(words, 3, _TOU_PERIODS)
    periods = tuple(
        TouPeriod(start, end, bool(flags >> 8), flags & 0xFF)
        for start, end, flags in rows
    )
    for (_, _, flags), period in zip(rows, periods, strict=True):
        if flags >> 8 > 1 or period.weekdays > 0x7F:
            raise ValueError(f"no such flag or weekday: {flags:#06x}")
        _check_span(period.start, period.end)
    _check_overlaps(periods)
    return periods


def parse_fixed(words: Sequence[int]) -> tuple[FixedPeriod, ...]:
    """Return the periods of register 47200.

    Raises:
        ValueError: If there are too many, or one ends before it starts.
    """
    periods = tuple(
        FixedPeriod(start, end, signed32(high, low))
        for start, end, high, low in _rows(words, 4, _FIXED_PERIODS)
    )
    for period in periods:
        _check_span(period.start, period.end)
    return periods


def signed32(high: int, low: int) -> int:
    """Return two words, high one first, as a signed number."""
    value = high << 16 | low
    return value - 2**32 if value >= 2**31 else value


def _rows(words: Sequence[int], width: int, most: int) -> list[tuple[int, ...]]:
    """Return the rows in use of a counted table; the rest of it must be zero."""
    count = words[0]
    if count > most:
        raise ValueError(f"{count} periods, at most {most}")
    if any(words[1 + count * width :]):
        raise ValueError("words after the last period are not zero")
    used = words[1 : 1 + count * width]
    return [tuple(used[i : i + width]) for i in range(0, len(used), width)]


def _check_span(start: int, end: int) -> None:
    """Raise unless a period lies forwards within one day."""
    if not 0 <= start < end <= _DAY_MINUTES:
        raise ValueError(f"period from minute {start} to {end}")


def _check_overlaps(periods: Iterable[TouPeriod]) -> None:
    """Raise if two periods are in force at once on some weekday."""
    earlier: list[TouPeriod] = []
    for period in periods:
        for other in earlier:
            apart = period.end <= other.start or other.end <= period.start
            if not apart and period.weekdays & other.weekdays:
                raise ValueError(f"{period} overlaps {other}")
        earlier.append(period)
