"""From what the settings hold to what the physics obeys."""

from .controls import Command, Controls, Mode
from .forcible import ForcibleCommand
from .parameters import PlantParameters
from .periods import parse_fixed, parse_tou
from .setting_table import max_power_w
from .settings import Settings

_REPORTED = {
    0: Mode.NONE,
    1: Mode.FIXED,
    2: Mode.SELF_CONSUMPTION,
    3: Mode.TOU_LG,
    4: Mode.FULLY_FED,
    5: Mode.TOU,
    6: Mode.THIRD_PARTY,
}
"""Register 47086 as 37006 reports it."""

_REMOTE = {
    1: Mode.REMOTE_SELF_CONSUMPTION,
    2: Mode.REMOTE_FULLY_FED,
    3: Mode.REMOTE_TOU,
    4: Mode.REMOTE_AI,
    5: Mode.THIRD_PARTY,
}
"""Register 47589 as 37006 reports it."""


def build_controls(
    parameters: PlantParameters,
    settings: Settings,
    forcible: ForcibleCommand,
    *,
    running: bool,
) -> Controls:
    """Return the settings in words and units.

    Where an EMMA or a SmartLogger commands the site, a forcible command is accepted
    and comes to nothing.
    """
    command = forcible.command
    if parameters.emma or parameters.smartlogger:
        command = Command.STOP
    by_soc = command is not Command.STOP and forcible.remaining_s is None
    return Controls(
        mode=Mode.FORCIBLE if command is not Command.STOP else _mode(settings),
        command=command,
        command_power_w=_command_power_w(settings, command),
        target_soc_pct=_percent(settings, 47101) if by_soc else None,
        charge_cap_w=float(settings.value(47075)),
        discharge_cap_w=float(settings.value(47077)),
        charge_cutoff_pct=_percent(settings, 47081),
        discharge_cutoff_pct=max(_percent(settings, 47082), _percent(settings, 47102)),
        grid_charge=settings.value(47087) == 1,
        grid_charge_w=float(settings.value(47242)),
        grid_charge_cutoff_pct=_percent(settings, 47088),
        surplus_to_battery=settings.value(47299) == 1,
        tou=parse_tou(settings.words(47255)),
        fixed=parse_fixed(settings.words(47200)),
        output_limit_w=_output_limit_w(parameters, settings),
        export_limit_w=_export_limit_w(parameters, settings),
        running=running,
    )


def _percent(settings: Settings, address: int) -> float:
    """Return a setting kept in tenths of a percent."""
    return settings.value(address) / 10.0


def _mode(settings: Settings) -> Mode:
    """Return the working mode without a forcible command."""
    remote = _REMOTE.get(settings.value(47589))
    return remote if remote is not None else _REPORTED[settings.value(47086)]


def _command_power_w(settings: Settings, command: Command) -> float:
    """Return the power of the forcible command."""
    address = 47249 if command is Command.DISCHARGE else 47247
    return float(settings.value(address))


def _output_limit_w(parameters: PlantParameters, settings: Settings) -> float:
    """Return the most AC power that all deratings allow."""
    share = _percent(settings, 40125) / 100.0
    most = max_power_w(parameters)
    return min(share * most, float(settings.value(40126)))


def _export_limit_w(parameters: PlantParameters, settings: Settings) -> float | None:
    """Return the most power the house may feed in, if that is limited."""
    match settings.value(47415):
        case 5:
            return 0.0
        case 6:
            return float(settings.value(47416))
        case 7:
            return _percent(settings, 47418) / 100.0 * parameters.rated_power_w
    return None
