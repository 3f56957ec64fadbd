"""What prices will be where none are published: as they were at this time of day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from math import fsum
from statistics import fmean
from typing import Protocol

from ..core.interval import Interval
from ..core.price_curve import CERTAIN
from ..core.price_outlook import PriceOutlook
from .price_series import AHEAD, QUARTER, SeriesPrice

KEPT = timedelta(days=735)
"""Two years and a week: what the linear forecast learns from at most."""

FINE = timedelta(days=28)
"""So long quarter hours are kept; of what is older, their hour."""

LATELY = timedelta(days=14)
"""Two weekends, and recent enough to follow the season: what the mean is of."""

_HOUR_S = 3600

_WEEKEND = 5
_TESTED_DAYS = 5
_TAUGHT_DAYS = 2
"""So many days have to lie before one on which the forecast is tested."""

_ENOUGH = 2
"""So many days of the same kind, workday or weekend, speak for themselves."""

_RECENCY = 0.6
"""Weight of a day against the next of its kind: of 1, 0.85, 0.75 and 0.6 the best on a
year each of Germany, Spain and Chile."""

_DAILY_DECAY = 0.95
"""Confidence left per day ahead: prices follow weather, which changes over days."""

_DAY_S = 86400.0

_UNSURE = 0.99
"""Only what was published is certain."""

type Quarters = Mapping[datetime, float]
"""Prices per kWh by the start of their quarter hour, aware, UTC."""


def quarter_of(moment: datetime) -> datetime:
    """Return the start of the quarter hour of an aware moment, UTC."""
    utc = moment.astimezone(UTC)
    return utc.replace(minute=utc.minute // 15 * 15, second=0, microsecond=0)


def quarters_in(interval: Interval) -> Iterator[datetime]:
    """Yield the starts of the quarter hours that an interval touches."""
    moment = quarter_of(interval.start)
    while moment < interval.end:
        yield moment
        moment += QUARTER


def remember(
    history: Quarters, prices: Iterable[SeriesPrice], now: datetime
) -> dict[datetime, float]:
    """Return the history with what was published.

    Neither what is old nor what is too far ahead is taken: an item may claim to last a
    century.
    """
    oldest, latest = now - FINE, now + AHEAD
    kept = _coarsened(history, now - KEPT, oldest)
    for price in prices:
        start = max(price.interval.start, oldest)
        end = min(price.interval.end, latest)
        if price.confidence >= CERTAIN and start < end:
            quarters = quarters_in(Interval(start=start, end=end))
            kept.update(dict.fromkeys(quarters, price.value))
    return kept


def look_back(recorded: Iterable[SeriesPrice], now: datetime) -> dict[datetime, float]:
    """Return the history of hourly prices that somebody else has kept."""
    hours = list(recorded)
    older = {
        price.interval.start: price.value
        for price in hours
        if now - KEPT < price.interval.start < now - FINE
    }
    return older | remember({}, hours, now)


def _coarsened(
    history: Quarters, oldest: datetime, fine_from: datetime
) -> dict[datetime, float]:
    """Return what is not too old, with hours instead of quarters before a moment."""
    kept = {start: value for start, value in history.items() if start >= fine_from}
    hours: dict[float, list[float]] = {}
    for start, value in history.items():
        if oldest < start < fine_from:
            hours.setdefault(start.timestamp() // _HOUR_S * _HOUR_S, []).append(value)
    older = {
        datetime.fromtimestamp(hour_s, UTC): fmean(values)
        for hour_s, values in hours.items()
    }
    return older | kept


class Forecaster(Protocol):
    """Knows what prices nobody has published will probably be."""

    def at(self, moment: datetime) -> ForecastPrice | None:
        """Return the price expected at an aware moment, ``None``: not known."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastPrice:
    """A price nobody has published."""

    value: float
    """Per kWh."""

    confidence: float
    """0 to below 1: how much better than the mean price such forecasts were."""

    band: tuple[float, float] | None = None
    """p10 and p90, if the method knows them."""


