"""Bodies that warm by their losses and cool to the air around them."""

import math
from typing import NamedTuple


class Body(NamedTuple):
    """A lump of one temperature."""

    kelvin_per_w: float
    """How far it ends above the air for each watt of loss."""

    time_constant_s: float


BATTERY = Body(0.12, 13_000.0)
"""About 110 kg of cells and housing; at 5 kW some 15 K above the air."""

INVERTER = Body(0.16, 3_600.0)


def settle(
    body: Body, temperature_c: float, ambient_c: float, heat_w: float, duration_s: float
) -> float:
    """Return the temperature after a time under constant heat, °C.

    Exact for any duration: ``T(t) = E + (T(0) - E) * exp(-t / time_constant)`` with
    the end temperature ``E = ambient + heat * kelvin_per_w``.
    """
    end_c = ambient_c + heat_w * body.kelvin_per_w
    return end_c + (temperature_c - end_c) * math.exp(
        -duration_s / body.time_constant_s
    )
