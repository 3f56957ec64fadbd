"""A Modbus TCP client of a few lines that knows nothing of the code under test."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

PATIENCE_S = 5.0
SILENCE_S = 0.15


class RawClient:
    """Sends bytes and hands back what comes."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.reader, self.writer = reader, writer
        self.transaction = 0

    def send(self, pdu: bytes, unit_id: int = 1) -> int:
        """Send a request and return its transaction."""
        self.transaction += 1
        self.send_bytes(
            self.transaction.to_bytes(2)
            + bytes(2)
            + (len(pdu) + 1).to_bytes(2)
            + bytes([unit_id])
            + pdu
        )
        return self.transaction

    def send_bytes(self, data: bytes) -> None:
        """Send anything."""
        self.writer.write(data)

    async def receive(self) -> tuple[int, bytes]:
        """Return transaction and protocol data unit of the next answer."""
        async with asyncio.timeout(PATIENCE_S):
            header = await self.reader.readexactly(7)
            length = int.from_bytes(header[4:6])
            return int.from_bytes(header[:2]), await self.reader.readexactly(length - 1)

    async def ask(self, pdu: bytes, unit_id: int = 1) -> bytes:
        """Return the answer to a request, which must carry its transaction."""
        sent = self.send(pdu, unit_id)
        transaction, answer = await self.receive()
        assert transaction == sent
        return answer

    async def read(
        self, address: int, count: int, unit_id: int = 1
    ) -> tuple[int, ...] | int:
        """Return words, or the code of an exception."""
        answer = await self.ask(
            b"\x03" + address.to_bytes(2) + count.to_bytes(2), unit_id
        )
        if answer[0] == 0x83:
            return answer[1]
        assert answer[:2] == bytes([3, 2 * count])
        return tuple(
            int.from_bytes(answer[i : i + 2]) for i in range(2, len(answer), 2)
        )

    async def write(self, address: int, words: Sequence[int]) -> int:
        """Write with function 16; return 0 or the code of an exception."""
        answer = await self.ask(write_pdu(address, words))
        if answer[0] == 0x90:
            return answer[1]
        assert answer == b"\x10" + address.to_bytes(2) + len(words).to_bytes(2)
        return 0

    async def is_left_alone(self, pdu: bytes, unit_id: int = 1) -> bool:
        """Tell whether a request meets silence on an open connection."""
        self.send(pdu, unit_id)
        try:
            async with asyncio.timeout(SILENCE_S):
                await self.reader.readexactly(1)
        except TimeoutError:
            return True
        return False

    async def is_hung_up(self) -> bool:
        """Tell whether the server ends the connection without another byte."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                return await self.reader.read() == b""
            except ConnectionError:
                return True

    async def close(self) -> None:
        """Hang up."""
        self.writer.transport.abort()


def read_pdu(address: int = 37760, count: int = 1) -> bytes:
    """Return a read request."""
    return b"\x03" + address.to_bytes(2) + count.to_bytes(2)


def write_pdu(address: int, words: Sequence[int]) -> bytes:
    """Return a write request of function 16."""
    return (
        b"\x10"
        + address.to_bytes(2)
        + len(words).to_bytes(2)
        + bytes([2 * len(words)])
        + b"".join(word.to_bytes(2) for word in words)
    )


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[RawClient]:
    """Connect for a while."""
    client = RawClient(*await asyncio.open_connection("127.0.0.1", port))
    try:
        yield client
    finally:
        await client.close()
