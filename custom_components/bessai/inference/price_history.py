"""Known prices, as days of 24 hours of the local clock that end where prices end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BessaiError

type Prices = Mapping[datetime, float]
"""Per kWh, by the aware start of their quarter hour."""

type Floats = NDArray[np.float64]
type Flags = NDArray[np.bool_]

HOURS = 24
WEEK = 7
FEWEST_DAYS = 56
"""Eight weeks: each weekday was seen eight times."""

LEARNED_DAYS = 735
"""Two years and a week: what is older teaches little, and costs."""

MOST_DAYS = LEARNED_DAYS + 126
"""Forecasts of the last two months, and those of the ten weeks before that decided what
to believe, can be made again as they were made then."""

_STEADY_DAYS = 28
"""A long history begins on every such day: what was learned from it stays right
although the oldest day is forgotten each day."""

_LONG_DAYS = LEARNED_DAYS - _STEADY_DAYS
_LONGEST_GAP_H = 3
_SHAPE_DAYS = 28
_HOUR_S = 3600
_QUARTER_S = 900
_DAY_S = HOURS * _HOUR_S


class TooLittleHistory(BessaiError):  # noqa: N818 - named after what is the case
    """Fewer than eight weeks of prices: nothing to learn a forecast from."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DailyPrices:
    """Days of 24 hours by the clock on the wall, the last one ends where prices end.

    A day may begin at any hour. Where clocks are put back, the two equal hours have
    their mean; where they are put forward, the missing hour is filled.
    """

    values: Floats
    """(days, 24), per kWh; every gap is filled."""

    is_known: Flags
    """(days,): at most three hours of the day are filled."""

    first_day: int
    """The date on which the first day begins, counted from 1970-01-01."""

    hour: int
    """At which each day begins."""

    quarters: Floats | None
    """(24, 4): by how much the quarters of an hour, by the local hour, lately lay above
    its mean; ``None`` where they did not differ."""

    start: datetime
    """UTC: the first hour that is not known."""

    zone: tzinfo

    @property
    def end_day(self) -> int:
        """The date on which the first unknown day begins, counted like the first."""
        return self.first_day + len(self.values)

    def before(self, day: int) -> slice:
        """Return which days a forecast of a day learns from, as far as they go."""
        end = max(0, day - self.first_day)
        return slice(max(0, end - LEARNED_DAYS), end)

    def hour_ahead(self, moment: datetime) -> int:
        """Return how many hours of the clock on the wall lie before an aware moment."""
        end_hour = self.end_day * HOURS + self.hour
        return max(0, _wall_s(moment, self.zone) // _HOUR_S - end_hour)


def read_history(prices: Prices, zone: tzinfo, known_until: datetime) -> DailyPrices:
    """Return the days that end at the last full hour known at an aware moment.

    Prices from that moment on are not looked at.

    Raises:
        TooLittleHistory: If fewer than eight weeks are known.
    """
    utc_s, wall_s, value = _on_the_wall(prices, zone, known_until)
    if not len(value):
        raise TooLittleHistory("no prices are known")
    end_s = int(wall_s.max()) + _QUARTER_S
    last_hour = end_s // _HOUR_S
    hour = wall_s // _HOUR_S - last_hour
    hourly = _mean_by(hour + MOST_DAYS * HOURS, value, MOST_DAYS * HOURS)
    start_s = int(utc_s.max()) + _QUARTER_S - end_s % _HOUR_S
    return daily_prices(
        hourly.reshape(MOST_DAYS, HOURS),
        last_hour=last_hour,
        quarters=_quarter_shape(wall_s, value, last_hour),
        start=datetime.fromtimestamp(start_s, UTC),
        zone=zone,
    )


def daily_prices(
    days: Floats,
    *,
    last_hour: int,
    zone: tzinfo,
    start: datetime,
    quarters: Floats | None = None,
) -> DailyPrices:
    """Return days of prices, (days, 24), NaN where unknown, without their gaps.

    Args:
        days: Per kWh.
        last_hour: The hour of the clock on the wall, counted since 1970, that follows.
        zone: Of that clock.
        start: The same hour in UTC.
        quarters: What quarters of an hour lie above its mean.

    Raises:
        TooLittleHistory: If fewer than eight weeks are known.
    """
    days = days[-MOST_DAYS:]
    missing = np.isnan(days).sum(axis=1)
    begun = int(np.argmax(missing < HOURS))
    if len(days) - begun > _LONG_DAYS:
        begun += -(last_hour // HOURS - len(days) + begun) % _STEADY_DAYS
    days, is_known = days[begun:], missing[begun:] <= _LONGEST_GAP_H
    if is_known.sum() < FEWEST_DAYS:
        raise TooLittleHistory(
            f"prices of {is_known.sum()} days are known, {FEWEST_DAYS} are needed"
        )
    return DailyPrices(
        values=_fill(days),
        is_known=is_known,
        first_day=last_hour // HOURS - len(days),
        hour=last_hour % HOURS,
        quarters=quarters,
        start=start,
        zone=zone,
    )


def _wall_s(moment: datetime, zone: tzinfo) -> int:
    """Return the seconds that the clock on the wall shows, since 1970."""
    offset = moment.astimezone(zone).utcoffset() or timedelta()
    return int(moment.timestamp() + offset.total_seconds())


def _on_the_wall(
    prices: Prices, zone: tzinfo, known_until: datetime
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Return when each price that may be used begins, s since 1970, and its value.

    The first by UTC, the second by the clock on the wall.
    """
    oldest = known_until - timedelta(days=MOST_DAYS)
    kept = [
        (at, value)
        for at, value in prices.items()
        if oldest <= at < known_until and isfinite(value)
    ]
    offsets: dict[int, int] = {}
    utc_s = np.array([int(at.timestamp()) for at, _ in kept], dtype=np.int64)
    wall_s = utc_s.copy()
    for index, ((at, _), second) in enumerate(zip(kept, utc_s.tolist(), strict=True)):
        hour = second // _HOUR_S
        if hour not in offsets:  # asking the zone takes most of the time
            offsets[hour] = _wall_s(at, zone) - second
        wall_s[index] += offsets[hour]
    return utc_s, wall_s, np.array([value for _, value in kept], dtype=np.float64)


def _mean_by(index: NDArray[np.int64], value: Floats, length: int) -> Floats:
    """Return the mean of the values of each index, NaN without one."""
    inside = (index >= 0) & (index < length)
    count = np.bincount(index[inside], minlength=length)
    total = np.bincount(index[inside], weights=value[inside], minlength=length)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _fill(days: Floats) -> Floats:
    """Return the days without gaps.

    Short gaps are bridged; an hour of a long one is what it was a week, else a day
    before. Only what lies before a gap, or right behind a short one, is used.
    """
    hours = days.ravel().copy()
    known = np.flatnonzero(np.isfinite(hours))
    hours[: known[0]] = hours[known[0]]
    ends = np.append(known, len(hours))
    gaps = np.diff(ends) - 1
    for left, gap in zip(known[gaps > 0], gaps[gaps > 0], strict=True):
        right = left + gap + 1
        inner = np.arange(left + 1, right)
        if gap <= _LONGEST_GAP_H and right < len(hours):
            hours[inner] = np.interp(inner, (left, right), hours[[left, right]])
            continue
        for hour in inner:
            back = WEEK * HOURS if hour >= WEEK * HOURS else HOURS
            hours[hour] = hours[max(0, hour - back)]
    return hours.reshape(days.shape)


def _quarter_shape(
    wall_s: NDArray[np.int64], value: Floats, last_hour: int
) -> Floats | None:
    """Return the mean deviation of each quarter from its hour, by local hour."""
    recent = wall_s >= (last_hour - _SHAPE_DAYS * HOURS) * _HOUR_S
    wall_s, value = wall_s[recent], value[recent]
    hour = wall_s // _HOUR_S - last_hour + _SHAPE_DAYS * HOURS
    mean = _mean_by(hour, value, _SHAPE_DAYS * HOURS + HOURS)
    slot = wall_s % _DAY_S // _QUARTER_S
    shape = _mean_by(slot, value - mean[hour], 4 * HOURS).reshape(HOURS, 4)
    shape = np.nan_to_num(shape - shape.mean(axis=1, keepdims=True))
    return shape if np.abs(shape).max() > _SAME else None


_SAME = 1e-9
