"""The trainer's world as a ``gymnasium`` environment, for those who train their own.

The same homes, tariffs, features and battery as in ``scripts/train_policy``, by the
quarter hour or the hour. Unlike that policy, which says what stored energy is worth, an
agent here names a power. Its card: ``docs/policy.md``.
"""

from collections.abc import Sequence
from typing import Any

import gymnasium
from gymnasium.spaces import Box
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .columns import NAMES
from .households import DAY
from .physics import Flows, step
from .scaling import OFFSETS, RANGES, SCALES, plain
from .scenarios import draw_batteries, fixed_columns, flows_of
from .worlds import World

type Observation = NDArray[np.float32]

STEPS_MIN = (15, 60)
_ROUNDING = 1e-4
"""Of 32 bits, at the edges of what can be observed."""


class HomeEnv(gymnasium.Env[Observation, NDArray[np.float32]]):
    """A home with a battery for some days.

    Observed are the inputs of the shipped policy in their order (``columns.NAMES``),
    scaled as its card says. The action is a power from -1 to 1, positive when
    discharging, as a share of what the battery can charge or discharge. The reward is
    what a step cost, negative: bill and wear in the currency of the tariff; the last
    one has the worth of what is stored too.
    """

    metadata = {"render_modes": []}  # noqa: RUF012 - as gymnasium declares it

    def __init__(
        self, worlds: Sequence[World], step_min: int = 15, days: int = 7
    ) -> None:
        """Live in one of some worlds, another one after each reset.

        Args:
            worlds: As of ``worlds.WorldSource``.
            step_min: 15 or 60.
            days: Of an episode.

        Raises:
            ValueError: If a step is of another length, or there is no world.
        """
        if step_min not in STEPS_MIN:
            raise ValueError(f"a step has 15 or 60 min, not {step_min}")
        if not worlds:
            raise ValueError("there is no world to live in")
        low, high = (
            np.array([RANGES[plain(name)][end] for name in NAMES]) for end in (0, 1)
        )
        self.observation_space = Box(
            ((low - OFFSETS) / SCALES - _ROUNDING).astype(np.float32),
            ((high - OFFSETS) / SCALES + _ROUNDING).astype(np.float32),
        )
        self.action_space = Box(-1.0, 1.0, (1,), np.float32)
        self._worlds, self._quarters = worlds, step_min // 15
        self._steps = days * DAY // self._quarters

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin somewhere in the year, with some battery and something stored."""
        super().reset(seed=seed, options=options)
        dice: Generator = self.np_random
        world = self._worlds[int(dice.integers(len(self._worlds)))]
        lasts = self._steps * self._quarters
        latest = len(world.prices.bought) - lasts - DAY
        first = int(dice.integers(DAY, latest)) // DAY * DAY
        self._batteries = draw_batteries(world, 1, dice)
        quarters = first + np.arange(lasts)[:, None]
        seen = fixed_columns(world, quarters[:: self._quarters], self._batteries)[0]
        self._columns = seen[:, 0]
        by_step = (
            one.reshape(self._steps, self._quarters).mean(axis=1)
            for one in flows_of(world, quarters)
        )
        self._flows = Flows(*by_step)
        self._stored, self._at = np.array([dice.random()]), 0
        return self._observation(), {}

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Live through one step."""
        share = float(np.clip(action[0], -1.0, 1.0))
        batteries = self._batteries
        most_kw = batteries.discharge_kw if share > 0 else batteries.charge_kw
        flows = Flows(*(one[self._at : self._at + 1] for one in self._flows))
        self._stored, cost = step(
            np, self._stored, share * most_kw, flows, batteries, self._quarters / 4
        )
        reward = -float(cost[0])
        self._at += 1
        is_over = self._at == self._steps
        if is_over:
            reward += self._worth()
        return self._observation(), reward, False, is_over, {}

    def _worth(self) -> float:
        """Return what is stored in the end, halfway between buying and selling."""
        prices = self._flows.bought.mean() + self._flows.sold.mean()
        kwh = self._stored[0] * self._batteries.range_kwh[0]
        return float(kwh * self._batteries.one_way[0] * prices / 2)

    def _observation(self) -> Observation:
        columns = self._columns[min(self._at, self._steps - 1)]
        row = np.append(columns, self._stored)
        return ((row - OFFSETS) / SCALES).astype(np.float32)
