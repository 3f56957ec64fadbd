"""What prices will probably be, as a list for cards, scripts and automations."""

from collections.abc import Iterator
from typing import Any, Final

from .core.price_curve import CERTAIN, PriceCurve, PriceStep
from .core.price_outlook import ExpectedPrice, PriceOutlook
from .plan_listing import clock_time, price

RECENT_DAYS: Final = "recent_days"
"""The method where nothing better is known: the mean of the same hour lately."""

PUBLISHED: Final = "published"
"""Where there is nothing to forecast."""


def method_of(curve: PriceCurve, outlook: PriceOutlook | None) -> str:
    """Return how prices are found that nobody has published."""
    if curve.known_until >= curve.end:
        return PUBLISHED
    return RECENT_DAYS if outlook is None else outlook.source


def describe_outlook(
    curve: PriceCurve, outlook: PriceOutlook | None
) -> list[dict[str, Any]]:
    """Return the intervals of a curve with their band; times are local.

    ``p10``, ``p50`` and ``p90`` are of the market, or of the import price where there
    is no market behind it. Where only recent days are known there is no band.
    """
    return [_described(step, outlook) for step in curve]


def _described(step: PriceStep, outlook: PriceOutlook | None) -> dict[str, Any]:
    middle = step.import_price if step.spot_price is None else step.spot_price
    low: float | None = middle
    high: float | None = middle
    if step.confidence < CERTAIN:
        expected = None if outlook is None else outlook.at(step.interval.start)
        low, high = _band(expected)
    return {
        "start": clock_time(step.interval.start),
        "end": clock_time(step.interval.end),
        "p10": _price(low),
        "p50": price(middle),
        "p90": _price(high),
        "confidence": round(step.confidence, 3),
        "published": step.confidence >= CERTAIN,
        "import_price": price(step.import_price),
        "export_price": price(step.export_price),
    }


def _band(expected: ExpectedPrice | None) -> tuple[float | None, float | None]:
    return (None, None) if expected is None else (expected.p10, expected.p90)


def _price(value: float | None) -> float | None:
    return None if value is None else price(value)


def describe_expected(step: ExpectedPrice) -> dict[str, Any]:
    """Return what is expected of an interval; short, as there are many."""
    return {
        "start": clock_time(step.interval.start),
        "p10": price(step.p10),
        "p50": price(step.p50),
        "p90": price(step.p90),
    }


def unpublished(
    curve: PriceCurve | None, outlook: PriceOutlook | None
) -> Iterator[ExpectedPrice]:
    """Yield what is expected after the last published price of a curve."""
    if curve is None or outlook is None:
        return
    for step in outlook.steps:
        if curve.known_until <= step.interval.start < curve.end:
            yield step
