"""From the plant and the owner's choices to what a plan is made with."""

from .core.battery_spec import BatterySpec
from .core.plant_state import PlantState
from .core.price_curve import PriceCurve
from .core.telemetry import Telemetry
from .core.units import kw
from .planning.horizon import PlanTerms
from .planning.present import Measurement
from .planning.problem import GridSpec
from .price_options import PlanningOptions
from .safety.limits import Limits

_PERCENT = 100.0


CAP_PENALTY = 10
"""Times the dearest price: what it costs to go beyond a cap of the connection."""


def plan_terms(
    battery: BatterySpec, options: PlanningOptions, curve: PriceCurve
) -> PlanTerms:
    """Return what a plan has to keep to.

    Args:
        battery: Within the owner's limits.
        options: What the owner plans with.
        curve: The prices, whose currency costs are in.
    """
    dearest = max(abs(step.import_price) for step in curve)
    return PlanTerms(
        battery=battery,
        grid=GridSpec(
            import_cap_kw=_kw(options.import_cap_w),
            export_cap_kw=_kw(options.export_cap_w),
            cap_penalty=CAP_PENALTY * dearest,
            # BESSAI turns no panels down; an inverter that keeps a cap does.
            can_curtail=options.export_cap_w is not None,
        ),
        min_spread=options.min_spread,
        min_confidence=options.min_confidence_pct / _PERCENT,
    )


def battery_spec(
    state: PlantState, limits: Limits, options: PlanningOptions, currency: str
) -> BatterySpec | None:
    """Return the battery as a plan may use it; ``None`` where too little is known."""
    charge_w = _least(state.stored_charge_limit_w, limits.charge_cap_w)
    discharge_w = _least(state.stored_discharge_limit_w, limits.discharge_cap_w)
    if not state.capacity_kwh or charge_w is None or discharge_w is None:
        return None
    own_floor_pct = state.discharge_cutoff_pct or 0.0
    reserve_pct = options.reserve_soc_pct or 0.0
    low_pct = max(limits.soc_min_pct, own_floor_pct, reserve_pct)
    high_pct = min(limits.soc_max_pct, state.charge_cutoff_pct or _PERCENT)
    if low_pct >= high_pct:
        return None
    return BatterySpec(
        min_kwh=state.capacity_kwh * low_pct / _PERCENT,
        max_kwh=state.capacity_kwh * high_pct / _PERCENT,
        charge_kw=kw(charge_w),
        discharge_kw=kw(discharge_w),
        charge_efficiency=options.charge_efficiency_pct / _PERCENT,
        discharge_efficiency=options.discharge_efficiency_pct / _PERCENT,
        wear_cost=options.wear(currency),
        # Below a certain state of charge the guard lets nothing be held.
        own_floor_kwh=state.capacity_kwh
        * max(own_floor_pct, limits.hold_reserve_soc_pct)
        / _PERCENT,
    )


def stored_kwh(state: PlantState, soc_pct: float | None = None) -> float | None:
    """Return what the battery holds; ``None`` where that is not known.

    Args:
        state: How the plant stands.
        soc_pct: Assumed instead of its state of charge.
    """
    held_pct = state.soc_pct if soc_pct is None else soc_pct
    if held_pct is None or not state.capacity_kwh:
        return None
    return held_pct / _PERCENT * state.capacity_kwh


def net_load_w(telemetry: Telemetry) -> float | None:
    """Return what the house uses beyond what the panels give; negative: surplus.

    ``load - pv``, which is ``grid + battery`` (``design.md`` 4).
    """
    grid_w = telemetry.number("grid_power_w")
    battery_w = telemetry.number("battery_power_w")
    if grid_w is None or battery_w is None:
        return None
    return grid_w + battery_w


def measurement(state: PlantState, net_w: float | None) -> Measurement | None:
    """Return what is decided by; ``None`` where something of it is not known."""
    stored = stored_kwh(state)
    if net_w is None or stored is None:
        return None
    return Measurement(
        net_load_kw=kw(net_w), pv_kw=kw(state.pv_power_w or 0.0), stored_kwh=stored
    )


def _least(*limits: float | None) -> float | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _kw(power_w: float | None) -> float | None:
    return None if power_w is None else kw(power_w)
