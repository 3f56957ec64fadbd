"""A battery that can be differentiated: gates open by what stored energy is worth.

Powers are in kW, positive when discharging. The policy says what a stored kWh is worth;
what the battery then does follows from prices, losses and the load as it is, so that
following the house need not be learned.
"""

from typing import NamedTuple

import jax  # type: ignore[import-not-found, unused-ignore]
import jax.numpy as jnp  # type: ignore[import-not-found, unused-ignore]

from .physics import Batteries, Flows, Numbers, step
from .scaling import OFFSETS, SCALES
from .scenarios import Scenarios

HIDDEN = 64
GRID = 49
"""Points of the range that the optimum is sought on."""


class Net(NamedTuple):
    """A perceptron of two hidden layers; its last input is what is stored."""

    w1: Numbers
    b1: Numbers
    w2: Numbers
    b2: Numbers
    w3: Numbers
    b3: Numbers


def new_net(seed: int, inputs: int) -> Net:
    """Return a net that knows nothing."""
    keys = jax.random.split(jax.random.key(seed), 3)
    sizes = ((inputs, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, 1))
    w1, w2, w3 = (
        jax.random.normal(one, size) * (2.0 / size[0]) ** 0.5
        for one, size in zip(keys, sizes, strict=True)
    )
    zeros = jnp.zeros(HIDDEN)
    return Net(w1, zeros, w2, zeros, w3 * 0.1, jnp.zeros(1))


def best_power_kw(
    value: Numbers, flows: Flows, batteries: Batteries, softness: Numbers
) -> Numbers:
    """Return what is the best where a stored kWh is worth so much.

    Each kW has its own threshold: what the house needs, what goes on to the grid, what
    the panels leave over, what comes from the grid.

    Args:
        value: Per kWh.
        flows: Of the step.
        batteries: Of the scenarios.
        softness: Width of the gates, per kWh.
    """
    used = value / batteries.one_way + batteries.wear
    kept = value * batteries.one_way - batteries.wear
    need = jnp.clip(flows.net_kw, 0.0, batteries.discharge_kw)
    left = jnp.clip(-flows.net_kw, 0.0, batteries.charge_kw)
    return (
        jax.nn.sigmoid((flows.bought - used) / softness) * need
        + jax.nn.sigmoid((flows.sold - used) / softness)
        * (batteries.discharge_kw - need)
        - jax.nn.sigmoid((kept - flows.sold) / softness) * left
        - jax.nn.sigmoid((kept - flows.bought) / softness)
        * (batteries.charge_kw - left)
    )


def cost_of_net(
    net: Net, scaled: Numbers, scenarios: Scenarios, softness: Numbers
) -> Numbers:
    """Return what scenarios cost with a policy, and then with self-consumption.

    Args:
        net: The policy.
        scaled: The fixed columns as the net gets them.
        scenarios: What is lived through.
        softness: Width of the gates, in spreads.
    """
    count = scenarios.columns.shape[0]
    first = scaled @ net.w1[:-1] + net.b1

    def live(carry: Numbers, now: Numbers) -> Numbers:
        stored, cost = carry
        seen, mean, spread, flows = now
        share = (stored - OFFSETS[-1]) / SCALES[-1]
        hidden = jax.nn.relu(seen + share[:, None] * net.w1[-1])
        hidden = jax.nn.relu(hidden @ net.w2 + net.b2)
        value = mean + spread * (hidden @ net.w3 + net.b3)[:, 0]
        wanted = best_power_kw(value, flows, scenarios.batteries, softness * spread)
        stored, bill = step(
            jnp, stored, wanted, flows, scenarios.batteries, scenarios.step_h
        )
        return (stored, cost + bill), None

    flows = Flows(*(one[:count] for one in scenarios.flows))
    start = (scenarios.stored, jnp.zeros_like(scenarios.stored))
    seen = (first, scenarios.mean, scenarios.spread, flows)
    (stored, cost), _ = jax.lax.scan(live, start, seen)
    return cost + _cost_from(count, stored, scenarios, 1.0)


def cost_of_own(scenarios: Scenarios, share: Numbers = 1.0) -> Numbers:
    """Return what scenarios cost in self-consumption; ``share`` 0: with no battery."""
    return _cost_from(0, scenarios.stored, scenarios, share)


def _cost_from(
    first: int, stored: Numbers, scenarios: Scenarios, share: Numbers
) -> Numbers:
    """Return the cost of the rest, what is stored at its end counted as worth."""

    def live(carry: Numbers, flows: Flows) -> Numbers:
        stored, cost = carry
        stored, bill = step(
            jnp,
            stored,
            share * flows.net_kw,
            flows,
            scenarios.batteries,
            scenarios.step_h,
        )
        return (stored, cost + bill), None

    rest = Flows(*(one[first:] for one in scenarios.flows))
    (stored, cost), _ = jax.lax.scan(live, (stored, jnp.zeros_like(stored)), rest)
    return cost - scenarios.end_value * stored * scenarios.batteries.range_kwh


def cost_of_best(scenarios: Scenarios) -> Numbers:
    """Return what scenarios cost at least, nearly: by dynamic programming on a grid."""
    grid = jnp.linspace(0.0, 1.0, GRID)[None, :]
    batteries = Batteries(*(one[:, None] for one in scenarios.batteries))

    def back(later: Numbers, now: Flows) -> Numbers:
        flows = Flows(*(one[:, None] for one in now))
        net_kw, costs = flows.net_kw, []
        for power_kw in (
            *(0.0 * net_kw, net_kw, jnp.maximum(net_kw, 0.0), jnp.minimum(net_kw, 0.0)),
            *(batteries.discharge_kw, -batteries.charge_kw),
        ):
            stored, bill = step(jnp, grid, power_kw, flows, batteries, scenarios.step_h)
            costs.append(bill + _between(later, stored))
        return jnp.min(jnp.stack(costs), axis=0), None

    worth = scenarios.end_value * scenarios.batteries.range_kwh
    first, _ = jax.lax.scan(back, -worth[:, None] * grid, scenarios.flows, reverse=True)
    return _between(first, scenarios.stored[:, None])[:, 0]


def _between(values: Numbers, stored: Numbers) -> Numbers:
    """Return values at shares of the range, straight between points of the grid."""
    place = stored * (GRID - 1)
    low = jnp.clip(place.astype(jnp.int32), 0, GRID - 2)
    below = jnp.take_along_axis(values, low, axis=1)
    above = jnp.take_along_axis(values, low + 1, axis=1)
    return below + (place - low) * (above - below)
