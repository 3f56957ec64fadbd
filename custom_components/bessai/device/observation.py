"""From the values of the polls to what the plausibility monitor looks at."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from ..core.command import Write
from ..core.observation import Expectations, Flow, Observation
from ..core.plant_state import PlantState, Readiness
from ..core.setpoint import Wish
from ..core.telemetry import Telemetry, Value
from .condition import Condition, judge
from .plant_state import KnowsPlant
from .plausibility_profile import PlausibilityProfile
from .profile import DeviceProfile


def build_expectations(profile: DeviceProfile) -> Expectations:
    """Return what a profile says beforehand of its plants, if it says anything."""
    section = profile.plausibility
    if section is None:
        return Expectations()
    return Expectations(
        bounds=section.bounds, restless=section.restless, counters=section.counters
    )


def build_observation(  # noqa: PLR0913 - what the polls say, and what only the caller knows
    plant: KnowsPlant,
    readings: Telemetry,
    settings: Telemetry | None,
    state: PlantState,
    *,
    at: datetime,
    uptime_s: float,
    utc_offset_s: float,
    wish: Wish | None = None,
    wish_age_s: float = 0.0,
    writes: tuple[Write, ...] = (),
    response_s: float | None = None,
    reconnected: bool = False,
) -> Observation:
    """Return what the monitor sees of a poll; what the plant does not say is ``None``.

    Args:
        plant: Knows what the plant has.
        readings: The poll that is looked at.
        settings: The latest poll of the settings; ``None``: there was none yet.
        state: What the guard sees of the same polls.
        at: When the poll began, by the clock on the wall; aware, UTC.
        uptime_s: The same by a clock that nobody sets, at the plant's pace.
        utc_offset_s: How far the site's wall clock is ahead of UTC.
        wish: What we have commanded and what is in force.
        wish_age_s: Since when, plant's seconds.
        writes: What we wrote since the last observation, in order, failures too.
        response_s: Median time of the poll's requests.
        reconnected: Whether the connection is another one than at the last
            observation.

    Raises:
        ValueError: If the profile does not say what the monitor looks at.
    """
    section = plant.profile.plausibility
    if section is None:
        raise ValueError(
            f"the profile {plant.profile.id} knows nothing of plausibility"
        )
    values = {**readings.values, **(settings.values if settings else {})}
    audited = readings.audited
    return Observation(
        at=at,
        uptime_s=uptime_s,
        utc_offset_s=utc_offset_s,
        powers={
            Flow.PV: state.pv_power_w,
            Flow.BATTERY: state.battery_power_w,
            Flow.AC: readings.number(section.ac_power),
            Flow.GRID: readings.number(section.grid_power),
        },
        grid_phases_w=_phases(plant, section, readings),
        soc_pct=state.soc_pct,
        battery_temperature_c=state.battery_temperature_max_c,
        inverter_temperature_c=state.inverter_temperature_c,
        capacity_kwh=state.capacity_kwh,
        maximum_power_w=state.maximum_power_w,
        charge_limit_w=state.charge_limit_w,
        discharge_limit_w=state.discharge_limit_w,
        discharge_floor_pct=state.discharge_cutoff_pct,
        charge_ceiling_pct=state.charge_cutoff_pct,
        inverter=Readiness.ASLEEP
        if _judged(section.resting, values)
        else state.inverter,
        inverter_status=state.inverter_status,
        battery=state.battery,
        limited=state.limited,
        commanded=state.commanded,
        self_consuming=_judged(section.self_consuming, values),
        calibrating=_judged(section.calibrating, values),
        numbers=_numbers(plant.profile, readings),
        plant_clock_s=_number(audited.get(section.clock or "")),
        identity=_among(section.identity, audited),
        settings=_among((*section.settings, *section.seldom), audited),
        writes=writes,
        wish=wish,
        wish_age_s=wish_age_s,
        response_s=response_s,
        reconnected=reconnected,
        failed=readings.failed,
    )


def _phases(
    plant: KnowsPlant, section: PlausibilityProfile, readings: Telemetry
) -> tuple[float, ...] | None:
    """Return the powers of all phases that there are, or of none."""
    powers = [readings.number(key) for key in section.grid_phases if plant.has(key)]
    known = tuple(power for power in powers if power is not None)
    return known if known and len(known) == len(powers) else None


def _judged(condition: Condition | None, values: Mapping[str, Value]) -> bool | None:
    return None if condition is None else judge(condition, values)


def _numbers(profile: DeviceProfile, readings: Telemetry) -> Mapping[str, float]:
    """Return every number of registers that this poll read, as the device gave it."""
    raw = {**readings.values, **readings.doubted}
    found: dict[str, float] = {}
    for key, value in raw.items():
        register = profile.registers.get(key)
        number = _number(value)
        if register is None or number is None:
            continue  # computed here, or not a number
        if readings.read_times.get(register.group) == readings.read_at:
            found[key] = number
    return found


def _number(value: Value) -> float | None:
    return value if isinstance(value, int | float) else None


def _among(
    keys: Iterable[str], audited: Mapping[str, Value]
) -> Mapping[str, Value] | None:
    """Return what was answered of these; ``None``: nothing of it."""
    return {key: audited[key] for key in keys if key in audited} or None
