"""The mean of what several futures make stored energy worth."""

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.planning.mean_value import Prospect, mean_value
from custom_components.bessai.planning.value_function import ValueFunction

from .plan_fakes import solution, worth, worth_up_to


def prospect(weight: float, value: ValueFunction) -> Prospect:
    """Return a future with one boundary."""
    return Prospect(weight=weight, solution=solution(value))


def test_one_prospect_is_its_own_mean() -> None:
    function = worth(0.3)
    assert mean_value([prospect(2.0, function)], 0) is function


def test_weights_are_relative() -> None:
    mean = mean_value([prospect(1.0, worth(0.1)), prospect(3.0, worth(0.5))], 0)
    assert mean.marginal(5.0) == pytest.approx(0.4)


@given(
    kinks=st.lists(st.floats(2, 9), min_size=2, max_size=3),
    stored_kwh=st.floats(0, 11),
)
def test_the_mean_is_the_mean_everywhere(kinks: list[float], stored_kwh: float) -> None:
    functions = [worth_up_to(kink, 0.5, 0.1) for kink in kinks]
    mean = mean_value([prospect(1.0, function) for function in functions], 0)
    expected = sum(function.cost(stored_kwh) for function in functions) / len(kinks)
    assert mean.cost(stored_kwh) == pytest.approx(expected, abs=1e-5)


def test_a_jump_stays_a_jump() -> None:
    jumping = ValueFunction(
        kinks_kwh=(1.0, 5.0, 10.0), starts=(9.0, 2.0), ends=(5.0, 0.0)
    )
    flat = ValueFunction(kinks_kwh=(1.0, 10.0), starts=(0.0,), ends=(0.0,))
    mean = mean_value([prospect(1.0, jumping), prospect(1.0, flat)], 0)
    assert mean.cost(4.9999) == pytest.approx(2.5, abs=1e-3)
    assert mean.cost(5.0) == pytest.approx(1.0)


def test_kinks_that_differ_by_rounding_are_one() -> None:
    close = [worth_up_to(kink, 0.5, 0.1) for kink in (5.0, 5.0 + 1e-9)]
    mean = mean_value([prospect(1.0, function) for function in close], 0)
    assert len(mean.kinks_kwh) == 3


def test_only_what_can_be_reached_is_looked_at() -> None:
    functions = [worth_up_to(kink, 0.5, 0.1) for kink in (3.0, 5.0, 8.0)]
    prospects = [prospect(1.0, function) for function in functions]
    whole, part = mean_value(prospects, 0), mean_value(prospects, 0, (4.0, 6.0))
    assert part.kinks_kwh == (4.0, 5.0, 6.0)
    for stored_kwh in (4.0, 4.5, 5.0, 5.7, 6.0):
        assert part.cost(stored_kwh) == pytest.approx(whole.cost(stored_kwh))


@pytest.mark.parametrize("reach", [(11.0, 12.0), (-1.0, 0.5), (-1.0, 20.0)])
def test_a_reach_beyond_the_battery_is_no_limit(reach: tuple[float, float]) -> None:
    functions = [worth_up_to(kink, 0.5, 0.1) for kink in (3.0, 5.0)]
    prospects = [prospect(1.0, function) for function in functions]
    assert mean_value(prospects, 0, reach) == mean_value(prospects, 0)
