"""What the section ``safety`` of a profile must say."""

import pytest

from custom_components.bessai.core.bounds import Bounds
from custom_components.bessai.device.profile import ProfileError
from custom_components.bessai.device.profile_parser import parse_profile
from custom_components.bessai.device.safety_parser import parse_safety
from custom_components.bessai.device.safety_profile import LIMIT_NAMES, SafetyProfile

from .profile_builders import huawei_document, parse
from .section_builders import GONE, parse_section, section_refusal


def safety(**changes: object) -> SafetyProfile:
    """Return the section with changes of whole fields."""
    return parse_section(parse_safety, "safety", changes)


def test_a_profile_may_say_nothing_of_safety() -> None:
    assert parse().safety is None


def test_an_owner_s_profile_may_say_what_is_safe() -> None:
    assert parse_profile(huawei_document(), writable=False).safety is not None


def test_bounds_are_those_of_the_document() -> None:
    limits = safety().limits
    assert set(limits) == set(LIMIT_NAMES)
    assert limits["soc_min_pct"] == Bounds(low=0, default=5, high=50)


def test_what_not_every_device_has_may_be_left_out() -> None:
    plain = safety(forbidding_bits=GONE, managers=GONE, reserve=GONE)
    assert (plain.forbidding_bits, plain.managers, plain.reserve) == ({}, {}, None)


def test_status_words_are_ready_asleep_or_limited() -> None:
    battery = safety().battery
    assert battery.ready == {"standby", "running"}
    assert battery.asleep == {"sleep"}
    assert not battery.limited


@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        ("soc", GONE, "safety: lacks the field soc"),
        ("colour", "red", "safety: has the unknown field 'colour'"),
        ("sources", "Z", "safety.sources: there is no source Z"),
        ("soc", "gone", "safety.soc: there is no readable register gone"),
        ("soc", "startup_command", "safety.soc: there is no readable register"),
        ("soc", "pv_power_w", "safety.soc: pv_power_w is not a number in %"),
        ("capacity", "soc_pct", "safety.capacity: soc_pct is not a number in kWh"),
        ("grid_charge", "soc_pct", "safety.grid_charge: soc_pct is not a number with"),
        ("grid_charge", "model", "safety.grid_charge: model is not a number without"),
        ("grid_charge", "alarm_1", "safety.grid_charge: alarm_1 is not a number"),
        ("battery_temperatures_min", [], "safety.battery_temperatures_min: must not"),
        (
            "battery_temperatures_max.1",
            "soc_pct",
            "safety.battery_temperatures_max[1]: soc_pct is not a number in °C",
        ),
        ("inverter.key", "soc_pct", "safety.inverter.key: soc_pct has no words"),
        ("inverter.ready.0", "fine", "safety.inverter.ready[0]: 'fine' is none of"),
        ("inverter.limited.0", "off_grid", "safety.inverter: what sleeps is not ready"),
        ("battery.asleep.0", "standby", "safety.battery: what sleeps is not ready"),
        (
            "forbidding_bits",
            {"soc_pct": []},
            "safety.forbidding_bits.soc_pct: soc_pct has no bits",
        ),
        (
            "forbidding_bits.state_3.0",
            "on_fire",
            "safety.forbidding_bits.state_3[0]: 'on_fire' is none of off_grid",
        ),
        ("alarms.keys", [], "safety.alarms.keys: must not be empty"),
        ("alarms.keys.0", "soc_pct", "safety.alarms.keys[0]: soc_pct has no bits"),
        ("alarms.severities.0", "grave", "safety.alarms.severities[0]: 'grave' is"),
        ("alarms.names.0", "on_fire", "safety.alarms.names[0]: 'on_fire' is none of"),
        ("managers", {"Big Boss": {}}, "safety.managers.Big Boss: 'Big Boss' is not"),
        ("commanded", {}, "safety.commanded: lacks the field key"),
        ("limits.soc_min_pct", GONE, "safety.limits: lacks the field soc_min_pct"),
        ("limits.soc_min_pct.low", 6, "safety.limits.soc_min_pct: the default must be"),
        ("limits.soc_min_pct.high", 4, "safety.limits.soc_min_pct: the default must"),
        ("limits.soc_min_pct.low", None, "safety.limits.soc_min_pct.low: must be a"),
        ("limits.soc_min_pct.sources", "z", "safety.limits.soc_min_pct.sources: there"),
    ],
)
def test_every_mistake_is_named(path: str, value: object, error: str) -> None:
    assert section_refusal(parse_safety, "safety", {path: value}).startswith(error)


@pytest.mark.parametrize(
    ("name", "path"),
    [("commanded", "safety.commanded"), ("managers", "safety.managers.boss")],
)
def test_a_condition_that_can_never_hold_is_refused(name: str, path: str) -> None:
    condition = {"key": "battery_status", "is": ["awake"]}
    changed = huawei_document()
    changed["safety"][name] = condition if name == "commanded" else {"boss": condition}
    with pytest.raises(ProfileError, match=f"{path}: battery_status is never 'awake'"):
        parse_profile(changed, writable=True)
