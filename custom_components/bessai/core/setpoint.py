"""What a battery can be told to do, and the one sign of power.

Power that flows towards the house is positive, everywhere in BESSAI: battery power when
discharging, grid power when importing (``design.md`` 4). People are asked for charge or
discharge and a positive number instead.
"""

from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    """Which way energy goes through the battery's terminals."""

    CHARGE = "charge"
    DISCHARGE = "discharge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setpoint:
    """Give or take this much, for as long as the lease lasts."""

    power_w: float
    """At the battery's terminals, W; positive when discharging, never 0."""

    @property
    def direction(self) -> Direction:
        """Which way this is."""
        return Direction.DISCHARGE if self.power_w > 0 else Direction.CHARGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Keep what is stored: do not discharge."""

    allow_charging: bool = True
    """Whether PV surplus may be stored meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Leave the battery to the inverter's own self-consumption."""


type Wish = Setpoint | Hold
"""What a source may want of the battery."""


def signed_power(direction: Direction, power_w: float) -> float:
    """Return a power with our sign; ``power_w`` is not negative."""
    return power_w if direction is Direction.DISCHARGE else -power_w
