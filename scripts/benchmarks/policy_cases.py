"""The houses and tariffs that the shipped policy is measured on, and their optimum."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
import os
from statistics import fmean
from typing import NamedTuple

from custom_components.bessai.core.battery_spec import BatterySpec
from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.price_curve import PriceCurve
from custom_components.bessai.core.units import hours, kw
from custom_components.bessai.planning.horizon import Outlook, PlanTerms
from custom_components.bessai.planning.optimiser import solve
from custom_components.bessai.planning.plan import Plan
from custom_components.bessai.planning.plan_builder import PlanQuestion
from custom_components.bessai.planning.problem import (
    Ending,
    GridSpec,
    Problem,
    ProblemStep,
)
from custom_components.bessai.replay.policies import Planner
from custom_components.bessai.replay.series import PowerSeries
from custom_components.bessai.simulator.parameters import (
    BatteryParameters,
    PlantParameters,
)

from . import day_ahead
from .bare_plan import make_bare_plan
from .closed_loop import CELLS_ONE_WAY, ONE_WAY, WEAR, World
from .day_ahead import Tariff
from .rough_forecast import PEAK_W, QUARTER, Home, live

FIRST = date.fromisoformat(os.environ.get("POLICY_FROM", "2024-01-01"))
DAYS = int(os.environ.get("POLICY_DAYS", "366"))
CASES = os.environ.get("POLICY_CASES", "")
"""Places of cases, comma separated; empty: all."""

FORESEEN = timedelta(days=3)
CHUNK, OVERLAP = timedelta(days=10), timedelta(days=2)
"""Of the exact optimum: what is stored after two more days has no more influence."""

FIRST_SOC = 0.5


def _by_day_and_night(moment: datetime) -> float:
    return 0.34 if 7 <= moment.astimezone(day_ahead.BERLIN).hour < 22 else 0.22


TIME_OF_USE = Tariff(
    name="time of use", import_price=lambda _: 0.0, export_price=lambda _: 0.08
)
"""Its import price depends on the hour alone."""

TARIFFS = (day_ahead.SPOT, day_ahead.FEED_IN, day_ahead.LOW_FEE, TIME_OF_USE)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A household that taught nothing."""

    name: str
    seed: int
    load: float
    """Times the usual load."""

    sun: float
    capacity_kwh: float
    power_kw: float


HOUSES = (
    House(name="A", seed=11, load=0.8, sun=1.0, capacity_kwh=10.0, power_kw=5.0),
    House(name="B", seed=12, load=1.6, sun=1.6, capacity_kwh=15.0, power_kw=5.0),
)


class Case(NamedTuple):
    """A house at a tariff."""

    house: House
    tariff: Tariff

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.house.name}, {self.tariff.name}"


def cases() -> list[Case]:
    """Return all cases, or those that are asked for."""
    every = [Case(house, tariff) for house in HOUSES for tariff in TARIFFS]
    return [every[int(one)] for one in CASES.split(",")] if CASES else every


def build_world(case: Case, first: date = FIRST, days: int = DAYS) -> World:
    """Return house and prices of a case."""
    start = day_ahead.midnight(first)
    end = day_ahead.midnight(first + timedelta(days=days))
    house = case.house
    home = live(start, days, house.seed)
    return World(
        prices=_prices(case.tariff, Interval(start=start, end=end)),
        home=Home(load=_times(home.load, house.load), pv=_times(home.pv, house.sun)),
        start=start,
        end=end,
        terms=PlanTerms(battery=_battery(house), grid=GridSpec(can_curtail=False)),
    )


def coarse(home: Home, tick: timedelta) -> Home:
    """Return a home whose load and sun are means of ticks, which are whole minutes."""
    return Home(load=_means(home.load, tick), pv=_means(home.pv, tick))


