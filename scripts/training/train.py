"""Trains the shipped dispatch policy through a battery that can be differentiated.

What counts is what a policy costs more than perfect foresight, by the world as a share
of what there is to be gained in it; being dearer than self-consumption over the weeks
of a world counts again. Of the policies on the way the one is taken that is the best in
homes, at tariffs and in weeks of the same year that have taught nothing.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from math import cos, pi
from pathlib import Path
import sys
import time

import jax  # type: ignore[import-not-found, unused-ignore]
import jax.numpy as jnp  # type: ignore[import-not-found, unused-ignore]
import numpy as np
from numpy.random import Generator

from .columns import NAMES
from .lessons import Judgement, Lesson, judge, loss, teach
from .physics import Numbers
from .scenarios import Stretch
from .simulation import Net, new_net
from .worlds import WorldSource
from .write_model import build_card, build_onnx, write

TEACHING, JUDGING = range(1, 7), range(7, 9)
"""Homes."""

QUARTERS = Stretch(step_quarters=1, hours=60)
HOURS = Stretch(step_quarters=4, hours=168)
JUDGED = (
    Stretch(step_quarters=1, hours=192, starts=6, held_out=True),
    Stretch(step_quarters=4, hours=192, starts=6, held_out=True),
)
JUDGED_WORLDS = 32
AT_ONCE, POOL, RENEWED = 32, 32, 8
"""Worlds of a lesson, lessons at hand, steps after which one of them is a new one."""

HOURLY = 0.35
"""Of the lessons."""

RATE, LAST_RATE, WARMING, DECAY = 3e-3, 1e-5, 50, 1e-5
AVERAGED = 0.995
"""Of the running mean of policies, which is what is judged and taken."""

SOFT, HARD = 0.3, 0.03
"""Width of the gates at the beginning and at the end, in spreads."""

GOLDEN = 8


class Adam:
    """Steps down a slope; the usual method, with gradients of at most 1."""

    def __init__(self, net: Net) -> None:
        """Begin at rest."""
        self._first = self._second = jax.tree.map(jnp.zeros_like, net)
        self._count = 0

    def step(
        self, net: Net, lesson: Lesson, softness: float, rate: float
    ) -> tuple[Net, float]:
        """Return a net that has learned from a lesson, and its loss before."""
        self._count += 1
        net, self._first, self._second, lost = _learn(
            net, (self._first, self._second), lesson, (softness, rate, self._count)
        )
        return net, float(lost)


@jax.jit  # type: ignore[untyped-decorator, unused-ignore]
def _learn(
    net: Net, moments: tuple[Net, Net], lesson: Lesson, how: tuple[float, float, int]
) -> tuple[Net, Net, Net, Numbers]:
    softness, rate, count = how
    lost, slope = jax.value_and_grad(loss)(net, lesson, softness)
    size = jnp.sqrt(sum(jnp.sum(one**2) for one in jax.tree.leaves(slope)))
    slope = jax.tree.map(lambda one: one / jnp.maximum(1.0, size), slope)
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, moments[0], slope)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, moments[1], slope)

    def moved(weight: Numbers, m: Numbers, v: Numbers) -> Numbers:
        way = m / (1 - 0.9**count) / (jnp.sqrt(v / (1 - 0.999**count)) + 1e-8)
        return weight - rate * (way + DECAY * weight)

    return jax.tree.map(moved, net, first, second), first, second, lost


def train(
    source: WorldSource, judges: Sequence[Lesson], arguments: Namespace
) -> tuple[Net, Judgement]:
    """Return the best policy on the way, and how good it is."""
    dice = np.random.default_rng(arguments.seed)
    net = averaged = chosen = new_net(arguments.seed, len(NAMES))
    adam, lessons = Adam(net), _lessons(source, dice)
    judged: Judgement | None = None
    began, losses = time.monotonic(), []
    for number in range(1, arguments.steps + 1):
        done = number / arguments.steps
        softness = HARD + (SOFT - HARD) * (1 - done) ** 2
        rate = RATE * min(1.0, number / WARMING) * (1 + cos(pi * done)) / 2 + LAST_RATE
        net, lost = adam.step(net, next(lessons), softness, rate)
        averaged = jax.tree.map(_averaged, averaged, net)
        losses.append(lost)
        if number % arguments.judge_every == 0:
            now = judge(averaged, judges)
            if judged is None or now.score > judged.score:
                chosen, judged = averaged, now
            _tell(number, losses, now, time.monotonic() - began)
            losses.clear()
    if judged is None:
        raise SystemExit("train_policy: too few steps to judge any policy")
    return chosen, judged


def _averaged(mean: Numbers, now: Numbers) -> Numbers:
    return AVERAGED * mean + (1 - AVERAGED) * now


def _lessons(source: WorldSource, dice: Generator) -> Iterator[Lesson]:
    """Yield lessons for ever, each of worlds of its own; each is used many times."""
    pool: list[Lesson] = []
    number = 0
    while True:
        if len(pool) < POOL or number % RENEWED == 0:
            stretch = HOURS if dice.random() < HOURLY else QUARTERS
            pool.append(teach(source.draw(AT_ONCE, dice), stretch, dice))
            pool = pool[-POOL:]
        number += 1
        yield pool[int(dice.integers(len(pool)))]


def _tell(number: int, losses: Sequence[float], now: Judgement, lasted: float) -> None:
    print(
        f"{number:5} loss {np.mean(losses):.4f}; held out: "
        f"share {now.shares.mean():.4f} (worst {now.shares.min():.3f}), "
        f"over own {now.over_own.mean():.4f} (worst {now.over_own.min():.4f}), "
        f"score {now.score:.4f}; {lasted:.0f} s",
        flush=True,
    )


def _golden(lessons: Sequence[Lesson], dice: Generator) -> np.ndarray:
    """Return some scaled rows of what was not learned from."""
    rows = []
    for number in range(GOLDEN):
        scaled = np.asarray(lessons[number % len(lessons)].scaled)
        at = tuple(dice.integers(scaled.shape[:2]))
        rows.append(np.append(scaled[at], dice.uniform(-1.0, 1.0)))
    return np.array(rows, np.float32)


def main() -> int:
    """Train, and write model and card."""
    arguments = _arguments()
    others = WorldSource.read(arguments.cache, JUDGING)
    judging = others.draw(JUDGED_WORLDS, np.random.default_rng(1000))
    judges = [teach(judging, one, np.random.default_rng(2000)) for one in JUDGED]
    source = WorldSource.read(arguments.cache, TEACHING)
    net, judged = train(source, judges, arguments)
    weights = [np.asarray(one, np.float32) for one in net]
    data = build_onnx(weights)
    metrics = {
        "held_out_share_mean": float(judged.shares.mean()),
        "held_out_share_worst": float(judged.shares.min()),
        "held_out_over_own_mean": float(judged.over_own.mean()),
        "held_out_over_own_worst": float(judged.over_own.min()),
        "held_out_worlds": float(len(judged.shares)),
    }
    notes = (
        f"scripts/train_policy --steps {arguments.steps} --seed {arguments.seed}; "
        "shares of the saving of perfect foresight in homes, tariffs and weeks of the "
        "same year that taught nothing"
    )
    golden = _golden(judges, np.random.default_rng(3000))
    card = build_card(data, weights, golden, metrics, notes)
    write(arguments.model, data, card)
    return 0


def _arguments() -> Namespace:
    parser = ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("cache", type=Path, help="folder with homes and market")
    parser.add_argument("model", type=Path, help="the .onnx file to write")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--judge-every", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
