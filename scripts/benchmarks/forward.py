"""What the forwarder can carry to the cloud, and what it writes to the disk."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
import time

from custom_components.bessai.forwarding.courier import Courier
from custom_components.bessai.forwarding.courier_steps import (
    Commit,
    CourierLimits,
    Drain,
    Park,
    Remove,
    Send,
)
from custom_components.bessai.forwarding.parcel import Parcel
from custom_components.bessai.forwarding.publisher import Publisher
from custom_components.bessai.forwarding.pubsub import Emulator, build_publisher
from custom_components.bessai.forwarding_desk import Desk
from tests.forwarding.fake_pubsub import TOPIC
from tests.soak.gateway import SENDER, message

from .forward_disk import print_disk
from .forward_service import running_service

BATCHES = (1, 10, 100)
SECONDS = 5
"""For each of these."""

SUSTAINED = 20_000
"""Messages through the outbox."""

AT_ONCE = 100
PERIOD_S = 5.0
MOST_WAIT_S = 60


async def run() -> None:
    """Measure and print."""
    with TemporaryDirectory() as folder:
        async with running_service() as address:
            publisher = build_publisher(TOPIC, Emulator(address))
            try:
                await _print_rates(publisher, Path(folder))
            finally:
                await publisher.close()
        await print_disk(Path(folder))


async def _print_rates(publisher: Publisher, folder: Path) -> None:
    parcels = Desk(folder / "straight.sqlite", SENDER).pack(
        [message(number, PERIOD_S) for number in range(max(BATCHES))]
    )
    size = sum(parcel.size for parcel in parcels) / len(parcels)
    await publisher.publish(parcels)
    print(f"Telemetry of {size:.0f} bytes with attributes, one request at a time.\n")
    print("| way | messages a request | messages/s |\n| --- | ---: | ---: |")
    for batch in BATCHES:
        rate = await _straight(publisher, parcels[:batch])
        print(f"| straight to the service | {batch} | {rate:,.0f} |", flush=True)
    rate = await _Pipe(publisher, folder / "sustained.sqlite").carry(SUSTAINED)
    print(f"| through the outbox, {SUSTAINED:,} in a row | {AT_ONCE} | {rate:,.0f} |\n")


async def _straight(publisher: Publisher, parcels: Sequence[Parcel]) -> float:
    """Return messages per second."""
    sent, began = 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        await publisher.publish(parcels)
        sent += len(parcels)
    return sent / (time.perf_counter() - began)


class _Pipe:
    """Outbox, courier and publisher as the forwarder uses them, without its pauses."""

    def __init__(self, publisher: Publisher, path: Path) -> None:
        self._publisher, self._desk = publisher, Desk(path, SENDER)
        limits = CourierLimits(batch=AT_ONCE, request_gap_s=0)
        self._courier = Courier(has_backlog=True, jitter=lambda: 1.0, limits=limits)
        self._thread = ThreadPoolExecutor(1)
        self._given = self._committed = self._removed = 0

    async def carry(self, count: int) -> float:
        """Return messages per second, each worded, committed, sent and removed."""
        await self._in_thread(self._desk.open)
        began = time.perf_counter()
        await self._give(count)
        while self._removed < count:
            await self._step(count)
        rate = count / (time.perf_counter() - began)
        await self._in_thread(self._desk.close)
        if self._committed != count:
            raise SystemExit(f"{self._committed} of {count} were on the disk")
        return rate

    async def _step(self, count: int) -> None:
        match self._courier.next(time.monotonic()):
            case Commit() | Remove() | Park() as change:
                await self._in_thread(self._desk.write, change)
                self._courier.stored(change)
                self._note(change)
            case Drain() as drain:
                self._courier.drained(await self._in_thread(self._desk.read, drain))
            case Send() as send:
                await self._publisher.publish(send.parcels)
                self._courier.acknowledged(send)
                # Before it is removed: the outbox is never empty, so all go through it.
                await self._give(count)

    def _note(self, change: Commit | Remove | Park) -> None:
        match change:
            case Commit():
                self._committed += len(change.parcels)
            case Remove():
                self._removed += len(change.seqs)

    async def _give(self, count: int) -> None:
        first, self._given = self._given, min(count, self._given + AT_ONCE)
        drafts = [message(number, PERIOD_S) for number in range(first, self._given)]
        for parcel in await self._in_thread(self._desk.pack, drafts):
            self._courier.accept(parcel, time.monotonic())

    async def _in_thread[**P, Result](
        self, job: Callable[P, Result], *args: P.args, **kwargs: P.kwargs
    ) -> Result:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: job(*args, **kwargs))
