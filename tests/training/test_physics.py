"""One step of the trainer's battery, by hand."""

import numpy as np
import pytest
from scripts.training.physics import Batteries, Flows, step

BATTERIES = Batteries(
    range_kwh=np.array([10.0]),
    charge_kw=np.array([4.0]),
    discharge_kw=np.array([2.0]),
    one_way=np.array([0.8]),
    wear=np.array([0.01]),
)


def _flows(net_kw: float) -> Flows:
    return Flows(np.array([0.3]), np.array([0.1]), np.array([net_kw]))


@pytest.mark.parametrize(
    ("stored", "power_kw", "net_kw", "after", "cost"),
    [
        # 1.6 kW at the terminals take 2 kW of the store; 0.4 kW are bought.
        (0.5, 1.6, 2.0, 0.3, 0.3 * 0.4 + 0.01 * 1.6),
        # 2 kW into the terminals store 1.6 kW; 1 kW of it is bought.
        (0.5, -2.0, -1.0, 0.66, 0.3 * 1.0 + 0.01 * 2.0),
        # It gives 2 kW at most, and exports what the house does not need.
        (0.5, 9.0, 0.5, 0.25, -0.1 * 1.5 + 0.01 * 2.0),
        # Nearly empty: 0.8 kWh of 1 kWh come out.
        (0.1, 2.0, 1.0, 0.0, 0.3 * 0.2 + 0.01 * 0.8),
        # Nearly full: room for 1 kWh, which 1.25 kWh fill.
        (0.9, -4.0, 0.0, 1.0, 0.3 * 1.25 + 0.01 * 1.25),
        (0.4, 0.0, -1.0, 0.4, -0.1),
    ],
)
def test_a_step_of_an_hour(
    stored: float, power_kw: float, net_kw: float, after: float, cost: float
) -> None:
    then, paid = step(
        np, np.array([stored]), np.array([power_kw]), _flows(net_kw), BATTERIES, 1.0
    )
    assert then[0] == pytest.approx(after)
    assert paid[0] == pytest.approx(cost)
