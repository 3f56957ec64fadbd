"""A plant in a replay does what a decision says, by its registers."""

from datetime import timedelta

import pytest

from custom_components.bessai.core.setpoint import Hold, Setpoint, Wish
from custom_components.bessai.replay.plant import ReplayPlant

from ..simulator.builders import MINUTE, plant

LOAD_W, PV_W = 800.0, 3000.0


def replayed(soc_pct: float = 50.0) -> ReplayPlant:
    """Return a plant by night."""
    simulated = plant()
    simulated.set_soc(soc_pct)
    return ReplayPlant(simulated)


def live(one: ReplayPlant, wish: Wish | None, pv_w: float = 0.0) -> float:
    """Return the battery's power after a minute with a wish."""
    one.obey(wish)
    one.advance(one.plant.at + MINUTE, pv_w, LOAD_W)
    return one.truth.battery_w


def test_without_a_wish_it_follows_the_load() -> None:
    one = replayed()
    assert live(one, None) == pytest.approx(LOAD_W, abs=50)
    assert live(one, None, PV_W) == pytest.approx(LOAD_W - PV_W, abs=100)
    assert (one.stored_writes, one.forcible_writes) == (0, 0)


@pytest.mark.parametrize("power_w", [-3000.0, 2500.0])
def test_a_setpoint_is_kept(power_w: float) -> None:
    assert live(replayed(), Setpoint(power_w=power_w)) == power_w


def test_a_hold_lets_surplus_in() -> None:
    one = replayed()
    assert live(one, Hold()) == 0.0
    assert live(one, Hold(), PV_W) < -2000.0
    assert one.stored_writes == 1


def test_a_hold_without_charging_does_nothing() -> None:
    one = replayed()
    assert live(one, Hold(allow_charging=False), PV_W) == 0.0
    assert live(one, Hold(allow_charging=False)) == 0.0
    assert one.stored_writes == 2


def test_afterwards_everything_is_as_before() -> None:
    one = replayed()
    for wish in (Setpoint(power_w=-1000.0), Hold(allow_charging=False), None):
        live(one, wish)
    assert one.truth.forcible_command == 0
    assert one.plant.read(1, 47075, 2) == one.plant.read(1, 47077, 2) == (0, 5000)
    assert one.plant.read(1, 47087, 1) == (0,)


def test_the_same_wish_is_not_written_again() -> None:
    one = replayed()
    live(one, Setpoint(power_w=500.0))
    written = one.forcible_writes
    for _ in range(30):
        live(one, Setpoint(power_w=500.0))
    assert one.forcible_writes == written


def test_a_long_command_is_given_again_before_it_ends() -> None:
    one = replayed()
    for _ in range(90):
        assert live(one, Setpoint(power_w=500.0)) == 500.0


def test_more_than_the_battery_takes_is_lowered() -> None:
    one = replayed(soc_pct=99.0)
    assert -1500.0 < live(one, Setpoint(power_w=-5000.0)) < 0.0


def test_a_limit_comes_back_as_soon_as_the_plant_takes_it() -> None:
    """Near full the plant refuses a limit beyond what it can carry now."""
    one = replayed(soc_pct=99.0)
    live(one, Hold(allow_charging=False))
    for _ in range(2):
        live(one, None)
        assert one.plant.read(1, 47075, 2) < (0, 5000)
    one.plant.set_soc(60.0)
    live(one, None)
    assert one.plant.read(1, 47075, 2) == (0, 5000)


def test_a_command_that_ended_at_its_bound_is_given_again() -> None:
    one = replayed(soc_pct=99.99)
    for _ in range(3):
        live(one, Setpoint(power_w=-5000.0))
    one.plant.set_soc(50.0)
    one.plant.advance(one.plant.at + timedelta(seconds=1))
    assert live(one, Setpoint(power_w=-5000.0)) < -400.0
