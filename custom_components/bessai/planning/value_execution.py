"""Carries out what a learned policy says: the worth of stored energy, or a power.

The worth is carried out as a plan's is, against the house as it really is. A power is
what the model makes of it, with the same rests between two writes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf
from statistics import fmean

from ..core.battery_spec import BatterySpec
from ..core.interval import Interval
from ..core.power_forecast import PowerForecast
from ..core.price_curve import PriceStep
from ..core.units import energy_kwh
from .execution import (
    LEAST_SETPOINT_KW,
    Decision,
    decide_in,
    is_other_power,
    is_resting,
)
from .horizon import PlanTerms
from .plan import Intent, Why
from .present import LEAST_REST, Measurement, Present
from .problem import Problem, ProblemStep
from .value_function import ValueFunction

DOUBT = 0.02
"""Of a value that a policy tells, as a share of what prices are like."""

SURELY = 1.5
"""Times or by what the house is expected to need, and times what the sun is to give,
whichever is nearer to self-consumption: forecasts of a day are off by a third."""

PRICES_AHEAD = timedelta(hours=24)
"""As far as a policy looks."""

AHEAD = timedelta(minutes=15)
"""For so long it is decided at most: then the policy has said something newer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueMoment:
    """What is decided by when a policy says what stored energy is worth."""

    prices: PriceStep
    """Of now."""

    terms: PlanTerms
    """Battery, grid and thresholds of the owner."""

    value: float
    """Of one more stored kWh later, per kWh."""

    ahead: tuple[PriceStep, ...]
    """Of the next day, with that of now: what a policy may be trusted with."""

    dearer_kwh: float
    """What has to be stored now for those hours of it that are dearer, see
    :func:`dearer_need_kwh`."""

    night_kwh: float
    """What it is expected to take before there is sun, or power for less than selling
    earns now, see :func:`night_need_kwh`."""

    @property
    def scale(self) -> float:
        """What prices are like, per kWh."""
        return fmean(max(abs(s.import_price), abs(s.export_price)) for s in self.ahead)


def decide_by_value(
    moment: ValueMoment,
    now: datetime,
    measurement: Measurement,
    previous: Decision | None,
) -> Decision | None:
    """Return what the battery is to be told; ``None``: leave it to the inverter.

    Args:
        moment: Prices, battery, and what stored energy is worth.
        now: Aware.
        measurement: Means of the last minutes. Where one is no number, nothing is told.
        previous: What was decided the last time; it stays unless a change earns enough.
    """
    if not measurement.is_known:
        return None
    battery = moment.terms.battery.reaching(measurement.stored_kwh)
    start, end = now, min(moment.prices.interval.end, now + AHEAD)
    step = ProblemStep(
        interval=Interval(start=start, end=max(end, start + LEAST_REST)),
        import_price=moment.prices.import_price,
        export_price=moment.prices.export_price,
        pv_kw=0.0,
        load_kw=0.0,
        may_trade=moment.prices.confidence >= moment.terms.min_confidence,
    )
    problem = Problem(
        steps=(step,),
        battery=battery,
        stored_kwh=measurement.stored_kwh,
        grid=moment.terms.grid,
        min_spread=moment.terms.min_spread,
    )
    after = _straight(_cautious(moment, measurement), battery)
    present = Present.measured(problem, step, after, now, measurement)
    decision = decide_in(present, moment.terms.battery, moment.scale, now, previous)
    return replace(decision, value=moment.value)


def dearer_need_kwh(
    ahead: Sequence[PriceStep], load: PowerForecast | None, pv: PowerForecast | None
) -> float:
    """Return what has to be stored now for hours in which importing costs more.

    Less what the sun may bring before them, were it ``SURELY`` times as strong as
    expected: what is kept back besides is sold to make room for it. At the terminals
    of the battery, kWh; infinite where energy can be sold for more than it costs now,
    or where nothing is known of the house.
    """
    now = ahead[0]
    if any(step.export_price > now.import_price for step in ahead):
        return inf
    need_kwh = 0.0
    for step in reversed(ahead[1:]):
        load_w = None if load is None else load.mean_w(step.interval)
        if load_w is None:
            return inf
        pv_w = SURELY * ((pv and pv.mean_w(step.interval)) or 0.0)
        lacks_kwh = energy_kwh(load_w - pv_w, step.interval.duration)
        if lacks_kwh < 0 or step.import_price > now.import_price:
            need_kwh = max(0.0, need_kwh + lacks_kwh)
    return need_kwh


