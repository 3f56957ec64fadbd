"""What the shipped policy saves in homes, at tariffs and in a year it has never seen.

Lived through on the simulated plant, with the code of the product and rough forecasts,
by the quarter hour unless POLICY_TICK_MIN says otherwise. Beside it the plan,
self-consumption, and the exact optimum of one that knows load, sun and prices of all
the year, by the quarter hour.
"""

import asyncio
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
import os
from pathlib import Path
from statistics import fmean
import sys
import time
from typing import NamedTuple

from custom_components.bessai.inference.model_card import Purpose
from custom_components.bessai.inference.model_loader import load_model
from custom_components.bessai.inference.model_shelf import ModelShelf
from custom_components.bessai.inference.policy import Policy as LearnedPolicy
from custom_components.bessai.inference.policy_features import FEATURES
from custom_components.bessai.replay.account import ReplayResult
from custom_components.bessai.replay.engine import ReplayScene, replay
from custom_components.bessai.replay.policies import (
    ByValue,
    Policy,
    idle,
    self_consumption,
)

from . import day_ahead
from .by_policy import ByPolicy, PolicyWorld
from .closed_loop import WEAR, World
from .policy_cases import (
    DAYS,
    FIRST,
    Case,
    best_saving,
    build_world,
    cases,
    clairvoyant,
    coarse,
    plant_of,
    worth_of,
)
from .rough_forecast import Home, RoughForecast

WORKERS = int(os.environ.get("POLICY_WORKERS", str(os.cpu_count() or 1)))
MODELS = Path(__file__).parents[2] / "custom_components/bessai/models"
MODEL = "policy.onnx"
TICK = timedelta(minutes=int(os.environ.get("POLICY_TICK_MIN", "15")))
"""By the quarter hour the year takes minutes, and the exact optimum lives in the same
world; by the minute it takes hours."""

PLANS_EVERY = timedelta(hours=3)
"""Nearly as good as each quarter of an hour in closed loop, and much faster."""

FORESEES_EVERY = timedelta(hours=12)
"""A day is planned by the quarter hour, what comes after it by the hour."""

AFTER = timedelta(days=3)
"""By then it is all the same what was stored when a month ended."""

IDLE, OWN, PLAN, POLICY = "idle", "self-consumption", "plan", "policy"
FORESIGHT = "perfect foresight"
WAYS = (IDLE, FORESIGHT, OWN, PLAN, POLICY)


class Run(NamedTuple):
    """A way to work the battery of a case."""

    case: int
    way: str


class Lived(NamedTuple):
    """What a run came to, worth of what is stored included."""

    cost: float
    months: tuple[float, ...]
    stored_writes: float
    """A day."""

    other_writes: float


def worker(case: Case, world: World, way: str) -> Policy:
    """Return how the battery is worked."""
    if way == IDLE:
        return idle()
    if way == OWN:
        return self_consumption()
    if way == FORESIGHT:
        return ByValue(clairvoyant(world), FORESEES_EVERY)
    forecaster = RoughForecast(world.home).at
    if way == PLAN:
        return ByValue(world.planner(forecaster), PLANS_EVERY)
    told = PolicyWorld(
        prices=world.prices,
        forecaster=forecaster,
        terms=world.terms,
        capacity_kwh=case.house.capacity_kwh,
        tick=TICK,
    )
    return ByPolicy(shipped_policy(), told)


def shipped_policy() -> LearnedPolicy:
    """Return the policy that comes with BESSAI, on our own engine."""
    file = ModelShelf(MODELS, MODELS).read(MODEL, shipped=True)
    model = load_model(file, Purpose.DISPATCH_POLICY, FEATURES, only_numpy=True)
    return LearnedPolicy(model)


def live_through(run: Run) -> Lived:
    """Return what a run came to."""
    case = cases()[run.case]
    world = build_world(case)
    result = work(case, world, run.way, TICK)
    return Lived(
        cost=result.cost(worth_of(world.prices)),
        months=tuple(_months(case, world, result)),
        stored_writes=fmean(day.stored_writes for day in result.days),
        other_writes=fmean(day.forcible_writes for day in result.days),
    )


def foresee(number: int) -> float:
    """Return what perfect foresight saves in a case."""
    return best_saving(build_world(cases()[number]))


