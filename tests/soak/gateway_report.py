"""What a gateway says of itself: what it writes, and when its event loop is held."""

import asyncio
import gc
import json
from pathlib import Path
import sys
import time
from typing import Any

from .quick_loop import QuickLoop

TICK_S = 0.005
HELD_S = 0.010
"""A tick that is later by this is told of."""


def say(**what: Any) -> None:
    """Tell whoever started us."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def bytes_written() -> int:
    """Return what this process has had written to disks, in whole pages."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(dict(line.split(": ") for line in lines)["write_bytes"])


def queued_s() -> float:
    """Return how long this thread could have run and had no processor, s."""
    statistics = Path("/proc/thread-self/schedstat").read_text(encoding="ascii")
    return int(statistics.split()[1]) / 1e9


class Collector:
    """How long Python's garbage collector has taken, s; it holds every thread."""

    def __init__(self) -> None:
        """Begin to listen to it."""
        self.taken_s = self._began_s = 0.0
        gc.callbacks.append(self._note)

    def _note(self, phase: str, _info: dict[str, int]) -> None:
        now_s = time.perf_counter()
        if phase == "start":
            self._began_s = now_s
        else:
            self.taken_s += now_s - self._began_s


COLLECTOR = Collector()


async def watch(loop: QuickLoop) -> None:
    """Say when the loop was held, how long, and by what that is not ours."""
    while True:
        began, queued_before_s = time.perf_counter(), queued_s()
        collected_before_s = COLLECTOR.taken_s
        await asyncio.sleep(TICK_S * loop.pace)
        late_s = time.perf_counter() - began - TICK_S
        if late_s > HELD_S:
            others_s = queued_s() - queued_before_s
            collected_s = COLLECTOR.taken_s - collected_before_s
            say(held_ms=[1000 * late_s, 1000 * others_s, 1000 * collected_s])
