"""Settings become what the physics obeys."""

import pytest

from custom_components.bessai.simulator.controls import Command, Controls, Mode
from custom_components.bessai.simulator.forcible import ForcibleCommand
from custom_components.bessai.simulator.obedience import build_controls
from custom_components.bessai.simulator.parameters import PlantParameters
from custom_components.bessai.simulator.setting_table import build_settings
from custom_components.bessai.simulator.settings import Settings

PARAMETERS = PlantParameters()


def controls(
    parameters: PlantParameters = PARAMETERS,
    order: Command = Command.STOP,
    period_s: float | None = 60.0,
    **values: int,
) -> Controls:
    """Return the controls of settings named like ``at_47086``."""
    settings = Settings(build_settings(parameters))
    for name, value in values.items():
        settings.put(int(name.removeprefix("at_")), value)
    forcible = ForcibleCommand(rewrite_restarts=True)
    forcible.order(order, period_s)
    return build_controls(parameters, settings, forcible, running=True)


def test_a_new_plant_consumes_its_own_power() -> None:
    built = controls()
    assert built.mode is Mode.SELF_CONSUMPTION
    assert built.command is Command.STOP
    assert built.output_limit_w == 11_000.0
    assert built.export_limit_w is None
    assert (built.charge_cutoff_pct, built.discharge_cutoff_pct) == (100.0, 5.0)


@pytest.mark.parametrize(
    ("setting", "reported"),
    [(0, 0), (1, 3), (2, 4), (3, 2), (4, 5), (5, 6), (6, 12)],
)
def test_the_working_mode_is_reported_by_another_number(
    setting: int, reported: int
) -> None:
    assert controls(at_47086=setting).mode == reported


@pytest.mark.parametrize(
    ("remote", "reported"), [(0, 4), (1, 7), (2, 8), (3, 9), (4, 11), (5, 12)]
)
def test_a_remote_mode_outranks_the_local_one(remote: int, reported: int) -> None:
    assert controls(at_47589=remote).mode == reported


def test_a_command_carries_its_own_power() -> None:
    charge = controls(order=Command.CHARGE, at_47247=1111, at_47249=2222)
    discharge = controls(order=Command.DISCHARGE, at_47247=1111, at_47249=2222)
    assert charge.mode is discharge.mode is Mode.FORCIBLE
    assert (charge.command_power_w, discharge.command_power_w) == (1111.0, 2222.0)
    assert charge.target_soc_pct is None


def test_a_command_without_a_period_has_a_target() -> None:
    built = controls(order=Command.CHARGE, period_s=None, at_47101=805)
    assert built.target_soc_pct == 80.5


@pytest.mark.parametrize("commander", ["emma", "smartlogger"])
def test_where_another_device_commands_a_command_comes_to_nothing(
    commander: str,
) -> None:
    parameters = PlantParameters(
        emma=commander == "emma", smartlogger=commander == "smartlogger"
    )
    built = controls(parameters, Command.DISCHARGE, at_47249=3000)
    assert built.command is Command.STOP
    assert built.mode is Mode.SELF_CONSUMPTION


def test_the_backup_reserve_raises_the_floor() -> None:
    assert controls(at_47102=300).discharge_cutoff_pct == 30.0


def test_the_tightest_derating_counts() -> None:
    assert controls(at_40125=500).output_limit_w == 5500.0
    assert controls(at_40126=2000, at_40125=500).output_limit_w == 2000.0


@pytest.mark.parametrize(
    ("mode", "expected"), [(0, None), (1, None), (5, 0.0), (6, -300.0), (7, 4000.0)]
)
def test_feed_in_is_limited_by_mode(mode: int, expected: float | None) -> None:
    built = controls(at_47415=mode, at_47416=-300, at_47418=400)
    assert built.export_limit_w == expected
