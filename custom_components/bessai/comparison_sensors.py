"""How the learned policy does beside the plan, before and while it is in control."""

from collections.abc import Iterator
from typing import Any, override

from homeassistant.util import dt as dt_util

from .comparison_keeper import ComparisonKeeper
from .plan_listing import clock_time, money
from .planning.comparison import Name
from .planning.comparison_days import Times
from .runtime import BessaiRuntime
from .settlement_sensors import KeptSensor


def comparison_sensors(
    runtime: BessaiRuntime, keeper: ComparisonKeeper
) -> Iterator[KeptSensor[ComparisonKeeper]]:
    """Yield the sensor that compares."""
    yield PolicyComparisonSensor(runtime, keeper, "policy_comparison")


class PolicyComparisonSensor(KeptSensor[ComparisonKeeper]):
    """What the policy would have saved beyond the plan in the last seven days."""

    _attr_translation_key = "policy_comparison"

    @property
    @override
    def native_value(self) -> float | None:
        """Return the amount; negative: the plan would have saved more."""
        if self.keeper.begun_at is None or not self.keeper.is_following:
            return None
        return money(self.keeper.recent(dt_util.utcnow()).advantage)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what it is made of, and how much of the time is known."""
        begun_at, now = self.keeper.begun_at, dt_util.utcnow()
        if begun_at is None:
            return {}
        today, recent = self.keeper.today(now), self.keeper.recent(now)
        return {
            "policy_saving_today": money(today.policy_saving),
            "plan_saving_today": money(today.plan_saving),
            "policy_saving_7_days": money(recent.policy_saving),
            "plan_saving_7_days": money(recent.plan_saving),
            **{f"{name.value}_stored": self._stored_kwh(name) for name in Name},
            "agreement": _percent(recent.times.agreement),
            **_minutes(recent.times),
            "since": clock_time(begun_at),
        }

    def _stored_kwh(self, name: Name) -> float | None:
        contender = self.keeper.contender(name)
        return None if contender is None else round(contender.stored_kwh, 2)


def _minutes(times: Times) -> dict[str, int]:
    return {
        "fallback_minutes": round(times.fallback_s / 60),
        "settled_minutes": round(times.settled_s / 60),
        "lost_minutes": round(times.lost_s / 60),
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)
