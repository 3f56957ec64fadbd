"""What the section ``plausibility`` of a profile must say."""

import pytest

from custom_components.bessai.core.bounds import Range
from custom_components.bessai.core.observation import CounterSource, Flow
from custom_components.bessai.device.plausibility_parser import parse_plausibility
from custom_components.bessai.device.plausibility_profile import PlausibilityProfile
from custom_components.bessai.device.profile import ProfileError
from custom_components.bessai.device.profile_parser import parse_profile

from .profile_builders import huawei_document, parse
from .section_builders import GONE, parse_section, section_refusal

OPTIONAL = (
    *("grid_phases", "settings", "seldom", "clock", "self_consuming"),
    *("restless", "counters", "bounds"),
)


def plausibility(**changes: object) -> PlausibilityProfile:
    """Return the section with changes of whole fields."""
    return parse_section(parse_plausibility, "plausibility", changes)


def test_a_profile_may_say_nothing_of_plausibility() -> None:
    assert parse().plausibility is None


def test_an_owner_s_profile_may_say_what_is_plausible() -> None:
    profile = parse_profile(huawei_document(), writable=False)
    assert profile.plausibility is not None


def test_it_needs_what_safety_names_already() -> None:
    document = huawei_document()
    del document["safety"], document["control"]
    with pytest.raises(ProfileError, match="plausibility: needs the section safety"):
        parse_profile(document, writable=True)


def test_what_not_every_device_has_may_be_left_out() -> None:
    plain = plausibility(**dict.fromkeys(OPTIONAL, GONE))
    assert (plain.grid_phases, plain.settings, plain.seldom) == ((), (), ())
    assert (plain.clock, plain.self_consuming, plain.calibrating) == (None, None, None)
    assert (plain.restless, plain.counters, plain.bounds) == ({}, {}, {})
    assert plain.often == plain.identity
    assert plain.rarely == ()


def test_numbers_may_share_their_bounds() -> None:
    shared = {"keys": ["soc_pct", "battery_1_soc_pct"], "low": 0, "high": 100.5}
    bounds = plausibility(bounds=[{**shared, "sources": "K"}]).bounds
    assert bounds == {
        "soc_pct": Range(0, 100.5),
        "battery_1_soc_pct": Range(0, 100.5),
    }


def test_whether_a_counter_is_one_of_a_day_is_known_from_its_register() -> None:
    counters = plausibility(
        counters={
            "grid_export_energy_kwh": {"flow": "grid", "sign": -1},
            "ac_energy_today_kwh": {"flow": "ac", "sign": 1},
        }
    ).counters
    assert counters == {
        "grid_export_energy_kwh": CounterSource(flow=Flow.GRID, sign=-1),
        "ac_energy_today_kwh": CounterSource(flow=Flow.AC, sign=1, daily=True),
    }


def test_a_calibration_may_be_told_from_registers() -> None:
    condition = {"key": "battery_calibration_state", "is": [1]}
    found = plausibility(calibrating=condition).calibrating
    assert found is not None
    assert found.holds({"battery_calibration_state": 1})


@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        ("identity", GONE, ": lacks the field identity"),
        ("colour", "red", ": has the unknown field 'colour'"),
        ("sources", "Z", ".sources: there is no source Z"),
        ("ac_power", "gone", ".ac_power: there is no readable register gone"),
        ("grid_power", "soc_pct", ".grid_power: soc_pct is not a number in W"),
        ("grid_phases.1", "soc_pct", ".grid_phases[1]: soc_pct is not a number in W"),
        ("grid_phases.1", "grid_l1_power_w", ".grid_phases: names a register twice"),
        ("identity", [], ".identity: must not be empty"),
        ("identity.1", "soc_pct", ".identity[1]: soc_pct is not in the group identity"),
        ("settings.0", "soc_pct", ".settings[0]: soc_pct is read alone, or cannot be"),
        ("settings.0", "remote_control_mode", ".settings[0]: remote_control_mode is"),
        (
            "settings.0",
            "startup_command",
            ".settings[0]: there is no readable",
        ),
        ("settings.0", "charge_cutoff_soc_pct", ".settings: names a register twice"),
        (
            "seldom.0",
            "working_mode_setting",
            ".seldom: working_mode_setting is among the settings already",
        ),
        ("clock", "soc_pct", ".clock: soc_pct is not a number in s"),
        ("clock", "schedule_validity_s", ".clock: schedule_validity_s is no clock"),
        ("self_consuming", {}, ".self_consuming: lacks the field key"),
        ("restless.meter", [], ".restless.meter: must not be empty"),
        ("restless.meter.0", "ac_power_w", ".restless.meter[0]: ac_power_w belongs to"),
        ("restless.meter.0", "model", ".restless.meter[0]: model is not a number"),
        ("restless", {"A Meter": []}, ".restless.A Meter: 'A Meter' is not a name"),
        ("counters", {"soc_pct": {"flow": "ac", "sign": 1}}, ".counters.soc_pct: soc_"),
        (
            "counters",
            {"battery_rated_capacity_kwh": {"flow": "ac", "sign": 1}},
            ".counters.battery_rated_capacity_kwh: battery_rated_capacity_kwh is no",
        ),
        (
            "counters.ac_energy_kwh.flow",
            "sun",
            ".counters.ac_energy_kwh.flow: 'sun' is none of pv, battery, ac, grid",
        ),
        (
            "counters.ac_energy_kwh.sign",
            0,
            ".counters.ac_energy_kwh.sign: must be 1 or -1",
        ),
        ("counters.ac_energy_kwh.sign", 2, ".counters.ac_energy_kwh.sign: must be"),
        ("bounds.0.low", 100, ".bounds[0]: low must be below high"),
        ("bounds.0.high", "much", ".bounds[0].high: must be a number, not a text"),
        ("bounds.0.sources", "Z", ".bounds[0].sources: there is no source Z"),
        ("bounds.0.sources", GONE, ".bounds[0]: lacks the field sources"),
        ("bounds.0.keys.0", "model", ".bounds[0].keys[0]: model is not a number"),
        ("bounds.1.keys.0", "soc_pct", ".bounds[1].keys[0]: soc_pct has bounds"),
    ],
)
def test_every_mistake_is_named(path: str, value: object, error: str) -> None:
    refusal = section_refusal(parse_plausibility, "plausibility", {path: value})
    assert refusal.startswith(f"plausibility{error}")


@pytest.mark.parametrize("name", ["self_consuming", "calibrating"])
def test_a_condition_that_can_never_hold_is_refused(name: str) -> None:
    changed = huawei_document()
    changed["plausibility"][name] = {"key": "battery_status", "is": ["awake"]}
    with pytest.raises(ProfileError, match=f"plausibility.{name}: battery_status is"):
        parse_profile(changed, writable=True)
