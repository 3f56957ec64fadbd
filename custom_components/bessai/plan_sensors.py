"""What the plan does now, what it knows, and what it is expected to save."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
)

from .plan_entity import PlanEntity
from .plan_figures import PLAN_SENSORS, PlanSensor
from .plan_listing import clock_time, money, power_w, price
from .plan_notes import missing_texts
from .plan_texts import why_text
from .planner import Planner
from .planner_status import PlannerStatus
from .planning.expected_saving import expected_saving
from .planning.plan import Intent, Plan
from .runtime import BessaiRuntime
from .settlement_keeper import SettlementKeeper


def plan_sensors(
    runtime: BessaiRuntime, planner: Planner, keeper: SettlementKeeper | None
) -> Iterator[PlanEntity]:
    """Yield the sensors of a plant that can be planned for."""
    yield PlanStatusSensor(runtime, planner)
    yield PlanStepSensor(runtime, planner)
    yield SavingTodaySensor(runtime, planner, keeper)
    for description in PLAN_SENSORS:
        yield PlanSensor(runtime, planner, description)


class PlanStatusSensor(PlanEntity, SensorEntity):
    """Whether there is a plan; the attributes say what is missing, in words."""

    _attr_device_class = SensorDeviceClass.ENUM
    _attr_translation_key = "plan_status"
    _unrecorded_attributes = frozenset({"missing"})

    def __init__(self, runtime: BessaiRuntime, planner: Planner) -> None:
        """Follow the plan."""
        super().__init__(runtime, planner, "plan_status")
        self._attr_options = [status.value for status in PlannerStatus]

    @property
    @override
    def native_value(self) -> str:
        """Return the status in one word."""
        return self.planner.status.value

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what is missing, and how far the plan reaches."""
        plan = self.planner.plan
        return {
            "missing": missing_texts(self.planner, self.runtime.texts),
            "made_at": clock_time(plan.made_at) if plan else None,
            "known_until": clock_time(plan.known_until) if plan else None,
            "until": clock_time(plan.end) if plan else None,
        }


class PlanStepSensor(PlanEntity, SensorEntity):
    """What the plan does now; the attributes say why, and list what comes."""

    _attr_device_class = SensorDeviceClass.ENUM
    _attr_translation_key = "plan_step"
    _unrecorded_attributes = frozenset({"steps"})

    def __init__(self, runtime: BessaiRuntime, planner: Planner) -> None:
        """Follow the plan."""
        super().__init__(runtime, planner, "plan_step")
        self._attr_options = [intent.value for intent in Intent]

    @property
    @override
    def native_value(self) -> str | None:
        """Return what the plan does now in one word."""
        step = self.moment.step
        return step.intent.value if step else None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the reason in words and numbers, and the steps."""
        moment = self.moment
        step, plan = moment.step, moment.plan
        listed = {"steps": self._listing.brief_steps(plan)}
        if step is None or plan is None:
            return listed
        return {
            "why": why_text(self.runtime.texts, step, plan.currency),
            "reason": step.why.value,
            "value": price(step.value),
            "price": price(step.price),
            "power": power_w(step.power_kw),
            "soc": self._listing.soc_pct(step.stored_kwh),
            "until": clock_time(moment.stretch[-1].interval.end),
            **listed,
        }


class SavingTodaySensor(PlanEntity, SensorEntity):
    """What today will have been worth, if it goes as planned from now on."""

    _attr_device_class = SensorDeviceClass.MONETARY
    _attr_suggested_display_precision = 2
    _attr_translation_key = "expected_saving_today"

    def __init__(
        self,
        runtime: BessaiRuntime,
        planner: Planner,
        keeper: SettlementKeeper | None,
    ) -> None:
        """Follow the plan; the keeper knows what the day has brought until now."""
        super().__init__(runtime, planner, "expected_saving_today")
        self._keeper = keeper
        self._rest: tuple[Plan, datetime, float] | None = None

    @property
    @override
    def native_unit_of_measurement(self) -> str:
        """Return the currency."""
        return self.currency

    @property
    def _so_far(self) -> float:
        return (self._keeper and self._keeper.today(self.moment.now)) or 0.0

    @property
    def _to_come(self) -> float | None:
        """What the rest of the day is expected to save; computed once per step."""
        moment = self.moment
        plan, step = moment.plan, moment.step
        if plan is None or step is None:
            return None
        start = step.interval.start
        if self._rest is None or self._rest[:2] != (plan, start):
            saving = expected_saving(plan, moment.now, moment.midnight)
            self._rest = (plan, start, saving)
        return self._rest[2]

    @property
    @override
    def native_value(self) -> float | None:
        """Return what was saved and what is expected, together."""
        to_come = self._to_come
        return None if to_come is None else money(self._so_far + to_come)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return both parts."""
        to_come = self._to_come
        return {
            "so_far": money(self._so_far),
            "to_come": None if to_come is None else money(to_come),
        }
