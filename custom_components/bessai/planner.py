"""Keeps the plan: gathers what it is made with, has it made, and says what it wants.

Prices and forecasts are renewed at least every quarter of an hour, and each time there
is a new plan.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.debounce import Debouncer
from homeassistant.util import dt as dt_util

from .const import LOGGER
from .control.mode import DispatchMode
from .control_loop import ControlLoop
from .core.battery_spec import BatterySpec
from .core.errors import BessaiError
from .core.power_forecast import PowerForecast
from .core.price_curve import PriceCurve, PriceStep
from .core.proposal import Source
from .core.setpoint import Setpoint, Wish
from .core.telemetry import Telemetry
from .core.units import kw
from .forecasts import Forecasts
from .market_data import MarketData
from .plan_inputs import (
    battery_spec,
    measurement,
    net_load_w,
    plan_terms,
    stored_kwh,
)
from .planner_status import CannotPlan, PlannerStatus
from .planning.execution import MOST_AGE, Decision, decide, remembered, wish_of
from .planning.horizon import Outlook, PlanTerms
from .planning.plan import Plan
from .planning.plan_builder import PlanQuestion, make_plan
from .planning.present import Measurement
from .planning.recent_mean import RecentMean
from .price_options import PlanningOptions

COOLDOWN_S = 10.0
"""Several inputs may change at once; one plan is enough for them."""

JUDGED_OVER = timedelta(minutes=2)
"""The net load is judged by its mean over so long: a kettle is no reason to write."""

SURPRISE_KW = 1.0
"""A net load that is further from the forecast for minutes is a reason to plan anew."""

MOST_STORED_WRITES = 48
"""A day: more of them would wear the plant's memory for too little money. A usual day
has five to ten."""

SURPRISE_PAUSE = timedelta(minutes=5)
"""That long it has to last, and a new plan is left in peace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What somebody wants to assume instead of what is known."""

    curve: PriceCurve | None = None
    pv: PowerForecast | None = None
    load: PowerForecast | None = None
    soc_pct: float | None = None
    horizon: timedelta | None = None


class Planner:
    """The plan of one plant, while its entry is loaded."""

    source = Source.PLAN

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        control: ControlLoop,
        market: MarketData,
        forecasts: Forecasts,
        options: PlanningOptions,
    ) -> None:
        """Prepare; nothing is planned yet."""
        self.market, self.forecasts = market, forecasts
        self.plan: Plan | None = None
        self.decision: Decision | None = None
        """What the plan wants of the battery at present; ``None``: nothing."""

        self.status = PlannerStatus.WAITING
        self.problem: str | None = None
        """Why there is no plan, as the error says it."""

        self._hass, self._entry = hass, entry
        self._control, self._options = control, options
        self._net_w = RecentMean(JUDGED_OVER)
        self._lasting_net_w = RecentMean(SURPRISE_PAUSE)
        self._lock = asyncio.Lock()
        self._listeners: set[Callable[[], None]] = set()
        self._debouncer = Debouncer[Any](
            hass,
            LOGGER,
            cooldown=COOLDOWN_S,
            immediate=True,
            function=self._async_replan_quietly,
            background=True,
        )
        self._told: Decision | None = None
        self._looked_again_at: datetime | None = None
        self._stops: list[Callable[[], None]] = []
        self._starting: asyncio.Task[None] | None = None

    @callback
    def async_start(self) -> None:
        """Begin to gather and to plan, in the background; ``async_stop`` ends it."""
        self._starting = self._async_in_background(self._async_start(), "planner")

    async def _async_start(self) -> None:
        await self.market.async_start()
        await self.forecasts.async_start()
        self._stops = [
            self.market.async_add_listener(self.async_replan_soon),
            self.forecasts.async_add_listener(self.async_replan_soon),
        ]
        self._control.pilots[DispatchMode.ARBITRAGE] = self
        self.async_replan_soon()

    async def async_stop(self) -> None:
        """Plan no more, and want nothing of the battery."""
        self._control.pilots.pop(DispatchMode.ARBITRAGE, None)
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        self._debouncer.async_shutdown()
        for stop in self._stops:
            stop()
        await self.market.async_stop()
        await self.forecasts.async_stop()

    @callback
    def async_add_listener(self, update: Callable[[], None]) -> Callable[[], None]:
        """Call ``update`` whenever the plan, or what it wants, has changed."""
        self._listeners.add(update)
        return lambda: self._listeners.discard(update)

    def prices_now(self, now: datetime) -> PriceStep | None:
        """Return the prices of an aware moment, if they are known."""
        return None if self.market.curve is None else self.market.curve.at(now)

    @callback
    def async_observe(self, telemetry: Telemetry) -> None:
        """Take note of a poll; plan again if it is not at all as was foreseen.

        Nothing is raised: whoever else listens to the poll comes after us.
        """
        try:
            self._observe(telemetry)
        except Exception:  # noqa: BLE001 - see above
            LOGGER.exception("%s: a poll was not taken note of", self._entry.title)
        self.steer()  # in any mode the owner may see what it would do

    def _observe(self, telemetry: Telemetry) -> None:
        for mean in (self._net_w, self._lasting_net_w):
            mean.add(telemetry.read_at, net_load_w(telemetry))
        self.forecasts.async_observe(telemetry)
        now = dt_util.utcnow()
        if self.status in {PlannerStatus.WAITING, PlannerStatus.STALE}:
            self.async_replan_soon()
        elif self._is_surprised(now):
            self._looked_again_at = now
            self._async_in_background(self._async_look_again(), "look again")

    @callback
    def steer(self) -> Wish | None:
        """Return what the plan wants of the battery now, ``None``: nothing.

        Where the plan does not say, or is too old, the inverter's self-consumption is
        the answer. Nothing is raised: a mistake of ours in planning must not keep the
        guard from looking at the plant.
        """
        before, now = self._shown, dt_util.utcnow()
        try:
            self.decision = self._decide(now)
        except Exception:  # noqa: BLE001 - see above
            LOGGER.exception("%s: the plan cannot be carried out", self._entry.title)
            self.decision = None
        self._told = remembered(self._told, self.decision, now)
        if self._shown != before:
            # Entities have their own time: what goes wrong in them stays there.
            self._hass.loop.call_soon(self._async_changed)
        return self.affordable(wish_of(self.decision))

    def affordable(self, wish: Wish | None) -> Wish | None:
        """Return a wish, if the plant's memory can stand what it takes today."""
        if self._control.stored_writes_today < MOST_STORED_WRITES:
            return wish
        is_discharge = isinstance(wish, Setpoint) and wish.power_w > 0
        return wish if is_discharge else None

    @callback
    def async_replan_soon(self) -> None:
        """Plan again, once, for all that changes at about the same time."""
        self._debouncer.async_schedule_call()

    async def async_replan(self) -> Plan | None:
        """Plan anew and return the plan; ``None``: ``status`` says what it lacks."""
        async with self._lock:
            now = dt_util.utcnow()
            try:
                question = self._question(WhatIf(), now)
                self.plan = await self._async_make(question)
            except CannotPlan as err:
                self._set_failure(err.status, None)
            except Exception as err:  # noqa: BLE001 - the next one may succeed
                self._note_failure(err)
            else:
                self.status, self.problem = PlannerStatus.READY, None
        self._async_changed()
        return self.plan

    async def async_what_if(self, assumed: WhatIf) -> Plan:
        """Return the plan for other prices, forecasts or charge; it changes nothing.

        Raises:
            CannotPlan: If something is missing that was not assumed either.
            BessaiError: If there is nothing that can be planned with.
        """
        return await self._async_make(self._question(assumed, dt_util.utcnow()))

    @callback
    def async_adopt(self, plan: Plan) -> None:
        """Put a plan in force until the next one is made."""
        self.plan, self.status, self.problem = plan, PlannerStatus.READY, None
        self._async_changed()

    @property
    def _shown(self) -> tuple[object, ...]:
        """What listeners want to hear of: not each change of what energy is worth."""
        decision = self.decision
        told = None if decision is None else (decision.intent, decision.power_kw)
        return self.status, told

    def terms_for(self, curve: PriceCurve) -> PlanTerms:
        """Return what a plan at these prices has to keep to.

        Raises:
            CannotPlan: If too little is known of the battery.
        """
        battery = self.battery_for(curve.currency)
        return plan_terms(battery, self._options, curve)

    def battery_for(self, currency: str) -> BatterySpec:
        """Return the battery within the owner's limits; its wear is in a currency.

        Raises:
            CannotPlan: If too little is known of it.
        """
        state = self._control.state
        if state is None:
            raise CannotPlan(PlannerStatus.WAITING)
        limits = self._control.options.limits
        battery = battery_spec(state, limits, self._options, currency)
        if battery is None:
            # Its limits are among the settings, which are read last.
            is_read = state.charge_cutoff_pct is not None
            raise CannotPlan(
                PlannerStatus.NO_BATTERY if is_read else PlannerStatus.WAITING
            )
        return battery

    def measured(self, now: datetime) -> Measurement | None:
        """Return what is decided by; ``None`` where something of it is not known."""
        state = self._control.state
        return None if state is None else measurement(state, self._net_w.mean(now))

    def _question(self, assumed: WhatIf, now: datetime) -> PlanQuestion:
        """Return all that a plan is made with."""
        state = self._control.state
        if state is None:
            raise CannotPlan(PlannerStatus.WAITING)
        curve = assumed.curve or self.market.curve
        if curve is None:
            raise CannotPlan(PlannerStatus.NO_PRICES)
        terms = self.terms_for(curve)
        stored = stored_kwh(state, assumed.soc_pct)
        if stored is None:
            raise CannotPlan(PlannerStatus.NO_BATTERY)
        return PlanQuestion(
            outlook=Outlook(
                curve=curve,
                pv=assumed.pv or self.forecasts.pv,
                load=assumed.load or self.forecasts.load,
            ),
            terms=replace(terms, horizon=assumed.horizon),
            stored_kwh=stored,
            now=now,
        )

    async def _async_make(self, question: PlanQuestion) -> Plan:
        return await self._hass.async_add_executor_job(_make_timed, question)

    def _note_failure(self, err: Exception) -> None:
        """Note an error of planning; the former plan counts until it is stale."""
        problem = str(err) if isinstance(err, BessaiError) else repr(err)
        if problem != self.problem:
            LOGGER.warning(
                "%s: cannot plan: %s",
                self._entry.title,
                problem,
                exc_info=not isinstance(err, BessaiError),
            )
        self._set_failure(PlannerStatus.FAILED, problem)

    def _set_failure(self, status: PlannerStatus, problem: str | None) -> None:
        """Note why there is no new plan; the former one counts until it is stale."""
        self.status, self.problem = status, problem
        if status is not PlannerStatus.FAILED:
            self.plan = None

    def _decide(self, now: datetime) -> Decision | None:
        if self.plan is None:
            return None
        if not timedelta() <= now - self.plan.made_at <= MOST_AGE:
            self.status = PlannerStatus.STALE
            return None
        measured = self.measured(now)
        if measured is None:
            return None
        return decide(self.plan, now, measured, self._told)

    def _is_surprised(self, now: datetime) -> bool:
        """Return whether house and sun are, for minutes, not as was foreseen."""
        if self.plan is None or now - self.plan.made_at < SURPRISE_PAUSE:
            return False
        looked_at = self._looked_again_at
        if looked_at is not None and timedelta() <= now - looked_at < SURPRISE_PAUSE:
            return False
        step, mean_w = self.plan.step_at(now), self._lasting_net_w.mean(now)
        if step is None or mean_w is None:
            return False
        foreseen_kw = step.load_kw - step.pv_kw
        return abs(kw(mean_w) - foreseen_kw) > SURPRISE_KW

    async def _async_look_again(self) -> None:
        await self.forecasts.async_refresh(dt_util.utcnow())
        self.async_replan_soon()

    async def _async_replan_quietly(self) -> None:
        await self.async_replan()

    @callback
    def _async_changed(self) -> None:
        for update in list(self._listeners):
            update()

    @callback
    def _async_in_background(
        self, work: Coroutine[Any, Any, None], what: str
    ) -> asyncio.Task[None]:
        return self._entry.async_create_background_task(
            self._hass, work, f"{self._entry.title} {what}"
        )


def _make_timed(question: PlanQuestion) -> Plan:
    """Make a plan and note how long it took; in the executor."""
    began_s = perf_counter()
    plan = make_plan(question)
    return replace(plan, solve_ms=round(1000 * (perf_counter() - began_s), 1))
