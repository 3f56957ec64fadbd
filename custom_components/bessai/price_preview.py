"""Shows an owner what the choices about prices come to, before they are stored."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import fmean
from typing import Final

from homeassistant.util import dt as dt_util

from .core.price_curve import CERTAIN, PriceCurve, PriceStep
from .market_data import MarketData
from .price_notes import show_notes, show_price, show_time
from .texts import Texts

SHOWN_HOURS: Final = 24
_HOUR: Final = timedelta(hours=1)
_NOTHING: Final = "-"
_FORECAST: Final = "~"


def preview(market: MarketData, texts: Texts) -> dict[str, str]:
    """Return what the page of the preview is filled with."""
    notes = show_notes(texts, market.notes)
    curve = market.curve
    if curve is None:
        return {
            "source": market.source_name,
            "currency": _NOTHING,
            "until": _NOTHING,
            "table": texts.say("price_preview_empty"),
            "notes": _bullets(notes),
        }
    return {
        "source": market.source_name,
        "currency": f"{curve.currency}/kWh",
        "until": show_time(curve.known_until),
        "table": _table(curve, texts),
        "notes": _bullets(notes) or texts.say("price_preview_all_well"),
    }


def _bullets(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(curve: PriceCurve, texts: Texts) -> str:
    """Return the next hours as Markdown, each with the mean of its prices."""
    heads = texts.say("price_preview_heads")
    rows = [_row(hour, steps) for hour, steps in _hours(curve)]
    return "\n".join((f"| {heads} |", "| --- | ---: | ---: | ---: |", *rows))


def _hours(curve: PriceCurve) -> Iterator[tuple[datetime, list[PriceStep]]]:
    start = curve.start
    for hour in range(SHOWN_HOURS):
        begin = start + hour * _HOUR
        steps = [
            step for step in curve if begin <= step.interval.start < begin + _HOUR
        ] or [step for step in curve if step.interval.has(begin)]
        if steps:
            yield begin, steps


def _row(hour: datetime, steps: list[PriceStep]) -> str:
    spots = [step.spot_price for step in steps if step.spot_price is not None]
    prices = (
        show_price(fmean(spots)) if spots else _NOTHING,
        show_price(fmean(step.import_price for step in steps)),
        show_price(fmean(step.export_price for step in steps)),
    )
    is_known = all(step.confidence >= CERTAIN for step in steps)
    mark = "" if is_known else _FORECAST
    local = f"{dt_util.as_local(hour):%H:%M}"
    return " | ".join((f"| {mark}{local}", *prices)) + " |"
