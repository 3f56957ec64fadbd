"""The battery obeys somebody else, or does not do as we told it."""

from collections.abc import Iterable
from math import nan
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.anomaly.residual import Residual
from custom_components.bessai.anomaly.rule_commands import COMMAND, CommandsRule
from custom_components.bessai.core.command import Write
from custom_components.bessai.core.observation import Flow
from custom_components.bessai.core.plant_state import Readiness
from custom_components.bessai.core.setpoint import Hold, Setpoint, Wish

from .observations import EXPECTATIONS, observe

WRITE = Write(key="command", address=1, value="charge", stored=False)
CHARGE, DISCHARGE = Setpoint(power_w=-2500.0), Setpoint(power_w=2500.0)


def beyond(residuals: Iterable[Residual]) -> set[str]:
    """Return the subjects that are beyond their tolerance."""
    return {one.subject for one in residuals if one.deviation > one.floor}


class Plant:
    """A plant that is looked at every twenty seconds."""

    def __init__(self) -> None:
        self.rule, self.now_s = CommandsRule(EXPECTATIONS), 0.0
        self.wish: Wish | None = None
        self.wish_since_s = 0.0

    def command(self, wish: Wish | None) -> None:
        """Begin or end a command of ours."""
        self.wish, self.wish_since_s = wish, self.now_s

    def look(self, battery_w: float | None = -1000.0, **more: Any) -> set[str]:
        """Look once; return what is off."""
        self.now_s += 20.0
        powers = {Flow.BATTERY: battery_w} | more.pop("powers", {})
        age_s = self.now_s - self.wish_since_s
        return beyond(
            self.rule.look(
                observe(
                    self.now_s,
                    powers=powers,
                    wish=self.wish,
                    wish_age_s=age_s,
                    **more,
                )
            )
        )

    def last(self, looks: int, battery_w: float | None = -1000.0, **more: Any) -> Any:
        """Look often; return what is off at the last look."""
        found: set[str] = set()
        for _ in range(looks):
            found = self.look(battery_w, **more)
        return found


@pytest.fixture
def plant() -> Plant:
    """Return a plant that has been quiet for ten minutes."""
    quiet = Plant()
    assert quiet.last(30) == set()
    return quiet


def test_a_command_that_is_not_ours_is_found_after_a_minute(plant: Plant) -> None:
    assert plant.last(3, commanded=True) == set()
    assert plant.last(2, commanded=True) == {COMMAND}
    assert plant.last(1, commanded=False) == set()
    assert plant.last(1, commanded=None) == set()


def test_a_command_that_may_be_ours_is_not(plant: Plant) -> None:
    assert plant.last(1, commanded=True, writes=(WRITE,)) == set()
    # It was not asked since: what is known is older than our last word.
    assert plant.last(30, commanded=True) == set()
    assert plant.last(1, commanded=True, settings={}) == set()
    assert plant.last(4, commanded=True) == {COMMAND}


def test_a_command_of_ours_that_could_not_be_ended_may_run_out(plant: Plant) -> None:
    plant.command(CHARGE)
    plant.last(10, -2500.0, commanded=True)
    plant.command(None)
    assert plant.last(40, -2500.0, commanded=True, settings={}) == set()
    assert plant.last(10, -2500.0, commanded=True, settings={}) == {COMMAND}
    plant.command(CHARGE)
    assert plant.last(1, -2500.0, commanded=True) == set()


def test_the_first_minutes_may_be_left_from_before() -> None:
    plant = Plant()
    assert plant.last(9, commanded=True) == set()
    assert plant.last(6, commanded=True) == {COMMAND}
    plant.now_s = 0.0
    assert plant.last(9, commanded=True) == set()


def test_discharging_into_the_grid_is_no_self_consumption(plant: Plant) -> None:
    sold = {"powers": {Flow.GRID: -2000.0}}
    assert plant.last(6, 2500.0, **sold) == set()
    assert plant.last(2, 2500.0, **sold) == {Flow.GRID}
    assert plant.last(1, 0.0) == set()


def test_charging_from_the_grid_is_none_either(plant: Plant) -> None:
    bought = {"powers": {Flow.GRID: 2000.0}}
    assert plant.last(8, -2500.0, **bought) == {Flow.GRID}
    plant.command(CHARGE)
    assert plant.last(1, -2500.0, **bought) == set()


