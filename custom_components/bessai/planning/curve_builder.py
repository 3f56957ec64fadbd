"""Makes the curve to plan with: known prices, a forecast, the owner's tariff."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from math import isfinite
from statistics import fmean

from ..core.interval import Interval
from ..core.price_curve import CERTAIN, PriceCurve, PriceStep
from .price_forecast import (
    Forecaster,
    ForecastPrice,
    PriceForecaster,
    quarter_of,
    quarters_in,
)
from .price_series import NoteKind, PriceSeries, SeriesNote, SeriesPrice
from .tariff import TariffPeriod, switch_times

_PUBLISHED_BY = 15
"""Day-ahead markets publish at about 13 o'clock; two hours later somebody is late."""

type PriceFunction = Callable[[float, datetime], float]
"""From a market price and the start of its interval, aware, UTC, to a price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """How market prices become the owner's."""

    currency: str
    periods: tuple[TariffPeriod, ...]
    """At whose borders the price may change."""

    zone: tzinfo
    """In which the periods are meant."""

    import_price: PriceFunction
    export_price: PriceFunction
    """Its first argument is the export market's price, where there is one of its own.
    """

    has_market: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A market's prices: what is known, and what fills the rest."""

    prices: tuple[SeriesPrice, ...]
    forecaster: Forecaster


def index_at(prices: Sequence[SeriesPrice], moment: datetime) -> int | None:
    """Return which price has a moment."""
    index = bisect_right(prices, moment, key=_start_of) - 1
    return index if index >= 0 and prices[index].interval.has(moment) else None


def _start_of(price: SeriesPrice) -> datetime:
    return price.interval.start


def judge(series: PriceSeries, now: datetime, zone: tzinfo) -> tuple[SeriesNote, ...]:
    """Return what is wrong with a series at a time: stale, or tomorrow is late."""
    end = series.end
    if end is None:
        return ()
    if index_at(series.prices, now) is None:
        before = [
            price.interval.end for price in series.prices if price.interval.end <= now
        ]
        return (SeriesNote(kind=NoteKind.STALE, end=before[-1] if before else None),)
    local = now.astimezone(zone)
    is_today_only = end.astimezone(zone) - timedelta(hours=1) < _midnight_after(local)
    if local.hour >= _PUBLISHED_BY and is_today_only:
        return (SeriesNote(kind=NoteKind.ENDS_EARLY, end=end),)
    return ()


def _midnight_after(local: datetime) -> datetime:
    day = local.date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=local.tzinfo)


def build_curve(
    track: Track,
    export: Track | None,
    pricing: Pricing,
    now: datetime,
    horizon: timedelta,
) -> PriceCurve | None:
    """Return prices from the interval that has ``now`` to the horizon.

    Gaps and what is not published yet are filled by the forecast, in quarter hours,
    with its confidence.

    Returns:
        ``None`` if nothing is known for now.

    Raises:
        PriceCurveError: If a price function gives no number.
    """
    index = index_at(track.prices, now)
    if index is None:
        return None
    span = Interval(start=track.prices[index].interval.start, end=now + horizon)
    steps = list(_filled(track, span))
    sold = list(_filled(export, span)) if export is not None else steps
    borders = set(switch_times(pricing.periods, span, pricing.zone))
    borders |= {price.interval.start for price in (*steps, *sold)}
    moments = [*sorted(borders), steps[-1].interval.end]
    return PriceCurve(
        currency=pricing.currency,
        steps=tuple(
            _priced(Interval(start=start, end=end), steps, sold, pricing)
            for start, end in pairwise(moments)
        ),
    )


def _priced(
    interval: Interval,
    bought: Sequence[SeriesPrice],
    sold: Sequence[SeriesPrice],
    pricing: Pricing,
) -> PriceStep:
    market, other = (
        prices[bisect_right(prices, interval.start, key=_start_of) - 1]
        for prices in (bought, sold)
    )
    return PriceStep(
        interval=interval,
        import_price=pricing.import_price(market.value, interval.start),
        export_price=pricing.export_price(other.value, interval.start),
        confidence=min(market.confidence, other.confidence),
        spot_price=market.value if pricing.has_market else None,
        import_band=_import_band(market.band, interval.start, pricing),
    )


def _import_band(
    band: tuple[float, float] | None, start: datetime, pricing: Pricing
) -> tuple[float, float] | None:
    """Return the band of a market as one of the import price.

    A formula may do as it likes: it may fall where the market rises, and a band that is
    no number is left out, as the price itself is one.
    """
    if band is None:
        return None
    low, high = sorted(pricing.import_price(market, start) for market in band)
    return (low, high) if isfinite(low) and isfinite(high) else None


def _filled(track: Track, span: Interval) -> Iterator[SeriesPrice]:
    """Yield prices for all of a span: known ones cut to it, others by the forecast."""
    moment = span.start
    for price in track.prices:
        start = max(price.interval.start, span.start)
        end = min(price.interval.end, span.end)
        if end <= start:
            continue
        yield from _forecast(track, moment, start)
        yield replace(price, interval=Interval(start=start, end=end))
        moment = end
    yield from _forecast(track, moment, span.end)


def _forecast(track: Track, start: datetime, end: datetime) -> Iterator[SeriesPrice]:
    if end <= start:
        return
    whole = Interval(start=start, end=end)
    borders = [start, *(moment for moment in quarters_in(whole) if moment > start), end]
    for begin, stop in pairwise(borders):
        expected = track.forecaster.at(begin) or _unlearned(track)
        yield SeriesPrice(
            interval=Interval(start=begin, end=stop),
            value=expected.value,
            confidence=expected.confidence,
            band=expected.band,
        )


def _unlearned(track: Track) -> ForecastPrice:
    """Return the mean of what is known, nobody's forecast."""
    values = [price.value for price in track.prices]
    return ForecastPrice(value=fmean(values) if values else 0.0, confidence=0.0)


def flat_track(value: float, now: datetime, horizon: timedelta) -> Track:
    """Return a market whose price is always the same: what a tariff is built on."""
    start = quarter_of(now)
    whole = Interval(start=start, end=now + horizon)
    price = SeriesPrice(interval=whole, value=value, confidence=CERTAIN)
    return Track(prices=(price,), forecaster=PriceForecaster({}, UTC))