def work(
    case: Case, world: World, way: str, tick: timedelta = timedelta(minutes=1)
) -> ReplayResult:
    """Return what working the battery in a way came to."""
    scene = scene_of(case, world, coarse(world.home, tick), tick)
    return replay(scene, worker(case, world, way))


def scene_of(case: Case, world: World, lived: Home, tick: timedelta) -> ReplayScene:
    """Return what happens in a case, in ticks."""
    return ReplayScene(
        plant=plant_of(case.house),
        prices=world.prices,
        pv=lived.pv,
        load=lived.load,
        start=world.start,
        end=world.end,
        wear_cost=WEAR,
        time_zone=day_ahead.BERLIN,
        tick=tick,
    )


def _months(case: Case, world: World, result: ReplayResult) -> Iterator[float]:
    """Yield what each month of the calendar cost, with what it left to the next one.

    What is common to all ways is in it, too: only differences between them count.
    """
    before = 0.0
    for _, days in groupby(result.days, key=lambda day: day.day.month):
        of_month = list(days)
        end = day_ahead.midnight(of_month[-1].day + timedelta(days=1))
        after = _aftermath(case, world, end, of_month[-1].stored_kwh)
        yield sum(day.cost for day in of_month) + after - before
        before = after


def _aftermath(case: Case, world: World, at: datetime, stored_kwh: float) -> float:
    """Return what the days after a month cost by self-consumption, from what is stored.

    Months are not closed accounts: one that ends with a full battery would seem the
    worse. What is stored is worth what the inverter alone makes of it.
    """
    end = min(at + AFTER, world.end)
    if at >= end:
        return -worth_of(world.prices) * stored_kwh
    begun = plant_of(case.house, stored_kwh / case.house.capacity_kwh)
    lived = coarse(world.home, TICK)
    scene = replace(scene_of(case, world, lived, TICK), plant=begun, start=at, end=end)
    return replay(scene, self_consumption()).cost(worth_of(world.prices))


async def run() -> None:
    """Print what each way saves, and what the policy saves month by month."""
    began = time.perf_counter()
    asked = cases()
    runs = [Run(number, way) for way in reversed(WAYS) for number in range(len(asked))]
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(max_workers=WORKERS) as pool:
        lived = [loop.run_in_executor(pool, live_through, one) for one in runs]
        best = [loop.run_in_executor(pool, foresee, one) for one in range(len(asked))]
        results = dict(zip(runs, await asyncio.gather(*lived), strict=True))
        bests = await asyncio.gather(*best)
    sys.stdout.write(
        f"{DAYS} days from {FIRST}, by {TICK}; saved against an idle battery; "
        "beside it as a share of perfect foresight, of the larger of both\n\n"
        "| house, tariff | exact optimum, EUR | foresight on the plant "
        "| self-consumption | plan | policy "
        "| worst month over self-consumption, EUR | stored writes a day, other |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
    )
    by_case = [
        (case, {way: results[Run(number, way)] for way in WAYS})
        for number, case in enumerate(asked)
    ]
    for (case, lived_through), most in zip(by_case, bests, strict=True):
        sys.stdout.write(_row(case, lived_through, most))
    for way in (POLICY, PLAN):
        sys.stdout.write(f"\n{way} over self-consumption by month, EUR\n\n")
        for case, lived_through in by_case:
            over = " ".join(f"{one:.2f}" for one in _over_own(lived_through, way))
            sys.stdout.write(f"{case.name}: {over}\n")
    sys.stdout.write(f"\ntook {time.perf_counter() - began:.0f} s\n")


def _over_own(results: Mapping[str, Lived], way: str) -> list[float]:
    """Return what a way saves against self-consumption, by month."""
    pairs = zip(results[OWN].months, results[way].months, strict=True)
    return [own - ours for own, ours in pairs]


def _row(case: Case, results: Mapping[str, Lived], best: float) -> str:
    """Return a row; shares are of the larger one of both optima."""
    saved = {way: results[IDLE].cost - results[way].cost for way in WAYS}
    most = max(best, saved[FORESIGHT])
    shares = " | ".join(
        f"{saved[way]:.2f}, {100 * saved[way] / most:.1f} %" for way in WAYS[2:]
    )
    ours, worst = results[POLICY], min(_over_own(results, POLICY))
    return (
        f"| {case.name} | {best:.2f} | {saved[FORESIGHT]:.2f} | {shares} "
        f"| {worst:.2f} | {ours.stored_writes:.1f}, {ours.other_writes:.0f} |\n"
    )
