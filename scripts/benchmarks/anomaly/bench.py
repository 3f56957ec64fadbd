"""Runs the homes, two at a time at most, and prints what came of them.

ANOMALY_WEEKS (4), ANOMALY_SEEDS (3), ANOMALY_LEARNING_DAYS (7), ANOMALY_EVENTS (15 of
each class in four weeks) and ANOMALY_WORKERS (2) are for less.
"""

import asyncio
from concurrent.futures import ProcessPoolExecutor
import multiprocessing
import os
import sys
import time

from .memory import held_bytes
from .report import build_report
from .trial import live_through

SEEDS = int(os.environ.get("ANOMALY_SEEDS", "3"))
WORKERS = int(os.environ.get("ANOMALY_WORKERS", "2"))
_TRACED_DAYS = 1.0


async def run() -> None:
    """Print the tables."""
    began = time.perf_counter()
    loop = asyncio.get_running_loop()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(WORKERS, SEEDS), mp_context=context) as pool:
        lived = [
            loop.run_in_executor(pool, live_through, seed)
            for seed in range(1, SEEDS + 1)
        ]
        trials = await asyncio.gather(*lived)
        held, peak = await loop.run_in_executor(pool, held_bytes, _TRACED_DAYS)
    sys.stdout.write(build_report(trials))
    sys.stdout.write(
        f"Memory after {_TRACED_DAYS:.0f} day, by tracemalloc: {held / 1024.0:.0f} KiB "
        f"held, {peak / 1024.0:.0f} KiB at most\n"
        f"took {time.perf_counter() - began:.0f} s\n"
    )
