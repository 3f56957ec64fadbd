"""Puts prices and forecasts on one grid of intervals: the problem to be solved.

The grid is cut where a price changes and at every quarter of an hour, after a day at
every hour; it begins now, in the middle of a quarter if need be. It is in UTC, so days
of 23 and 25 hours are as long as they are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import fmean

from ..core.battery_spec import BatterySpec
from ..core.errors import BessaiError
from ..core.interval import Interval
from ..core.power_forecast import PowerForecast, Quantile
from ..core.price_curve import PriceCurve, PriceStep
from ..core.units import kw
from .problem import Ending, GridSpec, Problem, ProblemStep

QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)
DAY = timedelta(hours=24)
FINE = DAY
"""What is later is planned by the hour, and again by the quarter when it has come."""


LEAST_HORIZON = timedelta(hours=48)
"""Prices that are known for less are continued with those of the last day: what is
stored at the end of the known prices is worth what it saves afterwards, and that is
best found by planning on."""

USUAL_LOAD_W = 300.0
"""Of a house that was not measured for long enough to be forecast."""

LOAD_SHARE = 1 / 3

CONTINUED_CONFIDENCE = 0.5
"""How sure it is that a day's prices come again."""


class HorizonError(BessaiError):
    """There is nothing to plan over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is known and expected of the time to come."""

    curve: PriceCurve
    pv: PowerForecast | None = None
    """``None``: there are no panels, or nothing is known of them."""

    load: PowerForecast | None = None
    usual_load_w: float = USUAL_LOAD_W
    """What the house uses where the forecast says nothing."""

    pv_quantile: Quantile = Quantile.P50
    load_quantile: Quantile = Quantile.P50
    """How far the load is from expected: a third of the way to this quantile. A band
    is one of quarter hours, and no day has all of them at its edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTerms:
    """What the owner and the plant set for a plan."""

    battery: BatterySpec
    grid: GridSpec = field(default_factory=GridSpec)
    min_spread: float = 0.0
    """Buying or selling with the battery must earn at least this per kWh."""

    min_confidence: float = 0.0
    """Where a price is less sure than this the battery does not buy or sell, 0 to 1."""

    horizon: timedelta | None = None
    """How far to look at most; ``None``: as far as prices go."""


def build_problem(
    outlook: Outlook, terms: PlanTerms, stored_kwh: float, now: datetime
) -> Problem:
    """Return what the optimiser has to solve.

    Args:
        outlook: Prices, of the past of today too where they are known, and forecasts.
        terms: Battery, grid and the owner's thresholds.
        stored_kwh: At present.
        now: Aware.

    Raises:
        HorizonError: If no price is known for now.
    """
    first = now.replace(microsecond=0)
    curve = outlook.curve
    if curve.at(first) is None:
        raise HorizonError(
            f"prices are known from {curve.start:%F %R} to {curve.end:%F %R} UTC, "
            f"not for {first:%F %R}"
        )
    prices = tuple(_continued(curve, first + LEAST_HORIZON))
    last = prices[-1].interval.end
    if terms.horizon is not None:
        last = min(last, first + terms.horizon)
    steps = tuple(_steps(prices, outlook, terms, Interval(start=first, end=last)))
    return Problem(
        steps=steps,
        battery=terms.battery.reaching(stored_kwh),
        stored_kwh=stored_kwh,
        grid=terms.grid,
        ending=_ending(steps, terms.battery),
        min_spread=terms.min_spread,
    )


def as_expected(outlook: Outlook, *, pv: Quantile, load: Quantile) -> Outlook:
    """Return the outlook as it is if sun and house turn out so."""
    return replace(outlook, pv_quantile=pv, load_quantile=load)


def _continued(curve: PriceCurve, until: datetime) -> Iterator[PriceStep]:
    """Yield the prices, and then those of the last day again until there are enough."""
    yield from curve
    last_day = [step for step in curve if step.interval.start >= curve.end - DAY]
    pattern = last_day or [curve.steps[-1]]
    span = curve.end - pattern[0].interval.start
    end, shift = curve.end, span
    while end < until:
        for step in pattern:
            yield _later(step, shift)
        end, shift = end + span, shift + span


def _later(price: PriceStep, shift: timedelta) -> PriceStep:
    interval = price.interval
    return replace(
        price,
        interval=Interval(start=interval.start + shift, end=interval.end + shift),
        confidence=min(price.confidence, CONTINUED_CONFIDENCE),
    )


def _steps(
    prices: Iterable[PriceStep], outlook: Outlook, terms: PlanTerms, span: Interval
) -> Iterator[ProblemStep]:
    for price in prices:
        for interval in _parts(price.interval, span):
            yield ProblemStep(
                interval=interval,
                import_price=price.import_price,
                export_price=price.export_price,
                pv_kw=_power_kw(outlook.pv, interval, outlook.pv_quantile, 0.0),
                load_kw=_load_kw(outlook, interval),
                may_trade=price.confidence >= terms.min_confidence,
            )


def _parts(whole: Interval, span: Interval) -> Iterator[Interval]:
    """Yield the parts of an interval within a span, cut at quarters, later at hours."""
    start, end = max(whole.start, span.start), min(whole.end, span.end)
    while start < end:
        into = timedelta(minutes=start.minute, seconds=start.second)
        into += timedelta(microseconds=start.microsecond)
        length = QUARTER if start < span.start + FINE else HOUR
        cut = min(start + length - into % length, end)
        yield Interval(start=start, end=cut)
        start = cut


def _load_kw(outlook: Outlook, interval: Interval) -> float:
    load, usual_w = outlook.load, outlook.usual_load_w
    expected_kw = _power_kw(load, interval, Quantile.P50, usual_w)
    edge_kw = _power_kw(load, interval, outlook.load_quantile, usual_w)
    return expected_kw + LOAD_SHARE * (edge_kw - expected_kw)


def _power_kw(
    forecast: PowerForecast | None,
    interval: Interval,
    quantile: Quantile,
    usual_w: float,
) -> float:
    mean_w = None if forecast is None else forecast.mean_w(interval, quantile)
    return kw(usual_w if mean_w is None else mean_w)


FLOOR_PENALTY = 1.25
"""Times the dearest price: what is missing to the lowest state of charge at the end."""


def _ending(steps: tuple[ProblemStep, ...], battery: BatterySpec) -> Ending:
    """Return what a kWh at the very end is worth: between buying and selling it.

    Nobody knows how much of it will replace imports and how much will keep surplus from
    being stored. The import price alone makes a plan hoard, nothing makes it sell out:
    in closed loop, halfway saved the most. By then a battery that is below its lowest
    state of charge, or its reserve, should be back there.
    """
    end = steps[-1].interval.end
    prices = [
        price
        for step in steps
        if step.interval.start >= end - DAY
        for price in (step.import_price, step.export_price)
    ]
    return Ending(
        value_per_kwh=max(0.0, fmean(prices) * battery.discharge_efficiency),
        floor_kwh=battery.min_kwh,
        floor_penalty=FLOOR_PENALTY * max(0.0, *(step.import_price for step in steps)),
    )
