"""What the battery takes and gives, by charge, temperature and bounds."""

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.simulator.battery import Battery, Bounds, Range
from custom_components.bessai.simulator.parameters import BatteryParameters

BATTERY = Battery(parameters=BatteryParameters())
WHOLE = Bounds(500.0, 10_000.0)
FULL_POWER = Range(5000.0, 5000.0)


@pytest.mark.parametrize(
    ("stored_wh", "temperature_c", "expected"),
    [
        (5000, 20, Range(5000, 5000)),
        (5000, -1, Range(0, 4750)),
        (5000, 5, Range(2500, 5000)),
        (5000, -20, Range(0, 0)),
        (5000, 50, Range(2500, 5000)),
        (5000, 55, Range(0, 2500)),
        (5000, 60, Range(0, 0)),
        (9750, 20, Range(2500, 5000)),
        (10_000, 20, Range(500, 5000)),
        (250, 20, Range(5000, 2500)),
        (0, 20, Range(5000, 500)),
    ],
)
def test_limits_follow_charge_and_temperature(
    stored_wh: float, temperature_c: float, expected: Range
) -> None:
    assert BATTERY.limits(stored_wh, temperature_c) == pytest.approx(expected)


@given(
    stored_wh=st.floats(500, 10_000),
    duration_s=st.floats(0.1, 4000),
    drain_w=st.floats(0, 50),
)
def test_what_is_possible_stays_within_the_bounds(
    stored_wh: float, duration_s: float, drain_w: float
) -> None:
    possible = BATTERY.possible(FULL_POWER, WHOLE, stored_wh, drain_w, duration_s)
    charged = BATTERY.store(stored_wh, -possible.charge_w, drain_w, duration_s)
    emptied = BATTERY.store(stored_wh, possible.discharge_w, drain_w, duration_s)
    assert charged <= WHOLE.ceiling_wh + 1e-6
    unavoidable_wh = drain_w * duration_s / 3600
    assert emptied >= min(WHOLE.floor_wh, stored_wh - unavoidable_wh) - 1e-6


def test_an_instant_allows_full_power_until_the_bound_is_met() -> None:
    almost = BATTERY.possible(FULL_POWER, WHOLE, 9999.0, 8.0, 0.0)
    full = BATTERY.possible(FULL_POWER, WHOLE, 10_000.0, 8.0, 0.0)
    empty = BATTERY.possible(FULL_POWER, WHOLE, 500.0, 8.0, 0.0)
    assert almost == FULL_POWER
    assert full.charge_w == pytest.approx(8.0 / 0.975)
    assert empty.discharge_w == 0.0


def test_a_store_beyond_its_bounds_is_left_alone() -> None:
    narrow = Bounds(4000.0, 6000.0)
    assert BATTERY.possible(FULL_POWER, narrow, 9000.0, 0.0, 60.0).charge_w == 0.0
    assert BATTERY.possible(FULL_POWER, narrow, 1000.0, 0.0, 60.0).discharge_w == 0.0


def test_efficiency_is_lost_both_ways() -> None:
    assert BATTERY.store(5000.0, -1000.0, 0.0, 3600.0) == pytest.approx(5975.0)
    assert BATTERY.store(5000.0, 975.0, 0.0, 3600.0) == pytest.approx(4000.0)


def test_standby_stops_when_nothing_is_left() -> None:
    assert BATTERY.store(1.0, 0.0, 50.0, 3600.0) == 0.0
