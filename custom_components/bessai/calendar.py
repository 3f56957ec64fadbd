"""The plan as a calendar: one event for each stretch in which the same is done."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched, groupby
from typing import Final, override

from homeassistant.components.calendar import CalendarEntity, CalendarEvent
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .core.units import hours
from .plan_entity import PlanEntity
from .plan_texts import show_money, show_price, summary_text, why_text
from .planner import Planner
from .planning.plan import Intent, Plan, PlanStep
from .runtime import BessaiConfigEntry, BessaiRuntime
from .texts import UNKNOWN, show_number

PARALLEL_UPDATES = 0

AT_ONCE: Final = 50
"""Home Assistant checks each event; more of them would hold the event loop."""


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BessaiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the calendar of a plant that can be planned for."""
    runtime = entry.runtime_data
    if runtime.planner is not None:
        async_add_entities([PlanCalendar(runtime, runtime.planner)])


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive steps with the same intent."""

    steps: tuple[PlanStep, ...]

    @property
    def intent(self) -> Intent:
        """What is done."""
        return self.steps[0].intent

    @property
    def start(self) -> datetime:
        """When it begins; aware, UTC."""
        return self.steps[0].interval.start

    @property
    def end(self) -> datetime:
        """When it ends; aware, UTC."""
        return self.steps[-1].interval.end

    @property
    def power_kw(self) -> float:
        """The mean power, positive when discharging."""
        return self._mean([step.power_kw for step in self.steps])

    @property
    def price(self) -> float:
        """The mean of the prices that the steps turned on."""
        return self._mean([step.price for step in self.steps])

    @property
    def cost(self) -> float:
        """The expected bill and wear."""
        return sum(step.cost for step in self.steps)

    def _mean(self, values: list[float]) -> float:
        weights = [hours(step.interval.duration) for step in self.steps]
        total = sum(
            value * weight for value, weight in zip(values, weights, strict=True)
        )
        return total / sum(weights)


def stretches(plan: Plan) -> Iterator[Stretch]:
    """Yield the stretches of a plan in order."""
    for _, steps in groupby(plan.steps, key=lambda step: step.intent):
        yield Stretch(tuple(steps))


def _shown_end(stretch: Stretch) -> datetime:
    """Return the local end of a stretch, in a form that Home Assistant takes.

    It compares the times on the wall. Where the clock is set back meanwhile, what ends
    at 2:15 may have begun at 2:45, and is refused: it is shown until the second 2:45.
    """
    start, end = dt_util.as_local(stretch.start), dt_util.as_local(stretch.end)
    if end.replace(tzinfo=None) < start.replace(tzinfo=None):
        return start.replace(fold=1)
    return end


class PlanCalendar(PlanEntity, CalendarEntity):
    """Shows what the battery will do, and why."""

    _attr_translation_key = "plan"

    def __init__(self, runtime: BessaiRuntime, planner: Planner) -> None:
        """Follow the plan."""
        super().__init__(runtime, planner, "plan")
        self._kept: tuple[Plan, tuple[Stretch, ...]] | None = None

    @property
    def _stretches(self) -> tuple[Stretch, ...]:
        """The whole plan; found once."""
        plan = self.planner.plan
        if plan is None:
            return ()
        if self._kept is None or self._kept[0] is not plan:
            self._kept = (plan, tuple(stretches(plan)))
        return self._kept[1]

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """Return what is done now, or else next."""
        now = dt_util.utcnow()
        stretch = next((one for one in self._stretches if one.end > now), None)
        return None if stretch is None else self._describe(stretch)

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """Return the events that lie in a range, the ends not included."""
        start, end = dt_util.as_utc(start_date), dt_util.as_utc(end_date)
        found = [one for one in self._stretches if one.end > start and one.start < end]
        events = []
        for batch in batched(found, AT_ONCE, strict=False):
            events += [self._describe(one) for one in batch]
            await asyncio.sleep(0)
        return events

    def _describe(self, stretch: Stretch) -> CalendarEvent:
        currency = self.currency
        return CalendarEvent(
            start=dt_util.as_local(stretch.start),
            end=_shown_end(stretch),
            summary=summary_text(
                self.runtime.texts,
                stretch.intent,
                power_kw=stretch.power_kw,
                price=stretch.price,
                currency=currency,
            ),
            description=self._describe_reasons(stretch, currency),
            uid=f"{self.unique_id}_{stretch.start:%Y%m%dT%H%MZ}",
        )

    def _describe_reasons(self, stretch: Stretch, currency: str) -> str:
        """Return why, each reason once, and what it comes to."""
        texts = self.runtime.texts
        first = {step.why: step for step in reversed(stretch.steps)}
        ordered = sorted(first.values(), key=lambda step: step.interval.start)
        soc_pct = self._listing.soc_pct(stretch.steps[-1].stored_kwh)
        outcome = texts.say(
            "plan_outcome",
            cost=show_money(stretch.cost),
            currency=currency,
            soc=UNKNOWN if soc_pct is None else show_number(soc_pct),
            value=show_price(stretch.steps[-1].value),
        )
        return "\n".join(
            [*(why_text(texts, step, currency) for step in ordered), outcome]
        )
