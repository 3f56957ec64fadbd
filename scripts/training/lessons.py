"""What is learned from and judged by: scenarios, and what they cost otherwise."""

from collections.abc import Sequence
from typing import NamedTuple

import jax  # type: ignore[import-not-found, unused-ignore]
import jax.numpy as jnp  # type: ignore[import-not-found, unused-ignore]
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .physics import Numbers
from .scaling import OFFSETS, SCALES
from .scenarios import Scenarios, Stretch, draw_scenarios
from .simulation import Net, cost_of_best, cost_of_net, cost_of_own
from .worlds import World

IDLE_SHARE = 0.15
"""Of the saving against no battery that is added to what is to be gained, so that a
tariff with nothing to gain does not weigh without bounds."""

SIZE_SHARE = 0.01
"""Likewise of spread times range."""

OWN_WEIGHT = 4.0
"""How much it counts to be dearer than self-consumption."""

SHARPEST = 1e-3
"""Width of gates that are as good as closed or open, in spreads."""

LEAST_GAIN = 0.02
"""Of the cost without a battery: worlds where perfect foresight gains less are no
judges."""


class Lesson(NamedTuple):
    """Scenarios of some worlds, and sums of what they cost, a number for each world."""

    scenarios: Scenarios
    scaled: Numbers
    own: Numbers
    """In self-consumption."""

    idle: Numbers
    """Without a battery."""

    best: Numbers
    """With perfect foresight, nearly."""

    gain: Numbers
    """What there is to be gained."""


class Judgement(NamedTuple):
    """How good a policy is; a number for each world."""

    shares: NDArray[np.float64]
    """Of the saving of perfect foresight, no battery being 0."""

    over_own: NDArray[np.float64]
    """What it saves against self-consumption, in the same unit."""

    @property
    def score(self) -> float:
        """The higher the better; being dearer than self-consumption is dear."""
        lost = np.maximum(0.0, -self.over_own)
        return float(self.shares.mean() - 3 * lost.mean() - 0.1 * lost.max())


_best = jax.jit(cost_of_best)
_own = jax.jit(cost_of_own)
_cost = jax.jit(cost_of_net)


def teach(worlds: Sequence[World], stretch: Stretch, dice: Generator) -> Lesson:
    """Return a lesson of stretches of worlds."""
    scenarios = jax.tree.map(jnp.asarray, draw_scenarios(worlds, stretch, dice))
    costs = _own(scenarios, 1.0), _own(scenarios, 0.0), _best(scenarios)
    own, idle, best = (by_world(one, stretch.starts) for one in costs)
    size = scenarios.spread.mean(axis=0) * scenarios.batteries.range_kwh
    return Lesson(
        scenarios=scenarios,
        scaled=(scenarios.columns - OFFSETS[:-1]) / SCALES[:-1],
        own=own,
        idle=idle,
        best=best,
        gain=jnp.maximum(own - best, 0.0)
        + IDLE_SHARE * jnp.maximum(idle - best, 0.0)
        + SIZE_SHARE * by_world(size, stretch.starts),
    )


def by_world(costs: Numbers, starts: int) -> Numbers:
    """Return the sums of as many neighbours as a world has starts."""
    return costs.reshape(-1, starts).sum(axis=1)


def loss(net: Net, lesson: Lesson, softness: Numbers) -> Numbers:
    """Return what a policy loses, as a share of what there is to be gained."""
    cost = _summed(net, lesson, softness, cost_of_net)
    regret = (cost - lesson.best) / lesson.gain
    dearer = jnp.maximum(cost - lesson.own, 0.0) / lesson.gain
    return (regret + OWN_WEIGHT * dearer).mean()


def judge(net: Net, lessons: Sequence[Lesson]) -> Judgement:
    """Return how good a policy is in lessons."""
    shares, over_own = [], []
    for one in lessons:
        cost = np.asarray(_summed(net, one, SHARPEST, _cost))
        idle, own, best = (np.asarray(c) for c in (one.idle, one.own, one.best))
        most = idle - best
        counts = most > LEAST_GAIN * np.abs(idle)
        shares.append(((idle - cost) / most)[counts])
        over_own.append(((own - cost) / most)[counts])
    return Judgement(np.concatenate(shares), np.concatenate(over_own))


def _summed(net: Net, lesson: Lesson, softness: Numbers, cost: Numbers) -> Numbers:
    costs = cost(net, lesson.scaled, lesson.scenarios, softness)
    return by_world(costs, len(costs) // len(lesson.own))
