"""A year of real prices on the simulated plant, commanded by the real control chain.

The plan says what is to be done, or the policy that comes with BESSAI.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
import os
import sys
import time
from zoneinfo import ZoneInfo

from scripts.benchmarks import closed_loop, day_ahead
from scripts.benchmarks.by_policy import ByPolicy, PolicyWorld
from scripts.benchmarks.policy import shipped_policy
from scripts.benchmarks.rough_forecast import RoughForecast, live

from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.units import kw
from custom_components.bessai.planning.present import Measurement
from custom_components.bessai.planning.recent_mean import RecentMean
from custom_components.bessai.replay.account import Account, ReplayResult
from custom_components.bessai.replay.engine import MEASURED_OVER, ReplayScene, replay
from custom_components.bessai.replay.policies import (
    ByValue,
    Policy,
    idle,
    self_consumption,
)
from custom_components.bessai.simulator.overrides import Overrides
from custom_components.bessai.simulator.plant import SimulatedPlant
from custom_components.bessai.simulator.server import SimulatorServer

from .referee import Referee
from .virtual_chain import LASTS, LOOK, Chain

DAYS = int(os.environ.get("SOAK_DAYS", "366"))
FIRST = date.fromisoformat(os.environ.get("SOAK_FIRST", "2024-01-01"))
WAY = os.environ.get("SOAK_WAY", "plan")
"""Who commands: ``plan`` or ``policy``."""

PARTS = 2
"""Processes: a machine has at least so many cores."""

BERLIN = ZoneInfo("Europe/Berlin")
"""The clock changes twice."""


TERMS = replace(
    closed_loop.TERMS,
    battery=replace(
        closed_loop.BATTERY,
        min_kwh=0.05 * closed_loop.CAPACITY_KWH,
        max_kwh=0.98 * closed_loop.CAPACITY_KWH,
    ),
)
"""Between the default limits of the guard."""

LONG = 30
"""Days after which planning must have saved something."""

AS_FOUND = {47100: (0,), 47075: (0, 5000), 47077: (0, 5000), 47087: (0,)}
"""What the plant's settings hold when nobody commands it."""


