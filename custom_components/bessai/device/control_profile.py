"""How a device family is commanded: its sequences of writes, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..core.command import Standing
from ..core.setpoint import Direction


class Argument(StrEnum):
    """What a step may take from the command that is carried out."""

    POWER_W = "power_w"
    """Power, not negative, W."""

    PERIOD_MIN = "period_min"
    """After how long the device ends the command by itself, min."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One write: a constant, or something of the command."""

    key: str
    value: int | str | Argument


type Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRange:
    """The periods that the device's own countdown knows."""

    unit_s: int
    """Seconds in one unit of the register."""

    low: int
    """Shortest, in units."""

    high: int
    """Longest, in units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSwitch:
    """A stored setting that a command needs at another value than it has."""

    key: str
    value: int
    """What it is set to meanwhile."""

    ceiling: str | None = None
    """Key of the changing value that the device accepts no setting above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlProfile:
    """The sequences that command a battery; each ends with the command register.

    No sequence writes a stored setting, and none starts a command that has no end:
    the parser sees to both.
    """

    command: str
    """Key of the register that starts and stops a forcible command."""

    standings: Mapping[str, Standing]
    """What each value of it means."""

    powers: Mapping[Direction, str]
    """Key of the register that holds the power of each direction."""

    period: PeriodRange
    begin: Mapping[Direction, Steps]
    renew: Mapping[Direction, Steps]
    """What makes a command last for another period."""

    stop: Steps
    clear: Steps
    """What is tidied up behind a command that has ended."""

    hold: Mapping[Direction, StoredSwitch]
    """The stored limit that keeps energy from flowing in a direction."""

    grid_charge: StoredSwitch
    """What lets a charge draw on the grid."""

    heartbeat: str | None
    """Key of a register that the device wants counted up; ``None``: it has none."""
