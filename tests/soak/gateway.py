"""A forwarder in a process of its own, to be cut off and killed.

The forwarder is the real one, with its outbox, its publisher and its figures; around it
is Home Assistant's core and nothing else. It is told what to do on standard input, a
line each, and says what happens on standard output, a JSON object each:

    begin 1       open the outbox; the first message that it is given has this number
    pace 600      time goes so fast from now on
    put 720       put so many messages, one per period of the loop's time
    drain         say so when nothing waits for the cloud any more
    report        say what was written to the disk since the start
    stop          stop as Home Assistant stops it
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from functools import partial
import gc
import json
from pathlib import Path
import sys
from types import MappingProxyType

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from custom_components.bessai.forwarder import Forwarder
from custom_components.bessai.forwarding.message import MessageType
from custom_components.bessai.forwarding.parcel import Parcel
from custom_components.bessai.forwarding.payloads import telemetry_payload
from custom_components.bessai.forwarding_cloud import Cloud
from custom_components.bessai.forwarding_desk import Desk, Sender
from custom_components.bessai.forwarding_draft import Draft
from custom_components.bessai.forwarding_key import CloudKey
from custom_components.bessai.forwarding_options import (
    Authentication,
    ForwardingOptions,
)
from custom_components.bessai.lasting_store import LastingStore

from ..forwarding.samples import full_poll
from .gateway_report import bytes_written, say, watch
from .orders import Orders, event_id
from .quick_loop import QuickLoop

LOOK_S = 0.02
ENTRY_ID = "soak"
SENDER = Sender(site_id="home", gateway_version="0.1.0", ordering_key="home")


def message(number: int, period_s: float) -> Draft:
    """Return the message of a poll that has everything a plant can tell."""
    poll = full_poll()
    return Draft(
        message_type=MessageType.TELEMETRY,
        observed_at=poll.read_at + timedelta(seconds=number * period_s),
        payload=partial(telemetry_payload, poll),
        event_id=event_id(number),
    )


class TellingCloud(Cloud):
    """Says when the first request is over for which the client library was loaded.

    Loading it holds every thread of Python, once after a start.
    """

    async def async_publish(self, parcels: Sequence[Parcel]) -> None:
        """Hand over messages in one request."""
        try:
            await super().async_publish(parcels)
        finally:
            if self._publisher is not None:
                say(loaded=True)


class Gateway:
    """One life of it."""

    def __init__(self, loop: QuickLoop, orders: Orders) -> None:
        """Build what forwards; it opens nothing yet."""
        self._loop, self._orders, self._next = loop, orders, 1
        self.forwarder = _forwarder(orders)
        self._watching = loop.create_task(watch(loop))

    async def obey(self, line: str) -> None:
        """Do what a line says."""
        word, _, argument = line.partition(" ")
        match word:
            case "begin":
                self._next = int(argument)
                self.forwarder.async_start()
            case "pace":
                self._set_pace(float(argument))
            case "put":
                await self._put(int(argument))
            case "drain":
                await self._drain()
            case "report":
                say(written=bytes_written())
            case "stop":
                self._set_pace(1.0)
                await self.forwarder.async_stop()
                self._watching.cancel()
                say(stopped=True)

    def _set_pace(self, pace: float) -> None:
        """Change the pace; a tick begun at the former one says nothing."""
        self._watching.cancel()
        self._loop.pace = pace
        self._watching = self._loop.create_task(watch(self._loop))

    async def _put(self, count: int) -> None:
        due_s = self._loop.time()
        for _ in range(count):
            await asyncio.sleep(due_s - self._loop.time())
            # Late ones are not made up for: they would come in a heap.
            due_s = max(due_s, self._loop.time()) + self._orders.period_s
            self.forwarder.async_put(message(self._next, self._orders.period_s))
            say(put=self._next)
            self._next += 1
        say(done=count)

    async def _drain(self) -> None:
        while self.forwarder.figures.backlog:  # noqa: ASYNC110 - shown, not told
            await asyncio.sleep(LOOK_S * self._loop.pace)
        say(drained=True)


def _forwarder(orders: Orders) -> Forwarder:
    hass = HomeAssistant(orders.folder)
    hass.config.skip_pip = True
    options = ForwardingOptions(
        enabled=True,
        project=orders.project,
        topic=orders.topic,
        authentication=Authentication.EMULATOR,
        emulator_address=orders.address,
    )
    return Forwarder(
        hass,
        _entry(),
        TellingCloud(hass, options, CloudKey(hass, ENTRY_ID)),
        Desk(Path(orders.folder, "outbox.sqlite"), SENDER),
        LastingStore(hass, 1, "figures"),
    )


def _entry() -> ConfigEntry:
    return ConfigEntry(
        data={},
        discovery_keys=MappingProxyType({}),
        domain="bessai",
        entry_id=ENTRY_ID,
        minor_version=1,
        options={},
        source="user",
        subentries_data=(),
        title="Soak",
        unique_id=None,
        version=1,
    )


async def _lines() -> AsyncIterator[str]:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        partial(asyncio.StreamReaderProtocol, reader), sys.stdin
    )
    while line := await reader.readline():
        yield line.decode().strip()


async def _live(loop: QuickLoop, orders: Orders) -> None:
    gateway = Gateway(loop, orders)
    # As in a Home Assistant that has been up for a while: what its start has loaded was
    # walked through. Whatever the collector does from here on counts.
    gc.collect()
    say(ready=True)
    work = set()
    async for line in _lines():
        task = asyncio.create_task(gateway.obey(line))
        work.add(task)
        if line == "stop":
            break
    await asyncio.gather(*work)


def main() -> None:
    """Live until told to stop."""
    with asyncio.Runner(loop_factory=QuickLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, QuickLoop)
        runner.run(_live(loop, Orders(**json.loads(sys.argv[1]))))


if __name__ == "__main__":
    main()
