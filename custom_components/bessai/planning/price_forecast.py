"""What prices will be where none are published: as they were at this time of day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from math import fsum
from statistics import fmean

from ..core.interval import Interval
from ..core.price_curve import CERTAIN
from .price_series import AHEAD, QUARTER, SeriesPrice

KEPT = timedelta(days=14)
"""Two weekends, and recent enough to follow the season."""

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

    Neither what is too old nor what is too far ahead is taken: an item may claim to
    last a century.
    """
    oldest, latest = now - KEPT, now + AHEAD
    kept = {start: value for start, value in history.items() if start > oldest}
    for price in prices:
        start = max(price.interval.start, oldest)
        end = min(price.interval.end, latest)
        if price.confidence >= CERTAIN and start < end:
            quarters = quarters_in(Interval(start=start, end=end))
            kept.update(dict.fromkeys(quarters, price.value))
    return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastPrice:
    """A price nobody has published."""

    value: float
    """Per kWh."""

    confidence: float
    """0 to below 1: how much better than the mean price such forecasts were."""


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
        return min(0.99, max(0.0, 1.0 - error / spread))
