"""What the rules judge by: readings that are recent, complete and possible."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..core.bounds import Range
from ..core.plant_state import PlantState
from ..core.verdict import Ground, Reason
from .grounds import because

LEAST_MAX_AGE_S = 30.0
POLLS_TO_STALE = 3

CLOCK_TOLERANCE_S = 5.0
"""A reading from further in the future was not read with this clock."""


PERCENT = Range(0.0, 100.0)
TEMPERATURE_C = Range(-40.0, 120.0)
POWER_W = Range(0.0, 1e6)
"""No home has a battery of a megawatt."""

CAPACITY_KWH = Range(0.0, 1e4)
POLL_PERIOD_S = Range(0.1, 3600.0)

POSSIBLE = {
    "soc_pct": PERCENT,
    "battery_temperature_min_c": TEMPERATURE_C,
    "battery_temperature_max_c": TEMPERATURE_C,
    "inverter_temperature_c": TEMPERATURE_C,
    "charge_limit_w": POWER_W,
    "discharge_limit_w": POWER_W,
    "stored_charge_limit_w": POWER_W,
    "stored_discharge_limit_w": POWER_W,
    "charge_cutoff_pct": PERCENT,
    "discharge_cutoff_pct": PERCENT,
}
"""The numbers that a plant has to give, by their names in :class:`PlantState`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The numbers of a plant, each of them there and possible; see PlantState."""

    state: PlantState
    """Where they are from."""

    soc_pct: float
    battery_temperature_min_c: float
    battery_temperature_max_c: float
    inverter_temperature_c: float
    charge_limit_w: float
    discharge_limit_w: float
    stored_charge_limit_w: float
    stored_discharge_limit_w: float
    charge_cutoff_pct: float
    discharge_cutoff_pct: float

    def lead_pct(self, power_w: float, seconds: float) -> float:
        """Return how far a power moves the state of charge; 0 if that is not known."""
        later_pct = self.state.soc_after(power_w, max(0.0, seconds))
        return 0.0 if later_pct is None else abs(later_pct - self.soc_pct)


def judge_age(state: PlantState, now: datetime) -> Ground | None:
    """Return why readings are too old, or of no known age.

    A pace that cannot be true is doubted, too: the age is judged by it.
    """
    if state.poll_period_s not in POLL_PERIOD_S:
        return _implausible("poll_period_s", state.poll_period_s)
    age_s = (now - state.read_at) / timedelta(seconds=1)
    if age_s < -CLOCK_TOLERANCE_S:
        return _implausible("read_at", age_s)
    most_s = max(LEAST_MAX_AGE_S, POLLS_TO_STALE * state.poll_period_s)
    return because(Reason.TELEMETRY_STALE, age_s, most_s) if age_s > most_s else None


def read_inputs(state: PlantState) -> Inputs | tuple[Ground, ...]:
    """Return the numbers to judge by, or what is wrong with them.

    All are wanted whatever the direction: a plant that is known in part is not known.
    """
    values = {name: getattr(state, name) for name in POSSIBLE}
    doubts = (*_doubts(values), *_contradictions(state))
    return doubts or Inputs(state=state, **values)


def _doubts(values: dict[str, float | None]) -> Iterator[Ground]:
    """Yield a ground for every number that is missing or impossible."""
    for name, value in values.items():
        if value is None:
            yield because(Reason.TELEMETRY_MISSING, name)
        elif value not in POSSIBLE[name]:
            yield _implausible(name, value)


def _contradictions(state: PlantState) -> Iterator[Ground]:
    """Yield a ground for what cannot be true together, or need not be there."""
    coldest, warmest = state.battery_temperature_min_c, state.battery_temperature_max_c
    if coldest is not None and warmest is not None and coldest > warmest:
        yield _implausible("battery_temperature_min_c", coldest)
    capacity_kwh = state.capacity_kwh
    if capacity_kwh is not None and capacity_kwh not in CAPACITY_KWH:
        yield _implausible("capacity_kwh", capacity_kwh)


def _implausible(name: str, value: float) -> Ground:
    """Return the ground that an input cannot be what it says."""
    return because(Reason.TELEMETRY_IMPLAUSIBLE, name, value)
