"""Puts together what the sources said: the curve, and what to know about it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .core.interval import Interval
from .core.price_curve import PriceCurve, PriceCurveError
from .core.price_outlook import PriceOutlook
from .planning.curve_builder import Track, build_curve, flat_track, judge
from .planning.price_forecast import (
    ByOutlook,
    Forecaster,
    PriceForecaster,
    Quarters,
    remember,
)
from .planning.price_series import (
    BLOCKING,
    QUARTER,
    NoteKind,
    PriceSeries,
    SeriesNote,
    SeriesPrice,
)
from .price_feed import PriceFeed
from .price_formula import FormulaError
from .price_options import SOURCE_NONE, PriceOptions
from .price_pricing import build_pricing

IMPORT: Final = "import"
EXPORT: Final = "export"


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known of a market's past, and what is expected from it."""

    known: Quarters
    outlook: PriceOutlook | None = None

    def forecaster(self, known: Quarters, zone: tzinfo) -> Forecaster:
        """Return the best forecaster there is, with what is known now."""
        recent_days = PriceForecaster(known, zone)
        if self.outlook is None:
            return recent_days
        return ByOutlook(self.outlook, recent_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltMarket:
    """What comes of the sources' last words."""

    curve: PriceCurve | None
    notes: tuple[SeriesNote, ...]
    learned: dict[str, dict[datetime, float]]
    """The history of each market, with what it said now; empty on doubt."""


def build_market(
    hass: HomeAssistant,
    options: PriceOptions,
    feeds: Mapping[str, PriceFeed],
    past: Mapping[str, Past],
    now: datetime,
) -> BuiltMarket:
    """Return curve and notes; for the executor: it may take tens of milliseconds.

    Args:
        hass: Knows currency and time zone, and how to render formulas.
        options: The owner's choices.
        feeds: What the sources said last; none of them for a tariff.
        past: What was learned from each of them.
        now: Aware.
    """
    if options.source == SOURCE_NONE:
        return _nothing(SeriesNote(kind=NoteKind.NOT_CHOSEN))
    notes: list[SeriesNote] = []
    tracks: dict[str, Track] = {}
    learned: dict[str, dict[datetime, float]] = {}
    zone = dt_util.get_default_time_zone()
    for name, feed in feeds.items():
        series = _series(hass, feed)
        learned[name] = remember(past[name].known, series.prices, now)
        notes += (*feed.notes(), *_judged(name, feed, series, now))
        forecaster = past[name].forecaster(learned[name], zone)
        tracks[name] = Track(prices=series.prices, forecaster=forecaster)
    if any(note.kind in BLOCKING for note in notes):
        return _nothing(*notes)
    try:
        curve = _curve(hass, options, feeds, tracks, now)
    except (FormulaError, PriceCurveError) as err:
        failed = SeriesNote(kind=NoteKind.FORMULA_FAILED, text=str(err))
        return _nothing(*notes, failed)
    return BuiltMarket(curve=curve, notes=tuple(notes), learned=learned)


def _series(hass: HomeAssistant, feed: PriceFeed | None) -> PriceSeries:
    if feed is not None and feed.series is not None:
        return feed.series
    return PriceSeries(currency=hass.config.currency, prices=())


def _curve(
    hass: HomeAssistant,
    options: PriceOptions,
    feeds: Mapping[str, PriceFeed],
    tracks: Mapping[str, Track],
    now: datetime,
) -> PriceCurve | None:
    horizon = timedelta(hours=options.price_horizon_h)
    bought = tracks.get(IMPORT) or flat_track(options.fixed_price, now, horizon)
    currency = _series(hass, feeds.get(IMPORT)).currency
    pricing = build_pricing(hass, options, currency)
    return build_curve(bought, tracks.get(EXPORT), pricing, now, horizon)


def build_past(
    hass: HomeAssistant,
    options: PriceOptions,
    feeds: Mapping[str, PriceFeed],
    known: Mapping[str, Quarters],
    span: Interval,
) -> PriceCurve | None:
    """Return what prices were, from the first one of a span that is remembered.

    ``None`` if there is none; holes are filled by the forecast, with its confidence.

    Raises:
        FormulaError: If the owner's formula fails.
        PriceCurveError: If it gives no number.
    """
    zone = dt_util.get_default_time_zone()
    tracks = {
        name: Track(
            prices=tuple(_remembered(known[name], span)),
            forecaster=PriceForecaster(known[name], zone),
        )
        for name in feeds
    }
    bought = tracks.get(IMPORT)
    if bought is None:
        bought = flat_track(options.fixed_price, span.start, span.duration)
    if options.source == SOURCE_NONE or not bought.prices:
        return None
    start = bought.prices[0].interval.start
    pricing = build_pricing(hass, options, _series(hass, feeds.get(IMPORT)).currency)
    return build_curve(bought, tracks.get(EXPORT), pricing, start, span.end - start)


def _remembered(known: Quarters, span: Interval) -> Iterator[SeriesPrice]:
    for start in sorted(known):
        if span.has(start):
            quarter = Interval(start=start, end=start + QUARTER)
            yield SeriesPrice(interval=quarter, value=known[start])


def _nothing(*notes: SeriesNote) -> BuiltMarket:
    return BuiltMarket(curve=None, notes=notes, learned={})


def _judged(
    name: str, feed: PriceFeed, series: PriceSeries, now: datetime
) -> tuple[SeriesNote, ...]:
    """Return what is wrong with a feed at a time.

    An export price that is late is forecast; an import price has to be there.
    """
    notes = judge(series, now, dt_util.get_default_time_zone())
    grave = tuple(note for note in notes if note.kind in BLOCKING)
    if feed.is_current_only:
        only = SeriesNote(kind=NoteKind.FORECAST_ONLY)
        return (only, *grave) if name == IMPORT else (only,)
    if name == IMPORT:
        return notes
    return tuple(note for note in notes if note not in grave)