OWED = {"charge_power_limit_w": 47075, "discharge_power_limit_w": 47077}
"""Where the settings are that may be owed in part."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """What came of one part of the year."""

    planned: ReplayResult
    own: ReplayResult
    idle: ReplayResult
    value: float
    """Of a kWh that is stored at the end."""

    unsafe_s: Counter[str]
    stored_writes: Counter[date]
    forcible_writes: Counter[date]
    events: Counter[str]
    outcomes: Counter[str]
    report: str
    left_behind: dict[int, tuple[int, ...]]
    owed: dict[int, int]
    """Settings of which the plant took only so much back; the rest follows when it can
    carry it: a cold battery takes no more than it could give."""


def live_through(first: date, days: int) -> Part:
    """Return what came of some days."""
    return asyncio.run(_live_through(first, days))


async def _live_through(first: date, days: int) -> Part:
    start = day_ahead.midnight(first)
    end = day_ahead.midnight(first + timedelta(days=days))
    prices = day_ahead.curve(
        day_ahead.read_spot(),
        day_ahead.SPOT,
        Interval(start=start, end=end + timedelta(days=1)),
    )
    home = live(start, days)
    world = closed_loop.World(
        prices=prices, home=home, start=start, end=end, terms=TERMS
    )
    scene = ReplayScene(
        plant=closed_loop.PLANT,
        prices=prices,
        pv=home.pv,
        load=home.load,
        start=start,
        end=end,
        wear_cost=closed_loop.WEAR,
        time_zone=BERLIN,
    )
    year = Year(scene, _worker(world))
    planned = await year.run()
    mean = sum(s.import_price + s.export_price for s in prices) / len(prices.steps) / 2
    return Part(
        planned=planned,
        own=replay(scene, self_consumption()),
        idle=replay(scene, idle()),
        value=closed_loop.ONE_WAY * mean,
        unsafe_s=year.referee.unsafe_s,
        stored_writes=year.chain.stored_writes,
        forcible_writes=year.chain.forcible_writes,
        events=year.chain.notes.events,
        outcomes=year.chain.notes.outcomes,
        report=year.referee.report(),
        left_behind={
            address: year.plant.read(1, address, len(words))
            for address, words in AS_FOUND.items()
        },
        owed={
            OWED[key]: round(original.written)
            for key, original in year.chain.commands.journal.originals.items()
        },
    )


def _worker(world: closed_loop.World) -> Policy:
    """Return who says what the battery is to do: the plan, or the shipped policy."""
    forecaster = RoughForecast(world.home).at
    if WAY == "plan":
        return ByValue(world.planner(forecaster))
    told = PolicyWorld(
        prices=world.prices,
        forecaster=forecaster,
        terms=world.terms,
        capacity_kwh=closed_loop.CAPACITY_KWH,
        tick=LOOK,
    )
    return ByPolicy(shipped_policy(), told)


class Year:
    """Plant, chain, worker and referee, minute by minute."""

    def __init__(self, scene: ReplayScene, worker: Policy) -> None:
        self.scene, self.now, self.worker = scene, scene.start, worker
        self.plant = SimulatedPlant(scene.plant, scene.start)
        self.chain = Chain(self.plant, lambda: self.now)

    async def run(self) -> ReplayResult:
        """Live to the end, and release."""
        await self.chain.start()
        limits = self.chain.limits
        self.referee = Referee(
            plant=self.plant,
            server=SimulatorServer(self.plant, lambda: self.now),
            clock=lambda: self.now,
            soc_min_pct=limits.soc_min_pct,
            soc_max_pct=limits.soc_max_pct,
            grace=self._grace,
        )
        account = Account(BERLIN, self.scene.wear_cost, self.plant.truth)
        net_load_w, pv_w = RecentMean(MEASURED_OVER), RecentMean(MEASURED_OVER)
        for price in self.scene.prices:
            self._show_progress(price.interval.start)
            while self.now < min(price.interval.end, self.scene.end):
                truth = self.plant.truth
                net_load_w.add(self.now, truth.grid_w + truth.battery_w)
                pv_w.add(self.now, truth.pv_w)
                measurement = Measurement(
                    net_load_kw=kw(net_load_w.mean(self.now) or 0.0),
                    pv_kw=kw(pv_w.mean(self.now) or 0.0),
                    stored_kwh=truth.stored_kwh,
                )
                wish = self.worker.wish(self.now, measurement)
                if wish is not None:
                    self.referee.promised_until = self.now + LASTS + self._grace()
                await self.chain.live(wish)
                start = self.now
                self.plant.overrides = Overrides(
                    pv_w=self.scene.pv.at(start), load_w=self.scene.load.at(start)
                )
                self.now += LOOK
                self.referee.look()
                account.count(start, self.plant.truth, price)
        await self.chain.stop()
        return ReplayResult(
            days=tuple(account.days()),
            stored_before_kwh=account.stored_before_kwh,
            plans=self.worker.plans,
        )

    def _show_progress(self, moment: datetime) -> None:
        """Print a line when a month begins: a year takes most of an hour."""
        local = moment.astimezone(BERLIN)
        if local.hour == local.minute == 0 and (
            local.day == 1 or moment == self.scene.start
        ):
            sys.stderr.write(f"{local:%Y-%m-%d}: living on\n")

    def _grace(self) -> timedelta:
        """Return how long a command may outlast us at most."""
        command = self.chain.dispatcher.command
        seconds = 120 if command is None else command.lease.terms.period_s
        return timedelta(seconds=max(seconds, 120) + 60)


def main() -> int:
    """Print what came of the year; return the exit status."""
    began = time.perf_counter()
    count = PARTS if DAYS >= PARTS else 1
    edges = [DAYS * part // count for part in range(count + 1)]
    with ProcessPoolExecutor(max_workers=count) as pool:
        parts = list(
            pool.map(
                live_through,
                [FIRST + timedelta(days=edge) for edge in edges[:-1]],
                [after - before for before, after in pairwise(edges)],
            )
        )
    sys.stdout.write(_report(parts))
    sys.stdout.write(f"took {(time.perf_counter() - began) / 60:.1f} min\n")
    wrong = list(_wrong(parts))
    sys.stdout.writelines(f"WRONG: {line}\n" for line in wrong)
    return 1 if wrong else 0


def _cost(parts: Sequence[Part], way: str) -> float:
    results = _results(parts, way)
    return sum(
        result.cost(part.value) for result, part in zip(results, parts, strict=True)
    )


def _results(parts: Sequence[Part], way: str) -> list[ReplayResult]:
    return [getattr(part, way) for part in parts]


def _wrong(parts: Sequence[Part]) -> Iterator[str]:
    """Yield what should not be."""
    unsafe = sum((part.unsafe_s for part in parts), Counter[str]())
    if unsafe:
        yield f"unsafe seconds: {dict(unsafe)}"
    saves = _cost(parts, "planned") < _cost(parts, "own") < _cost(parts, "idle")
    if DAYS >= LONG and not saves:
        yield f"the {WAY} does not save"
    for part in parts:
        expected = AS_FOUND | {
            address: divmod(value, 1 << 16) for address, value in part.owed.items()
        }
        if part.left_behind != expected or 0 in part.owed.values():
            yield f"left behind: {part.left_behind}, owed {part.owed}"


def _report(parts: Sequence[Part]) -> str:
    days = [day for part in parts for day in part.planned.days]
    stored = sum((part.stored_writes for part in parts), Counter[date]())
    other = sum((part.forcible_writes for part in parts), Counter[date]())
    lines = [
        (
            f"{len(days)} days from {days[0].day} to {days[-1].day}, "
            f"{sum(part.planned.plans for part in parts)} plans"
        )
    ]
    for way in ("planned", "own", "idle"):
        results = _results(parts, way)
        cycles = sum(one.cycles(closed_loop.CAPACITY_KWH) for one in results)
        lines.append(
            f"{way:8} bill {sum(one.bill for one in results):8.2f} EUR, "
            f"with wear and what is stored {_cost(parts, way):8.2f} EUR, "
            f"{cycles:4.0f} full cycles"
        )
    outcomes = sum((part.outcomes for part in parts), Counter[str]())
    events = sum((part.events for part in parts), Counter[str]())
    lines += [
        (
            f"writes a day: stored settings mean {stored.total() / len(days):.1f}, "
            f"most {max(stored.values(), default=0)}; "
            f"others mean {other.total() / len(days):.0f}, "
            f"most {max(other.values(), default=0)}"
        ),
        f"what came of wishes: {dict(outcomes)}",
        f"safety events: {dict(events)}",
        f"still owed at the ends: {[part.owed for part in parts if part.owed]}",
        *(part.report for part in parts),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
