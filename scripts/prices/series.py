"""Hourly prices from files: a row per day, ``h00`` to ``h23``, empty where unknown.

A file may hold several markets (column ``market``) and, beside what came (``real``),
forecasts of others (column ``series``). Prices are taken as they are, in whatever unit.
"""

from collections.abc import Iterator, Mapping
import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np

from custom_components.bessai.inference.price_history import (
    DailyPrices,
    Floats,
    daily_prices,
)

HOURS = tuple(f"h{hour:02}" for hour in range(24))
REAL = "real"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_GAP = timedelta(days=200)
"""What lies further apart is another series."""

type Rows = Mapping[date, list[float]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """The prices of one market."""

    name: str
    first: date
    prices: Floats
    """(days, 24); NaN where unknown."""

    published: Mapping[str, Floats]
    """Forecasts of others, of the same shape."""

    memory: int | None = None
    """Only so many known days before each are remembered; ``None``: all."""

    @property
    def days(self) -> int:
        """How many."""
        return len(self.prices)

    def index(self, day: date) -> int:
        """Return the row of a date, also of one beyond the series."""
        return (day - self.first).days

    def day(self, index: int) -> date:
        """Return the date of a row."""
        return self.first + timedelta(days=index)

    def before(self, index: int) -> DailyPrices:
        """Return what is known at the end of the day before.

        Rows have 24 hours on every day, so the clock on the wall is taken as it is.
        """
        start = datetime.combine(self.day(index), time(), UTC)
        first = 0
        if self.memory is not None:
            is_whole = ~np.isnan(self.prices[:index]).any(axis=1)
            first = int(np.flatnonzero(is_whole)[-self.memory :][0])
        return daily_prices(
            self.prices[first:index],
            last_hour=(start - _EPOCH) // timedelta(hours=1),
            zone=UTC,
            start=start,
        )

    def judged(self, days: range) -> list[int]:
        """Return the days of a range whose prices are known, also a week before."""
        missing = np.isnan(self.prices).sum(axis=1).tolist()
        inside = range(max(7, days.start), min(self.days, days.stop))
        return [day for day in inside if missing[day] == missing[day - 7] == 0]


def read_series(path: Path) -> Iterator[Series]:
    """Yield the markets of a file, or of every file of a folder.

    Raises:
        ValueError: If a file has no such columns.
    """
    files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    for file in files:
        yield from _read(file)


def _read(file: Path) -> Iterator[Series]:
    markets: dict[str, dict[str, dict[date, list[float]]]] = {}
    with file.open(encoding="utf-8", newline="") as lines:
        table = csv.DictReader(lines)
        if missing := {"date", *HOURS} - set(table.fieldnames or ()):
            raise ValueError(f"{file.name} has no column {min(missing)}")
        for row in table:
            market = markets.setdefault(row.get("market") or file.stem[:2].upper(), {})
            series = market.setdefault(row.get("series") or REAL, {})
            prices = [float(row[hour]) if row[hour] else np.nan for hour in HOURS]
            series[date.fromisoformat(row["date"])] = prices
    for name, found in markets.items():
        pieces = list(_pieces(found.pop(REAL)))
        for piece in pieces:
            first, real = _grid(piece)
            yield Series(
                name=f"{name} {first.year}" if len(pieces) > 1 else name,
                first=first,
                prices=real,
                published={label: _grid(rows)[1] for label, rows in found.items()},
            )


def _pieces(rows: Rows) -> Iterator[Rows]:
    """Yield the stretches of a series that has a gap of many months."""
    piece: dict[date, list[float]] = {}
    for day in sorted(rows):
        if piece and day - max(piece) > _LONGEST_GAP:
            yield piece
            piece = {}
        piece[day] = rows[day]
    yield piece


def _grid(rows: Rows) -> tuple[date, Floats]:
    first, last = min(rows), max(rows)
    grid = np.full(((last - first).days + 1, 24), np.nan)
    for day, prices in rows.items():
        grid[(day - first).days] = prices
    return first, grid
