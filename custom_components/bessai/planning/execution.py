"""Carries a plan out by the value of stored energy, for the load that really is.

A plan's powers are only right for the forecast; what energy is worth afterwards is
right for any load. So each time the best power for the measured net load is sought,
and told in the way that lets the inverter follow the load wherever that is the best.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import fmean

from ..core.battery_spec import BatterySpec
from ..core.setpoint import Hold, Setpoint, Wish
from ..core.units import hours, watts
from .explanation import explain, intent_of
from .mean_value import Prospect, mean_value
from .plan import Intent, Plan, Why
from .present import LEAST_REST, Measurement, Present
from .problem import ProblemStep

MOST_AGE = timedelta(hours=2)
"""An older plan is not carried out: whoever makes plans has had trouble for long."""

DEAD_BAND_KW = 0.1
"""Powers that differ by less are the same: no battery follows more closely."""

LEAST_SETPOINT_KW = 0.15
"""A set-point of less is not worth a command."""

ROUND_KW = 0.05

RESTING = timedelta(minutes=3)
"""So long a command stays, whatever another one is worth."""

RESTING_HOLD = timedelta(minutes=10)
"""And a hold, unless another one is worth very much more: it is a stored setting, and
each write wears the plant's memory."""

RESERVE_BAND = 0.02
"""Of the battery's range: so much more than the reserve ends the hold that keeps it."""

URGENT = 5.0
"""Times what a change must earn, and it need not wait."""

LEAST_HOURS = 0.1
"""What a change earns is counted per hour, as if it lasted for at least so long."""

CHANGED_SHARE = 0.1
"""A set-point is changed when it differs by more than this, and than the dead band."""

_MUST_EARN: Mapping[Intent, float] = {
    Intent.SELF_CONSUMPTION: 0.01,
    Intent.STORE_SURPLUS: 0.02,
    Intent.KEEP: 0.04,
    Intent.CHARGE: 0.02,
    Intent.DISCHARGE: 0.02,
}
"""What a change must earn per kWh, as a share of the mean import price."""

_AT_LEAST_KW: Mapping[Intent, float] = {
    Intent.SELF_CONSUMPTION: 0.2,
    Intent.STORE_SURPLUS: 0.5,
    Intent.KEEP: 0.5,
    Intent.CHARGE: 0.3,
    Intent.DISCHARGE: 0.3,
}
"""A change of less power must earn as much as one of so much."""

_LEAST_EFFICIENCY = 0.5
"""No battery loses more: it only bounds what has to be looked at."""

