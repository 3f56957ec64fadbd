"""A gateway whose service is out of reach, and which is killed meanwhile.

First connections are refused, then they are taken and nothing is ever said, as where a
router has lost its line. In between, the process is killed and another one goes on.
Messages come by the loop's time, which goes faster than ours; for the kill, and from
the end of the outage on, it goes as ours does.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
import json
from pathlib import Path
import time

from google.pubsub_v1 import PubsubMessage

from ..forwarding.fake_pubsub import FakePubSub, serving
from ..forwarding.proxy import Proxy, proxy_to
from .gateway_process import GatewayProcess, Hold, running_gateway
from .orders import Orders, number_of

BATCH = 100
HEALTHY = 2
"""Messages before the outage: the connection is there, and the library loaded."""

A_MOMENT_S = 0.25
"""Between the last message and the kill: a twentieth of the time between messages."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long, how fast, and where."""

    folder: Path
    messages: int
    """During the outage."""

    pace: float
    """How much faster time goes."""

    pace_after: float = 1.0
    """The same, from the end of the outage on."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What arrived, and what it took."""

    put: int
    """Messages that the gateways were given, numbered from 1."""

    killed_at: int
    """The last one that the first gateway was given."""

    received: Sequence[PubsubMessage]
    holds: Sequence[Hold]
    """Noticeable ones of the event loop."""

    loading_holds: Sequence[Hold]
    """The same, while the client library was loaded: once after a start."""

    outage_s: float
    """Of real time."""

    answered_s: float
    """From the end of the outage to the first messages."""

    drained_s: float
    """From the end of the outage until nothing waits any more."""

    @property
    def lost(self) -> set[int]:
        """Messages that did not arrive."""
        return {*range(1, self.put + 1)} - set(self._numbers)

    @property
    def repeated(self) -> int:
        """How many arrived that had arrived before."""
        return len(self._numbers) - len(set(self._numbers))

    @property
    def is_in_order(self) -> bool:
        """Whether each arrived, for the first time, after those of lower numbers.

        By the number that the outbox gave it, and by the one it was put with.
        """
        by_outbox = [json.loads(message.data)["seq"] for message in self.received]
        return all(_rises(numbers) for numbers in (by_outbox, self._numbers))

    @property
    def _numbers(self) -> list[int]:
        return [number_of(one.attributes["event_id"]) for one in self.received]


async def suffer(plan: Plan) -> Outcome:
    """Live through it."""
    async with serving(FakePubSub()) as fake, proxy_to(fake.port) as proxy:
        orders = Orders(folder=str(plan.folder), address=proxy.address)
        # Both load at the same time; the second opens nothing before the first is dead.
        async with running_gateway(orders) as first, running_gateway(orders) as second:
            await _be_well(first, fake)
            began = time.monotonic()
            await _suffer_until_killed(plan, proxy, first)
            await _suffer_on(plan, second, first.next_number)
            ended = time.monotonic()
            known = len(fake.messages)
            proxy.forget()
            await proxy.restore()
            second.set_pace(plan.pace_after)
            answering = asyncio.create_task(_first_answer(fake, known))
            await second.drain()
            drained = time.monotonic()
            await second.stop()
            return Outcome(
                put=second.next_number - 1,
                killed_at=first.next_number - 1,
                received=fake.messages,
                holds=[*first.holds, *second.holds],
                loading_holds=[*first.loading_holds, *second.loading_holds],
                outage_s=ended - began,
                answered_s=await answering - ended,
                drained_s=drained - ended,
            )


async def _be_well(gateway: GatewayProcess, fake: FakePubSub) -> None:
    await gateway.begin()
    for _ in range(HEALTHY):
        await gateway.put(1)
        await gateway.drain()
    assert len(fake.messages) == HEALTHY


async def _suffer_until_killed(
    plan: Plan, proxy: Proxy, gateway: GatewayProcess
) -> None:
    """Go on until the middle, and end shortly after a message, at the usual pace."""
    await proxy.refuse()
    gateway.set_pace(plan.pace)
    await gateway.put(plan.messages // 2 - 1)
    proxy.silence()
    await proxy.listen()
    gateway.set_pace(1)
    await gateway.put(1)
    await asyncio.sleep(A_MOMENT_S)
    await gateway.kill()


async def _suffer_on(plan: Plan, gateway: GatewayProcess, first: int) -> None:
    await gateway.begin(first)
    gateway.set_pace(plan.pace)
    await gateway.put(plan.messages - plan.messages // 2)


async def _first_answer(fake: FakePubSub, known: int) -> float:
    """Return when more than the known messages have arrived."""
    while len(fake.messages) == known:  # noqa: ASYNC110 - it sets no event
        await asyncio.sleep(0.01)
    return time.monotonic()


def _rises(numbers: Sequence[int]) -> bool:
    firsts = list(dict.fromkeys(numbers))
    return all(before < after for before, after in pairwise(firsts))
