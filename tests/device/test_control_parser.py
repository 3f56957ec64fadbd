"""What the section ``control`` of a profile must say, and must not."""

import pytest

from custom_components.bessai.core.command import Standing
from custom_components.bessai.core.setpoint import Direction
from custom_components.bessai.device.control_parser import parse_control
from custom_components.bessai.device.control_profile import (
    Argument,
    ControlProfile,
    PeriodRange,
    Step,
    StoredSwitch,
)
from custom_components.bessai.device.profile import ProfileError
from custom_components.bessai.device.profile_parser import parse_profile

from .profile_builders import huawei_document, parse
from .section_builders import GONE, parse_section, section_refusal

POWER = {"key": "forcible_charge_power_w", "from": "power_w"}
PERIOD = {"key": "forcible_duration_min", "from": "period_min"}
CHARGE = {"key": "forcible_command", "value": "charge"}
STOP = {"key": "forcible_command", "value": "stop"}


def control(**changes: object) -> ControlProfile:
    """Return the section with changes of whole fields."""
    return parse_section(parse_control, "control", changes)


def test_a_profile_may_command_nothing() -> None:
    assert parse().control is None


def test_an_owner_s_profile_commands_nothing_whatever_it_says() -> None:
    assert parse_profile(huawei_document(), writable=True).control is not None
    assert parse_profile(huawei_document(), writable=False).control is None


def test_an_owner_s_profile_is_checked_all_the_same() -> None:
    changed = huawei_document()
    changed["control"]["stop"] = []
    with pytest.raises(ProfileError, match=r"control\.stop: must write some"):
        parse_profile(changed, writable=False)


def test_commands_need_what_they_are_judged_by() -> None:
    changed = huawei_document()
    del changed["safety"]
    with pytest.raises(ProfileError, match="control: needs the section safety"):
        parse_profile(changed, writable=True)


def test_sequences_are_those_of_the_document() -> None:
    parsed = control()
    assert parsed.begin[Direction.CHARGE] == (
        Step(key="forcible_charge_power_w", value=Argument.POWER_W),
        Step(key="forcible_duration_min", value=Argument.PERIOD_MIN),
        Step(key="forcible_end_condition", value="duration"),
        Step(key="forcible_command", value="charge"),
    )
    assert parsed.stop == (Step(key="forcible_command", value="stop"),)
    assert parsed.period == PeriodRange(unit_s=60, low=1, high=1440)
    assert parsed.standings["discharge"] is Standing.DISCHARGE
    assert parsed.hold[Direction.DISCHARGE] == StoredSwitch(
        key="discharge_power_limit_w", value=0, ceiling="battery_max_discharge_power_w"
    )
    assert parsed.heartbeat is None


def test_a_heartbeat_is_a_counter_that_may_be_written_often() -> None:
    parsed = control(heartbeat="forcible_duration_min")
    assert parsed.heartbeat == "forcible_duration_min"


@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        ("stop", GONE, "control: lacks the field stop"),
        ("sources", "Z", "control.sources: there is no source Z"),
        ("command.key", "soc_pct", "control.command.key: soc_pct cannot be written"),
        ("command.key", "gone", "control.command.key: gone cannot be written"),
        (
            "command.key",
            "working_mode_setting",
            "control.command.key: working_mode_setting is a stored setting",
        ),
        (
            "command.key",
            "startup_command",
            "control.command.key: startup_command cannot be written and read back",
        ),
        (
            "command.standings",
            {"stop": "none", "charge": "charge"},
            "control.command: must have a word for each of none, charge and discharge",
        ),
        (
            "command.standings",
            {"halt": "none"},
            "control.command.standings.halt: forcible_command: 'halt' is none of",
        ),
        (
            "command.standings.stop",
            "idle",
            "control.command.standings.stop: 'idle' is none of none, charge",
        ),
        ("power.charge", "forcible_duration_min", "control.power.charge: forcible_dur"),
        ("power.charge", GONE, "control.power: lacks the field charge"),
        ("period.unit_s", 1, "control.period.unit_s: must be from 60 to 60"),
        ("period.low", 0, "control.period.low: must be from 1"),
        ("period.low", 1441, "control.period: low must not be above high"),
        (
            "period.high",
            1441,
            "control.charge[1].from: forcible_duration_min: 1441 is not within",
        ),
        ("charge", [], "control.charge: must write something, and nothing twice"),
        ("charge.0", POWER | {"value": 1}, "control.charge[0]: must have key and one"),
        ("charge.0", {"key": "soc_pct", "value": 1}, "control.charge[0].key: soc_pct"),
        ("charge.0.from", "soc_pct", "control.charge[0].from: 'soc_pct' is none of"),
        (
            "charge.1",
            {"key": "forcible_duration_min", "from": "power_w"},
            "control.charge[1].from: forcible_duration_min is not in W",
        ),
        (
            "charge.2.value",
            "never",
            "control.charge[2].value: forcible_end_condition: 'never' is none of",
        ),
        ("charge.2.value", 1.5, "control.charge[2].value: must be a whole number"),
        (
            "charge.2",
            {"key": "charge_cutoff_soc_pct", "value": 90},
            "control.charge[2].key: charge_cutoff_soc_pct is a stored setting",
        ),
        ("charge.2", POWER, "control.charge: must write something, and nothing twice"),
        (
            "charge",
            [POWER, CHARGE],
            "control.charge: starts a command that does not end by itself",
        ),
        (
            "charge",
            [PERIOD, CHARGE],
            "control.charge: must write the power to forcible_charge_power_w",
        ),
        (
            "charge.0.key",
            "forcible_discharge_power_w",
            "control.charge: must write the power to forcible_charge_power_w",
        ),
        (
            "charge",
            [POWER, CHARGE, PERIOD],
            "control.charge: must write forcible_command last, and only then",
        ),
        (
            "charge.3.value",
            "discharge",
            "control.charge: must end with the command that means charge",
        ),
        (
            "renew.discharge",
            [CHARGE],
            "control.renew.discharge: starts a command that does not end by itself",
        ),
        (
            "renew.discharge",
            [PERIOD, CHARGE],
            "control.renew.discharge: must end with the command that means discharge",
        ),
        ("stop", [CHARGE], "control.stop: must end with the command that means none"),
        ("stop", [PERIOD], "control.stop: must write forcible_command last"),
        ("clear", [STOP], "control.clear: must leave forcible_command alone"),
        (
            "hold.charge.key",
            "forcible_charge_power_w",
            "control.hold.charge.key: forcible_charge_power_w is not a number that is",
        ),
        (
            "grid_charge.key",
            "working_mode_setting",
            "control.grid_charge.key: working_mode_setting is not a number that is",
        ),
        ("grid_charge.value", 2, "control.grid_charge.value: charge_from_grid_enabled"),
        ("hold.charge.ceiling", GONE, "control.hold.charge: lacks the field ceiling"),
        ("hold.charge.ceiling", "gone", "control.hold.charge.ceiling: is no register"),
        (
            "hold.charge.ceiling",
            "startup_command",
            "control.hold.charge.ceiling: is no register that can be read",
        ),
        ("hold.charge.ceiling", "soc_pct", "control.hold.charge.ceiling: is not in"),
        ("heartbeat", "forcible_command", "control.heartbeat: forcible_command does"),
        ("heartbeat", "charge_cutoff_soc_pct", "control.heartbeat: charge_cutoff_soc"),
        ("heartbeat", 40900, "control.heartbeat: must be a text"),
    ],
)
def test_every_mistake_is_named(path: str, value: object, error: str) -> None:
    assert section_refusal(parse_control, "control", {path: value}).startswith(error)