_SETPOINTS = frozenset({Intent.CHARGE, Intent.DISCHARGE})
_HOLDS = frozenset({Intent.STORE_SURPLUS, Intent.KEEP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the battery is to be told now, and why."""

    intent: Intent
    power_kw: float | None
    """Of a charge or discharge, positive when discharging; else ``None``."""

    why: Why
    value: float
    """What one more stored kWh is worth later."""

    price: float
    """What that is compared with now, per kWh."""

    since: datetime
    """Since when the battery has been told this; aware."""


def decide(
    plan: Plan | None,
    now: datetime,
    measurement: Measurement,
    previous: Decision | None,
) -> Decision | None:
    """Return what the battery is to be told, ``None``: leave it to the inverter.

    Args:
        plan: The latest one; without one, or with one that is too old or over, nothing
            is told.
        now: Aware.
        measurement: Means of the last minutes, not the spikes of a kettle. Where one
            is no number, nothing is told.
        previous: What was decided the last time; it stays unless a change earns enough.
    """
    if plan is None or not timedelta(0) <= now - plan.made_at <= MOST_AGE:
        return None
    present = present_of(plan, now, measurement)
    if present is None or not measurement.is_known:
        return None
    return decide_in(present, plan.battery, _scale(plan), now, previous)


def decide_in(
    present: Present,
    battery: BatterySpec,
    scale: float,
    now: datetime,
    previous: Decision | None,
) -> Decision:
    """Return what the battery is to be told, whoever says what energy is worth.

    Args:
        present: The rest of a step, as measured, with what energy is worth after it.
        battery: With the limits of the owner, whatever is stored.
        scale: What prices are like, per kWh: a change must earn a share of it.
        now: Aware.
        previous: What was decided the last time; it stays unless a change earns enough.
    """
    best = _best(present, now)
    if previous is None:
        previous = replace(_released(present, now), since=now - RESTING_HOLD)
    chosen = _explained(present, _chosen(present, best, previous, scale))
    if _is_reserve(battery, chosen, present.problem.stored_kwh, previous):
        return _holding_reserve(chosen, previous, now)
    return chosen


def _scale(plan: Plan) -> float:
    """Return what prices are like, per kWh."""
    prices = (max(abs(s.import_price), abs(s.export_price)) for s in plan.steps)
    return fmean(prices)


def _is_reserve(
    battery: BatterySpec, chosen: Decision, stored_kwh: float, previous: Decision
) -> bool:
    """Return whether the inverter alone would use up what the owner keeps.

    Once kept, it is until there is some more: each change is a stored write.
    """
    if chosen.intent not in {Intent.SELF_CONSUMPTION, Intent.STORE_SURPLUS}:
        return False
    if battery.min_kwh <= battery.own_floor_kwh:
        return False
    band = RESERVE_BAND if previous.why is Why.RESERVE else 0.0
    return stored_kwh <= battery.min_kwh + band * (battery.max_kwh - battery.min_kwh)


def _holding_reserve(chosen: Decision, previous: Decision, now: datetime) -> Decision:
    since = previous.since if previous.intent is Intent.STORE_SURPLUS else now
    return replace(
        chosen, intent=Intent.STORE_SURPLUS, power_kw=None, why=Why.RESERVE, since=since
    )


def present_of(plan: Plan, now: datetime, measurement: Measurement) -> Present | None:
    """Return the rest of the present step as it really is, ``None`` outside a plan."""
    if now >= plan.end:
        return None
    steps = plan.problem.steps
    index = bisect_right(steps, now, key=lambda step: step.interval.start) - 1
    if index < 0:
        return None
    prospects = plan.prospects or (Prospect(weight=1.0, solution=plan.solution),)
    step = steps[index]
    battery = plan.battery.reaching(measurement.stored_kwh)
    reach = _reach(battery, step, measurement.stored_kwh)
    after = mean_value(prospects, index + 1, reach)
    problem = replace(plan.problem, battery=battery)
    return Present.measured(problem, step, after, now, measurement)


def _reach(
    battery: BatterySpec, step: ProblemStep, stored_kwh: float
) -> tuple[float, float]:
    """Return the least and the most kWh that can be stored after a step."""
    lasts_h = hours(step.interval.duration + LEAST_REST)
    least_kwh = stored_kwh - lasts_h * battery.discharge_kw / _LEAST_EFFICIENCY
    return least_kwh, stored_kwh + lasts_h * battery.charge_kw


def wish_of(decision: Decision | None) -> Wish | None:
    """Return what is wanted of the battery, ``None``: nothing, so release it."""
    if decision is None or decision.intent is Intent.SELF_CONSUMPTION:
        return None
    if decision.power_kw is not None:
        return Setpoint(power_w=watts(decision.power_kw))
    return Hold(allow_charging=decision.intent is Intent.STORE_SURPLUS)


def remembered(
    told: Decision | None, decision: Decision | None, now: datetime
) -> Decision | None:
    """Return what was told last, and since when, also while nothing is told.

    Args:
        told: What this returned before.
        decision: Of now; ``None``: the battery is released.
        now: Aware.
    """
    if decision is not None or told is None or told.intent is Intent.SELF_CONSUMPTION:
        return decision or told
    return replace(told, intent=Intent.SELF_CONSUMPTION, power_kw=None, since=now)


def _best(present: Present, now: datetime) -> Decision:
    """Return the optimum of this moment, whatever was told before."""
    power_kw = present.best_power_kw
    scene = present.scene(power_kw)
    intent = intent_of(power_kw, scene, DEAD_BAND_KW)
    if intent in _SETPOINTS:
        power_kw = round(power_kw / ROUND_KW) * ROUND_KW
        if abs(power_kw) < LEAST_SETPOINT_KW:
            intent = intent_of(0.0, scene, 0.0)
    return Decision(
        intent=intent,
        power_kw=power_kw if intent in _SETPOINTS else None,
        why=Why.NOTHING_TO_GAIN,
        value=scene.value,
        price=scene.import_price,
        since=now,
    )


def _released(present: Present, now: datetime) -> Decision:
    """Return what a battery is told that is told nothing."""
    scene = present.scene(0.0)
    return Decision(
        intent=Intent.SELF_CONSUMPTION,
        power_kw=None,
        why=Why.NOTHING_TO_GAIN,
        value=scene.value,
        price=scene.import_price,
        since=now,
    )


def _chosen(
    present: Present, best: Decision, previous: Decision, scale: float
) -> Decision:
    """Return the best, or the previous one if a change does not earn enough."""
    if best.intent is previous.intent:
        return best if is_other_power(best, previous) else previous
    before_kw, after_kw = _power_kw(present, previous), _power_kw(present, best)
    if previous.intent in _SETPOINTS and abs(before_kw) < DEAD_BAND_KW:
        return best  # nothing comes of it any more: the battery is full or empty
    earned = present.cost(before_kw) - present.cost(after_kw)
    per_hour = earned / max(present.hours, LEAST_HOURS)
    moved_kw = max(abs(after_kw - before_kw), _AT_LEAST_KW[best.intent])
    must_earn = _MUST_EARN[best.intent] * scale * moved_kw
    if timedelta(0) <= best.since - previous.since < RESTING:
        return previous
    if is_resting(best, previous):
        must_earn *= URGENT
    elif best.intent is Intent.SELF_CONSUMPTION and previous.intent in _SETPOINTS:
        must_earn = 0.0  # a command that is as good as none is ended
    return best if per_hour >= must_earn else previous


def is_resting(best: Decision, previous: Decision) -> bool:
    """Return whether the last change is so fresh that another one should wait."""
    is_hold = bool({best.intent, previous.intent} & _HOLDS)
    age = best.since - previous.since
    return timedelta(0) <= age < (RESTING_HOLD if is_hold else RESTING)


def is_other_power(best: Decision, previous: Decision) -> bool:
    """Return whether two set-points of the same direction differ enough for a write."""
    if best.power_kw is None or previous.power_kw is None:
        return False
    differs_kw = abs(best.power_kw - previous.power_kw)
    return differs_kw > max(DEAD_BAND_KW, CHANGED_SHARE * abs(previous.power_kw))


def _power_kw(present: Present, decision: Decision) -> float:
    """Return what the battery does if it is told this now."""
    if decision.power_kw is not None:
        return present.possible_kw(decision.power_kw)
    own_kw = present.scene(0.0).self_consumption_kw
    return {
        Intent.SELF_CONSUMPTION: own_kw,
        Intent.STORE_SURPLUS: min(own_kw, 0.0),
    }.get(decision.intent, 0.0)


def _explained(present: Present, decision: Decision) -> Decision:
    """Return a decision with the words and figures of this moment."""
    power_kw = _power_kw(present, decision)
    scene = present.scene(power_kw)
    why, price = explain(decision.intent, power_kw, scene)
    return replace(decision, why=why, price=price, value=scene.value)
