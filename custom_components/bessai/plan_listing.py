"""A plan, its prices and its forecasts as lists for cards, scripts and automations.

Powers are in W with our sign, energies in kWh, prices per kWh, times local with their
offset.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from homeassistant.util import dt as dt_util

from .core.interval import Interval
from .core.power_forecast import PowerForecast, PowerStep
from .core.price_curve import PriceCurve, PriceStep
from .core.units import watts
from .plan_texts import why_text
from .planning.plan import Plan, PlanStep, SavingBand, Why
from .texts import Texts

type Listed = list[dict[str, Any]]


class PlanListing:
    """Describes plan, prices and forecasts, each of them once.

    What they are made into is large, is asked for with every tick, and changes with a
    new plan only.
    """

    def __init__(self, texts: Texts, capacity_kwh: Callable[[], float | None]) -> None:
        """Describe with these texts a battery that holds so much."""
        self._texts = texts
        self._capacity_kwh = capacity_kwh
        self._kept: dict[str, tuple[object, Any]] = {}

    def steps(self, plan: Plan | None) -> Listed:
        """Return the steps of a plan with all that is known of them."""
        return self._once("steps", plan, self._describe_steps)

    def brief_steps(self, plan: Plan | None) -> Listed:
        """Return the steps of a plan with what a card or template needs."""
        return self._once("brief", plan, self._describe_as_brief)

    def prices(self, curve: PriceCurve | None) -> Listed:
        """Return the prices of a curve."""
        return self._once("prices", curve, describe_prices)

    def powers(self, name: str, forecast: PowerForecast | None) -> Listed:
        """Return the powers of the forecast that goes by a name."""
        return self._once(name, forecast, describe_powers)

    def soc_pct(self, stored_kwh: float) -> float | None:
        """Return a stored energy as state of charge, percent."""
        capacity_kwh = self._capacity_kwh()
        if not capacity_kwh:
            return None
        return round(100 * stored_kwh / capacity_kwh, 1)

    def _once[T](
        self, name: str, thing: T | None, describe: Callable[[T], Listed]
    ) -> Listed:
        if thing is None:
            return []
        kept_of, kept = self._kept.get(name, (None, []))
        if kept_of is not thing:
            kept = describe(thing)
            self._kept[name] = (thing, kept)
        listed: Listed = kept
        return listed

    def _describe_steps(self, plan: Plan) -> Listed:
        words = _Words(self._texts, plan.currency)
        return [
            {
                **words.times(step.interval),
                **self._describe_briefly(step, words),
                "value": price(step.value),
                "price": price(step.price),
                "reason": step.why.value,
                "cost": money(step.cost),
                "grid": power_w(step.grid_kw),
                "pv": power_w(step.pv_kw),
                "load": power_w(step.load_kw),
            }
            for step in plan.steps
        ]

    def _describe_as_brief(self, plan: Plan) -> Listed:
        words = _Words(self._texts, plan.currency)
        return [
            {
                "start": words.moment(step.interval.start),
                **self._describe_briefly(step, words),
            }
            for step in plan.steps
        ]

    def _describe_briefly(self, step: PlanStep, words: _Words) -> dict[str, Any]:
        return {
            "intent": step.intent.value,
            "power": power_w(step.power_kw),
            "soc": self.soc_pct(step.stored_kwh),
            "import_price": price(step.import_price),
            "export_price": price(step.export_price),
            "why": words.why(step),
        }


class _Words:
    """Makes times and reasons into text, each of them once.

    A step begins when the one before it ends, and most have the reason of their
    neighbours. A long plan would hold the event loop for twice as long without this.
    """

    def __init__(self, texts: Texts, currency: str) -> None:
        self._texts, self._currency = texts, currency
        self._moments: dict[datetime, str] = {}
        self._reasons: dict[tuple[Why, float, float], str] = {}

    def times(self, interval: Interval) -> dict[str, str]:
        """Return the times of an interval."""
        return {
            "start": self.moment(interval.start),
            "end": self.moment(interval.end),
        }

    def moment(self, when: datetime) -> str:
        """Return a time by the clock of the home, with its offset."""
        if when not in self._moments:
            self._moments[when] = clock_time(when)
        return self._moments[when]

    def why(self, step: PlanStep) -> str:
        """Return why a step does what it does."""
        key = (step.why, round(step.value, 5), round(step.price, 5))
        if key not in self._reasons:
            self._reasons[key] = why_text(self._texts, step, self._currency)
        return self._reasons[key]


def describe_prices(curve: PriceCurve) -> Listed:
    """Return the prices of a curve; the confidence is 1 where they are published.

    Where they are not, and it is known how sure they are, there is a band too.
    """
    return [_describe_price(step) for step in curve]


def _describe_price(step: PriceStep) -> dict[str, Any]:
    return {
        **_times(step.interval),
        "import_price": price(step.import_price),
        "export_price": price(step.export_price),
        "confidence": round(step.confidence, 3),
        **_describe_import_band(step),
    }


def _describe_import_band(step: PriceStep) -> dict[str, float]:
    if step.import_band is None:
        return {}
    low, high = step.import_band
    return {"import_price_p10": price(low), "import_price_p90": price(high)}


def describe_powers(forecast: PowerForecast) -> Listed:
    """Return the powers of a forecast."""
    return [_describe_power(step) for step in forecast.steps]


def _describe_power(step: PowerStep) -> dict[str, Any]:
    return {
        **_times(step.interval),
        "p10": round(step.p10_w),
        "p50": round(step.p50_w),
        "p90": round(step.p90_w),
    }


def describe_costs(plan: Plan) -> dict[str, Any]:
    """Return what a plan costs and saves, and how sure that is."""
    return {
        "currency": plan.currency,
        "cost": money(plan.cost),
        "idle_cost": money(plan.idle_cost),
        "self_consumption_cost": money(plan.self_consumption_cost),
        "saving": money(plan.saving),
        "saving_band": describe_band(plan.saving_band),
        "known_until": clock_time(plan.known_until),
        "gap_bound": round(plan.solution.gap_bound, 6),
        "floor_missing": round(plan.solution.floor_missing_kwh, 3),
        "solve_ms": round(plan.solve_ms, 2),
    }


def describe_band(band: SavingBand | None) -> Mapping[str, float] | None:
    """Return how the saving varies with sun and house, ``None`` if nobody knows."""
    if band is None:
        return None
    return {"p10": money(band.p10), "p50": money(band.p50), "p90": money(band.p90)}


def power_w(power_kw: float) -> int:
    """Return a planned power in whole W."""
    return round(watts(power_kw))


def price(value: float) -> float:
    """Return a price with the digits that mean something; never a negative zero."""
    return round(value, 5) + 0.0


def money(value: float) -> float:
    """Return an amount with the digits that mean something; never a negative zero."""
    return round(value, 4) + 0.0


def _times(interval: Interval) -> dict[str, str]:
    return {"start": clock_time(interval.start), "end": clock_time(interval.end)}


def clock_time(when: datetime) -> str:
    """Return a time by the clock of the home, with its offset, to the second."""
    return dt_util.as_local(when).replace(microsecond=0).isoformat()
