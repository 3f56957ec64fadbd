"""Stretches of the year of worlds, to learn from or to judge by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .columns import COLUMNS
from .households import DAY
from .physics import Batteries, Flows, Numbers
from .worlds import BEFORE, World

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

BLOCK_DAYS, HELD_OUT_DAYS = 56, 14
"""Of each eight weeks the last two teach nothing: they judge."""

MARGIN_DAYS = 2
"""Between what teaches and what judges, on both sides."""


class Scenarios(NamedTuple):
    """Stretches of time, first index the step, second the scenario."""

    columns: Numbers
    """``FIXED`` features as a third index; as long as the policy works the battery."""

    mean: Numbers
    spread: Numbers
    flows: Flows
    """Longer, by a tail of self-consumption."""

    batteries: Batteries
    stored: Numbers
    """Share of the range at the start."""

    end_value: Numbers
    """Of a stored kWh at the end of the tail."""

    step_h: Numbers
    """The same for all."""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """How scenarios are cut."""

    step_quarters: int
    hours: int
    """In which the policy works the battery."""

    tail_hours: int = 24
    starts: int = 8
    """Scenarios of each world."""

    held_out: bool = False


def draw_scenarios(
    worlds: Sequence[World], stretch: Stretch, dice: Generator
) -> Scenarios:
    """Return some starts in each of some worlds, each world with a battery."""
    parts = [_of_world(world, stretch, dice) for world in worlds]
    joined: Scenarios = _joined(parts)
    return joined


def _joined(parts: Sequence[Any]) -> Any:
    """Return tuples of arrays as one, side by side; numbers are the same in all."""
    first = parts[0]
    if isinstance(first, tuple):
        fields = (_joined(field) for field in zip(*parts, strict=True))
        return type(first)(*fields)
    if np.ndim(first) == 0:
        return first
    return np.concatenate(parts, axis=min(1, first.ndim - 1)).astype(np.float32)


def _of_world(world: World, stretch: Stretch, dice: Generator) -> Scenarios:
    starts = starts_of(len(world.prices.bought), stretch, dice)
    batteries = draw_batteries(world, stretch.starts, dice)
    step = stretch.step_quarters
    policy_quarters = stretch.hours * 4
    quarters = starts[None, :] + np.arange(0, policy_quarters, step)[:, None]
    columns, mean, spread = fixed_columns(world, quarters, batteries)
    count = policy_quarters + stretch.tail_hours * 4
    flows = flows_of(world, starts[None, :] + np.arange(count)[:, None])
    halfway = (flows.bought[-DAY:].mean(axis=0) + flows.sold[-DAY:].mean(axis=0)) / 2
    return Scenarios(
        columns=columns,
        mean=mean,
        spread=spread,
        flows=Flows(
            *(one.reshape(-1, step, stretch.starts).mean(axis=1) for one in flows)
        ),
        batteries=batteries,
        stored=dice.random(stretch.starts),
        end_value=batteries.one_way * halfway,
        step_h=np.float32(step / 4),
    )


def flows_of(world: World, quarters: Index) -> Flows:
    """Return prices and net load of quarter hours of the year."""
    home = world.household
    return Flows(
        bought=world.prices.bought[quarters],
        sold=world.prices.sold[quarters],
        net_kw=home.load_kw[quarters + BEFORE] - home.pv_kw[quarters + BEFORE],
    )


def starts_of(count: int, stretch: Stretch, dice: Generator) -> Index:
    """Return beginnings whose stretch lies in what teaches, or in what judges."""
    lasts = (stretch.hours + stretch.tail_hours) * 4
    block, held_out = BLOCK_DAYS * DAY, HELD_OUT_DAYS * DAY
    margin = MARGIN_DAYS * DAY
    low, high = (block - held_out, block) if stretch.held_out else (0, block - held_out)
    if not stretch.held_out:
        low, high = low + margin, high - margin
    last = count - lasts - 2 * DAY
    firsts = np.arange(0, count, block)
    candidates = np.concatenate(
        [np.arange(first + low, first + high - lasts, 4) for first in firsts]
    )
    candidates = candidates[(candidates >= DAY) & (candidates < last)]
    step = stretch.step_quarters
    return dice.choice(candidates, stretch.starts) // step * step


def draw_batteries(world: World, count: int, dice: Generator) -> Batteries:
    """Return one battery by chance, as often as there are starts."""
    range_kwh = dice.uniform(4.0, 20.0)
    level = np.abs(world.prices.bought).mean()
    numbers = (
        range_kwh,
        range_kwh * dice.uniform(0.2, 0.8),
        range_kwh * dice.uniform(0.2, 0.8),
        dice.uniform(0.9, 0.985),
        level * dice.uniform(0.0, 0.12),
    )
    return Batteries(*(np.full(count, number) for number in numbers))


def fixed_columns(
    world: World, quarters: Index, batteries: Batteries
) -> tuple[Array, Array, Array]:
    """Return ``FIXED`` features, and mean and spread of prices.

    Args:
        world: In which.
        quarters: Of the year, first index the step, second the battery.
        batteries: As many as there are columns of quarters.
    """
    steps, starts = quarters.shape
    flat = quarters.reshape(-1)
    bought, sold, published_h = world.prices_ahead(flat)
    net_kw = world.household.expected_net_kw(flat + BEFORE)
    each = Batteries(*(np.tile(one, steps) for one in batteries))
    mean, spread = COLUMNS.scales(COLUMNS.hourly(bought), COLUMNS.hourly(sold))
    columns = np.column_stack(
        [
            COLUMNS.price_columns(bought, sold, each.wear),
            published_h,
            COLUMNS.energy_columns(net_kw, each.range_kwh),
            COLUMNS.battery_columns(
                each.range_kwh, each.charge_kw, each.discharge_kw, each.one_way**2
            ),
        ]
    )
    shape = (steps, starts)
    return columns.reshape(*shape, -1), mean.reshape(shape), spread.reshape(shape)
