"""What planning saves in closed loop, on the simulated plant, with rough forecasts."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
import os
import sys
import time
from typing import NamedTuple

from custom_components.bessai.core.battery_spec import BatterySpec
from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.power_forecast import PowerForecast
from custom_components.bessai.core.price_curve import PriceCurve
from custom_components.bessai.planning.horizon import Outlook, PlanTerms
from custom_components.bessai.planning.plan import Plan
from custom_components.bessai.planning.plan_builder import PlanQuestion
from custom_components.bessai.planning.problem import GridSpec
from custom_components.bessai.replay.account import ReplayResult
from custom_components.bessai.replay.engine import ReplayScene, replay
from custom_components.bessai.replay.policies import (
    BySetpoints,
    ByValue,
    Planner,
    Policy,
    idle,
    self_consumption,
)
from custom_components.bessai.simulator.parameters import (
    BatteryParameters,
    PlantParameters,
)

from . import day_ahead
from .bare_plan import make_bare_plan
from .rough_forecast import INVERTER, QUARTER, Home, RoughForecast, live

DAYS = int(os.environ.get("CLOSED_LOOP_DAYS", "12"))
SEASONS = tuple(date(2020, month, 10) for month in (1, 4, 7, 10))
PRICE_FACTOR = 2.0
WEAR = 0.02
CAPACITY_KWH = 10.0
POWER_KW = 5.0
ONE_WAY = 0.95
"""From the house's side of the inverter, whose losses are a part of it."""

CELLS_ONE_WAY = ONE_WAY / INVERTER

BATTERY = BatterySpec(
    min_kwh=0.0,
    max_kwh=CAPACITY_KWH,
    charge_kw=POWER_KW,
    discharge_kw=POWER_KW,
    charge_efficiency=ONE_WAY,
    discharge_efficiency=ONE_WAY,
    wear_cost=WEAR,
)
PLANT = PlantParameters(
    battery=BatteryParameters(
        capacity_kwh=CAPACITY_KWH,
        charge_power_w=1000 * POWER_KW,
        discharge_power_w=1000 * POWER_KW,
        charge_efficiency=CELLS_ONE_WAY,
        discharge_efficiency=CELLS_ONE_WAY,
    )
)
TERMS = PlanTerms(battery=BATTERY, grid=GridSpec(can_curtail=False))

type Forecaster = Callable[[datetime, datetime], tuple[PowerForecast, PowerForecast]]
"""Returns load and sun from a moment to another."""


