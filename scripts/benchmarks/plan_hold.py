"""How long an event loop is held while plans are made in the executor.

In a process of its own, which has loaded Home Assistant and the integration and nothing
that a home does not have: a garbage collection goes through all of a process.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
import gc
from statistics import quantiles
from time import perf_counter

from homeassistant import bootstrap  # noqa: F401 - what it loads is what is there

from custom_components.bessai import (  # noqa: F401 - the same
    calendar,
    config_flow,
    sensor,
)
from custom_components.bessai.planning.optimiser import solve

from .home_problem import home_problem

PLANS = 20
COUNT, MINUTES = 576, 5
MS = 1e3


async def run() -> None:
    """Measure and print, beside a thread that only counts for as long."""
    with _collections_ms() as collections_ms:
        began = perf_counter()
        plans_ms = [
            gap_ms for seed in range(PLANS) for gap_ms in await _gaps_ms(_plan(seed))
        ]
        took_s = perf_counter() - began
    print(
        f"event loop held by {PLANS} plans of {COUNT} intervals in the executor, ms: "
        f"{_summary(plans_ms)}; longest of {len(collections_ms)} garbage collections "
        f"meanwhile {max(collections_ms, default=0.0):.1f}"
    )
    counting_ms = await _gaps_ms(lambda: _count(took_s))
    print(f"the same beside a thread that only counts, ms: {_summary(counting_ms)}")


async def _gaps_ms(work: Callable[[], object]) -> list[float]:
    """Return the pauses of the event loop while work is done in the executor."""
    gaps_ms: list[float] = []
    done = asyncio.get_running_loop().run_in_executor(None, work)
    last = perf_counter()
    while not done.done():
        await asyncio.sleep(0)
        now = perf_counter()
        gaps_ms.append(MS * (now - last))
        last = now
    return gaps_ms


def _plan(seed: int) -> Callable[[], object]:
    """Return the work of a plan; every other one is not convex."""
    return partial(solve, home_problem(seed, COUNT, MINUTES, dented=bool(seed % 2)))


def _count(seconds: float) -> None:
    end = perf_counter() + seconds
    while perf_counter() < end:
        sum(range(COUNT))


def _summary(gaps_ms: list[float]) -> str:
    return f"p99 {quantiles(gaps_ms, n=100)[-1]:.1f}, longest {max(gaps_ms):.1f}"


@contextmanager
def _collections_ms() -> Iterator[list[float]]:
    """Yield how long garbage collections took, which hold everything."""
    took_ms: list[float] = []
    began = perf_counter()

    def note(phase: str, _info: dict[str, int]) -> None:
        nonlocal began
        if phase == "start":
            began = perf_counter()
        else:
            took_ms.append(MS * (perf_counter() - began))

    gc.callbacks.append(note)
    yield took_ms
    gc.callbacks.remove(note)


if __name__ == "__main__":
    asyncio.run(run())
