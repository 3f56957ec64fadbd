"""A battery over one step, for numpy and for what differentiates arrays like numpy's.

The house's side of the inverter: powers at the terminals, one efficiency each way. The
plant of ``simulator/`` has more to it (curves, temperatures, an idle draw); what is
trained here is measured there, by ``scripts/bench policy``.
"""

from types import ModuleType
from typing import Any, NamedTuple

type Numbers = Any
"""Arrays of numpy or of jax; one number for each scenario."""


class Flows(NamedTuple):
    """What happens around the battery in a step."""

    bought: Numbers
    """Price of imports, per kWh."""

    sold: Numbers
    net_kw: Numbers
    """House minus panels."""


class Batteries(NamedTuple):
    """One for each scenario; powers at the terminals."""

    range_kwh: Numbers
    charge_kw: Numbers
    discharge_kw: Numbers
    one_way: Numbers
    """Efficiency."""

    wear: Numbers
    """Per kWh through the terminals."""


def step(
    xp: ModuleType,
    stored: Numbers,
    power_kw: Numbers,
    flows: Flows,
    batteries: Batteries,
    step_h: Numbers,
) -> tuple[Numbers, Numbers]:
    """Return what is stored after a step, as a share of the range, and what it cost.

    Args:
        xp: ``numpy`` or ``jax.numpy``.
        stored: Before, as a share.
        power_kw: Wanted, positive when discharging; the battery does what it can.
        flows: Of this step.
        batteries: Of the scenarios.
        step_h: Its length.
    """
    size, one_way = batteries.range_kwh, batteries.one_way
    most_kw = xp.minimum(batteries.discharge_kw, stored * size * one_way / step_h)
    room = (1.0 - stored) * size / one_way / step_h
    least_kw = -xp.minimum(batteries.charge_kw, room)
    power_kw = xp.minimum(xp.maximum(power_kw, least_kw), most_kw)
    taken_kw = xp.where(power_kw > 0, power_kw / one_way, power_kw * one_way)
    grid_kw = flows.net_kw - power_kw
    bill = xp.where(grid_kw > 0, flows.bought, flows.sold) * grid_kw
    cost = (bill + batteries.wear * xp.abs(power_kw)) * step_h
    return xp.clip(stored - taken_kw * step_h / size, 0.0, 1.0), cost
