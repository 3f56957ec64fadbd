"""What homes do by the quarter hour, and forecasts of it that err as real ones do."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]

DAY = 96
WEEK = 7
FADING_QUARTERS = 8.0


@dataclass(frozen=True, kw_only=True)
class Errors:
    """How far forecasts are off; the first three of the planning study."""

    pv_sigma: float = 0.30
    """Of the logarithm of a day's sun."""

    true_share: float = 0.7
    """Of the forecast; the rest is the mean of the last week."""

    fading: float = FADING_QUARTERS
    """Quarter hours after which an error of the last hour has faded to a third."""


@dataclass(frozen=True, kw_only=True)
class Household:
    """Powers by quarter hour, kW, from eight days before ``start``."""

    load_kw: Array
    pv_kw: Array
    errors: Errors
    day_errors: Array
    """Factor on the sun that is foreseen, one a day."""

    def __post_init__(self) -> None:
        """Refuse what is not whole days."""
        if len(self.load_kw) % DAY or len(self.load_kw) != len(self.pv_kw):
            raise ValueError("a household has whole days of load and sun")

    @cached_property
    def _usual(self) -> tuple[Array, Array]:
        """Mean days of load and sun in the week before each day."""
        load, pv = (_weeks_before(one) for one in (self.load_kw, self.pv_kw))
        return np.stack([smoothed(day, 4) for day in load]), pv

    @cached_property
    def _foreseen_pv(self) -> Array:
        """Of each day, kW; the first week has none before it and says less."""
        return smoothed(self.pv_kw, 3).reshape(-1, DAY) * self.day_errors[:, None]

    def expected_net_kw(self, quarters: NDArray[np.int64]) -> Array:
        """Return house minus panels of the next 24 h, as foreseen at quarter hours."""
        usual_load, usual_pv = self._usual
        share = self.errors.true_share
        day = (quarters // DAY)[:, None]

        def pv_at(index: NDArray[np.int64]) -> Array:
            foreseen = self._foreseen_pv[index // DAY, index % DAY]
            mixed: Array = share * foreseen + (1 - share) * usual_pv[day, index % DAY]
            return mixed

        past = quarters[:, None] - 1 - np.arange(4)
        ahead = quarters[:, None] + np.arange(DAY)
        ahead = np.minimum(ahead, len(self.load_kw) - 1)
        missed = self.load_kw[past] - usual_load[day, past % DAY]
        expected = pv_at(past).mean(axis=1)
        seen = self.pv_kw[past].mean(axis=1) / np.maximum(expected, 1e-9)
        ratio = np.where(expected > 0.05, np.clip(seen, 0.3, 2.5), 1.0)
        fade = np.exp(-np.arange(DAY) / self.errors.fading)
        load = usual_load[day, ahead % DAY] + missed.mean(axis=1)[:, None] * fade
        pv = pv_at(ahead) * (1 + (ratio - 1)[:, None] * fade)
        net_kw: Array = np.maximum(0.0, load) - pv
        return net_kw


def read(path: Path) -> tuple[Array, Array]:
    """Return load and sun, kW."""
    with np.load(path) as arrays:
        count = len(arrays["load_kw"]) // DAY * DAY
        return arrays["load_kw"][:count], arrays["pv_kw"][:count]


def smoothed(values: Array, width: int) -> Array:
    """Return the running mean over as many neighbours on both sides, round the end."""
    padded = np.concatenate([values[-width:], values, values[:width]])
    return np.convolve(padded, np.ones(2 * width + 1) / (2 * width + 1), "valid")


def _weeks_before(powers_kw: Array) -> Array:
    days = powers_kw.reshape(-1, DAY)
    count = len(days)
    return np.stack(
        [days[max(0, day - WEEK) : max(1, day)].mean(axis=0) for day in range(count)]
    )
