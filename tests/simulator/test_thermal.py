"""Bodies settle towards the air and their losses, in any steps alike."""

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.simulator.thermal import BATTERY, INVERTER, settle


@given(
    start_c=st.floats(-20, 60),
    ambient_c=st.floats(-20, 40),
    heat_w=st.floats(0, 300),
    first_s=st.floats(0, 50_000),
    second_s=st.floats(0, 50_000),
)
def test_two_steps_are_one_step(
    start_c: float, ambient_c: float, heat_w: float, first_s: float, second_s: float
) -> None:
    once = settle(BATTERY, start_c, ambient_c, heat_w, first_s + second_s)
    halfway = settle(BATTERY, start_c, ambient_c, heat_w, first_s)
    assert settle(BATTERY, halfway, ambient_c, heat_w, second_s) == pytest.approx(
        once, abs=1e-6
    )


def test_an_idle_body_ends_at_the_temperature_of_the_air() -> None:
    assert settle(INVERTER, 60.0, 18.0, 0.0, 1e6) == pytest.approx(18.0)


def test_losses_lift_it_above_the_air() -> None:
    assert settle(BATTERY, 20.0, 20.0, 125.0, 1e6) == pytest.approx(35.0)
