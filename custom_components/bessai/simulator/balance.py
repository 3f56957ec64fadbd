"""The power balance of the house at one instant."""

from dataclasses import dataclass

from .battery import Range
from .inverter import Inverter
from .modes import FeedIn, Hold, Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """Powers of one instant, our signs; see ``PlantTruth``."""

    pv_w: float
    battery_w: float
    ac_w: float
    grid_w: float
    load_w: float
    loss_w: float
    offered_w: float
    """What the panels would have given."""

    limited: bool
    """Whether a limit took power away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the inverter is faced with."""

    offered_w: float
    load_w: float
    possible: Range
    """What the battery can take and give."""

    output_limit_w: float
    export_limit_w: float | None


def balance(inverter: Inverter, situation: Situation, wish: Wish) -> Flows:
    """Return the flows that fulfil a wish as far as everything allows.

    Where power is too much, discharging is cut first, then the panels.
    """
    offered_w = situation.offered_w
    most_ac_w = situation.output_limit_w
    if situation.export_limit_w is not None:
        most_ac_w = min(most_ac_w, situation.load_w + situation.export_limit_w)
    most_dc_w = inverter.dc_from_ac(most_ac_w)
    least_dc_w = inverter.dc_from_ac(-inverter.rated_w)
    battery_w = _battery_w(inverter, situation, wish, most_dc_w)
    battery_w = max(battery_w, least_dc_w - offered_w)
    excess_w = max(offered_w + battery_w - most_dc_w, 0.0)
    given_back_w = min(excess_w, max(battery_w, 0.0))
    pv_w = max(offered_w - (excess_w - given_back_w), 0.0)
    return _flows(
        inverter, situation, pv_w, battery_w - given_back_w, limited=excess_w > 1.0
    )


def standby(inverter: Inverter, situation: Situation) -> Flows:
    """Return the flows while the inverter converts nothing."""
    return Flows(
        pv_w=0.0,
        battery_w=0.0,
        ac_w=-inverter.standby_w,
        grid_w=situation.load_w + inverter.standby_w,
        load_w=situation.load_w,
        loss_w=inverter.standby_w,
        offered_w=situation.offered_w,
        limited=False,
    )


def _battery_w(
    inverter: Inverter, situation: Situation, wish: Wish, most_dc_w: float
) -> float:
    """Return what the wish means for the battery, within what it can do."""
    charge_w, discharge_w = situation.possible
    match wish:
        case FeedIn():
            wanted_w = most_dc_w - situation.offered_w
        case Hold():
            wanted_w = wish.power_w
            if not wish.from_grid:
                charge_w = min(charge_w, situation.offered_w)
        case _:
            needed_w = min(inverter.dc_from_ac(situation.load_w), most_dc_w)
            wanted_w = needed_w - situation.offered_w
            charge_w *= wish.charge
            discharge_w *= wish.discharge
            # Surplus only: the house's own need is never charged from the grid.
            charge_w = min(charge_w, situation.offered_w)
    return min(max(wanted_w, -charge_w), discharge_w)


def _flows(
    inverter: Inverter,
    situation: Situation,
    pv_w: float,
    battery_w: float,
    *,
    limited: bool,
) -> Flows:
    """Return the flows of a DC side that is decided."""
    dc_w = pv_w + battery_w
    ac_w = inverter.ac_from_dc(dc_w)
    return Flows(
        pv_w=pv_w,
        battery_w=battery_w,
        ac_w=ac_w,
        grid_w=situation.load_w - ac_w,
        load_w=situation.load_w,
        loss_w=dc_w - ac_w,
        offered_w=situation.offered_w,
        limited=limited,
    )
