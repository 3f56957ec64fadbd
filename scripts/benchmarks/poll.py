"""What a poll costs: requests, words, seconds, and how long it holds the event loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import mean
import time

from custom_components.bessai.device.driver import GUARD_EVERY, PlantDriver
from custom_components.bessai.device.link_statistics import percentile

from .plant import LATENCY_MS, CountingUnit, connected_driver, simulated_plant

POLLS = 30
MOST_POLLS_UNTIL_SETTLED = 60
TICK_S = 0.001


@dataclass(slots=True)
class Poll:
    """One poll as it was measured."""

    requests: int
    words: int
    values: int
    seconds: float


@dataclass(slots=True)
class Holds:
    """How late a ticking task was woken."""

    longest_s: float = 0.0
    ticks: list[float] = field(default_factory=list)


async def run() -> None:
    """Measure and print."""
    print(
        f"A fast poll of inverter, one battery and a three-phase meter;\n"
        f"simulated plant in a process of its own, {LATENCY_MS} ms per answer, "
        f"the profile's pause between requests.\n"
    )
    async with simulated_plant() as port, connected_driver(port) as (driver, unit):
        first_s, values = await _start(driver, unit)
        print(f"{'poll':38} {'requests':>8} {'words':>6} {'values':>7} {'mean':>8} p95")
        async with watched_loop() as holds:
            early = [await _poll(driver, unit) for _ in range(GUARD_EVERY * 2)]
            _print("first polls, spans proven in the field", _fast(early))
            _print("  with the inputs of the guard", _with_guard(early))
            await _settle(driver, unit)
            late = [await _poll(driver, unit) for _ in range(POLLS)]
            _print("after the device accepted longer reads", _fast(late))
            _print("  with the inputs of the guard", _with_guard(late))
        again = PlantDriver(unit, driver.identity, driver.memory, time.monotonic)
        second_s, _ = await _start(again, unit)
        print(
            f"\nfrom the open connection to the first values: {first_s:.2f} s, "
            f"{values} values; at the next start {second_s:.2f} s"
        )
        print(f"longest hold of the event loop: {holds.longest_s * 1000:.1f} ms")


async def _start(driver: PlantDriver, unit: CountingUnit) -> tuple[float, int]:
    """Return how long the identity and the first poll take, s, and their values."""
    began = time.perf_counter()
    await driver.read_identity(datetime.now(UTC), UTC)
    first = await _poll(driver, unit)
    return time.perf_counter() - began, first.values


async def _poll(driver: PlantDriver, unit: CountingUnit) -> Poll:
    requests, words, began = unit.requests, unit.words, time.perf_counter()
    telemetry = await driver.read_readings(datetime.now(UTC), UTC)
    return Poll(
        requests=unit.requests - requests,
        words=unit.words - words,
        values=len(telemetry.values),
        seconds=time.perf_counter() - began,
    )


async def _settle(driver: PlantDriver, unit: CountingUnit) -> None:
    """Poll until every longer read was tried."""
    known = -1
    for number in range(MOST_POLLS_UNTIL_SETTLED):
        await _poll(driver, unit)
        if number % (GUARD_EVERY * 4) == 0:
            if known == len(driver.memory.spans.verdicts):
                return
            known = len(driver.memory.spans.verdicts)


def _fast(polls: list[Poll]) -> list[Poll]:
    fewest = min(poll.requests for poll in polls)
    return [poll for poll in polls if poll.requests == fewest]


def _with_guard(polls: list[Poll]) -> list[Poll]:
    most = max(poll.requests for poll in polls)
    return [poll for poll in polls if poll.requests == most]


def _print(name: str, polls: list[Poll]) -> None:
    seconds = [poll.seconds for poll in polls]
    p95 = percentile(seconds, 95)
    print(
        f"{name:38} {polls[-1].requests:8} {polls[-1].words:6} {polls[-1].values:7} "
        f"{mean(seconds):6.2f} s {p95:.2f} s"
    )


@asynccontextmanager
async def watched_loop() -> AsyncIterator[Holds]:
    """Measure how long the event loop was held by one callback at most."""
    holds = Holds()

    async def tick() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(TICK_S)
            late_s = time.perf_counter() - began - TICK_S
            holds.longest_s = max(holds.longest_s, late_s)

    task = asyncio.create_task(tick())
    try:
        yield holds
    finally:
        task.cancel()
