"""The whole picture of a plan, as a card draws it."""

from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from .plan_entity import capacity_kwh
from .plan_listing import (
    PlanListing,
    clock_time,
    describe_costs,
    money,
    power_w,
    price,
)
from .plan_moment import Moment, currency_of
from .plan_notes import missing_texts
from .plan_texts import why_text
from .planner import Planner
from .planning.plan import Plan
from .runtime import BessaiConfigEntry, BessaiRuntime
from .settlement_keeper import SettlementKeeper

NOT_LOADED = "not_loaded"
NO_CONTROL = "no_control"


class PlanPicture:
    """Draws the picture of one entry; what is large is made once."""

    def __init__(self, hass: HomeAssistant, entry: BessaiConfigEntry) -> None:
        """Draw nothing yet."""
        self._hass, self._entry = hass, entry
        self._runtime: BessaiRuntime | None = None
        self._listing: PlanListing | None = None

    def draw(self, now: datetime) -> dict[str, Any]:
        """Return the picture at an aware moment; its keys are always the same.

        While the entry is not loaded, or there is nothing to plan for, ``status`` says
        so and the rest is empty.
        """
        about = {"entry_id": self._entry.entry_id, "title": self._entry.title}
        if self._entry.state is not ConfigEntryState.LOADED:
            return about | _EMPTY | {"status": NOT_LOADED}
        runtime = self._entry.runtime_data
        if runtime.planner is None:
            return about | _EMPTY | {"status": NO_CONTROL}
        return about | self._draw(runtime, runtime.planner, now)

    def _draw(
        self, runtime: BessaiRuntime, planner: Planner, now: datetime
    ) -> dict[str, Any]:
        listing = self._listing_of(runtime)
        moment = Moment(planner, now)
        return {
            "status": planner.status.value,
            "missing": missing_texts(planner, runtime.texts),
            "mode": runtime.control.mode.value if runtime.control else None,
            "currency": currency_of(self._hass, planner),
            "plan": _describe_plan(planner.plan),
            "steps": listing.steps(planner.plan),
            "prices": listing.prices(planner.market.curve),
            "price_source": planner.market.source_name,
            "pv_forecast": listing.powers("pv", planner.forecasts.pv),
            "load_forecast": listing.powers("load", planner.forecasts.load),
            "decision": self._describe_decision(runtime, moment),
            "savings": _describe_savings(runtime.settlement, now),
        }

    def _listing_of(self, runtime: BessaiRuntime) -> PlanListing:
        if self._listing is None or self._runtime is not runtime:
            self._runtime = runtime
            self._listing = PlanListing(runtime.texts, lambda: capacity_kwh(runtime))
        return self._listing

    def _describe_decision(
        self, runtime: BessaiRuntime, moment: Moment
    ) -> dict[str, Any] | None:
        """Return what the plan wants of the battery now, if anybody asks it."""
        decision = moment.planner.decision
        if decision is None:
            return None
        currency = currency_of(self._hass, moment.planner)
        power_kw = decision.power_kw
        return {
            "intent": decision.intent.value,
            "power": None if power_kw is None else power_w(power_kw),
            "reason": decision.why.value,
            "why": why_text(runtime.texts, decision, currency),
            "value": price(decision.value),
            "price": price(decision.price),
        }


_EMPTY: dict[str, Any] = {
    "missing": [],
    "mode": None,
    "currency": None,
    "plan": None,
    "steps": [],
    "prices": [],
    "price_source": None,
    "pv_forecast": [],
    "load_forecast": [],
    "decision": None,
    "savings": None,
}


def _describe_plan(plan: Plan | None) -> dict[str, Any] | None:
    if plan is None:
        return None
    return {
        "made_at": clock_time(plan.made_at),
        "end": clock_time(plan.end),
        **describe_costs(plan),
    }


def _describe_savings(
    keeper: SettlementKeeper | None, now: datetime
) -> dict[str, Any] | None:
    if keeper is None:
        return None
    return {
        "currency": keeper.currency,
        "today": money(keeper.today(now)),
        "month": money(keeper.month(now)),
        "total": money(keeper.total),
    }
