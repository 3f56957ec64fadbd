"""From what a poll shows to the observation that the monitor gets."""

from datetime import UTC, datetime

from custom_components.bessai.core.observation import Observation
from custom_components.bessai.core.plant_state import Readiness

from .home import Home
from .life import Life
from .shown import BATTERY_TEMPERATURES, FLOW_KEYS, PHASE_KEYS, Shown

_MOST_IN, _MOST_OUT = "battery_max_charge_power_w", "battery_max_discharge_power_w"
_GUARDED = (*BATTERY_TEMPERATURES, _MOST_IN, _MOST_OUT)


def observe(
    home: Home,
    life: Life,
    shown: Shown,
    guarded: dict[str, float],
    our_clock_s: float,
    uptime_s: float,
) -> Observation:
    """Return the observation of a poll; takes what we have written since the last.

    Args:
        home: Whose plant it is.
        life: The plant, for what we wish of it.
        shown: What it shows.
        guarded: What is not read at every poll, as it was last shown; is brought up
            to date.
        our_clock_s: How far the clock of Home Assistant is fast.
        uptime_s: Since Home Assistant was started.
    """
    numbers = shown.numbers
    commander = life.commander
    at = datetime.fromtimestamp(life.at_s + our_clock_s, UTC)
    if shown.stranger is not None:
        return Observation(
            at=at,
            uptime_s=uptime_s,
            utc_offset_s=life.utc_offset_s,
            powers={},
            stranger=shown.stranger,
        )
    guarded.update((key, numbers[key]) for key in _GUARDED if key in numbers)
    return Observation(
        at=at,
        uptime_s=uptime_s,
        utc_offset_s=life.utc_offset_s,
        powers={flow: numbers.get(key) for flow, key in FLOW_KEYS.items()},
        grid_phases_w=_phases(numbers),
        soc_pct=numbers.get("soc_pct"),
        battery_temperature_c=_warmest(guarded),
        inverter_temperature_c=numbers.get("inverter_temperature_c"),
        capacity_kwh=home.told_kwh,
        maximum_power_w=home.maximum_power_w,
        charge_limit_w=guarded.get(_MOST_IN),
        discharge_limit_w=guarded.get(_MOST_OUT),
        discharge_floor_pct=shown.floor_pct,
        charge_ceiling_pct=shown.ceiling_pct,
        inverter=Readiness.ASLEEP
        if shown.inverter_status.startswith("standby")
        else Readiness.READY,
        inverter_status=shown.inverter_status,
        battery=Readiness.ASLEEP if shown.battery_asleep else Readiness.READY,
        limited=shown.limited,
        commanded=shown.commanded,
        self_consuming=shown.self_consuming,
        # No source says what a Huawei's register of it means: the profile has none.
        calibrating=None,
        numbers=numbers,
        plant_clock_s=shown.plant_clock_s,
        identity=shown.identity,
        stranger=shown.stranger,
        settings=shown.settings,
        writes=commander.take_writes(),
        wish=commander.wish,
        wish_age_s=commander.age_s(life.at_s),
        response_s=shown.response_s,
        reconnected=shown.reconnected,
        failed=shown.failed,
    )


def _phases(numbers: dict[str, float]) -> tuple[float, ...] | None:
    """Return the phases of the meter; one that has a single phase tells none."""
    if PHASE_KEYS[0] not in numbers:
        return None
    return tuple(numbers[key] for key in PHASE_KEYS)


def _warmest(numbers: dict[str, float]) -> float | None:
    return max(
        (numbers[key] for key in BATTERY_TEMPERATURES if key in numbers), default=None
    )
