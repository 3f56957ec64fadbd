"""Plants and limits that allow everything by default, one override per test."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from custom_components.bessai.core.bounds import Bounds
from custom_components.bessai.core.plant_state import PlantState, Readiness
from custom_components.bessai.core.setpoint import Direction, Setpoint
from custom_components.bessai.core.verdict import Ground, Reason, Verdict
from custom_components.bessai.safety.guard import Guard
from custom_components.bessai.safety.inputs import Inputs, read_inputs
from custom_components.bessai.safety.limits import Limits, build_limits

NOW = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)

CHARGE, DISCHARGE = Direction.CHARGE, Direction.DISCHARGE

BOUNDS = {
    "soc_min_pct": Bounds(low=0, default=5, high=50),
    "soc_max_pct": Bounds(low=50, default=98, high=100),
    "battery_temperature_max_c": Bounds(low=30, default=45, high=50),
    "battery_derate_from_c": Bounds(low=25, default=40, high=50),
    "charge_temperature_min_c": Bounds(low=0, default=0, high=15),
    "discharge_temperature_min_c": Bounds(low=-10, default=-10, high=15),
    "inverter_temperature_max_c": Bounds(low=60, default=75, high=85),
    "hold_reserve_soc_pct": Bounds(low=10, default=20, high=90),
}

READY = PlantState(
    read_at=NOW,
    poll_period_s=5.0,
    soc_pct=50.0,
    battery_power_w=0.0,
    pv_power_w=1000.0,
    battery_temperature_min_c=20.0,
    battery_temperature_max_c=22.0,
    inverter_temperature_c=40.0,
    charge_limit_w=5000.0,
    discharge_limit_w=5000.0,
    inverter=Readiness.READY,
    inverter_status="on_grid",
    battery=Readiness.READY,
    battery_status="running",
    blocking_alarms=(),
    limited=False,
    commanded=True,
    capacity_kwh=10.0,
    maximum_power_w=11000.0,
    stored_charge_limit_w=5000.0,
    stored_discharge_limit_w=5000.0,
    charge_cutoff_pct=100.0,
    discharge_cutoff_pct=0.0,
    grid_charge_enabled=False,
    manager=None,
)


def state(**overrides: Any) -> PlantState:
    """Return a plant, half full and at rest, on which nothing is wrong."""
    return replace(READY, **overrides)


def inputs(**overrides: Any) -> Inputs:
    """Return the numbers of such a plant."""
    read = read_inputs(state(**overrides))
    assert isinstance(read, Inputs)
    return read


def limits(**chosen: float) -> Limits:
    """Return the default limits but for what is chosen."""
    return build_limits(BOUNDS, chosen)


def guard(**chosen: float) -> Guard:
    """Return a guard that has seen nothing yet."""
    return Guard(limits(**chosen))


def charge(power_w: float) -> Setpoint:
    """Return the wish to charge."""
    return Setpoint(power_w=-power_w)


def discharge(power_w: float) -> Setpoint:
    """Return the wish to discharge."""
    return Setpoint(power_w=power_w)


def wish_for(direction: Direction, power_w: float = 2000.0) -> Setpoint:
    """Return a wish that the plant can fulfil."""
    return charge(power_w) if direction is CHARGE else discharge(power_w)


def vet(of: Guard, direction: Direction, **overrides: Any) -> Verdict:
    """Return what a guard says to a wish that is fine but for the overrides."""
    return of.vet(wish_for(direction), state(**overrides), NOW)


def reasons(of: Verdict | tuple[Ground, ...]) -> set[Reason]:
    """Return the bare reasons of a verdict or of grounds."""
    grounds = of.grounds if isinstance(of, Verdict) else of
    return {ground.reason for ground in grounds}
