"""What an energy counter counted against the power that flowed meanwhile."""

from collections.abc import Sequence
import math
from typing import NamedTuple

from .window import Integral, Trail, usable

_WS_PER_KWH = 3_600_000.0
_SPAN_S = 1200.0
"""Counted and flowed are compared over the last 20 minutes."""

_FLOOR_KWH, _FLOOR_PART = 0.06, 0.08
"""Resolution of two readings, and how well counter and power agree by datasheet."""

_RECENT_S = 400.0
_ANEW_S = 3600.0
"""A counter that stands for so long is compared with what flows from then on."""

_STANDS_KWH = 0.25
_STANDS_S = 360.0
"""A counter may bring itself up to date every 5 minutes only."""


class EnergyState(NamedTuple):
    """Energies since the last break, both ways that a meter may count them."""

    low_kwh: float
    high_kwh: float
    variance: float
    """Of what the steps between two samples leave open, kWh²."""

    breaks: int
    power_w: float
    """The part that is counted, at the last poll."""

    period_s: float


class FlowEnergy:
    """The energy of one direction of one power.

    Some meters count the phases apart, others their sum: with power in on one phase and
    out on another the two differ, so both are kept.
    """

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._net, self._apart = Integral(60.0), Integral(60.0)
        self._power_w, self._period_s = 0.0, 10.0

    def add(
        self,
        uptime_s: float,
        power_w: float | None,
        phases_w: Sequence[float] | None,
        period_s: float,
    ) -> None:
        """Take the power of a poll, W; gaps of a few polls are bridged."""
        net_w = usable(power_w)
        if net_w is None:
            return
        gap_s = max(60.0, 3.5 * period_s)
        self._net.gap_s = self._apart.gap_s = gap_s
        self._power_w, self._period_s = max(net_w * self._sign, 0.0), period_s
        apart_w = self._power_w
        if phases_w is not None and len(phases_w) > 1:
            parts = [max((usable(part) or 0.0) * self._sign, 0.0) for part in phases_w]
            apart_w = sum(parts)
        self._net.add(uptime_s, self._power_w)
        self._apart.add(uptime_s, apart_w)

    @property
    def state(self) -> EnergyState:
        """The energies up to the last poll."""
        net, apart = self._net.total / _WS_PER_KWH, self._apart.total / _WS_PER_KWH
        return EnergyState(
            min(net, apart),
            max(net, apart),
            self._net.variance / _WS_PER_KWH**2,
            self._net.breaks,
            self._power_w,
            self._period_s,
        )


class CounterError(NamedTuple):
    """How far a counter is ahead of (positive) or behind the power, kWh."""

    kwh: float
    tolerance_kwh: float


class _Change(NamedTuple):
    """A reading of a counter that was new, with the energies then."""

    uptime_s: float
    value: float
    state: EnergyState


class CountedEnergy:
    """Compares one counter with the energy, from change to change of the counter.

    Between its changes a counter may be late; at a change it is not.
    """

    def __init__(self) -> None:
        self._changes: Trail[_Change] = Trail(_SPAN_S)
        self._recent: Trail[_Change] = Trail(_RECENT_S)
        self._last: _Change | None = None
        self._oldest: _Change | None = None
        self._off_since_s: float | None = None
        self._sound: _Change | None = None
        """The last change before the counter went wrong."""

        self._fresh = True

    def clear(self) -> None:
        """Forget everything but what a return is known by."""
        self._changes.clear()
        self._recent.clear()
        self._last = self._oldest = self._off_since_s = None
        self._fresh = True

    def explains(self, uptime_s: float, value: float, state: EnergyState) -> bool:
        """Tell whether a lower reading is the right one after too high ones."""
        now, sound = _Change(uptime_s, value, state), self._sound
        if sound is None or _apart(sound, now):
            return False
        error = _between(sound, now)
        return abs(error.kwh) <= error.tolerance_kwh

    def error(
        self, uptime_s: float, value: float, state: EnergyState
    ) -> CounterError | None:
        """Return what is wrong with a reading; ``None`` while nothing can be told.

        The first one after a gap may be from before it, and is left out.
        """
        now = _Change(uptime_s, value, state)
        last, oldest = self._last, self._oldest
        if last is None or oldest is None or _apart(last, now):
            fresh = self._fresh or last is not None
            self.clear()
            self._fresh = False
            if not fresh:
                self._change(now)
            return None
        if value == last.value:
            return self._unchanged(oldest, last, now)
        return self._changed(oldest, now)

    def _unchanged(self, oldest: _Change, last: _Change, now: _Change) -> CounterError:
        """Judge a counter that shows what it showed; after an hour anew."""
        error = _worse(_between(oldest, last), _standing(last, now))
        if now.uptime_s - last.uptime_s > _ANEW_S:
            self._changes.clear()
            self._change(now)
        return error

    def _changed(self, oldest: _Change, now: _Change) -> CounterError:
        """Judge a counter that counted on.

        While it is wrong the sound part is kept for comparison, until it has counted
        rightly for a while: then it was the power, or the step is past.
        """
        error = _between(oldest, now)
        latest = _between(self._recent.add(now.uptime_s, now), now)
        self._last = now
        if abs(error.kwh) <= error.tolerance_kwh:
            self._change(now)
            return error
        if self._off_since_s is None:
            self._off_since_s, self._sound = now.uptime_s, oldest
        right = abs(latest.kwh) <= latest.tolerance_kwh
        if right and now.uptime_s - self._off_since_s > _RECENT_S:
            self._changes.clear()
            self._change(now)
        return error

    def _change(self, now: _Change) -> None:
        """Keep a sound change."""
        self._last, self._oldest = now, self._changes.add(now.uptime_s, now)
        self._recent.add(now.uptime_s, now)
        self._off_since_s = None


def _apart(last: _Change, now: _Change) -> bool:
    """Tell whether nothing is known of what flowed between two readings."""
    return last.state.breaks != now.state.breaks or now.uptime_s < last.uptime_s


def _between(first: _Change, last: _Change) -> CounterError:
    """Return the error from one change of the counter to another."""
    low = last.state.low_kwh - first.state.low_kwh
    high = max(last.state.high_kwh - first.state.high_kwh, low)
    counted = last.value - first.value
    error = max(counted - high, 0.0) + min(counted - low, 0.0)
    return CounterError(error, _tolerance(last.state, first.state, high))


def _standing(last: _Change, now: _Change) -> CounterError:
    """Return the error of a counter that has not changed since."""
    missing = now.state.low_kwh - last.state.low_kwh
    if now.uptime_s - last.uptime_s < _STANDS_S:
        missing = 0.0
    behind = max(missing - _STANDS_KWH, 0.0)
    return CounterError(-behind, _tolerance(now.state, last.state, missing))


def _worse(first: CounterError, second: CounterError) -> CounterError:
    """Return the error that is further past its tolerance."""
    parts = [abs(error.kwh) / error.tolerance_kwh for error in (first, second)]
    return second if parts[1] > parts[0] else first


def _tolerance(state: EnergyState, first: EnergyState, energy_kwh: float) -> float:
    """Return what may be between the two for polls and rounding alone, kWh.

    A counter and its power may be read a poll apart at each end.
    """
    most_w = max(state.power_w, first.power_w)
    apart_kwh = most_w * min(2.0 * state.period_s, 180.0) / _WS_PER_KWH
    open_kwh = 3.0 * math.sqrt(max(state.variance - first.variance, 0.0))
    return _FLOOR_KWH + _FLOOR_PART * energy_kwh + apart_kwh + open_kwh
