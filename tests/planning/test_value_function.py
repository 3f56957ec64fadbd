"""What stored energy is worth, read from its least costs."""

import pytest

from custom_components.bessai.planning.value_function import ValueFunction

DOWN = ValueFunction(kinks_kwh=(1.0, 3.0, 5.0), starts=(6.0, 2.0), ends=(2.0, 1.0))
JUMP = ValueFunction(kinks_kwh=(0.0, 1.0, 2.0), starts=(5.0, 3.0), ends=(4.0, 2.0))


@pytest.mark.parametrize(
    ("stored_kwh", "cost"),
    [(0.0, 6.0), (1.0, 6.0), (2.0, 4.0), (3.0, 2.0), (4.0, 1.5), (5.0, 1.0), (9.0, 1)],
)
def test_cost_is_straight_between_kinks_and_level_outside(
    stored_kwh: float, cost: float
) -> None:
    assert DOWN.cost(stored_kwh) == pytest.approx(cost)


def test_where_it_jumps_the_lower_cost_holds() -> None:
    assert JUMP.cost(1.0) == 3.0
    assert dict(JUMP.kinks_between(0.5, 2.0)) == {0.5: 4.5, 1.0: 3.0, 2.0: 2.0}


@pytest.mark.parametrize("off", [-1e-12, 1e-12])
def test_rounding_does_not_decide_on_which_side_of_a_jump_one_is(off: float) -> None:
    assert JUMP.cost(1.0 + off) == pytest.approx(3.0)
    upwards = ValueFunction(kinks_kwh=(0.0, 1.0, 2.0), starts=(3.0, 5.0), ends=(2.0, 4))
    assert upwards.cost(1.0 + off) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("stored_kwh", "down", "up"),
    [
        (0.0, 2.0, 2.0),
        (1.0, 2.0, 2.0),
        (2.0, 2.0, 2.0),
        (3.0, 2.0, 0.5),
        (3.0 + 1e-9, 2.0, 0.5),
        (5.0, 0.5, 0.5),
        (9.0, 0.5, 0.5),
    ],
)
def test_a_kwh_is_worth_what_it_saves(
    stored_kwh: float, down: float, up: float
) -> None:
    assert DOWN.marginal_down(stored_kwh) == pytest.approx(down)
    assert DOWN.marginal_up(stored_kwh) == pytest.approx(up)
    assert DOWN.marginal(stored_kwh) == pytest.approx((down + up) / 2)


def test_it_says_from_where_to_where_it_goes() -> None:
    assert (DOWN.low, DOWN.high) == (1.0, 5.0)