@pytest.mark.parametrize(
    "excuse",
    [
        {"self_consuming": False},
        {"self_consuming": None},
        {"limited": True},
        {"calibrating": True},
        {"battery": Readiness.ASLEEP},
        {"inverter": Readiness.NOT_READY},
        {"soc_pct": 11.0},
        {"soc_pct": 96.0},
        {"soc_pct": None},
        {"charge_ceiling_pct": 52.0},
        {"stranger": "XY"},
    ],
)
def test_there_are_reasons_to_charge_from_the_grid(
    plant: Plant, excuse: dict[str, Any]
) -> None:
    found = plant.last(30, -2500.0, powers={Flow.GRID: 2000.0}, **excuse)
    assert found == set()


def test_a_load_that_comes_and_goes_is_no_trade(plant: Plant) -> None:
    for place in range(60):
        grid_w = -2000.0 if place % 3 else 0.0
        assert plant.look(2500.0, powers={Flow.GRID: grid_w}) == set()


def test_unknown_powers_are_not_judged(plant: Plant) -> None:
    assert plant.last(9, None) == set()
    assert plant.last(9, 2500.0, powers={Flow.GRID: nan}) == set()
    assert plant.last(9, 2500.0, powers={Flow.GRID: -2e3}, maximum_power_w=None)
    plant.now_s += 1000.0
    assert plant.look(2500.0, powers={Flow.GRID: -2e3}) == set()


@pytest.mark.parametrize(
    ("wish", "battery_w", "more"),
    [
        (CHARGE, 600.0, {}),
        (CHARGE, -100.0, {"powers": {Flow.PV: 0.0}}),
        (CHARGE, -1000.0, {}),
        (CHARGE, -4000.0, {}),
        (DISCHARGE, -600.0, {}),
        (DISCHARGE, 600.0, {}),
        (DISCHARGE, 4000.0, {}),
        (DISCHARGE, 4000.0, {"soc_pct": 10.0}),
        (Hold(), 800.0, {}),
        (Hold(allow_charging=False), -800.0, {}),
    ],
)
def test_a_battery_that_does_not_follow_is_found(
    plant: Plant, wish: Wish, battery_w: float, more: dict[str, Any]
) -> None:
    plant.command(wish)
    assert plant.last(6, battery_w, **more) == set()
    assert plant.last(8, battery_w, **more) == {Flow.BATTERY}
    plant.command(None)
    assert plant.look(0.0, **more) == set()


@pytest.mark.parametrize(
    ("wish", "battery_w", "more"),
    [
        (CHARGE, -2450.0, {}),
        (CHARGE, -1000.0, {"charge_limit_w": 1000.0}),
        (CHARGE, -1000.0, {"powers": {Flow.PV: 1000.0}}),
        (CHARGE, -200.0, {"soc_pct": 99.0}),
        (CHARGE, -200.0, {"charge_limit_w": None}),
        (CHARGE, 900.0, {"calibrating": True}),
        (DISCHARGE, 1000.0, {"discharge_limit_w": 1000.0}),
        (DISCHARGE, 1000.0, {"powers": {Flow.PV: 5000.0}}),
        (DISCHARGE, 0.0, {"soc_pct": 11.0}),
        (DISCHARGE, 60.0, {"limited": True}),
        (DISCHARGE, 60.0, {"maximum_power_w": None}),
        (DISCHARGE, 900.0, {"battery": Readiness.ASLEEP}),
        (DISCHARGE, None, {}),
        (Hold(), -4000.0, {}),
        (Hold(), 900.0, {"soc_pct": 11.0}),
        (Hold(), 900.0, {"discharge_floor_pct": None, "soc_pct": 1.0}),
    ],
)
def test_a_battery_that_does_what_it_can_is_not(
    plant: Plant, wish: Wish, battery_w: float | None, more: dict[str, Any]
) -> None:
    plant.command(wish)
    assert plant.last(40, battery_w, **more) == set()


def test_a_battery_has_time_to_wake(plant: Plant) -> None:
    plant.command(CHARGE)
    assert plant.last(20, 0.0) == set()
    assert plant.last(10, 0.0) == {Flow.BATTERY}


def test_it_learns_nothing(plant: Plant) -> None:
    plant.rule.restore({})
    assert plant.rule.document() == {}


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(), st.floats()), max_size=20))
def test_no_number_upsets_it(looks: list[tuple[float, float, float]]) -> None:
    rule = CommandsRule(EXPECTATIONS)
    for place, (uptime_s, battery_w, other) in enumerate(looks):
        wish = (None, CHARGE, DISCHARGE, Hold())[place % 4]
        seen = observe(
            uptime_s,
            powers={Flow.BATTERY: battery_w, Flow.GRID: other, Flow.PV: other},
            soc_pct=other,
            charge_limit_w=other,
            discharge_limit_w=other,
            maximum_power_w=other,
            wish=wish,
            wish_age_s=500.0,
        )
        assert all(one.deviation >= 0.0 for one in rule.look(seen))
