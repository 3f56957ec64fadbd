"""Which limits an owner may choose."""

from dataclasses import asdict
import math

import pytest

from custom_components.bessai.core.bounds import Bounds
from custom_components.bessai.safety.limits import (
    CAP_BOUNDS,
    LimitError,
    Limits,
    build_limits,
)

from .builders import BOUNDS, limits

NOT_CHOSEN = Limits(
    soc_min_pct=5,
    soc_max_pct=98,
    battery_temperature_max_c=45,
    battery_derate_from_c=40,
    charge_temperature_min_c=0,
    discharge_temperature_min_c=-10,
    inverter_temperature_max_c=75,
    hold_reserve_soc_pct=20,
)
WIDE = {
    name: Bounds(low=-100, default=b.default, high=100) for name, b in BOUNDS.items()
}


def test_what_is_not_chosen_has_its_default_and_no_cap() -> None:
    assert limits() == NOT_CHOSEN
    assert NOT_CHOSEN.charge_cap_w is NOT_CHOSEN.discharge_cap_w is None


@pytest.mark.parametrize("name", BOUNDS)
@pytest.mark.parametrize("end", ["low", "high"])
def test_both_ends_of_the_bounds_can_be_chosen(name: str, end: str) -> None:
    # so that no other limit is in the way
    others = {
        "battery_derate_from_c": 25.0,
        "battery_temperature_max_c": 50.0,
        "soc_min_pct": 10.0,
        "soc_max_pct": 90.0,
    }
    value = getattr(BOUNDS[name], end)
    if (name, end) == ("battery_derate_from_c", "high"):
        value = 49.0
    assert asdict(limits(**(others | {name: value})))[name] == value


@pytest.mark.parametrize("name", BOUNDS)
@pytest.mark.parametrize("off", [-0.1, 0.1, math.inf, -math.inf, math.nan])
def test_no_value_beyond_the_bounds_is_accepted(name: str, off: float) -> None:
    end = BOUNDS[name].low if off < 0 else BOUNDS[name].high
    with pytest.raises(LimitError) as caught:
        limits(**{name: end + off})
    error = caught.value
    assert error.name == name
    assert error.value == pytest.approx(end + off, nan_ok=True)
    assert (error.low, error.high) == (BOUNDS[name].low, BOUNDS[name].high)
    assert error.conflict is None
    assert name in str(error)


@pytest.mark.parametrize(
    ("chosen", "name", "conflict", "room"),
    [
        ({"soc_min_pct": 50, "soc_max_pct": 50}, "soc_min_pct", "soc_max_pct", (0, 46)),
        ({"soc_min_pct": 50, "soc_max_pct": 53}, "soc_min_pct", "soc_max_pct", (0, 49)),
        (
            {"battery_derate_from_c": 45},
            "battery_derate_from_c",
            "battery_temperature_max_c",
            (25, 44),
        ),
        (
            {"battery_temperature_max_c": 40},
            "battery_temperature_max_c",
            "battery_derate_from_c",
            (41, 50),
        ),
        (
            {"battery_derate_from_c": 36, "battery_temperature_max_c": 35},
            "battery_derate_from_c",
            "battery_temperature_max_c",
            (25, 34),
        ),
    ],
)
def test_limits_that_would_disarm_each_other_are_refused(
    chosen: dict[str, float], name: str, conflict: str, room: tuple[float, float]
) -> None:
    with pytest.raises(LimitError) as caught:
        limits(**chosen)
    error = caught.value
    assert (error.name, error.conflict) == (name, conflict)
    assert error.value == chosen[name]
    assert (error.low, error.high) == room
    assert conflict in str(error)


@pytest.mark.parametrize(
    "chosen",
    [
        {"soc_min_pct": 50, "soc_max_pct": 54},
        {"battery_derate_from_c": 44},
        {"battery_temperature_max_c": 41},
    ],
)
def test_limits_may_be_as_close_as_they_work(chosen: dict[str, float]) -> None:
    assert asdict(limits(**chosen)).items() >= chosen.items()


@pytest.mark.parametrize(
    "name", ["charge_temperature_min_c", "discharge_temperature_min_c"]
)
def test_too_cold_cannot_be_above_too_hot_whatever_the_bounds(name: str) -> None:
    with pytest.raises(LimitError) as caught:
        build_limits(WIDE, {name: 45})
    assert caught.value.conflict == "battery_temperature_max_c"


def test_defaults_of_a_profile_that_disarm_each_other_are_refused() -> None:
    bounds = BOUNDS | {"soc_min_pct": Bounds(low=0, default=97, high=100)}
    with pytest.raises(LimitError, match=r"soc_min_pct = 97"):
        build_limits(bounds, {})


@pytest.mark.parametrize("name", ["charge_cap_w", "discharge_cap_w"])
@pytest.mark.parametrize("value", [0.0, -1.0, 49.9, math.inf, math.nan])
def test_a_cap_that_leaves_no_power_is_refused(name: str, value: float) -> None:
    with pytest.raises(LimitError) as caught:
        limits(**{name: value})
    assert caught.value.name == name
    assert caught.value.low == CAP_BOUNDS.low


def test_a_cap_is_held_against_the_bounds_of_the_plant_where_there_are_some() -> None:
    bounds = BOUNDS | {"charge_cap_w": Bounds(low=100, default=5000, high=5000)}
    assert build_limits(bounds, {"charge_cap_w": 5000}).charge_cap_w == 5000
    assert build_limits(bounds, {"discharge_cap_w": 6000}).discharge_cap_w == 6000
    assert build_limits(bounds, {}).charge_cap_w is None
    with pytest.raises(LimitError):
        build_limits(bounds, {"charge_cap_w": 5001})


def test_other_names_are_not_looked_at() -> None:
    assert limits(wear_cost=math.nan) == NOT_CHOSEN
