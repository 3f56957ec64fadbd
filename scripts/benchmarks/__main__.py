"""Runs one benchmark by name."""

import asyncio
import sys

from . import closed_loop, command, forecast, inference, plan, policy, poll, start
from .anomaly import bench as anomaly


async def _forward() -> None:
    # What it needs starts a thread, which the others shall not have beside them.
    from . import forward  # noqa: PLC0415

    await forward.run()


async def _card() -> None:
    # It drives a browser, which no other benchmark needs to have installed.
    from . import card  # noqa: PLC0415

    await card.run()


BENCHMARKS = {
    "anomaly": anomaly.run,
    "card": _card,
    "closed_loop": closed_loop.run,
    "command": command.run,
    "forecast": forecast.run,
    "forward": _forward,
    "inference": inference.run,
    "plan": plan.run,
    "policy": policy.run,
    "poll": poll.run,
    "start": start.run,
}


def main() -> int:
    """Return the exit status."""
    names = sys.argv[1:] or list(BENCHMARKS)
    if unknown := [name for name in names if name not in BENCHMARKS]:
        print(f"bench: there is no {unknown[0]}; there is {', '.join(BENCHMARKS)}")
        return 2
    for name in names:
        asyncio.run(BENCHMARKS[name]())
    return 0


if __name__ == "__main__":
    sys.exit(main())