class Run(NamedTuple):
    """One way to work the battery through one season at one tariff."""

    season: date
    tariff: int
    """Place among the tariffs."""

    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A season at a tariff."""

    prices: PriceCurve
    home: Home
    start: datetime
    end: datetime
    terms: PlanTerms = TERMS

    def planner(self, forecaster: Forecaster) -> Planner:
        """Return what plans in it by a forecaster."""

        def plan(now: datetime, stored_kwh: float) -> Plan:
            load, pv = forecaster(now, now + timedelta(hours=60))
            outlook = Outlook(curve=day_ahead.known(self.prices, now), pv=pv, load=load)
            return make_bare_plan(
                PlanQuestion(
                    outlook=outlook, terms=self.terms, stored_kwh=stored_kwh, now=now
                )
            )

        return plan

    def perfect(
        self, now: datetime, until: datetime
    ) -> tuple[PowerForecast, PowerForecast]:
        """Forecast without an error."""
        first = self.start + (now - self.start) // QUARTER * QUARTER
        span = Interval(start=first, end=min(until, self.home.load.end))
        return (
            self.home.load.forecast(span, QUARTER),
            self.home.pv_in_the_house.forecast(span, QUARTER),
        )


def build_world(run: Run) -> World:
    """Return the season and tariff of a run."""
    start = day_ahead.midnight(run.season)
    end = day_ahead.midnight(run.season + timedelta(days=DAYS))
    return World(
        prices=day_ahead.curve(
            day_ahead.read_spot(),
            day_ahead.TARIFFS[run.tariff],
            Interval(start=start, end=end + timedelta(days=2)),
            PRICE_FACTOR,
        ),
        home=live(start, DAYS),
        start=start,
        end=end,
    )


IDLE, OWN, PERFECT = "idle", "self-consumption", "perfect forecast, by value"
DAILY_SET, SET = "set-points, once a day", "set-points, every 15 min"
DAILY_VALUE, VALUE = "by value, once a day", "by value, every 15 min"
WAYS = (IDLE, PERFECT, OWN, DAILY_SET, SET, DAILY_VALUE, VALUE)


def policy(world: World, way: str) -> Policy:
    """Return how the battery is worked."""
    rough = world.planner(RoughForecast(world.home).at)
    day = timedelta(days=1)
    made: dict[str, Callable[[], Policy]] = {
        IDLE: idle,
        OWN: self_consumption,
        PERFECT: lambda: ByValue(world.planner(world.perfect)),
        DAILY_SET: lambda: BySetpoints(rough, day),
        SET: lambda: BySetpoints(rough),
        DAILY_VALUE: lambda: ByValue(rough, day),
        VALUE: lambda: ByValue(rough),
    }
    return made[way]()


def live_through(run: Run) -> ReplayResult:
    """Return what a run came to."""
    world = build_world(run)
    scene = ReplayScene(
        plant=PLANT,
        prices=world.prices,
        pv=world.home.pv,
        load=world.home.load,
        start=world.start,
        end=world.end,
        wear_cost=WEAR,
        time_zone=day_ahead.BERLIN,
    )
    return replay(scene, policy(world, run.way))


def cost(run: Run, result: ReplayResult) -> float:
    """Return what a run cost, what is stored at the end valued halfway."""
    world = build_world(run)
    steps = world.prices.steps
    mean = sum(step.import_price + step.export_price for step in steps) / len(steps) / 2
    return result.cost(ONE_WAY * mean)


async def run() -> None:
    """Print the share of the saving of a perfect forecast, by tariff and season."""
    began = time.perf_counter()
    runs = [
        Run(season, tariff, way)
        for way in reversed(WAYS)
        for tariff in range(len(day_ahead.TARIFFS))
        for season in SEASONS
    ]
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        results = await asyncio.gather(
            *(loop.run_in_executor(pool, live_through, one) for one in runs)
        )
    books = Books(dict(zip(runs, results, strict=True)))
    sys.stdout.write(
        f"{len(SEASONS)} seasons x {DAYS} days, prices of 2020 x {PRICE_FACTOR:g}; "
        "share of the saving of a perfect forecast, an idle battery being 0\n\n"
        "| tariff | way | saves, EUR | share, % | by season, % | stored writes a day "
        "| other writes a day |\n| --- | --- | --- | --- | --- | --- | --- |\n"
    )
    for tariff in range(len(day_ahead.TARIFFS)):
        sys.stdout.writelines(books.row(tariff, way) for way in WAYS[1:])
    sys.stdout.write(f"\ntook {time.perf_counter() - began:.0f} s\n")


class Books:
    """What all runs came to."""

    def __init__(self, results: dict[Run, ReplayResult]) -> None:
        """Value what is stored at the ends."""
        self._results = results
        self._costs = {one: cost(one, result) for one, result in results.items()}

    def row(self, tariff: int, way: str) -> str:
        """Return a row of the table."""
        saved = self._saved(tariff, way)
        best = self._saved(tariff, PERFECT)
        seasons = " ".join(
            f"{100 * one / most:.1f}" for one, most in zip(saved, best, strict=True)
        )
        days = [
            day
            for season in SEASONS
            for day in self._results[Run(season, tariff, way)].days
        ]
        stored = sum(day.stored_writes for day in days) / len(days)
        other = sum(day.forcible_writes for day in days) / len(days)
        return (
            f"| {day_ahead.TARIFFS[tariff].name} | {way} | {sum(saved):.2f} "
            f"| {100 * sum(saved) / sum(best):.1f} | {seasons} "
            f"| {stored:.1f} | {other:.0f} |\n"
        )

    def _saved(self, tariff: int, way: str) -> list[float]:
        """Return what was saved against an idle battery, by season."""
        return [
            self._costs[Run(season, tariff, IDLE)]
            - self._costs[Run(season, tariff, way)]
            for season in SEASONS
        ]
