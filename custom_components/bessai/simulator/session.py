"""One client's connection: reads frames and answers them one after another."""

import asyncio
from contextlib import suppress

from .behaviour import ServerBehaviour
from .errors import LinkDropped
from .fault_board import Delivery, Treatment
from .login_desk import LoginDesk
from .mbap import HEADER, BadFrame, Frame, body_length, parse_frame, wrap
from .responder import Responder


class Session:
    """Lives as long as the connection does."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        responder: Responder,
        desk: LoginDesk,
        behaviour: ServerBehaviour,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._responder = responder
        self._desk = desk
        self._behaviour = behaviour
        self._clock = asyncio.get_running_loop().time
        self._silent_until = self._clock() + behaviour.connect_silence_s

    async def run(self) -> None:
        """Serve until either side has had enough."""
        try:
            while True:
                await self._handle(await self._receive())
        except BadFrame, LinkDropped, asyncio.IncompleteReadError, ConnectionError:
            pass  # each of them ends the connection, and nothing else
        finally:
            await self._hang_up()

    async def _hang_up(self) -> None:
        """Close the connection at once; a client that does not read waits for none."""
        self._writer.transport.abort()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def _receive(self) -> Frame:
        """Wait for one frame."""
        header = await self._reader.readexactly(HEADER.size)
        body = await self._reader.readexactly(body_length(header))
        return parse_frame(header, body)

    async def _handle(self, frame: Frame) -> None:
        """Answer one frame, if it came late enough after the connection."""
        early = self._clock() < self._silent_until
        self._responder.count(frame, unanswered=early)
        if early:
            return
        answer, treatment = self._responder.respond(frame, self._desk)
        if answer is None:
            return
        await asyncio.sleep(self._latency_s(treatment))
        await self._deliver(frame, answer, treatment.delivery)

    def _latency_s(self, treatment: Treatment) -> float:
        """Return how long the device takes for this answer."""
        if treatment.late:
            return self._behaviour.late_s
        return self._behaviour.slow_s if treatment.slow else self._behaviour.latency_s

    async def _deliver(self, frame: Frame, answer: bytes, delivery: Delivery) -> None:
        """Send an answer in the way the scenario wants."""
        shift = int(delivery is Delivery.WRONG_TRANSACTION)
        data = wrap(frame.transaction + shift, frame.unit_id, answer)
        half = len(data) // 2
        match delivery:
            case Delivery.NOT_AT_ALL:
                raise LinkDropped("after carrying the request out")
            case Delivery.HALF:
                self._writer.write(data[:half])
                raise LinkDropped("after half an answer")
            case Delivery.TWO_HALVES:
                self._writer.write(data[:half])
                await self._writer.drain()
                await asyncio.sleep(self._behaviour.half_pause_s)
                self._writer.write(data[half:])
            case _:
                self._writer.write(data)
        await self._writer.drain()
