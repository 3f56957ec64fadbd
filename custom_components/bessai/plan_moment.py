"""A plan at one moment: what of it is so now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .core.price_curve import PriceStep
from .planner import Planner
from .planning.plan import Plan, PlanStep


@dataclass(frozen=True, slots=True)
class Moment:
    """The plan, and the time at which it is looked at."""

    planner: Planner
    now: datetime
    """Aware, UTC."""

    @property
    def plan(self) -> Plan | None:
        """The plan in force."""
        return self.planner.plan

    @property
    def step(self) -> PlanStep | None:
        """What the plan does now; ``None``: there is none, or it is over."""
        return None if self.plan is None else self.plan.step_at(self.now)

    @property
    def stretch(self) -> tuple[PlanStep, ...]:
        """The steps from now on that do the same as the present one."""
        plan, present = self.plan, self.step
        if plan is None or present is None:
            return ()
        rest = plan.steps[plan.steps.index(present) :]
        return tuple(takewhile(lambda step: step.intent is present.intent, rest))

    @property
    def next_change(self) -> datetime | None:
        """When the plan does something else; ``None`` if it never does."""
        stretch = self.stretch
        if self.plan is None or not stretch:
            return None
        until = stretch[-1].interval.end
        return until if until < self.plan.end else None

    @property
    def price(self) -> PriceStep | None:
        """The prices of now."""
        return self.planner.prices_now(self.now)

    @property
    def midnight(self) -> datetime:
        """When the day of the home is over; aware, UTC."""
        return next_midnight(self.now)

    @property
    def boundary(self) -> datetime:
        """When something of this is no longer so, though nothing new is planned."""
        ends = [one.interval.end for one in (self.step, self.price) if one is not None]
        return min(*ends, self.midnight) if ends else self.midnight


def next_midnight(now: datetime) -> datetime:
    """Return when the day of the home is over that an aware moment lies in; UTC."""
    tomorrow = dt_util.as_local(now).date() + timedelta(days=1)
    return dt_util.as_utc(dt_util.start_of_local_day(tomorrow))


def currency_of(hass: HomeAssistant, planner: Planner) -> str:
    """Return the currency of plan and prices, else that of the home."""
    if planner.market.curve is not None:
        return planner.market.curve.currency
    if planner.plan is not None:
        return planner.plan.currency
    return hass.config.currency
