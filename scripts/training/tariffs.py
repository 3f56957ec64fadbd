"""Tariffs by chance, on the spot prices of a market: no two trainings of the same."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

type Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Market:
    """A year of spot prices, per kWh, by the hour."""

    spot: Array
    local_hour: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Prices:
    """At the meter, per kWh, by the quarter hour; ``local_hour`` likewise."""

    bought: Array
    sold: Array
    local_hour: NDArray[np.int64]
    is_fixed: bool
    """Whether they are known for any time ahead."""


def draw(market: Market, dice: Generator) -> Prices:
    """Return a tariff: dynamic in six of ten, in bands of the day, or flat."""
    hours = np.repeat(market.local_hour, 4)
    spot = _spot(market, dice)
    kind = dice.random()
    if kind < 0.6:
        fee = dice.uniform(0.0, 0.06) if dice.random() < 0.35 else dice.uniform(0, 0.25)
        bought = fee + dice.uniform(1.0, 1.25) * spot
        if dice.random() < 0.25:
            bought = bought + _bands(hours, dice, 0.0, 0.15)
    elif kind < 0.92:
        bought = _bands(hours, dice, 0.05, 0.45)
    else:
        bought = np.full(len(spot), dice.uniform(0.1, 0.45))
    return Prices(
        bought=bought,
        sold=_sold(bought, spot, dice),
        local_hour=hours,
        is_fixed=kind >= 0.6 and dice.random() < 0.7,
    )


def _spot(market: Market, dice: Generator) -> Array:
    """Return spot prices by the quarter hour: dearer, wilder, or sawing as some do."""
    mean = market.spot.mean()
    hourly = mean + (market.spot - mean) * dice.uniform(0.8, 1.8)
    if dice.random() < 0.2:
        hourly = hourly + mean * _spikes(len(hourly), dice)
    spot = np.repeat(hourly * dice.uniform(0.7, 3.0), 4)
    if dice.random() < 0.3:
        ramp = np.gradient(smooth := np.convolve(spot, np.ones(4) / 4, "same"))
        inside = np.arange(len(spot)) % 4 - 1.5
        spot = smooth + dice.uniform(0, 4) * ramp * inside
    return spot


def _spikes(hours: int, dice: Generator) -> Array:
    """Return what hours of scarcity add, in mean prices; on one day of thirty."""
    spikes = np.zeros(hours)
    for day in np.flatnonzero(dice.random(hours // 24) < 1 / 30):
        for first in (int(dice.integers(5, 9)), int(dice.integers(16, 20))):
            length = int(dice.integers(1, 4))
            spikes[day * 24 + first :][:length] += dice.uniform(1.0, 25.0)
    return spikes


def _bands(hours: NDArray[np.int64], dice: Generator, low: float, high: float) -> Array:
    """Return two or three levels by the time of day."""
    count = int(dice.integers(2, 5))
    levels = dice.uniform(low, high, int(dice.integers(2, 4)))
    cuts = np.sort(dice.choice(24, count, replace=False))
    band = np.searchsorted(cuts, hours, side="right") % count
    return np.asarray(levels[band % len(levels)], dtype=np.float64)


def _sold(bought: Array, spot: Array, dice: Generator) -> Array:
    """Return what is earned: fixed, as the market, nearly as bought, or nothing."""
    kind = dice.random()
    if kind < 0.4:
        sold = np.full(len(spot), dice.uniform(0.0, 0.12))
    elif kind < 0.75:
        sold = spot * dice.uniform(0.8, 1.0)
    elif kind < 0.88:
        sold = bought - dice.uniform(0.01, 0.15)
    else:
        sold = np.zeros(len(spot))
    below: Array = np.minimum(sold, bought - 0.001)
    return below
