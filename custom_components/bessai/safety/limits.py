"""The limits of the owner's, within the hard bounds of the profile."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

from ..core.bounds import Bounds
from ..core.errors import BessaiError

LEAST_POWER_W = 50.0
"""Below this a command does more harm by its losses than good."""

SOC_HYSTERESIS_PCT = 2.0
TEMPERATURE_HYSTERESIS_C = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the guard holds every command against; made by :func:`build_limits`.

    A value that equals its limit passes.
    """

    soc_min_pct: float
    """Below it nothing is discharged."""

    soc_max_pct: float
    """Above it nothing is charged."""

    battery_temperature_max_c: float
    battery_derate_from_c: float
    """From here to the maximum, less and less power."""

    charge_temperature_min_c: float
    discharge_temperature_min_c: float
    inverter_temperature_max_c: float
    hold_reserve_soc_pct: float
    """Below it the battery is not kept from charging."""

    charge_cap_w: float | None = None
    """Most power to charge with; ``None``: what the battery can take."""

    discharge_cap_w: float | None = None


FIELDS = tuple(field.name for field in fields(Limits))


class LimitError(BessaiError):
    """A limit that cannot be accepted.

    Attributes:
        name: Field of :class:`Limits`.
        value: What was chosen.
        low: Least that would be accepted.
        high: Most that would be accepted.
        conflict: Field of :class:`Limits` that it does not go with, if the value
            itself is within the profile's bounds.
    """

    def __init__(
        self, name: str, value: float, bounds: Bounds, conflict: str | None = None
    ) -> None:
        cause = f" because of {conflict}" if conflict else ""
        super().__init__(
            f"{name} = {value} is not within {bounds.low} to {bounds.high}{cause}"
        )
        self.name, self.value, self.conflict = name, value, conflict
        self.low, self.high = bounds.low, bounds.high


class Distance(NamedTuple):
    """Two limits that disarm each other when they come too close."""

    lower: str
    upper: str
    least: float
    """The upper one has to be more by this, at least."""


DISTANCES = (
    # Else both bands of hysteresis overlap, and neither direction gets out of it.
    Distance("soc_min_pct", "soc_max_pct", 2 * SOC_HYSTERESIS_PCT),
    Distance("battery_derate_from_c", "battery_temperature_max_c", 1.0),
    Distance("charge_temperature_min_c", "battery_temperature_max_c", 1.0),
    Distance("discharge_temperature_min_c", "battery_temperature_max_c", 1.0),
)

CAPS = ("charge_cap_w", "discharge_cap_w")
CAP_BOUNDS = Bounds(low=LEAST_POWER_W, default=5_000.0, high=1e6)
"""Where the plant gives none: a lower cap would refuse every command."""


def build_limits(bounds: Mapping[str, Bounds], chosen: Mapping[str, float]) -> Limits:
    """Return the limits in force.

    Args:
        bounds: Of every field of :class:`Limits`; those of the caps may be missing.
        chosen: What the owner chose, by field; the default counts for what is missing,
            and a cap that is missing does not cap. Other names are not looked at.

    Raises:
        LimitError: If one is out of its bounds or no number, or if two of them would
            disarm each other; it names one that was chosen, if either was.
    """
    values = {
        name: _within(name, value, bounds.get(name, CAP_BOUNDS))
        for name, value in chosen.items()
        if name in FIELDS
    }
    defaults = {name: bounds[name].default for name in FIELDS if name not in CAPS}
    limits = Limits(**(defaults | values))
    for distance in DISTANCES:
        _keep(distance, limits, bounds, chosen)
    return limits


def _within(name: str, value: float, bounds: Bounds) -> float:
    """Return a value that is within its bounds; NaN is not."""
    if not bounds.low <= value <= bounds.high:
        raise LimitError(name, value, bounds)
    return value


def _keep(
    distance: Distance,
    limits: Limits,
    bounds: Mapping[str, Bounds],
    chosen: Mapping[str, float],
) -> None:
    """Refuse two limits that are too close to each other."""
    lower, upper, least = distance
    low, high = getattr(limits, lower), getattr(limits, upper)
    if high - low >= least:
        return
    if lower in chosen or upper not in chosen:
        room = replace(bounds[lower], high=high - least)
        raise LimitError(lower, low, room, conflict=upper)
    room = replace(bounds[upper], low=low + least)
    raise LimitError(upper, high, room, conflict=lower)