def night_need_kwh(
    ahead: Sequence[PriceStep], load: PowerForecast | None, pv: PowerForecast | None
) -> float:
    """Return what the house will lack until it can be had for less than selling earns.

    That is from the next step on until the sun covers it, or importing costs no more:
    whoever sells it now buys it back dearer. At the terminals of the battery, kWh;
    infinite where nothing is known of the house.
    """
    earned, need_kwh = ahead[0].export_price, 0.0
    for step in ahead[1:]:
        load_w = None if load is None else load.mean_w(step.interval)
        if load_w is None:
            return inf
        pv_w = (pv and pv.mean_w(step.interval)) or 0.0
        if pv_w >= load_w or step.import_price <= earned:
            break
        need_kwh += energy_kwh(load_w - pv_w, step.interval.duration)
    return need_kwh


def _cautious(moment: ValueMoment, measurement: Measurement) -> float:
    """Return the value, nearer to those at which self-consumption is the best.

    A plan knows what it does not know, and a policy does not: what it gains over
    self-consumption has to be more than its doubt.
    """
    least, most = _possible(moment)
    value = min(max(moment.value, least), most)
    doubt = DOUBT * moment.scale
    low, high = _left_alone(moment, measurement.net_load_kw)
    usable_kwh = _usable_kwh(moment, measurement.stored_kwh)
    if SURELY * usable_kwh > moment.dearer_kwh:
        value = min(value, high)
    if usable_kwh <= SURELY * moment.night_kwh:
        value = max(value, low)
    if value > high:
        return max(high, value - doubt)
    return min(low, value + doubt) if value < low else value


def _usable_kwh(moment: ValueMoment, stored_kwh: float) -> float:
    """Return what the house can have of what is stored."""
    battery = moment.terms.battery
    return (stored_kwh - battery.min_kwh) * battery.discharge_efficiency


def _possible(moment: ValueMoment) -> tuple[float, float]:
    """Return what a stored kWh can be worth at least and at most, at these prices.

    At most what it saves or earns at the dearest price. At least what the surplus
    earns at the meter that finds the battery full because of it, at the worst price.
    """
    battery = moment.terms.battery
    dearest = max(max(s.import_price, s.export_price) for s in moment.ahead)
    most = (dearest - battery.wear_cost) * battery.discharge_efficiency
    cheapest = min(s.export_price for s in moment.ahead)
    least = (cheapest + battery.wear_cost) / battery.charge_efficiency
    return min(least, most), most


def _left_alone(moment: ValueMoment, net_load_kw: float) -> tuple[float, float]:
    """Return between which values the inverter does by itself what is the best.

    See ``explanation`` for what a kWh at the terminals is worth.
    """
    battery, prices = moment.terms.battery, moment.prices
    if net_load_kw > 0:
        loss, wear = battery.discharge_efficiency, -battery.wear_cost
    else:
        loss, wear = 1 / battery.charge_efficiency, battery.wear_cost
    return (prices.export_price + wear) * loss, (prices.import_price + wear) * loss


def _straight(value: float, battery: BatterySpec) -> ValueFunction:
    """Return the function of a stored kWh that is always worth the same."""
    low, high = battery.min_kwh, battery.max_kwh
    return ValueFunction(
        kinks_kwh=(low, high), starts=(-value * low,), ends=(-value * high,)
    )


def decide_by_power(
    power_kw: float,
    price: float,
    now: datetime,
    previous: Decision | None,
) -> Decision:
    """Return what the battery is to be told when a policy names a power.

    Less than ``LEAST_SETPOINT_KW`` is no set-point: the battery rests then.

    Args:
        power_kw: At the terminals, positive when discharging; the guard limits it.
        price: Of importing now, per kWh, for the record.
        now: Aware.
        previous: What was decided the last time; it stays for some minutes, or until
            the power is another one.
    """
    intent = Intent.DISCHARGE if power_kw > 0 else Intent.CHARGE
    if abs(power_kw) < LEAST_SETPOINT_KW:
        intent = Intent.KEEP
    decision = Decision(
        intent=intent,
        power_kw=None if intent is Intent.KEEP else round(power_kw, 2),
        why=Why.MODEL_TARGET,
        value=price,  # it names none: what the meter takes counts
        price=price,
        since=now,
    )
    if previous is None or not _stays(decision, previous):
        return decision
    return replace(
        previous, why=decision.why, value=decision.value, price=decision.price
    )


def _stays(decision: Decision, previous: Decision) -> bool:
    """Return whether what was told before goes on."""
    if decision.intent is previous.intent:
        return not is_other_power(decision, previous)
    return is_resting(decision, previous)
