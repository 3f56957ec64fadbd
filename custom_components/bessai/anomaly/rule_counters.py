"""Energy counters: they never run back, and count what flows."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NamedTuple

from ..core.finding import FindingKind
from ..core.observation import Expectations, Flow, Observation
from ..core.plant_state import Readiness
from .counted_energy import CountedEnergy, EnergyState, FlowEnergy
from .residual import Residual
from .window import Pace, usable

_BACK_KWH = 0.045
"""Running back by less is how some firmware rounds."""

_GAP_S = 600.0
"""Silence that is as good as a new connection."""

_AWAKE_S = 900.0
"""So long after waking up or reconnecting a counter may begin to show an old value."""

_EXCUSED_S = 2700.0
"""And so long it may go on; inverters were seen to do it for minutes."""

_REPLACED_S = 86_400.0
"""A counter that stays lower for a day belongs to a new device."""

_DAY_S = 86_400.0
_MIDNIGHT_S = 4500.0
"""The plant's clock may be off by the hour of summer time and a quarter more."""

_TWICE = 2


class _Times(NamedTuple):
    """When a counter is looked at."""

    uptime_s: float
    local_s: float
    returning: bool
    """Whether the plant has just come back: what it counts may still leap."""

    asleep: bool

    @property
    def excusing(self) -> bool:
        """Whether it may show less than it should: also while it sleeps."""
        return self.returning or self.asleep


class _Reading:
    """The last believed reading of one counter, and one below it."""

    def __init__(self, *, daily: bool) -> None:
        self._daily = daily
        self._believed: float | None = None
        self._seen_local_s = 0.0
        self._lower: tuple[float, bool] | None = None
        """Since when it reads less, uptime, and whether that is excused."""

        self._lower_polls = 0

    @property
    def believed(self) -> float | None:
        """The last believed reading, kWh."""
        return self._believed

    @property
    def is_lower(self) -> bool:
        """Whether the last reading is not believed."""
        return self._lower is not None

    def back_kwh(self, times: _Times, value: float) -> float:
        """Return how far a counter ran back; 0 while that may be benign."""
        if self._believed is None or value >= self._believed - _BACK_KWH:
            self.believe(times, value)
            return 0.0
        if self._lower is None:
            self._lower = (times.uptime_s, times.excusing)
        self._lower_polls += 1
        since_s, excused = self._lower
        lasted_s = times.uptime_s - since_s
        if self._reset(times, value) or self._lasting(lasted_s, excused):
            self.believe(times, value)
            return 0.0
        if self._lower_polls < _TWICE or (excused and lasted_s < _EXCUSED_S):
            return 0.0
        return self._believed - value

    def believe(self, times: _Times, value: float) -> None:
        """Take a reading for what it is."""
        self._believed, self._seen_local_s = value, times.local_s
        self._lower, self._lower_polls = None, 0

    def _reset(self, times: _Times, value: float) -> bool:
        """Tell whether a day began since a daily counter was last believed."""
        if not self._daily:
            return False
        first = (self._seen_local_s - _MIDNIGHT_S) // _DAY_S
        last = (times.local_s + _MIDNIGHT_S) // _DAY_S
        return last > first and value <= max(0.5 * (self._believed or 0.0), 2.0)

    def _lasting(self, lasted_s: float, excused: bool) -> bool:  # noqa: FBT001
        """Tell whether a lower reading has to be believed by now."""
        if self._daily and excused:  # the plant was away when its day began
            return lasted_s >= _EXCUSED_S
        return lasted_s > _REPLACED_S


class CountersRule:
    """One residual for each counter, kWh.

    Running back is told at the second such reading, unless the plant has just woken up
    or reconnected: then after 45 minutes. A counter that leaps or runs too fast is
    told as soon as it is a tenth of a kWh and more ahead of the power that flowed, one
    that stands or is slow after 5 to 15 minutes of a kW and more.
    """

    name: ClassVar[str] = "counters"

    def __init__(self, expectations: Expectations) -> None:
        self._sources = dict(expectations.counters)
        self._readings = {
            key: _Reading(daily=source.daily) for key, source in self._sources.items()
        }
        self._energy = {
            (source.flow, source.sign): FlowEnergy(source.sign)
            for source in self._sources.values()
        }
        self._counted = {key: CountedEnergy() for key in self._sources}
        self._pace = Pace()
        self._back_s: float | None = None
        """When the plant last came back."""

        self._was_ready: bool | None = None

    def look(self, seen: Observation) -> Iterable[Residual]:
        """Return the counters that were read."""
        if seen.stranger is not None:
            return ()
        times = self._times(seen)
        self._integrate(seen)
        states: dict[tuple[Flow, int], EnergyState] = {}
        found = []
        for key, source in self._sources.items():
            value = usable(seen.numbers.get(key))
            if value is None:
                continue
            part = (source.flow, source.sign)
            state = states.get(part) or self._energy[part].state
            states[part] = state
            if times.asleep and source.flow is not Flow.GRID:
                self._counted[key].clear()  # its power may be that of the evening
            found.append(self._judge(key, value, times, state))
        return found

    def document(self) -> Mapping[str, Any]:
        """Return ``{}``: tolerances are learned elsewhere."""
        return {}

    def restore(self, document: Mapping[str, Any]) -> None:
        """Take nothing."""

    def _times(self, seen: Observation) -> _Times:
        elapsed_s = self._pace.add(seen.uptime_s)
        ready = seen.inverter in {Readiness.READY, None}
        woken = ready and self._was_ready is False
        self._was_ready = ready
        new = elapsed_s is None or elapsed_s > _GAP_S
        if seen.reconnected or woken or new:
            self._back_s = seen.uptime_s
        back_s = self._back_s
        returning = back_s is not None and 0.0 <= seen.uptime_s - back_s <= _AWAKE_S
        local_s = seen.at.timestamp() + seen.utc_offset_s
        return _Times(seen.uptime_s, local_s, returning, not ready)

    def _integrate(self, seen: Observation) -> None:
        for (flow, _), energy in self._energy.items():
            phases = seen.grid_phases_w if flow is Flow.GRID else None
            energy.add(
                seen.uptime_s, seen.powers.get(flow), phases, self._pace.period_s
            )

    def _judge(
        self,
        key: str,
        value: float,
        times: _Times,
        state: EnergyState,
    ) -> Residual:
        """Return what is worse: that it ran back, or that it counts something else."""
        reading, counted = self._readings[key], self._counted[key]
        before = reading.believed
        lower = before is not None and value < before
        if lower and counted.explains(times.uptime_s, value, state):
            reading.believe(times, value)
            counted.clear()
        back_kwh = reading.back_kwh(times, value)
        if reading.is_lower or before is None or value < before - _BACK_KWH:
            counted.clear()
            return _residual(key, value, before, back_kwh, _BACK_KWH)
        if times.returning:  # an old value may turn into the present one
            counted.clear()
            return _residual(key, value, value, 0.0, _BACK_KWH)
        error = counted.error(times.uptime_s, value, state)
        if error is None:
            return _residual(key, value, value, 0.0, _BACK_KWH)
        return _residual(
            key, value, value - error.kwh, abs(error.kwh), error.tolerance_kwh
        )


def _residual(
    key: str, value: float, expected: float | None, deviation: float, floor: float
) -> Residual:
    return Residual(
        kind=FindingKind.COUNTER,
        subject=key,
        measured=value,
        expected=expected,
        deviation=deviation,
        floor=floor,
        unit="kWh",
    )