@dataclass(frozen=True, slots=True)
class ByOutlook:
    """What a better method says, and the mean of recent days where it says nothing."""

    outlook: PriceOutlook
    otherwise: Forecaster

    def at(self, moment: datetime) -> ForecastPrice | None:
        """Return the price expected at an aware moment."""
        step = self.outlook.at(moment)
        if step is None:
            return self.otherwise.at(moment)
        return ForecastPrice(
            value=step.p50,
            confidence=min(step.confidence, _UNSURE),
            band=(step.p10, step.p90),
        )


@dataclass(slots=True)
class _Slot:
    """What was paid at one time of day on one kind of day."""

    values: list[tuple[date, float]] = field(default_factory=list)

    def mean(self, before: date) -> float | None:
        """Return the weighted mean of the days before one; ``None``: too few."""
        values = [value for day, value in self.values if day < before]
        if len(values) < _ENOUGH:
            return None
        return fmean(values, [_RECENCY**age for age in reversed(range(len(values)))])


type _SlotKey = tuple[bool, int]


class PriceForecaster:
    """A mean of the last days at the same local quarter hour, workdays apart.

    Its confidence is measured, not claimed: on each of the last days the same forecast
    is made from the days before it, and ``1 - error / spread`` is what it is better by
    than saying the mean price all day; without days to test it on, it is 0.
    """

    def __init__(self, history: Quarters, zone: tzinfo) -> None:
        """Learn from prices, for the wall clock of a time zone."""
        if history:
            newest = max(history)
            history = {
                start: value
                for start, value in history.items()
                if start > newest - LATELY
            }
        self._zone = zone
        self._slots: dict[_SlotKey, _Slot] = {}
        self._any_day: dict[int, list[float]] = {}
        self._mean = fmean(history.values()) if history else None
        days: dict[date, list[tuple[_SlotKey, float]]] = {}
        for start in sorted(history):
            day, key = self._key(start)
            value = history[start]
            self._slots.setdefault(key, _Slot()).values.append((day, value))
            self._any_day.setdefault(key[1], []).append(value)
            days.setdefault(day, []).append((key, value))
        self._end = max(history) if history else None
        self.skill = self._measure(days)

    def at(self, moment: datetime) -> ForecastPrice | None:
        """Return the price expected at an aware moment, ``None`` without a history."""
        if self._mean is None or self._end is None:
            return None
        _, key = self._key(moment)
        ahead = max(0.0, (moment - self._end).total_seconds()) / _DAY_S
        slot = self._slots.get(key)
        if slot is not None and (mean := slot.mean(date.max)) is not None:
            return ForecastPrice(
                value=mean, confidence=self.skill * _DAILY_DECAY**ahead
            )
        values = self._any_day.get(key[1])
        return ForecastPrice(
            value=fmean(values) if values else self._mean,
            confidence=self.skill * _DAILY_DECAY**ahead / 2 if values else 0.0,
        )

    def _key(self, moment: datetime) -> tuple[date, _SlotKey]:
        local = moment.astimezone(self._zone)
        quarter = local.hour * 4 + local.minute // 15
        return local.date(), (local.weekday() >= _WEEKEND, quarter)

    def _measure(self, days: Mapping[date, Sequence[tuple[_SlotKey, float]]]) -> float:
        """Return how well the last days were forecast from those before them."""
        tested = sorted(days)[_TAUGHT_DAYS:][-_TESTED_DAYS:]
        pairs = [
            (expected, value)
            for day in tested
            for key, value in days[day]
            if (expected := self._slots[key].mean(day)) is not None
        ]
        if not pairs:
            return 0.0
        usual = fmean(value for _, value in pairs)
        error = fsum(abs(value - expected) for expected, value in pairs)
        spread = fsum(abs(value - usual) for _, value in pairs)
        if spread == 0.0:
            return 0.0
        return min(_UNSURE, max(0.0, 1.0 - error / spread))
