"""Values a test holds fixed instead of letting them be simulated."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """Held values; ``None`` leaves a value to the simulation."""

    pv_w: float | None = None
    """DC power the panels offer, W."""

    load_w: float | None = None
    """Power the house uses, W."""

    ambient_c: float | None = None
    """Temperature around inverter and battery, °C."""
