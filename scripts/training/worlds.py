"""Homes at tariffs, by chance, and what is told of the prices of their future."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .columns import COLUMNS
from .households import DAY, Errors, Household, read
from .tariffs import Market, Prices, draw

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

BEFORE = 8 * DAY
"""Quarter hours of a household before the year begins."""

PUBLISHED = 13


class Unknown(IntEnum):
    """What is told in place of prices that nobody has published."""

    YESTERDAY = 0
    MEAN = 1
    FORECAST = 2


@dataclass(frozen=True, kw_only=True)
class World:
    """A home at a tariff."""

    household: Household
    prices: Prices
    unknown: Unknown
    forecast_error: Array
    """Of prices by quarter hour, relative to their spread."""

    def prices_ahead(self, quarters: Index) -> tuple[Array, Array, Array]:
        """Return what is told of prices at quarter hours: bought, sold, hours known."""
        known = self._known(quarters)
        ahead = quarters[:, None] + np.arange(DAY)
        is_known = np.arange(DAY) < known[:, None]
        told = [
            self._told(one, ahead, is_known)
            for one in (self.prices.bought, self.prices.sold)
        ]
        return told[0], told[1], np.minimum(known / 4.0, COLUMNS.MOST_HOURS)

    def _told(self, series: Array, ahead: Index, is_known: NDArray[np.bool_]) -> Array:
        before = series[ahead - DAY]
        true = series[np.minimum(ahead, len(series) - 1)]
        if self.unknown is Unknown.YESTERDAY:
            return np.where(is_known, true, before)
        if self.unknown is Unknown.MEAN:
            count = is_known.sum(axis=1)
            mean = np.where(is_known, true, 0.0).sum(axis=1) / count
            return np.where(is_known, true, mean[:, None])
        error = self.forecast_error[ahead % len(self.forecast_error)]
        guessed = (true + before) / 2 + error * true.std(axis=1)[:, None]
        return np.where(is_known, true, guessed)

    def _known(self, quarters: Index) -> Index:
        """Return for how many quarter hours ahead prices are published."""
        if self.prices.is_fixed:
            return np.full(len(quarters), DAY * 2)
        hour = self.prices.local_hour[quarters]
        until = np.where(hour >= PUBLISHED, 48, 24)
        return (until - hour) * 4 - quarters % 4


@dataclass(frozen=True, kw_only=True)
class WorldSource:
    """Worlds by chance, of some homes at one market."""

    homes: Sequence[tuple[Array, Array]]
    """Load and sun of each, kW."""

    market: Market

    @classmethod
    def read(cls, cache: Path, homes: Iterable[int]) -> Self:
        """Return what ``homes.py`` has written for homes of these seeds."""
        with np.load(cache / "market.npz") as arrays:
            market = Market(spot=arrays["spot"], local_hour=arrays["local_hour"])
        powers = [read(cache / f"home_{one}.npz") for one in homes]
        return cls(homes=powers, market=market)

    def draw(self, count: int, dice: Generator) -> list[World]:
        """Return so many worlds."""
        return [draw_world(self.homes, self.market, dice) for _ in range(count)]


def draw_world(
    homes: Sequence[tuple[Array, Array]], market: Market, dice: Generator
) -> World:
    """Return a home of some size and habits, at some tariff."""
    load, pv = _powers(homes, dice)
    errors = Errors(
        pv_sigma=dice.uniform(0.2, 0.4),
        true_share=dice.uniform(0.55, 0.85),
        fading=dice.uniform(5.0, 12.0),
    )
    sigma = errors.pv_sigma
    household = Household(
        load_kw=load,
        pv_kw=pv,
        errors=errors,
        day_errors=np.exp(dice.normal(-(sigma**2) / 2, sigma, len(load) // DAY)),
    )
    return World(
        household=household,
        prices=draw(market, dice),
        unknown=Unknown(dice.choice(3, p=(0.5, 0.2, 0.3))),
        forecast_error=np.repeat(dice.normal(0.0, 0.4, len(market.spot)), 4),
    )


def _powers(
    homes: Sequence[tuple[Array, Array]], dice: Generator
) -> tuple[Array, Array]:
    first, second = dice.choice(len(homes), 2)
    load = homes[first][0]
    if dice.random() < 0.3:
        load = (load + homes[second][0]) / 2
    load = load * dice.uniform(0.4, 2.0)
    if dice.random() < 0.25:
        load = load + _car(len(load), dice)
    pv = np.roll(homes[first][1], int(dice.integers(-6, 7)))
    return load, pv * (dice.uniform(0.3, 2.2) if dice.random() > 0.08 else 0.0)


def _car(count: int, dice: Generator) -> Array:
    """Return what a car is charged with, on about half of the days."""
    power_kw = np.zeros(count)
    usual = int(dice.integers(0, DAY))
    for day in range(count // DAY):
        if dice.random() < 0.5:
            start = day * DAY + usual + int(dice.integers(-4, 5))
            length = int(dice.integers(4, 16))
            power_kw[max(0, start) : start + length] = 3.7
    return power_kw
