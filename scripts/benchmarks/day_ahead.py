"""Real prices: the German day-ahead market of 2020 and 2024, and tariffs on it."""

from collections.abc import Callable, Iterator
import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.price_curve import PriceCurve, PriceStep

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
PUBLISHED = 13
"""The hour of the day, on the wall clock, from which the next day is known."""

FILE = (
    Path(__file__).parents[2]
    / "tests/fixtures/prices/de_lu_smard_dayahead_eur_mwh_hourly_2020_2024.csv"
)
"""Bundesnetzagentur, SMARD.de; CC BY 4.0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What a spot price, per kWh, comes to at the meter."""

    name: str
    import_price: Callable[[float], float]
    export_price: Callable[[float], float]


SPOT = Tariff(
    name="spot",
    import_price=lambda spot: 0.16 + 1.19 * spot,
    export_price=lambda spot: spot,
)
FEED_IN = Tariff(
    name="feed-in",
    import_price=lambda spot: 0.16 + 1.19 * spot,
    export_price=lambda _: 0.0786,
)
LOW_FEE = Tariff(
    name="low fee",
    import_price=lambda spot: 0.03 + spot,
    export_price=lambda spot: spot,
)
TARIFFS = (SPOT, FEED_IN, LOW_FEE)


def read_spot() -> dict[datetime, float]:
    """Return the market's prices, EUR/kWh, by the start of their hour in UTC.

    The file has 24 hours on each local day; the clock decides which of them there are.
    """
    days: dict[date, list[float]] = {}
    with FILE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            prices = [float(row[f"h{hour:02}"]) / 1000 for hour in range(24)]
            days[date.fromisoformat(row["date"])] = prices
    return {
        moment: days[local.date()][local.hour]
        for day in days
        for moment in _hours_of(day)
        if (local := moment.astimezone(BERLIN)).date() in days
    }


def midnight(day: date) -> datetime:
    """Return the beginning of a day in Germany; UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)


def curve(
    spot: dict[datetime, float],
    tariff: Tariff,
    span: Interval,
    factor: float = 1.0,
) -> PriceCurve:
    """Return a tariff's prices over whole hours, the spot prices times a factor."""
    steps = []
    start = span.start
    while start < span.end:
        price = spot[start] * factor
        steps.append(
            PriceStep(
                interval=Interval(start=start, end=start + HOUR),
                import_price=tariff.import_price(price),
                export_price=tariff.export_price(price),
                spot_price=price,
            )
        )
        start += HOUR
    return PriceCurve(currency="EUR", steps=tuple(steps))


def known(whole: PriceCurve, now: datetime) -> PriceCurve:
    """Return what is published of a curve at a moment, from that hour on."""
    local = now.astimezone(BERLIN)
    days = 2 if local.hour >= PUBLISHED else 1
    until = midnight(local.date() + timedelta(days=days))
    first = (now - whole.start) // HOUR
    count = (until - whole.start) // HOUR
    return PriceCurve(currency=whole.currency, steps=whole.steps[first:count])


def _hours_of(day: date) -> Iterator[datetime]:
    moment, end = midnight(day), midnight(day + timedelta(days=1))
    while moment < end:
        yield moment
        moment += HOUR
