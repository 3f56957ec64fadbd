"""Observations of a sound plant at noon, one override per test."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from custom_components.bessai.core.bounds import Range
from custom_components.bessai.core.observation import (
    CounterSource,
    Expectations,
    Flow,
    Observation,
)
from custom_components.bessai.core.plant_state import Readiness

BEGIN = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)

POWERS: Mapping[Flow, float | None] = {
    Flow.PV: 3000.0,
    Flow.BATTERY: -1000.0,
    Flow.AC: 1950.0,
    Flow.GRID: -1450.0,
}

EXPECTATIONS = Expectations(
    bounds={
        "grid_frequency_hz": Range(45.0, 65.0),
        "soc_pct": Range(0.0, 100.0),
        "inverter_temperature_c": Range(-40.0, 105.0),
    },
    restless={
        "inverter": ("phase_a_voltage_v", "grid_frequency_hz"),
        "meter": ("meter_phase_a_voltage_v",),
    },
    counters={
        "pv_energy_kwh": CounterSource(flow=Flow.PV, sign=1),
        "charged_kwh": CounterSource(flow=Flow.BATTERY, sign=-1),
        "charged_today_kwh": CounterSource(flow=Flow.BATTERY, sign=-1, daily=True),
    },
)

SOUND = Observation(
    at=BEGIN,
    uptime_s=0.0,
    utc_offset_s=7200.0,
    powers=POWERS,
    grid_phases_w=(-400.0, -500.0, -550.0),
    soc_pct=50.0,
    battery_temperature_c=22.0,
    inverter_temperature_c=38.0,
    capacity_kwh=10.0,
    maximum_power_w=6000.0,
    charge_limit_w=5000.0,
    discharge_limit_w=5000.0,
    discharge_floor_pct=10.0,
    charge_ceiling_pct=100.0,
    inverter=Readiness.READY,
    inverter_status="on_grid",
    battery=Readiness.READY,
    limited=False,
    commanded=False,
    self_consuming=True,
    calibrating=False,
    response_s=0.05,
)


def observe(uptime_s: float = 0.0, **changes: Any) -> Observation:
    """Return what a sound plant shows so many seconds after noon of its site.

    ``powers`` are laid over the usual ones; everything else replaces what there is.
    """
    at = changes.pop("at", BEGIN + timedelta(seconds=uptime_s))
    powers = {**POWERS, **changes.pop("powers", {})}
    return replace(SOUND, at=at, uptime_s=uptime_s, powers=powers, **changes)
