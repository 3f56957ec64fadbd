"""Shows an owner what the choices about prices come to, before they are stored."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from homeassistant.util import dt as dt_util

from .core.interval import Interval
from .core.price_curve import CERTAIN, PriceCurve, PriceStep
from .market_data import MarketData
from .price_notes import show_notes, show_price, show_time
from .texts import Texts

SHOWN_HOURS: Final = 24
_HOUR: Final = timedelta(hours=1)
_NOTHING: Final = "-"
_FORECAST: Final = "~"

type Share = tuple[PriceStep, float]
"""Prices, and for how much of an hour they hold."""


def preview(market: MarketData, curve: PriceCurve, texts: Texts) -> dict[str, str]:
    """Return what the page of the preview is filled with."""
    notes = show_notes(texts, market.notes)
    if not any(step.export_price for step in curve):
        notes.append(texts.say("price_preview_no_export"))
    return {
        "currency": f"{curve.currency}/kWh",
        "until": show_time(curve.known_until),
        "table": _table(curve, texts),
        "notes": _bullets(notes) or texts.say("price_preview_all_well"),
    }


def say_what_is_missing(market: MarketData, texts: Texts) -> dict[str, str]:
    """Return what the page is filled with if no prices came."""
    return {"notes": _bullets(show_notes(texts, market.notes))}


def _bullets(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(curve: PriceCurve, texts: Texts) -> str:
    """Return the next hours as Markdown, each with the mean of its prices."""
    hours = list(_hours(curve))
    has_market = any(step.spot_price is not None for step in curve)
    heads = texts.say("price_preview_heads").split(" | ")
    rows = [heads, ["---", *["---:"] * 3], *(_row(*hour) for hour in hours)]
    return "\n".join(_line(row if has_market else [row[0], *row[2:]]) for row in rows)


def _hours(curve: PriceCurve) -> Iterator[tuple[datetime, list[Share]]]:
    """Yield the hours of the clock, the first from the present on."""
    local = dt_util.as_local(curve.start)
    first = curve.start - timedelta(
        minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )
    for number in range(SHOWN_HOURS):
        begin = first + number * _HOUR
        shares = [
            (step, share)
            for step in curve
            if (share := _hours_in(step.interval, begin)) > 0
        ]
        if shares:
            yield max(begin, curve.start), shares


def _hours_in(interval: Interval, begin: datetime) -> float:
    """Return how much of the hour from ``begin`` on lies in an interval."""
    start, end = max(interval.start, begin), min(interval.end, begin + _HOUR)
    return (end - start) / _HOUR


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _row(hour: datetime, shares: list[Share]) -> list[str]:
    """Return the cells of an hour: when, market, import and export price."""
    spots = [
        (step.spot_price, share)
        for step, share in shares
        if step.spot_price is not None
    ]
    prices = (
        show_price(_mean(spots)) if spots else _NOTHING,
        show_price(_mean([(step.import_price, share) for step, share in shares])),
        show_price(_mean([(step.export_price, share) for step, share in shares])),
    )
    is_known = all(step.confidence >= CERTAIN for step, _ in shares)
    mark = "" if is_known else _FORECAST
    local = f"{dt_util.as_local(hour):%H:%M}"
    return [f"{mark}{local}", *prices]


def _mean(shares: list[tuple[float, float]]) -> float:
    total = sum(share for _, share in shares)
    return sum(price * share for price, share in shares) / total
