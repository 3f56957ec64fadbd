"""Runs one benchmark by name."""

import asyncio
import sys

from . import command, poll, start

BENCHMARKS = {"command": command.run, "poll": poll.run, "start": start.run}


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
