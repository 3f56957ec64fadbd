"""Conversions of units, all of them."""

from datetime import timedelta

_SECONDS_PER_HOUR = 3600.0
_WATTS_PER_KILOWATT = 1000.0


def kw(power_w: float) -> float:
    """Return a power in kW."""
    return power_w / _WATTS_PER_KILOWATT


def watts(power_kw: float) -> float:
    """Return a power in W."""
    return power_kw * _WATTS_PER_KILOWATT


def hours(duration: timedelta) -> float:
    """Return a duration in hours."""
    return duration.total_seconds() / _SECONDS_PER_HOUR


def energy_kwh(power_w: float, duration: timedelta) -> float:
    """Return what a power amounts to in so long, kWh; it keeps its sign."""
    return kw(power_w) * hours(duration)
