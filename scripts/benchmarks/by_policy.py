"""A learned policy at work in a replay, as the pilot of the integration works it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.policy_observation import PolicyObservation
from custom_components.bessai.core.price_curve import PriceCurve, PriceStep
from custom_components.bessai.core.setpoint import Wish
from custom_components.bessai.inference.policy import Policy
from custom_components.bessai.planning.execution import (
    Decision,
    remembered,
    wish_of,
)
from custom_components.bessai.planning.horizon import PlanTerms
from custom_components.bessai.planning.present import Measurement
from custom_components.bessai.planning.value_execution import (
    ValueMoment,
    dearer_need_kwh,
    decide_by_value,
    night_need_kwh,
)

from . import day_ahead
from .closed_loop import Forecaster

LOOKS_AHEAD = timedelta(hours=26)
ASKED_EVERY = timedelta(minutes=15)
LEVELS = 21
"""States of charge that the policy is asked for at once; between them it is straight.
The pilot asks for the one there is, every quarter of a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyWorld:
    """What the policy is told of."""

    prices: PriceCurve
    """Of all the time; it is told what is published."""

    forecaster: Forecaster
    terms: PlanTerms
    capacity_kwh: float
    tick: timedelta
    """So often it is carried out."""


class ByPolicy:
    """Asks by the quarter hour, and carries out by the minute."""

    plans = 0

    def __init__(self, policy: Policy, world: PolicyWorld) -> None:
        self._policy, self._world = policy, world
        self._levels: Sequence[float] = ()
        self._until: datetime | None = None
        self._values: list[float] = []
        self._ahead: tuple[PriceStep, ...] = ()
        self._dearer_kwh = self._night_kwh = 0.0
        self._told: Decision | None = None

    def wish(self, now: datetime, measurement: Measurement) -> Wish | None:
        """Return what the policy wants."""
        if self._until is None or now >= self._until:
            self._ask(now, measurement)
        price = self._world.prices.steps[self._index(now)]
        moment = ValueMoment(
            prices=price,
            terms=self._world.terms,
            value=float(np.interp(measurement.stored_kwh, self._levels, self._values)),
            ahead=self._ahead,
            dearer_kwh=self._dearer_kwh,
            night_kwh=self._night_kwh,
        )
        decision = decide_by_value(moment, now, measurement, self._told)
        self._told = remembered(self._told, decision, now)
        return wish_of(decision)

    def _ask(self, now: datetime, measurement: Measurement) -> None:
        into = timedelta(seconds=now.timestamp() % ASKED_EVERY.total_seconds())
        self._until = now + ASKED_EVERY - into
        load, pv = self._world.forecaster(now, now + LOOKS_AHEAD)
        observation = PolicyObservation(
            now=now,
            zone=day_ahead.BERLIN,
            stored_kwh=measurement.stored_kwh,
            capacity_kwh=self._world.capacity_kwh,
            battery_power_kw=None,
            battery_temperature_c=None,
            net_load_kw=measurement.net_load_kw,
            pv_kw=measurement.pv_kw,
            battery=self._world.terms.battery,
            prices=self._published(now),
            pv=pv,
            load=load,
        )
        self._levels = self._asked_for(measurement.stored_kwh)
        self._dearer_kwh = dearer_need_kwh(self._ahead, load, pv)
        self._night_kwh = night_need_kwh(self._ahead, load, pv)
        answers = self._policy.ask(observation, self._levels)
        self._values = [one.value_per_kwh or 0.0 for one in answers]

    def _asked_for(self, stored_kwh: float) -> Sequence[float]:
        """Return the stored energies to ask for: all there may be until it is asked."""
        if self._world.tick >= ASKED_EVERY:
            return (stored_kwh,)
        levels: list[float] = np.linspace(
            0.0, self._world.capacity_kwh, LEVELS
        ).tolist()
        return levels

    def _published(self, now: datetime) -> PriceCurve:
        """Return what is known of the prices, of the last day too."""
        known = day_ahead.known(self._world.prices, now)
        index = self._index(now)
        before = self._world.prices.steps[max(0, index - 24) : index]
        # What is not published yet is taken to be as a day before.
        unknown = map(_a_day_later, before[len(known.steps) :])
        self._ahead = (*known.steps[:24], *unknown)
        return PriceCurve(currency=known.currency, steps=(*before, *known.steps))

    def _index(self, now: datetime) -> int:
        return (now - self._world.prices.start) // day_ahead.HOUR


def _a_day_later(step: PriceStep) -> PriceStep:
    day = timedelta(days=1)
    start, end = step.interval.start + day, step.interval.end + day
    return replace(step, interval=Interval(start=start, end=end))
