"""Histories of prices for the tests of forecasts."""

import csv
from datetime import UTC, date, datetime, timedelta
import random
from zoneinfo import ZoneInfo

from ..source import ROOT

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 1, 5, tzinfo=BERLIN)
HOUR, QUARTER, DAY = timedelta(hours=1), timedelta(minutes=15), timedelta(days=1)
SMARD = ROOT / "tests/fixtures/prices/de_lu_smard_dayahead_eur_mwh_hourly_2020_2024.csv"
"""Bundesnetzagentur | SMARD.de, CC BY 4.0."""

type History = dict[datetime, float]


def usual_price(local: datetime) -> float:
    """Return the price of a market of habits: evenings dear, weekends cheap."""
    price = 0.08 + 0.04 * (17 <= local.hour <= 20) - 0.05 * (11 <= local.hour <= 14)
    return price - 0.03 * (local.weekday() >= 5)


def history(
    days: int, *, noise: float = 0.01, start: datetime = MONDAY, level: float = 0.0
) -> History:
    """Return so many local days of quarter hours; those of an hour have one price."""
    dice = random.Random(3)  # noqa: S311 - to be had again
    prices: History = {}
    moment, end = start.astimezone(UTC), _local_day(start, days)
    while moment < end:
        price = usual_price(moment.astimezone(start.tzinfo)) + level
        price += dice.gauss(0, noise)
        prices |= {moment + quarter * QUARTER: price for quarter in range(4)}
        moment += HOUR
    return prices


def end_of(prices: History) -> datetime:
    """Return the first moment that is not known."""
    return max(prices) + QUARTER


def smard(first: date, days: int) -> History:
    """Return some days of the German market, EUR/kWh."""
    with SMARD.open(encoding="utf-8", newline="") as lines:
        rows = {date.fromisoformat(row["date"]): row for row in csv.DictReader(lines)}
    prices: History = {}
    for index in range(days):
        day = first + timedelta(days=index)
        moment = datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)
        while (local := moment.astimezone(BERLIN)).date() == day:
            price = float(rows[day][f"h{local.hour:02}"]) / 1000
            prices |= {moment + quarter * QUARTER: price for quarter in range(4)}
            moment += HOUR
    return prices


def _local_day(start: datetime, days: int) -> datetime:
    """Return the local midnight so many days later."""
    return (start + days * DAY).astimezone(UTC)  # days of a zone are of the wall clock
