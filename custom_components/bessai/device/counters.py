"""Energy counters that only ever do what an energy counter can do.

Inverters deliver zero, or an older value, for minutes after waking up and after a
reconnect. One such reading is enough to put an absurd spike into Home Assistant's
long-term statistics, which cannot be taken back easily.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from .register import Counter

REPLACED_AFTER = timedelta(hours=24)
"""A lifetime counter that stays lower for this long belongs to a new device."""

DAILY_RESET_AFTER = timedelta(minutes=30)
"""Longer than an inverter was seen to show 0 after waking up."""

JUMP_ALLOWANCE_KWH = 10.0
JUMP_POWER_KW = 100.0
"""More than any home plant can move: 10 kWh plus 100 kW since the last reading."""

JUMP_CONFIRMATIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterState:
    """The last believed reading of one counter."""

    value: float
    seen_at: datetime
    reset_day: date
    lower_since: datetime | None = None
    leap: float | None = None
    """The last reading that was too high to be believed."""
    leaps: int = 0
    """How many such readings agreed with each other."""


class CounterFilter:
    """Believes what a counter can do and keeps the last value otherwise."""

    def __init__(self, states: Mapping[str, CounterState] | None = None) -> None:
        self._states = dict(states or {})

    @property
    def states(self) -> Mapping[str, CounterState]:
        """The believed readings, for storage."""
        return dict(self._states)

    def accept(
        self, key: str, kind: Counter, reading: float | None, now: datetime, day: date
    ) -> float | None:
        """Return the value to show for a reading.

        Args:
            key: Which counter.
            kind: Lifetime counters never run backwards, daily ones only reset.
            reading: Energy, kWh; ``None`` where the device has no value.
            now: When it was read; aware.
            day: The plant's own calendar day, which decides when a day may reset.

        Returns:
            The energy to show, kWh; ``None`` only if nothing was ever believed.
        """
        state = self._states.get(key)
        if reading is None or reading < 0:
            return None if state is None else state.value
        if state is None:
            state = CounterState(value=reading, seen_at=now, reset_day=day)
        elif reading < state.value:
            state = _lower(state, kind, reading, now, day)
        elif reading - state.value > _most_energy(state, now):
            state = _leap(state, reading, now)
        else:
            state = _believe(state, reading, now)
        self._states[key] = state
        return state.value


def _believe(state: CounterState, reading: float, now: datetime) -> CounterState:
    return CounterState(value=reading, seen_at=now, reset_day=state.reset_day)


def _lower(
    state: CounterState, kind: Counter, reading: float, now: datetime, day: date
) -> CounterState:
    """Accept a drop that is a daily reset or has lasted, and hold any other.

    One that began in the future was noted by a clock that was ahead: it begins now.
    """
    is_daily = kind is Counter.DAILY
    since = min(state.lower_since or now, now)
    patience = DAILY_RESET_AFTER if is_daily else REPLACED_AFTER
    if (is_daily and day > state.reset_day) or now - since >= patience:
        return CounterState(value=reading, seen_at=now, reset_day=day)
    return replace(state, lower_since=since, leap=None, leaps=0)


def _most_energy(state: CounterState, now: datetime) -> float:
    """Return more than can have been counted since the last believed reading, kWh."""
    hours = max(now - state.seen_at, timedelta()) / timedelta(hours=1)
    return JUMP_ALLOWANCE_KWH + JUMP_POWER_KW * hours


def _leap(state: CounterState, reading: float, now: datetime) -> CounterState:
    """Believe a leap only when the device insists on it.

    Readings that leap about do not agree with each other and are never believed.
    """
    agrees = state.leap is not None and 0 <= reading - state.leap <= JUMP_ALLOWANCE_KWH
    leaps = state.leaps + 1 if agrees else 1
    if leaps >= JUMP_CONFIRMATIONS:
        return _believe(state, reading, now)
    return replace(state, leap=reading, leaps=leaps, lower_since=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStart:
    """What a lifetime counter showed when a calendar day began, and shows now."""

    day: date
    value: float
    latest: float


class DayMeter:
    """Today's part of a lifetime counter, by the calendar of Home Assistant."""

    def __init__(self, starts: Mapping[str, DayStart] | None = None) -> None:
        self._starts = dict(starts or {})

    @property
    def starts(self) -> Mapping[str, DayStart]:
        """The beginnings of the day, for storage."""
        return dict(self._starts)

    def today(self, key: str, total: float, day: date) -> float:
        """Return the energy counted since this day began, kWh.

        A first reading in the middle of a day counts from there: nothing is known
        of what came before. The same holds after days without a reading.
        """
        start = self._start_of(key, total, day)
        self._starts[key] = replace(start, latest=total)
        return total - start.value

    def _start_of(self, key: str, total: float, day: date) -> DayStart:
        fresh = DayStart(day=day, value=total, latest=total)
        start = self._starts.get(key)
        if start is None or total < start.value:
            return fresh
        if day == start.day + timedelta(days=1):
            return replace(fresh, value=start.latest)
        if day > start.day:
            return fresh
        # A clock that was ahead and is right again must not skip a midnight.
        return replace(start, day=day)
