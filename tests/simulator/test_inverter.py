"""The conversion loses, always, and its inverse is exact."""

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.simulator.inverter import Inverter

INVERTER = Inverter(rated_w=10_000.0)


@given(ac_w=st.floats(-11_000, 11_000))
def test_the_inverse_is_exact(ac_w: float) -> None:
    assert INVERTER.ac_from_dc(INVERTER.dc_from_ac(ac_w)) == pytest.approx(
        ac_w, abs=1e-6
    )


@given(dc_w=st.floats(-12_000, 12_000))
def test_more_goes_in_than_comes_out(dc_w: float) -> None:
    assert INVERTER.ac_from_dc(dc_w) < dc_w


def test_efficiency_is_best_in_the_middle() -> None:
    low, middle, high = (INVERTER.ac_from_dc(dc) / dc for dc in (300, 4000, 11_000))
    assert low < middle > high
    assert middle == pytest.approx(0.985, abs=0.002)


def test_more_than_can_be_given_asks_for_the_most() -> None:
    most_dc_w = INVERTER.dc_from_ac(1e9)
    assert most_dc_w == INVERTER.dc_from_ac(1e8)
    assert INVERTER.ac_from_dc(most_dc_w) >= INVERTER.ac_from_dc(most_dc_w * 1.01)
