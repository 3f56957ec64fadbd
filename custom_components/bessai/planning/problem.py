"""What the optimiser is asked: prices, powers, a battery, and what counts at the end.

Powers are in kW and energies in kWh, as prices are per kWh. Battery power is positive
when discharging (``core/setpoint.py``); PV and load are never negative.
"""

from dataclasses import dataclass

from ..core.battery_spec import BatterySpec
from ..core.interval import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemStep:
    """One interval: its prices, and what sun and house are expected to do."""

    interval: Interval
    import_price: float
    """Per kWh; may be negative."""

    export_price: float
    """Per kWh; may be negative, and above the import price."""

    pv_kw: float
    """Mean power that the panels could give, at least 0."""

    load_kw: float
    """Mean power of the house, at least 0."""

    may_trade: bool = True
    """Whether the battery may move more than PV surplus in and more than the house
    lacks out: ``False`` where prices are too unsure to buy or sell on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridSpec:
    """The connection to the grid."""

    import_cap_kw: float | None = None
    export_cap_kw: float | None = None
    cap_penalty: float = 10.0
    """Cost per kWh beyond a cap that nothing could avoid."""

    can_curtail: bool = True
    """Whether PV can be turned down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What is stored at the end is worth something, and better not too little."""

    value_per_kwh: float = 0.0
    """Of stored energy, up to the last kWh."""

    floor_kwh: float = 0.0
    """So much should be stored; what is missing costs the penalty."""

    floor_penalty: float = 0.0
    """Per missing kWh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Consecutive intervals to plan over."""

    steps: tuple[ProblemStep, ...]
    battery: BatterySpec
    stored_kwh: float
    """At the start; may lie outside the battery's range, into which it then returns as
    far as power allows, free of any penalty for having been outside."""

    grid: GridSpec = GridSpec()
    ending: Ending = Ending()
    min_spread: float = 0.0
    """Each kWh that the battery buys or sells at the meter must earn at least this:
    a cost that is planned with, and not counted afterwards."""
