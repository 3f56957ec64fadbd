"""A world that is made in a moment: a sine of sun, an even house, real prices."""

from functools import cache

import numpy as np
from numpy.random import Generator, default_rng
from scripts.training.households import DAY
from scripts.training.tariffs import Market
from scripts.training.worlds import World, draw_world

DAYS = 80


@cache
def worlds(count: int = 2, seed: int = 5) -> tuple[World, ...]:
    """Return worlds of about eleven weeks by chance."""
    dice = default_rng(seed)
    homes = [_home(dice) for _ in range(2)]
    market = _market(dice)
    return tuple(draw_world(homes, market, dice) for _ in range(count))


def _home(dice: Generator) -> tuple[np.ndarray, np.ndarray]:
    quarters = np.arange((DAYS + 12) * DAY)
    sun = np.maximum(0.0, -np.cos(quarters / DAY * 2 * np.pi))
    clouds = np.repeat(dice.uniform(0.2, 1.0, DAYS + 12), DAY)
    return dice.uniform(0.2, 1.5, len(quarters)), 5.0 * sun * clouds


def _market(dice: Generator) -> Market:
    hours = np.arange(DAYS * 24)
    spot = (
        0.05 + 0.03 * np.sin(hours / 24 * 4 * np.pi) + dice.normal(0, 0.01, len(hours))
    )
    return Market(spot=spot, local_hour=hours % 24)
