"""A Modbus TCP server for tests that answers as it should, or as it is told to.

It knows nothing of the code under test: frames are taken apart and put together here,
byte by byte. Each request takes the next scripted reply; without one it is answered.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived."""

    transaction: int
    unit_id: int
    function: int
    address: int
    body: bytes
    """What follows the address: count or value, then the words of a 0x10."""

    @classmethod
    def from_frame(cls, frame: bytes) -> Self:
        return cls(
            transaction=int.from_bytes(frame[:2]),
            unit_id=frame[6],
            function=frame[7],
            address=int.from_bytes(frame[8:10]),
            body=frame[10:],
        )

    def frame(self, pdu: bytes) -> bytes:
        """Wrap what is to be answered."""
        return (
            self.transaction.to_bytes(2)
            + bytes(2)
            + (len(pdu) + 1).to_bytes(2)
            + bytes([self.unit_id])
            + pdu
        )


type Reply = Callable[[ModbusPeer, Asked, asyncio.StreamWriter], Awaitable[None]]


class ModbusPeer:
    """Holding registers that are all 0 until set, for any unit."""

    def __init__(self) -> None:
        self.words: dict[int, int] = {}
        self.asked: list[Asked] = []
        self.script: deque[Reply] = deque()
        self.otherwise: Reply = answer
        self.connections = 0
        self.came = asyncio.Condition()
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def open_connections(self) -> int:
        """Clients that have not hung up."""
        return len(self._writers)

    async def until_asked(self, times: int) -> None:
        """Wait for the request of this number."""
        async with self.came:
            await self.came.wait_for(lambda: len(self.asked) >= times)

    async def until_connections(self, count: int) -> None:
        """Wait until so many connections are open."""
        async with self.came:
            await self.came.wait_for(lambda: self.open_connections == count)

    def hang_up(self) -> None:
        """Close every connection."""
        for writer in self._writers:
            writer.close()

    async def end(self) -> None:
        """Close every connection and wait until nobody serves one any more."""
        self.hang_up()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection, in a task that the end of the test can wait for."""
        task = asyncio.get_running_loop().create_task(self.serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Handle one connection."""
        self.connections += 1
        self._writers.add(writer)
        await self._notify()
        try:
            while True:
                await self._handle(await _next_frame(reader), writer)
        except asyncio.IncompleteReadError, ConnectionError:
            pass
        finally:
            self._writers.discard(writer)
            writer.close()
            await self._notify()

    async def _handle(self, frame: bytes, writer: asyncio.StreamWriter) -> None:
        asked = Asked.from_frame(frame)
        reply = self.script.popleft() if self.script else self.otherwise
        self.asked.append(asked)
        await self._notify()
        await reply(self, asked, writer)

    async def _notify(self) -> None:
        async with self.came:
            self.came.notify_all()


@asynccontextmanager
async def serving(host: str = "127.0.0.1") -> AsyncIterator[ModbusPeer]:
    """Run a peer on a free port."""
    peer = ModbusPeer()
    server = await asyncio.start_server(peer.begin, host, 0)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        await peer.end()
        await server.wait_closed()


async def _next_frame(reader: asyncio.StreamReader) -> bytes:
    header = await reader.readexactly(6)
    return header + await reader.readexactly(int.from_bytes(header[4:]))


def right_answer(peer: ModbusPeer, asked: Asked) -> bytes:
    """Carry the request out and return the frame that says so."""
    if asked.function == 3:
        count = int.from_bytes(asked.body)
        words = [peer.words.get(asked.address + i, 0) for i in range(count)]
        data = b"".join(word.to_bytes(2) for word in words)
        return asked.frame(bytes([3, len(data)]) + data)
    words_written = asked.body if asked.function == 6 else asked.body[3:]
    for i in range(len(words_written) // 2):
        word = int.from_bytes(words_written[2 * i : 2 * i + 2])
        peer.words[asked.address + i] = word
    return asked.frame(
        bytes([asked.function]) + asked.address.to_bytes(2) + asked.body[:2]
    )


async def answer(peer: ModbusPeer, asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Answer as a device should."""
    writer.write(right_answer(peer, asked))


async def silence(peer: ModbusPeer, asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Do not answer at all."""


async def hang_up(peer: ModbusPeer, asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Close the connection instead of answering."""
    writer.close()


def refuse(code: int) -> Reply:
    """Answer with a Modbus exception."""

    async def reply(
        peer: ModbusPeer, asked: Asked, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(asked.frame(bytes([asked.function | 0x80, code])))

    return reply


def tell(payload: bytes) -> Reply:
    """Answer a private function."""

    async def reply(
        peer: ModbusPeer, asked: Asked, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(asked.frame(bytes([asked.function]) + payload))

    return reply


def send(*pieces: Callable[[bytes], bytes]) -> Reply:
    """Send what each piece makes of the right answer, each in a packet of its own."""

    async def reply(
        peer: ModbusPeer, asked: Asked, writer: asyncio.StreamWriter
    ) -> None:
        frame = right_answer(peer, asked)
        for piece in pieces:
            writer.write(piece(frame))
            await writer.drain()
            await asyncio.sleep(0.002)

    return reply
