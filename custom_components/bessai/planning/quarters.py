"""Quarter hours: the grain of what was measured and of what is forecast."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from math import ceil, isfinite

from ..core.interval import Interval

QUARTER = timedelta(minutes=15)
PER_DAY = 96
_SECONDS = 900

LONGEST_HOLD = timedelta(minutes=5)
"""A reading says nothing about what came longer after it than this: the slowest poll
of a plant comes each two minutes."""

ENOUGH = 0.5
"""Part of a quarter hour that has to be measured for its mean to count."""

type Quarters = Mapping[datetime, float]
"""Mean powers, W, by the start of their quarter hour (aware, UTC), in any order. A
quarter hour that is missing was not measured: it is not 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerSample:
    """A measured mean power."""

    interval: Interval
    power_w: float


def quarter_of(moment: datetime) -> datetime:
    """Return the start of the quarter hour of an aware moment, in UTC."""
    return datetime.fromtimestamp(moment.timestamp() // _SECONDS * _SECONDS, UTC)


def quarters_between(start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the starts of quarter hours from that of ``start`` to before ``end``."""
    quarter = quarter_of(start)
    while quarter < end:
        yield quarter
        quarter += QUARTER


def slot_of(moment: datetime, zone: tzinfo) -> int:
    """Return which quarter hour of its day in a zone a moment is in, 0 to 95.

    Days with 23 or 25 hours lack four of them, or have four of them twice.
    """
    local = moment.astimezone(zone)
    return local.hour * 4 + local.minute // 15


def within(quarters: Quarters, start: datetime, end: datetime) -> dict[datetime, float]:
    """Return the quarter hours that start in ``[start, end)``, the earliest first."""
    return {
        quarter: quarters[quarter]
        for quarter in sorted(quarters)
        if start <= quarter < end
    }


def as_quarters(samples: Iterable[PowerSample]) -> dict[datetime, float]:
    """Return means of any lengths as means of quarter hours.

    Longer ones are spread evenly, shorter ones averaged; a quarter hour that less than
    half of is known is left out. Where samples overlap, their mean counts. A power that
    is no number is passed over.
    """
    work_ws: dict[datetime, float] = {}
    known_s: dict[datetime, float] = {}
    for sample in samples:
        if not isfinite(sample.power_w):
            continue
        for quarter, seconds in _shares(sample.interval):
            work_ws[quarter] = work_ws.get(quarter, 0.0) + seconds * sample.power_w
            known_s[quarter] = known_s.get(quarter, 0.0) + seconds
    return {
        quarter: work_ws[quarter] / seconds
        for quarter, seconds in known_s.items()
        if seconds >= ENOUGH * _SECONDS
    }


def _shares(interval: Interval) -> Iterator[tuple[datetime, float]]:
    """Yield the quarter hours an interval touches, with the seconds in each."""
    first = quarter_of(interval.start)
    for index in range(ceil((interval.end - first) / QUARTER)):
        start = first + index * QUARTER
        shared = min(start + QUARTER, interval.end) - max(start, interval.start)
        yield start, shared.total_seconds()


class QuarterMeter:
    """Makes the mean powers of quarter hours of readings as they come."""

    def __init__(self) -> None:
        """Begin without a reading."""
        self._last: tuple[datetime, float] | None = None
        self._quarter: datetime | None = None
        self._work_ws = 0.0
        self._known_s = 0.0

    def add(self, at: datetime, power_w: float | None) -> dict[datetime, float]:
        """Take a reading; return the quarter hours that it has completed.

        A reading holds until the next one, for some minutes at most. ``None`` ends
        what the last one said. Readings that go back in time are passed over; where
        they go back further than a reading holds, the clock was set: it begins anew.

        Args:
            at: When it was read; aware.
            power_w: Power, W.
        """
        done: dict[datetime, float] = {}
        if self._last is not None and at < self._last[0] - LONGEST_HOLD:
            self._last = self._quarter = None
        if self._last is not None:
            before, held_w = self._last
            if at <= before:
                return done
            held = Interval(start=before, end=min(at, before + LONGEST_HOLD))
            for quarter, seconds in _shares(held):
                done |= self._move_to(quarter)
                self._work_ws += seconds * held_w
                self._known_s += seconds
        done |= self._move_to(quarter_of(at))
        has_power = power_w is not None and isfinite(power_w)
        self._last = (at, power_w) if has_power and power_w is not None else None
        return done

    def pass_time(self, now: datetime) -> dict[datetime, float]:
        """Let the last reading hold until now; return what that completes."""
        return {} if self._last is None else self.add(now, self._last[1])

    def _move_to(self, quarter: datetime) -> dict[datetime, float]:
        """Begin another quarter hour; return the one before it, if enough is known."""
        if quarter == self._quarter:
            return {}
        done: dict[datetime, float] = {}
        if self._quarter is not None and self._known_s >= ENOUGH * _SECONDS:
            done[self._quarter] = self._work_ws / self._known_s
        self._quarter, self._work_ws, self._known_s = quarter, 0.0, 0.0
        return done
