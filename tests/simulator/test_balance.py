"""The power balance fulfils a wish as far as everything allows."""

from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.simulator.balance import (
    Flows,
    Situation,
    balance,
    standby,
)
from custom_components.bessai.simulator.battery import Range
from custom_components.bessai.simulator.inverter import Inverter
from custom_components.bessai.simulator.modes import FeedIn, FollowLoad, Hold, Wish

INVERTER = Inverter(rated_w=10_000.0)
POWERS = st.floats(0, 20_000)


def flows(wish: Wish, **changed: Any) -> Flows:
    """Return the flows of a sunny, quiet house with a half-full battery."""
    situation = {
        "offered_w": 3000.0,
        "load_w": 500.0,
        "possible": Range(5000.0, 5000.0),
        "output_limit_w": 11_000.0,
        "export_limit_w": None,
    }
    return balance(INVERTER, Situation(**situation | changed), wish)  # type: ignore[arg-type]


def test_surplus_charges_and_the_meter_stays_at_zero() -> None:
    met = flows(FollowLoad())
    assert met.grid_w == pytest.approx(0.0, abs=1e-6)
    assert met.battery_w < -2400.0


def test_at_night_the_battery_serves_the_load() -> None:
    met = flows(FollowLoad(), offered_w=0.0)
    assert met.grid_w == pytest.approx(0.0, abs=1e-6)
    assert met.battery_w == pytest.approx(met.load_w + met.loss_w)


def test_what_the_battery_may_not_take_is_exported() -> None:
    met = flows(FollowLoad(charge=False))
    assert met.battery_w == 0.0
    assert met.grid_w < -2000.0


def test_what_the_battery_may_not_give_is_imported() -> None:
    met = flows(FollowLoad(discharge=False), offered_w=0.0)
    assert met.battery_w == 0.0
    assert met.grid_w > 500.0


def test_following_the_load_never_charges_from_the_grid() -> None:
    negative_export = flows(FollowLoad(), offered_w=100.0, export_limit_w=-1000.0)
    assert negative_export.battery_w >= -100.0


def test_a_held_charge_takes_the_rest_from_the_grid() -> None:
    met = flows(Hold(power_w=-5000.0))
    assert met.battery_w == -5000.0
    assert met.grid_w > 2500.0


def test_a_charge_kept_off_the_grid_takes_the_sun_only() -> None:
    assert flows(Hold(power_w=-5000.0, from_grid=False)).battery_w == -3000.0


def test_a_held_discharge_is_exported() -> None:
    met = flows(Hold(power_w=2000.0), offered_w=0.0)
    assert met.battery_w == 2000.0
    assert met.grid_w < -1400.0


def test_feeding_in_fills_the_inverter() -> None:
    met = flows(FeedIn(), offered_w=8000.0)
    assert met.ac_w == pytest.approx(11_000.0)
    assert met.battery_w > 3000.0


def test_too_much_sun_is_curtailed_and_reported() -> None:
    met = flows(FollowLoad(charge=False), offered_w=15_000.0)
    assert met.ac_w == pytest.approx(11_000.0)
    assert met.pv_w < met.offered_w
    assert met.limited
    assert not flows(FollowLoad()).limited


def test_discharging_is_cut_before_the_sun() -> None:
    met = flows(Hold(power_w=5000.0), export_limit_w=0.0)
    assert met.grid_w == pytest.approx(0.0, abs=1e-6)
    assert met.battery_w == 0.0
    assert met.pv_w < 3000.0


def test_zero_export_still_charges() -> None:
    met = flows(FollowLoad(), export_limit_w=0.0)
    assert met.pv_w == 3000.0
    assert met.grid_w == pytest.approx(0.0, abs=1e-6)


def test_the_inverter_draws_no_more_than_it_is_rated_for() -> None:
    met = flows(Hold(power_w=-50_000.0), offered_w=0.0, possible=Range(50_000, 0))
    assert met.ac_w == pytest.approx(-10_000.0)


def test_an_inverter_in_standby_draws_a_little() -> None:
    situation = Situation(
        offered_w=0.0,
        load_w=300.0,
        possible=Range(0.0, 0.0),
        output_limit_w=11_000.0,
        export_limit_w=None,
    )
    assert standby(INVERTER, situation).grid_w == 305.0


@given(
    offered_w=POWERS,
    load_w=POWERS,
    charge_w=POWERS,
    discharge_w=POWERS,
    output_limit_w=st.floats(0, 11_000),
    export_limit_w=st.none() | st.floats(-1000, 11_000),
    wish=st.builds(FollowLoad, charge=st.booleans(), discharge=st.booleans())
    | st.builds(Hold, power_w=st.floats(-20_000, 20_000), from_grid=st.booleans())
    | st.just(FeedIn()),
)
def test_every_balance_keeps_every_limit(
    charge_w: float, discharge_w: float, wish: Wish, **situation: Any
) -> None:
    met = flows(wish, possible=Range(charge_w, discharge_w), **situation)
    assert met.ac_w == pytest.approx(met.pv_w + met.battery_w - met.loss_w, abs=1e-6)
    assert met.load_w == pytest.approx(met.ac_w + met.grid_w, abs=1e-6)
    assert 0.0 <= met.pv_w <= met.offered_w
    assert -charge_w - 1e-6 <= met.battery_w <= discharge_w + 1e-6
    assert -10_000 - 1e-6 <= met.ac_w <= situation["output_limit_w"] + 1e-6
    assert met.loss_w > 0.0
