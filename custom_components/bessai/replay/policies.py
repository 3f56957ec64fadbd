"""Ways to work the battery in a replay: ours, and those it is compared with."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from ..core.setpoint import Hold, Setpoint, Wish
from ..core.units import watts
from ..planning.execution import Decision, decide, wish_of
from ..planning.plan import Plan
from ..planning.present import Measurement

type Planner = Callable[[datetime, float], Plan | None]
"""Makes a plan at an aware moment with so many kWh stored."""

QUARTER = timedelta(minutes=15)


class Policy(Protocol):
    """Says again and again what the battery is to do."""

    @property
    def plans(self) -> int:
        """How often it has planned."""
        ...

    def wish(self, now: datetime, measurement: Measurement) -> Wish | None:
        """Return what is wanted now, ``None``: the inverter's self-consumption."""
        ...


class Unplanned:
    """Wants the same all the time."""

    plans = 0

    def __init__(self, wish: Wish | None) -> None:
        self._wish = wish

    def wish(self, now: datetime, measurement: Measurement) -> Wish | None:
        """Return it."""
        return self._wish


def idle() -> Unplanned:
    """Return the policy of a battery that does nothing."""
    return Unplanned(Hold(allow_charging=False))


def self_consumption() -> Unplanned:
    """Return the policy of a battery that is left to the inverter."""
    return Unplanned(None)


class _Planned:
    """Has a plan, and makes a new one when it is time."""

    def __init__(self, planner: Planner, every: timedelta = QUARTER) -> None:
        """Plan at the first question, and then at full multiples of ``every``."""
        self.plans = 0
        self._planner, self._every = planner, every
        self._plan: Plan | None = None
        self._next: datetime | None = None

    def _current(self, now: datetime, stored_kwh: float) -> Plan | None:
        if self._next is None or now >= self._next:
            self._plan = self._planner(now, stored_kwh)
            self.plans += 1
            seconds = self._every.total_seconds()
            into_s = now.timestamp() % seconds
            self._next = now + timedelta(seconds=seconds - into_s)
        return self._plan


class ByValue(_Planned):
    """Carries plans out by the value of stored energy: what BESSAI does."""

    _decision: Decision | None = None

    def wish(self, now: datetime, measurement: Measurement) -> Wish | None:
        """Return what the value of stored energy says."""
        plan = self._current(now, measurement.stored_kwh)
        if plan is not None:
            plan = replace(plan, made_at=now)  # how old it may be is ours to say
        self._decision = decide(plan, now, measurement, self._decision)
        return wish_of(self._decision)


class BySetpoints(_Planned):
    """Carries plans out as powers, whatever the house does: what many others do."""

    def wish(self, now: datetime, measurement: Measurement) -> Wish | None:
        """Return the planned power of the step."""
        plan = self._current(now, measurement.stored_kwh)
        step = None if plan is None else plan.step_at(now)
        if step is None:
            return None
        power_w = round(watts(step.power_kw))
        return Setpoint(power_w=power_w) if power_w else Hold(allow_charging=False)
