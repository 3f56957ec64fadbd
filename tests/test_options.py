"""What is stored becomes valid choices, whatever was stored."""

import logging
from typing import Any

import pytest

from custom_components.bessai.control.mode import DispatchMode
from custom_components.bessai.core.bounds import Bounds
from custom_components.bessai.options import (
    allows_control,
    merge_options,
    parse_options,
    with_choice,
    with_limit,
)
from custom_components.bessai.safety.limits import LimitError, build_limits

BOUNDS = {
    "soc_min_pct": Bounds(low=0, default=5, high=50),
    "soc_max_pct": Bounds(low=50, default=98, high=100),
    "battery_temperature_max_c": Bounds(low=30, default=45, high=50),
    "battery_derate_from_c": Bounds(low=25, default=40, high=50),
    "charge_temperature_min_c": Bounds(low=0, default=0, high=15),
    "discharge_temperature_min_c": Bounds(low=-10, default=-10, high=15),
    "inverter_temperature_max_c": Bounds(low=60, default=75, high=85),
    "hold_reserve_soc_pct": Bounds(low=10, default=20, high=90),
}
DEFAULTS = build_limits(BOUNDS, {})
FULL = {
    "control": {"allow": True, "mode": "self_consumption", "charge_cap_w": 3000},
    "safety": {"soc_min_pct": 10, "soc_max_pct": 90.0},
    "notifications": {"targets": ["notify.mobile_app_phone"], "critical": True},
}


def test_a_new_entry_observes_and_allows_nothing() -> None:
    options = parse_options({}, BOUNDS)
    assert not options.allow_control
    assert options.mode is DispatchMode.OBSERVE
    assert options.limits == DEFAULTS
    assert options.targets == ()
    assert not options.critical


def test_choices_are_taken_over() -> None:
    options = parse_options(FULL, BOUNDS)
    assert options.allow_control
    assert options.mode is DispatchMode.SELF_CONSUMPTION
    assert options.limits == build_limits(
        BOUNDS, {"soc_min_pct": 10, "soc_max_pct": 90, "charge_cap_w": 3000}
    )
    assert options.targets == ("notify.mobile_app_phone",)
    assert options.critical


@pytest.mark.parametrize(
    "stored",
    [
        {"control": None},
        {"control": {"mode": "full_speed"}},
        {"control": {"mode": ["observe"]}},
        {"control": {"charge_cap_w": 10}},
        {"control": {"charge_cap_w": "3 kW"}},
        {"safety": [1, 2]},
        {"safety": {"soc_min_pct": 80}},
        {"safety": {"soc_min_pct": True}},
        {"safety": {"soc_min_pct": float("nan")}},
        {"safety": {"battery_temperature_max_c": 40}},
        {"safety": {"battery_temperature_max_c": 35, "battery_derate_from_c": 45}},
        {"notifications": "notify.phone"},
        {"notifications": {"targets": "notify.phone"}},
        {"notifications": {"targets": ["light.kitchen"]}},
        {"notifications": {"targets": [None]}},
    ],
    ids=str,
)
def test_what_does_not_parse_counts_as_not_chosen(
    stored: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert parse_options(stored, BOUNDS) == parse_options({}, BOUNDS)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "counts as not chosen" in caplog.text


@pytest.mark.parametrize("allow", [None, 1, "true", "on", [True]])
def test_only_a_clear_yes_allows_control(allow: object) -> None:
    stored = {"control": {"allow": allow}}
    assert not allows_control(stored)
    assert not parse_options(stored, BOUNDS).allow_control


def test_what_is_wrong_leaves_the_rest_alone() -> None:
    stored = {
        "control": {"allow": True, "mode": 7, "discharge_cap_w": 2000},
        "safety": {"soc_min_pct": 80, "soc_max_pct": 90, "left_over": 1},
    }
    options = parse_options(stored, BOUNDS)
    assert options.allow_control
    assert options.limits == build_limits(
        BOUNDS, {"soc_max_pct": 90, "discharge_cap_w": 2000}
    )


def test_bounds_that_contradict_each_other_are_nobodys_choice() -> None:
    """The parser of profiles refuses them; nothing could be put right here."""
    narrow = BOUNDS | {"soc_max_pct": Bounds(low=0, default=5, high=100)}
    with pytest.raises(LimitError):
        parse_options({}, narrow)


# --- changing one


def test_one_choice_is_replaced_and_the_others_stay() -> None:
    assert with_choice(FULL, "control", "mode", "observe") == {
        **FULL,
        "control": {"allow": True, "mode": "observe", "charge_cap_w": 3000},
    }
    assert with_choice({}, "control", "mode", "policy") == {
        "control": {"mode": "policy"}
    }


def test_a_limit_is_stored_with_its_kind() -> None:
    assert with_limit({}, BOUNDS, "soc_min_pct", 12) == {"safety": {"soc_min_pct": 12}}
    assert with_limit({}, BOUNDS, "charge_cap_w", 900) == {
        "control": {"charge_cap_w": 900}
    }


def test_a_limit_that_would_disarm_a_rule_is_refused() -> None:
    stored = {"safety": {"soc_min_pct": 49}}
    with pytest.raises(LimitError) as caught:
        with_limit(stored, BOUNDS, "soc_max_pct", 50)
    assert {caught.value.name, caught.value.conflict} == {"soc_min_pct", "soc_max_pct"}
    with pytest.raises(LimitError):
        with_limit(stored, BOUNDS, "discharge_cap_w", 0)


def test_a_damaged_choice_does_not_stand_in_the_way_of_a_good_one() -> None:
    stored = {"safety": {"soc_min_pct": 80}}
    assert with_limit(stored, BOUNDS, "soc_max_pct", 90) == {
        "safety": {"soc_min_pct": 80, "soc_max_pct": 90}
    }


# --- a form that was filled in


def test_a_form_leaves_permission_and_mode_and_what_it_does_not_know() -> None:
    stored = {**FULL, "of_tomorrow": {"topic": "t"}}
    typed = {
        "control": {"discharge_cap_w": 2000.0},
        "safety": {"soc_min_pct": 10.0, "soc_max_pct": 98.0},
        "notifications": {"targets": [], "critical": False},
    }
    assert merge_options(stored, typed, BOUNDS) == {
        "control": {"allow": True, "mode": "self_consumption", "discharge_cap_w": 2000},
        "safety": {"soc_min_pct": 10},
        "of_tomorrow": {"topic": "t"},
    }
