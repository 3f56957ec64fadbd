"""The grid at the house: voltages, frequency, and how power lies on the phases."""

from collections.abc import Sequence
import math
from typing import NamedTuple

from .noise import Channel, smooth
from .parameters import PlantParameters

PHASES = 3


class PhasePower(NamedTuple):
    """Whole W on each phase; together exactly the total."""

    total_w: int
    phases_w: tuple[int, ...]


def phase_voltages_v(seed: int, at_s: float) -> tuple[float, ...]:
    """Return the voltages of the three phases to neutral, V."""
    return tuple(
        228.0 + 6.0 * smooth(seed, Channel.VOLTAGE + 100 * phase, at_s, 240.0)
        for phase in range(PHASES)
    )


def line_voltage_v(voltages_v: Sequence[float], phase: int) -> float:
    """Return the voltage between a phase and the next, a third of a turn apart, V."""
    first, second = voltages_v[phase], voltages_v[(phase + 1) % PHASES]
    return math.sqrt(first**2 + second**2 + first * second)


def frequency_hz(seed: int, at_s: float) -> float:
    """Return the frequency of the grid, Hz."""
    return 49.97 + 0.06 * smooth(seed, Channel.FREQUENCY, at_s, 20.0)


def whole_powers(ac_w: float, load_w: float) -> tuple[int, int]:
    """Return inverter and grid power in whole W that still add up to the load.

    Else rounding alone would make the house use a watt more or less than it does.
    """
    ac = round(ac_w)
    return ac, round(load_w) - ac


def grid_on_phases(
    parameters: PlantParameters, ac_w: float, load_w: float, at_s: float
) -> PhasePower:
    """Return the grid power, positive when importing, on each phase.

    The inverter feeds its phases evenly, the house loads them as it likes.
    """
    ac, grid = whole_powers(ac_w, load_w)
    if not parameters.three_phase:
        return PhasePower(grid, (grid,))
    first = 0.2 + 0.3 * smooth(parameters.seed, Channel.PHASE_A, at_s, 1800.0)
    second = 0.2 + 0.3 * smooth(parameters.seed, Channel.PHASE_B, at_s, 1800.0)
    a = round(load_w * first - ac / PHASES)
    b = round(load_w * second - ac / PHASES)
    return PhasePower(grid, (a, b, grid - a - b))
