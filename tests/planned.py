"""A home with a plan: real plans of known prices, in the place of the planner."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from custom_components.bessai.comparison_keeper import ComparisonKeeper
from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.power_forecast import PowerForecast, PowerStep
from custom_components.bessai.core.price_curve import PriceCurve, PriceStep
from custom_components.bessai.forecasts import Forecasts
from custom_components.bessai.market_data import MarketData
from custom_components.bessai.planner import Planner, WhatIf
from custom_components.bessai.planner_status import CannotPlan, PlannerStatus
from custom_components.bessai.planning.horizon import Outlook, PlanTerms
from custom_components.bessai.planning.plan import Plan
from custom_components.bessai.planning.plan_builder import PlanQuestion, make_plan
from custom_components.bessai.settlement_keeper import SettlementKeeper

from .controlled import control
from .home import Home, settle
from .planning import home_builders

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BATTERY = replace(home_builders.BATTERY, wear_cost=0.01)
PRICES = (0.10, 0.10, 0.35, 0.40)
REAL = (Platform.SENSOR, Platform.CALENDAR)


def curve(
    prices: Sequence[float] = PRICES * 6,
    *,
    start: datetime = NOON,
    currency: str = "EUR",
    export_price: float = 0.05,
    confidence: float = 1.0,
) -> PriceCurve:
    """Return prices of an hour each."""
    return PriceCurve(
        currency=currency,
        steps=tuple(
            PriceStep(
                interval=Interval(
                    start=start + index * HOUR, end=start + (index + 1) * HOUR
                ),
                import_price=price,
                export_price=export_price,
                confidence=confidence,
            )
            for index, price in enumerate(prices)
        ),
    )


def powers(power_w: float, error_w: float | None = None) -> PowerForecast:
    """Return a forecast of always the same power, known to a tenth."""
    return PowerForecast(
        source="test",
        steps=(
            PowerStep(
                interval=Interval(start=NOON - HOUR, end=NOON + 72 * HOUR),
                p10_w=0.9 * power_w,
                p50_w=power_w,
                p90_w=1.1 * power_w,
            ),
        ),
        error_w=error_w,
    )


class KnownPlanner(Planner):
    """A planner whose prices and forecasts are what the test says."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.curve: PriceCurve | None = curve()
        self.pv: PowerForecast | None = powers(100.0, 80.4)
        self.load: PowerForecast | None = powers(1000.0)
        self.plan = self.decision = self.problem = None
        self.status = PlannerStatus.WAITING
        self.stored_kwh = 2.0
        self.asked: list[WhatIf] = []
        self._hass = hass
        self._listeners = set()
        self._publish()

    def _publish(self) -> None:
        self.market = cast(
            "MarketData",
            SimpleNamespace(
                curve=self.curve, notes=(), source_name="Test prices", outlook=None
            ),
        )
        self.forecasts = cast(
            "Forecasts", SimpleNamespace(pv=self.pv, load=self.load, notes=())
        )

    def async_start(self) -> None:
        """Gather nothing."""

    async def async_stop(self) -> None:
        """Have nothing to end."""

    def show(self, plan: Plan | None, status: PlannerStatus) -> None:
        """Let a plan and a status be in force."""
        self.plan, self.status = plan, status
        self._publish()
        self._async_changed()

    def make(self, now: datetime = NOON) -> Plan:
        """Plan, and put it in force."""
        plan = make_plan(self.question(WhatIf(), now))
        self.show(plan, PlannerStatus.READY)
        return plan

    def question(self, assumed: WhatIf, now: datetime = NOON) -> PlanQuestion:
        """Return what a plan is made with."""
        prices = assumed.curve or self.curve
        if prices is None:
            raise CannotPlan(PlannerStatus.NO_PRICES)
        return PlanQuestion(
            outlook=Outlook(
                curve=prices, pv=assumed.pv or self.pv, load=assumed.load or self.load
            ),
            terms=PlanTerms(battery=BATTERY, horizon=assumed.horizon),
            stored_kwh=(
                self.stored_kwh if assumed.soc_pct is None else assumed.soc_pct / 10
            ),
            now=now,
        )

    async def async_what_if(self, assumed: WhatIf) -> Plan:
        """Plan in the same thread."""
        self.asked.append(assumed)
        return make_plan(self.question(assumed, dt_util.utcnow()))


async def give_planner(home: Home, planner: Planner) -> Home:
    """Let a planner take the place of what the home has."""
    runtime, entries = home.runtime, home.hass.config_entries
    if runtime.planner is not None:
        await runtime.planner.async_stop()
    for keeper in (runtime.settlement, runtime.comparison):
        if keeper is not None:
            await keeper.async_stop()
    await entries.async_unload_platforms(home.entry, REAL)
    runtime.planner = planner
    runtime.settlement = SettlementKeeper(home.hass, home.entry, control(home), planner)
    await runtime.settlement.async_load()
    runtime.settlement.async_start(runtime.readings)
    runtime.comparison = ComparisonKeeper(
        home.hass, home.entry, control(home), planner, lambda: runtime.policy
    )
    await runtime.comparison.async_load()
    runtime.comparison.async_start(runtime.readings)
    await entries.async_forward_entry_setups(home.entry, REAL)
    await settle(home.hass)
    return home


def known_planner(home: Home) -> KnownPlanner:
    """Return the planner that :func:`give_planner` gave."""
    planner = home.runtime.planner
    assert isinstance(planner, KnownPlanner)
    return planner


def attributes(home: Home, name: str, platform: str = "sensor") -> dict[str, Any]:
    """Return the attributes of an entity."""
    return dict(home.state(name, platform).attributes)


def cheaper(plan: Plan) -> Plan:
    """Return the plan with another cost: no two are the same."""
    return replace(plan, cost=plan.cost - 1)
