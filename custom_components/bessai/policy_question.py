"""From plant, prices and forecasts to what a policy is asked with."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from homeassistant.util import dt as dt_util

from .control_loop import ControlLoop
from .core.interval import Interval
from .core.policy_observation import PolicyObservation
from .core.power_forecast import PowerForecast, PowerStep
from .core.units import kw
from .planner import Planner
from .planner_status import CannotPlan
from .planning.horizon import USUAL_LOAD_W
from .policy_run import PolicyQuestion

if TYPE_CHECKING:
    from .inference.policy import Policy


def build_question(
    policy: Policy, control: ControlLoop, planner: Planner, now: datetime
) -> PolicyQuestion | None:
    """Return what a policy can be asked with; ``None``: too little is known.

    Args:
        policy: To be asked.
        control: Knows how the plant stands, and the owner's limits.
        planner: Knows prices, forecasts and what the owner plans with.
        now: Aware, UTC.
    """
    state, measured = control.state, planner.measured(now)
    if state is None or measured is None or not state.capacity_kwh:
        return None
    curve = planner.market.curve
    try:
        terms = None if curve is None else planner.terms_for(curve)
        battery = planner.battery_for("") if terms is None else terms.battery
    except CannotPlan:
        return None
    power_w = state.battery_power_w
    observation = PolicyObservation(
        now=now,
        zone=dt_util.get_default_time_zone(),
        stored_kwh=measured.stored_kwh,
        capacity_kwh=state.capacity_kwh,
        battery_power_kw=None if power_w is None else kw(power_w),
        battery_temperature_c=state.battery_temperature_max_c,
        net_load_kw=measured.net_load_kw,
        pv_kw=measured.pv_kw,
        battery=battery,
        prices=curve,
        pv=planner.forecasts.pv,
        load=planner.forecasts.load or _usual_load(now),
    )
    return PolicyQuestion(policy=policy, observation=observation, terms=terms)


def _usual_load(now: datetime) -> PowerForecast:
    """Return the forecast of a house of which nothing is known yet."""
    day = Interval(start=now - timedelta(hours=1), end=now + timedelta(hours=48))
    step = PowerStep(
        interval=day, p10_w=USUAL_LOAD_W, p50_w=USUAL_LOAD_W, p90_w=USUAL_LOAD_W
    )
    return PowerForecast(source="usual", steps=(step,))