def _means(series: PowerSeries, tick: timedelta) -> PowerSeries:
    count = tick // series.period
    values = series.values_w[: len(series.values_w) // count * count]
    means = [fmean(values[i : i + count]) for i in range(0, len(values), count)]
    return replace(series, period=tick, values_w=means)


def _prices(tariff: Tariff, span: Interval) -> PriceCurve:
    """Return prices from a day before to a day after, as far as the market's go."""
    spot = day_ahead.read_spot()
    day = timedelta(days=1)
    start = span.start - day if span.start - day in spot else span.start
    end = span.end + day if span.end + day - day_ahead.HOUR in spot else span.end
    curve = day_ahead.curve(spot, tariff, Interval(start=start, end=end))
    if tariff is not TIME_OF_USE:
        return curve
    steps = (
        replace(step, import_price=_by_day_and_night(step.interval.start))
        for step in curve
    )
    return replace(curve, steps=tuple(steps))


def _times(series: PowerSeries, factor: float) -> PowerSeries:
    return replace(series, values_w=[factor * one for one in series.values_w])


def _battery(house: House) -> BatterySpec:
    return BatterySpec(
        min_kwh=0.0,
        max_kwh=house.capacity_kwh,
        charge_kw=house.power_kw,
        discharge_kw=house.power_kw,
        charge_efficiency=ONE_WAY,
        discharge_efficiency=ONE_WAY,
        wear_cost=WEAR,
    )


def plant_of(house: House, soc: float = FIRST_SOC) -> PlantParameters:
    """Return the simulated plant of a house, with so much of its battery full."""
    power_w = 1000 * house.power_kw
    return PlantParameters(
        rated_power_w=max(10_000.0, PEAK_W * house.sun + power_w),
        battery=BatteryParameters(
            capacity_kwh=house.capacity_kwh,
            soc_pct=100 * soc,
            charge_power_w=power_w,
            discharge_power_w=power_w,
            charge_efficiency=CELLS_ONE_WAY,
            discharge_efficiency=CELLS_ONE_WAY,
        ),
    )


def worth_of(prices: PriceCurve) -> float:
    """Return what a stored kWh is worth: what it is halfway between buying and selling.

    At the end of what is lived through, where nobody knows what comes of it.
    """
    return ONE_WAY * fmean(
        (step.import_price + step.export_price) / 2 for step in prices
    )


def clairvoyant(world: World) -> Planner:
    """Return a planner that knows prices, house and sun of the next three days."""

    def plan(now: datetime, stored_kwh: float) -> Plan:
        load, pv = world.perfect(now, now + FORESEEN)
        first = (now - world.prices.start) // day_ahead.HOUR
        steps = world.prices.steps[first : first + FORESEEN // day_ahead.HOUR]
        curve = PriceCurve(currency=world.prices.currency, steps=steps)
        outlook = Outlook(curve=curve, pv=pv, load=load)
        return make_bare_plan(
            PlanQuestion(
                outlook=outlook, terms=world.terms, stored_kwh=stored_kwh, now=now
            )
        )

    return plan


def best_saving(world: World) -> float:
    """Return what perfect foresight saves against no battery: the exact optimum.

    In windows that overlap, by the quarter hour, on the battery as it is planned with.
    """
    steps = list(_problem_steps(world))
    worth = worth_of(world.prices)
    battery = world.terms.battery
    first_kwh = stored_kwh = FIRST_SOC * battery.max_kwh
    saved, at = 0.0, 0
    count, more = CHUNK // QUARTER, OVERLAP // QUARTER
    while at < len(steps):
        solution = solve(
            Problem(
                steps=tuple(steps[at : at + count + more]),
                battery=battery,
                stored_kwh=stored_kwh,
                grid=world.terms.grid,
                ending=Ending(value_per_kwh=worth),
            )
        )
        done = min(count, len(steps) - at)
        for step, power_kw in zip(steps[at:], solution.powers_kw[:done], strict=False):
            saved += _saved(step, power_kw)
        stored_kwh, at = solution.stored_kwh[done], at + done
    return saved + worth * (stored_kwh - first_kwh)


def _problem_steps(world: World) -> Iterator[ProblemStep]:
    start = world.start
    for price in world.prices:
        while start < min(price.interval.end, world.end):
            interval = Interval(start=start, end=start + QUARTER)
            yield ProblemStep(
                interval=interval,
                import_price=price.import_price,
                export_price=price.export_price,
                pv_kw=kw(world.home.pv_in_the_house.mean_w(interval)),
                load_kw=kw(world.home.load.mean_w(interval)),
            )
            start += QUARTER


def _saved(step: ProblemStep, power_kw: float) -> float:
    """Return what a power saves in a quarter hour, against none."""
    net_kw = step.load_kw - step.pv_kw

    def bill(grid_kw: float) -> float:
        return grid_kw * (step.import_price if grid_kw > 0 else step.export_price)

    per_hour = bill(net_kw) - bill(net_kw - power_kw) - WEAR * abs(power_kw)
    return per_hour * hours(QUARTER)
