"""From the market's price to what the owner pays and gets, by the hour of the day."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
import re
from typing import Final
import unicodedata

from ..core.errors import BessaiError
from ..core.interval import Interval

_DAY: Final = timedelta(days=1)
_QUARTER: Final = timedelta(minutes=15)
_MINUTES: Final = 24 * 60
_DAYS: Final = (
    {"mo", "lu"},
    {"tu", "ma"},
    {"we", "mi"},
    {"th", "ju"},
    {"fr", "vi"},
    {"sa"},
    {"su", "do"},
)
"""The first two letters, English and Spanish; Monday first."""

_LINE: Final = re.compile(
    r"(?:(?P<days>[^\W\d]\S*)\s+)?"
    r"(?P<start>\d{1,2}:\d{2})\s*[-–]\s*(?P<end>\d{1,2}:\d{2})\s+"  # noqa: RUF001
    r"(?P<price>[-+]?\d+(?:[.,]\d+)?)"
)


class TariffError(BessaiError):
    """A line of a tariff that cannot be read; the text names the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffPeriod:
    """A price at some hours of some days, in local wall-clock time."""

    days: frozenset[int]
    """0 is Monday. A period over midnight belongs to the day on which it begins."""

    start_minute: int
    end_minute: int
    """Of the day; at or before the start: it ends on the next day."""

    price: float
    """Per kWh."""

    def has(self, local: datetime) -> bool:
        """Return whether a local time lies in it."""
        minute = local.hour * 60 + local.minute
        if self.start_minute < self.end_minute:
            is_in = self.start_minute <= minute < self.end_minute
            return is_in and local.weekday() in self.days
        if minute >= self.start_minute:
            return local.weekday() in self.days
        return minute < self.end_minute and (local.weekday() - 1) % 7 in self.days


def parse_periods(text: str) -> tuple[TariffPeriod, ...]:
    """Return the periods of lines such as ``Mo-Fr 07:00-22:00 0.12``.

    Days are optional and in English or Spanish: ``Mo``, ``Sa,Su``, ``Lu-Vi``. A comma
    may stand for the decimal point. Empty lines are skipped.

    Raises:
        TariffError: If a line is not like that; it names the line.
    """
    lines = (line.strip() for line in re.split(r"[\n;]", text))
    return tuple(_parse_line(line) for line in lines if line)


def _parse_line(line: str) -> TariffPeriod:
    found = _LINE.fullmatch(line)
    if found is None:
        raise TariffError(line)
    return TariffPeriod(
        days=_parse_days(found["days"], line),
        start_minute=_parse_minute(found["start"], line) % _MINUTES,
        end_minute=_parse_minute(found["end"], line),
        price=float(found["price"].replace(",", ".")),
    )


def _parse_minute(text: str, line: str) -> int:
    hours, minutes = (int(part) for part in text.split(":"))
    if minutes > 59 or hours * 60 + minutes > _MINUTES:
        raise TariffError(line)
    return hours * 60 + minutes


def _parse_days(text: str | None, line: str) -> frozenset[int]:
    if text is None:
        return frozenset(range(7))
    days: set[int] = set()
    for part in text.strip(",:").split(","):
        first, _, last = part.replace("–", "-").partition("-")  # noqa: RUF001
        begin = _parse_day(first, line)
        count = (_parse_day(last, line) - begin) % 7 if last else 0
        days |= {(begin + offset) % 7 for offset in range(count + 1)}
    return frozenset(days)


def _parse_day(word: str, line: str) -> int:
    plain = unicodedata.normalize("NFD", word.lower())[:3]
    letters = "".join(sign for sign in plain if sign.isalpha())[:2]
    for day, names in enumerate(_DAYS):
        if letters in names:
            return day
    raise TariffError(line)


def price_at(
    periods: Iterable[TariffPeriod], local: datetime, otherwise: float
) -> float:
    """Return the price at a local time: of the first period that has it."""
    return next((period.price for period in periods if period.has(local)), otherwise)


def switch_times(
    periods: Sequence[TariffPeriod], interval: Interval, zone: tzinfo
) -> tuple[datetime, ...]:
    """Return when the wall clock passes a border of a period inside an interval, UTC.

    A border that is skipped when the clock goes forward takes effect right then; one
    that comes twice when it goes back counts twice, as it is read off the wall.
    """
    if not periods:
        return ()
    minutes = {0}
    for period in periods:
        minutes |= {period.start_minute, period.end_minute % _MINUTES}
    first = interval.start.astimezone(zone).date() - _DAY
    last = interval.end.astimezone(zone).date() + _DAY
    found: set[datetime] = set()
    day = first
    while day <= last:
        found |= set(_borders(day, minutes, zone))
        day += _DAY
    return tuple(
        sorted(moment for moment in found if interval.start < moment < interval.end)
    )


def _borders(day: date, minutes: Iterable[int], zone: tzinfo) -> Iterator[datetime]:
    for minute in minutes:
        wall = time(minute // 60, minute % 60, tzinfo=zone)
        for fold in (0, 1):
            local = datetime.combine(day, wall.replace(fold=fold))
            yield local.astimezone(UTC)
    yield from _clock_changes(day, zone)


def _clock_changes(day: date, zone: tzinfo) -> Iterator[datetime]:
    """Yield when the clock is put forward or back on a day, to the quarter hour."""
    begin = datetime.combine(day, time(tzinfo=zone))
    if begin.utcoffset() == (begin + _DAY).utcoffset():
        return
    moment = begin.astimezone(UTC)
    while moment.astimezone(zone).utcoffset() == begin.utcoffset():
        moment += _QUARTER
    yield moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRule:
    """``(spot · factor + fee + addition) · (1 + tax)``."""

    factor: float = 1.0
    fee: float = 0.0
    """Per kWh."""

    tax: float = 0.0
    """Part of the sum, 0.19: 19 %."""

    def price(self, spot: float, addition: float = 0.0) -> float:
        """Return what a kWh costs, at a spot price and what the hour adds to it."""
        return (spot * self.factor + self.fee + addition) * (1 + self.tax)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRule:
    """``spot · factor - fee``."""

    factor: float = 1.0
    fee: float = 0.0
    """Per kWh, kept back by who buys."""

    def price(self, spot: float) -> float:
        """Return what a kWh earns at a spot price."""
        return spot * self.factor - self.fee
