"""Reads single values as integrations write them: numbers, times, days."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import isfinite
from typing import Any, Final

from .planning.price_series import RawPrice

_DAY: Final = timedelta(days=1)
_PLAIN_COUNTS: Final = (24, 48, 96)
"""Numbers of a day of 24 hours."""

_EPOCH_S: Final = 1e8
"""Numbers below are hours of a day or the like: 1973 is no price's time."""

_EPOCH_MS: Final = 1e11


def is_number(value: Any) -> bool:
    """Return whether something is a plain number or missing."""
    if isinstance(value, bool):
        return False
    return value is None or isinstance(value, int | float)


def as_number(value: Any) -> float | None:
    """Return a number, also one with a decimal comma; ``None`` for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value.replace(",", ".") if isinstance(value, str) else value)
    except TypeError, ValueError, OverflowError:
        return None
    return number if isfinite(number) else None


def of_epoch(value: float) -> datetime | None:
    """Return the moment so many seconds or milliseconds after 1970 began."""
    if not value > _EPOCH_S:
        return None
    try:
        seconds = value / 1000 if value > _EPOCH_MS else value
        return datetime.fromtimestamp(seconds, UTC)
    except ValueError, OverflowError, OSError:
        return None


def of_text(text: str, day: date | None) -> datetime | None:
    """Return a written time, aware if it names its zone; ``day`` is for one without."""
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        pass
    try:
        return datetime.combine(day, time.fromisoformat(text)) if day else None
    except ValueError:
        return None


def as_date(value: Any) -> date | None:
    """Return the day of a day or a time, also a written one."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value)).date()
    except ValueError:
        return None


def of_day(values: Sequence[Any], day: date, zone: tzinfo) -> Iterator[RawPrice]:
    """Yield the prices of a whole local day, which may have 23 or 25 hours.

    A list of 24, 48 or 96 numbers on such a day is by the clock on the wall.
    """
    begin = datetime.combine(day, time(tzinfo=zone)).astimezone(UTC)
    end = datetime.combine(day + _DAY, time(tzinfo=zone)).astimezone(UTC)
    if end - begin != _DAY and len(values) in _PLAIN_COUNTS:
        yield from sorted(_of_wall(values, day, zone), key=lambda one: one.start)
        return
    length = (end - begin) / len(values)
    if length % timedelta(minutes=5):
        length = timedelta(minutes=60 if len(values) <= 25 else 15)
    for index, value in enumerate(values):
        start = begin + index * length
        yield RawPrice(start=start, end=start + length, value=as_number(value))


def _of_wall(values: Sequence[Any], day: date, zone: tzinfo) -> Iterator[RawPrice]:
    """Yield prices by wall-clock time: not one that is skipped, twice one repeated."""
    length = _DAY / len(values)
    for index, value in enumerate(values):
        wall = datetime.combine(day, time()) + index * length
        moments = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        for start in {moment.astimezone(UTC) for moment in moments}:
            if start.astimezone(zone).replace(tzinfo=None, fold=0) == wall:
                yield RawPrice(start=start, end=start + length, value=as_number(value))
