"""What each working mode wants of the battery."""

from dataclasses import dataclass
from typing import NamedTuple

from .controls import Command, Controls, Mode

TOU_MODES = frozenset({Mode.TOU, Mode.REMOTE_TOU})
FED_MODES = frozenset({Mode.FULLY_FED, Mode.REMOTE_FULLY_FED})


class LocalMinute(NamedTuple):
    """A minute of the week on the inverter's clock."""

    minute: int
    """Of the day."""

    weekday: int
    """0 is Sunday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowLoad:
    """Keep the meter at zero, as far as it is allowed."""

    charge: bool = True
    discharge: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Keep one power at the battery's terminals, positive when discharging."""

    power_w: float
    from_grid: bool = True
    """Whether charging may exceed what the panels offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedIn:
    """Give as much AC power as the inverter can."""


type Wish = FollowLoad | Hold | FeedIn

IDLE = Hold(power_w=0.0)


def local_minute(local_s: float) -> LocalMinute:
    """Return the minute of the week of a wall clock given as seconds since 1970."""
    days, minute = divmod(int(local_s // 60), 1440)
    thursday = 4  # the first of January 1970
    return LocalMinute(minute, (days + thursday) % 7)


def wish(
    controls: Controls, when: LocalMinute, soc_pct: float, *, grid_for_command: bool
) -> Wish:
    """Return what the working mode wants now.

    Args:
        controls: The settings in force.
        when: For the tables of periods.
        soc_pct: State of charge.
        grid_for_command: Whether a forcible charge may draw on the grid.
    """
    if controls.command is Command.CHARGE:
        return Hold(power_w=-controls.command_power_w, from_grid=grid_for_command)
    if controls.command is Command.DISCHARGE:
        return Hold(power_w=controls.command_power_w)
    if controls.mode in TOU_MODES:
        return _time_of_use(controls, when, soc_pct)
    if controls.mode is Mode.FIXED:
        return _fixed(controls, when)
    if controls.mode in FED_MODES:
        return FeedIn()
    return FollowLoad()


def _time_of_use(controls: Controls, when: LocalMinute, soc_pct: float) -> Wish:
    """Charge in charge periods, serve the load in discharge periods, else save."""
    period = next((p for p in controls.tou if p.covers(*when)), None)
    charge = controls.surplus_to_battery
    if period is None:
        return FollowLoad(charge=charge, discharge=False)
    if period.discharge:
        return FollowLoad(charge=charge)
    if controls.grid_charge and soc_pct < controls.grid_charge_cutoff_pct:
        return Hold(power_w=-controls.grid_charge_w)
    return FollowLoad(discharge=False)


def _fixed(controls: Controls, when: LocalMinute) -> Wish:
    """Hold the power of the period in force, and nothing outside of periods."""
    for period in controls.fixed:
        if period.start <= when.minute < period.end:
            return Hold(power_w=-period.power_w, from_grid=controls.grid_charge)
    return IDLE
