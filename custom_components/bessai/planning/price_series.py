"""From what a source delivers to prices of intervals, with every doubt named."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from math import isfinite
from statistics import median

from ..core.interval import Interval
from ..core.price_curve import CERTAIN
from .price_unit import PriceUnit, highest_price, unit_is_wrong

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
LONGEST_GUESS = timedelta(hours=25)
"""A price that does not say its end is for a day at most; the longest has 25 hours."""

AHEAD = timedelta(days=8)
"""What a source says of later times is not used: plans reach a week ahead."""

_OUTLIER = 100.0
"""A price that is so many times the median is suspect in a currency whose highest
price we do not know."""


class NoteKind(StrEnum):
    """What can be said about prices: a closed list, each with a text for people."""

    NO_PRICES = "no_prices"
    UNREADABLE = "unreadable"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_ORDER = "out_of_order"
    DUPLICATE = "duplicate"
    OVERLAP = "overlap"
    GAP = "gap"
    IMPLAUSIBLE = "implausible"
    UNIT_ASSUMED = "unit_assumed"
    UNIT_WRONG = "unit_wrong"
    UNIT_UNKNOWN = "unit_unknown"
    ZONE_ASSUMED = "zone_assumed"
    CURRENCY_DIFFERS = "currency_differs"
    SEVERAL_SERIES = "several_series"
    STALE = "stale"
    ENDS_EARLY = "ends_early"
    FORECAST_ONLY = "forecast_only"
    SOURCE_FAILED = "source_failed"
    FORMULA_FAILED = "formula_failed"
    NOT_CHOSEN = "not_chosen"


BLOCKING = frozenset(
    {
        NoteKind.NO_PRICES,
        NoteKind.UNIT_WRONG,
        NoteKind.UNIT_UNKNOWN,
        NoteKind.STALE,
        NoteKind.FORMULA_FAILED,
        NoteKind.NOT_CHOSEN,
    }
)
"""With these there is no curve: nothing is planned on doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesNote:
    """One thing to know about prices; only what its kind has is filled."""

    kind: NoteKind
    count: int = 0
    start: datetime | None = None
    """Where it begins, or the first of several; aware."""

    end: datetime | None = None
    value: float | None = None
    text: str = ""
    """The source's own word, as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPrice:
    """One price as a source delivers it, in the source's unit."""

    start: datetime
    """Aware."""

    end: datetime | None = None
    value: float | None = None
    """``None`` or not a number: missing."""

    confidence: float = CERTAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPrice:
    """The price of an interval, per kWh."""

    interval: Interval
    value: float
    confidence: float = CERTAIN
    band: tuple[float, float] | None = None
    """p10 and p90 of a forecast that knows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSeries:
    """Prices in order without overlap; there may be gaps, each of them named."""

    currency: str
    prices: tuple[SeriesPrice, ...]
    notes: tuple[SeriesNote, ...] = ()

    @property
    def end(self) -> datetime | None:
        """When the last price ends; aware, UTC."""
        return self.prices[-1].interval.end if self.prices else None


def build_series(
    items: Iterable[RawPrice],
    unit: PriceUnit,
    *,
    unit_is_certain: bool = False,
    until: datetime | None = None,
) -> PriceSeries:
    """Return the prices of raw items, in any order, per kWh.

    Order is restored. Of two prices of the same time the last one delivered counts. A
    missing end is the next start, or the usual length where there is a hole: a gap
    stays one. What cannot be a price is left out.

    Args:
        items: As delivered.
        unit: Of their values.
        unit_is_certain: Whether the owner says so: then the prices are not doubted.
        until: Aware; prices of later times are left out, longer ones end there.
    """
    delivered = [item for item in items if until is None or item.start < until]
    notes: list[SeriesNote] = []
    ordered = _in_order(delivered, notes)
    steps = _without_missing(_with_ends(ordered, notes), notes)
    if until is not None:
        steps = [(item, start, min(end, until)) for item, start, end in steps]
    prices = [
        SeriesPrice(
            interval=Interval(start=start, end=end),
            value=(item.value or 0.0) * unit.per_kwh,
            confidence=item.confidence,
        )
        for item, start, end in steps
    ]
    if not unit_is_certain:
        prices = _plausible(prices, unit.currency, notes)
    notes.extend(_gaps(prices))
    if not prices:
        notes.append(SeriesNote(kind=NoteKind.NO_PRICES))
    return PriceSeries(currency=unit.currency, prices=tuple(prices), notes=tuple(notes))


def _in_order(delivered: Sequence[RawPrice], notes: list[SeriesNote]) -> list[RawPrice]:
    """Return one item per start, sorted; name what was not so."""
    late = [
        after for before, after in pairwise(delivered) if after.start < before.start
    ]
    if late:
        notes.append(
            SeriesNote(kind=NoteKind.OUT_OF_ORDER, count=len(late), start=late[0].start)
        )
    kept: dict[datetime, RawPrice] = {}
    conflicts: list[RawPrice] = []
    for item in delivered:
        known = kept.get(item.start)
        if known is not None and _is_missing(item):
            continue
        if known is not None and not _is_missing(known) and known.value != item.value:
            conflicts.append(item)
        kept[item.start] = item
    if conflicts:
        notes.append(
            SeriesNote(
                kind=NoteKind.DUPLICATE, count=len(conflicts), start=conflicts[0].start
            )
        )
    return [kept[start] for start in sorted(kept)]


def _is_missing(item: RawPrice) -> bool:
    return item.value is None or not isfinite(item.value)


type _Step = tuple[RawPrice, datetime, datetime]


def _with_ends(items: Sequence[RawPrice], notes: list[SeriesNote]) -> list[_Step]:
    """Return each item with its start and end; what overlaps ends where the next is."""
    steps: list[_Step] = []
    overlaps: list[datetime] = []
    spans = [after.start - before.start for before, after in pairwise(items)]
    for index, item in enumerate(items):
        room = spans[index] if index < len(spans) else None
        length = item.end - item.start if item.end is not None else None
        if length is None or length <= timedelta():
            length = min(_length(spans, index), LONGEST_GUESS)
        if room is not None and length > room:
            overlaps.append(item.start)
            length = room
        steps.append((item, item.start, item.start + length))
    if overlaps:
        notes.append(
            SeriesNote(kind=NoteKind.OVERLAP, count=len(overlaps), start=overlaps[0])
        )
    return steps


def _length(spans: Sequence[timedelta], index: int) -> timedelta:
    """Return how long an item lasts that does not say so.

    Until the next one; but where that one is missing in an otherwise even row, as long
    as its neighbours. The last one lasts as long as the one before it.
    """
    if not spans:
        return HOUR
    if index == len(spans):
        return _usual(spans)
    before = spans[index - 1] if index else spans[min(index + 1, len(spans) - 1)]
    after = spans[index + 1] if index + 1 < len(spans) else before
    is_even = before == after and before <= HOUR
    if is_even and spans[index] > before and not spans[index] % before:
        return before
    return spans[index]


def _usual(spans: Sequence[timedelta]) -> timedelta:
    """Return the last span, unless it is a hole in a row of shorter ones."""
    *_, one, other, last = (timedelta(), timedelta(), *spans)
    is_hole = one == other and timedelta() < one <= HOUR and one < last
    return one if is_hole else last


def _without_missing(steps: Sequence[_Step], notes: list[SeriesNote]) -> list[_Step]:
    missing = [start for item, start, _ in steps if _is_missing(item)]
    if missing:
        notes.append(
            SeriesNote(kind=NoteKind.NOT_A_NUMBER, count=len(missing), start=missing[0])
        )
    return [step for step in steps if not _is_missing(step[0])]


def _plausible(
    prices: list[SeriesPrice], currency: str, notes: list[SeriesNote]
) -> list[SeriesPrice]:
    """Return the prices that can be; name the others."""
    if not prices:
        return prices
    usual = median(abs(price.value) for price in prices)
    if unit_is_wrong(usual, currency):
        notes.append(SeriesNote(kind=NoteKind.UNIT_WRONG, value=usual, text=currency))
        return prices
    highest = highest_price(currency) or (usual * _OUTLIER or float("inf"))
    wrong = [price for price in prices if abs(price.value) > highest]
    notes.extend(
        SeriesNote(
            kind=NoteKind.IMPLAUSIBLE, start=price.interval.start, value=price.value
        )
        for price in wrong
    )
    return [price for price in prices if abs(price.value) <= highest]


def _gaps(prices: Sequence[SeriesPrice]) -> list[SeriesNote]:
    return [
        SeriesNote(
            kind=NoteKind.GAP, start=before.interval.end, end=after.interval.start
        )
        for before, after in pairwise(prices)
        if before.interval.end < after.interval.start
    ]


def in_currency(series: PriceSeries, currency: str, rate: float) -> PriceSeries:
    """Return the prices in another currency, at a fixed rate."""
    prices = (replace(price, value=price.value * rate) for price in series.prices)
    return replace(series, currency=currency, prices=tuple(prices))
