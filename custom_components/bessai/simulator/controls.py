"""The settings of the plant as the physics obeys them."""

from dataclasses import dataclass
from enum import IntEnum

from .periods import FixedPeriod, TouPeriod


class Command(IntEnum):
    """Register 47100."""

    STOP = 0
    CHARGE = 1
    DISCHARGE = 2


class Mode(IntEnum):
    """Register 37006: the working mode as it is reported."""

    NONE = 0
    FORCIBLE = 1
    TOU_LG = 2
    FIXED = 3
    SELF_CONSUMPTION = 4
    FULLY_FED = 5
    TOU = 6
    REMOTE_SELF_CONSUMPTION = 7
    REMOTE_FULLY_FED = 8
    REMOTE_TOU = 9
    AI = 10
    REMOTE_AI = 11
    THIRD_PARTY = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What the inverter has been told, in W, Wh and our words."""

    mode: Mode
    """The reported mode, forcible commands included."""

    command: Command
    command_power_w: float
    """Positive whichever way."""

    target_soc_pct: float | None
    """Where a forcible command by state of charge ends; ``None``: by time."""

    charge_cap_w: float
    discharge_cap_w: float
    charge_cutoff_pct: float
    discharge_cutoff_pct: float
    grid_charge: bool
    grid_charge_w: float
    grid_charge_cutoff_pct: float
    surplus_to_battery: bool
    """In time-of-use mode: whether PV surplus charges the battery at all times."""

    tou: tuple[TouPeriod, ...]
    fixed: tuple[FixedPeriod, ...]
    output_limit_w: float
    """Most AC power the inverter may give."""

    export_limit_w: float | None
    """Most power the house may feed in; negative: the least it must import."""

    running: bool
    """False after a shutdown command."""
