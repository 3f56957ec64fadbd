"""A day without the internet, and a kill in the middle of it.

Time goes 600 times as fast until the service is back, so that a message every 5 s
becomes 120 a second; disk, network and the deadlines of gRPC take as long as ever. From
then on it goes as ours does, with the pauses to which the outage has led.
"""

import asyncio
from collections.abc import Iterator
import os
from pathlib import Path
import sys
from tempfile import TemporaryDirectory

from .outage import BATCH, Outcome, Plan, suffer

HOURS = float(os.environ.get("SOAK_HOURS", "24"))
PACE = float(os.environ.get("SOAK_PACE", "600"))
MESSAGES_PER_HOUR = 720
MOST_S = 60
MOST_HELD_MS = 50


def main() -> int:
    """Print what came of it; return the exit status."""
    with TemporaryDirectory() as folder:
        plan = Plan(
            folder=Path(folder), messages=round(HOURS * MESSAGES_PER_HOUR), pace=PACE
        )
        outcome = asyncio.run(suffer(plan))
    sys.stdout.write(_report(plan, outcome))
    wrong = list(_wrong(outcome))
    sys.stdout.writelines(f"WRONG: {line}\n" for line in wrong)
    return 1 if wrong else 0


def _report(plan: Plan, outcome: Outcome) -> str:
    holds = sorted(outcome.holds, key=lambda hold: -hold.own_ms)[:5]
    longest = ", ".join(
        f"{hold.own_ms:.0f} ({hold.ms:.0f}, {hold.collecting_ms:.0f})" for hold in holds
    )
    collecting_ms = max((hold.collecting_ms for hold in outcome.holds), default=0)
    loading_ms = max((hold.own_ms for hold in outcome.loading_holds), default=0)
    facts = {
        f"outage of {HOURS:g} h, every 5 s a message": f"{plan.messages} messages",
        "  first refused, then silent": f"{outcome.outage_s:.0f} s of real time",
        "  killed (-9) after message": f"{outcome.killed_at} of {outcome.put}",
        "lost": f"{len(outcome.lost)} (bar 0)",
        "in order": "yes" if outcome.is_in_order else "NO",
        "arrived again": f"{outcome.repeated} (bar {BATCH})",
        "service back to first message": f"{outcome.answered_s:.1f} s",
        "service back to drained": f"{outcome.drained_s:.1f} s (bar {MOST_S})",
        "event loop held": f"{_held_ms(outcome)[0]:.0f} ms (bar {MOST_HELD_MS})",
        "  by Python's collector alone": f"{collecting_ms:.0f} ms",
        "  longest (by the clock, collecting)": f"{longest} ms",
        "  at first, loading the library": f"{loading_ms:.0f} ms",
    }
    return "".join(f"{what:42} {how}\n" for what, how in facts.items())


def _wrong(outcome: Outcome) -> Iterator[str]:
    """Yield what should not be."""
    if outcome.lost:
        yield f"lost: {sorted(outcome.lost)[:20]}"
    if not outcome.is_in_order:
        yield "not in order"
    if outcome.repeated > BATCH:
        yield f"{outcome.repeated} arrived again"
    if outcome.drained_s > MOST_S:
        yield f"drained after {outcome.drained_s:.0f} s"
    if (held_ms := _held_ms(outcome)[0]) > MOST_HELD_MS:
        yield f"the event loop was held for {held_ms:.0f} ms"


def _held_ms(outcome: Outcome) -> list[float]:
    """Return how long the loop was held, the longest first, at least one number."""
    return sorted((hold.own_ms for hold in outcome.holds), reverse=True) or [0.0]


if __name__ == "__main__":
    sys.exit(main())
