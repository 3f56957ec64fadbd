"""A poll as those want it who count money, and the battery that they count with."""

from dataclasses import replace

from .control_loop import ControlLoop
from .core.battery_spec import BatterySpec
from .core.plant_state import PlantState
from .core.price_curve import CERTAIN
from .core.telemetry import Telemetry
from .core.units import kw
from .plan_inputs import net_load_w, stored_kwh
from .plan_moment import Moment
from .planner import Planner
from .planning.settlement import MeterReading

_PERCENT = 100.0


def read_meter(
    telemetry: Telemetry, state: PlantState, control: ControlLoop, planner: Planner
) -> MeterReading | None:
    """Return what a poll says; ``None`` if it does not say enough."""
    net_w, stored = net_load_w(telemetry), stored_kwh(state)
    battery_w = telemetry.number("battery_power_w")
    if net_w is None or battery_w is None or stored is None:
        return None
    moment = Moment(planner, telemetry.read_at)
    prices, step = moment.price, moment.step
    is_known = prices is not None and prices.confidence >= CERTAIN
    return MeterReading(
        at=telemetry.read_at,
        grid_kw=kw(net_w - battery_w),
        battery_kw=kw(battery_w),
        stored_kwh=stored,
        released=control.command is None and not control.foreign_command,
        import_price=prices.import_price if prices and is_known else None,
        export_price=prices.export_price if prices and is_known else None,
        value_per_kwh=step.value if step else None,
    )


def shadow_battery(planned: BatterySpec, state: PlantState) -> BatterySpec:
    """Return the battery as the inverter uses it by itself: within its own limits.

    The owner's limits and caps are for what BESSAI does.
    """
    full_kwh = state.capacity_kwh or planned.max_kwh
    own = replace(
        planned,
        charge_kw=_kw_or(state.stored_charge_limit_w, planned.charge_kw),
        discharge_kw=_kw_or(state.stored_discharge_limit_w, planned.discharge_kw),
    )
    low_pct, high_pct = state.discharge_cutoff_pct, state.charge_cutoff_pct
    if low_pct is None or high_pct is None or not 0 <= low_pct < high_pct:
        return own
    return replace(
        own,
        min_kwh=full_kwh * low_pct / _PERCENT,
        max_kwh=full_kwh * high_pct / _PERCENT,
    )


def _kw_or(limit_w: float | None, instead_kw: float) -> float:
    return instead_kw if limit_w is None else kw(limit_w)
