"""A network between two programs that can be cut, in the two ways networks are.

Refused: nobody listens, and what was connected is closed. Silent: everything is
accepted, nothing is passed on and nothing is said, as behind a router without a line;
what was held back arrives when it has one again, unless it has forgotten who spoke.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Proxy:
    """Passes on bytes from its own port to another of this machine."""

    def __init__(self, target_port: int) -> None:
        """Stand in front of this port."""
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._line = asyncio.Event()
        self._forgotten: set[asyncio.Task[None]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.connections = 0
        """How many there have been."""

        self.passed_on = 0
        """Bytes, in both directions."""

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.port}"

    async def restore(self) -> None:
        """Pass everything on, also what was held back."""
        self._line.set()
        await self.listen()

    async def listen(self) -> None:
        """Take connections; whether anything is passed on is another matter."""
        if self._server is None:
            self._server = await asyncio.start_server(
                self._accept, "127.0.0.1", self.port
            )
            self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Close all connections and take no new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def silence(self) -> None:
        """Hold back what is said until it is restored; connections stay open."""
        self._line.clear()

    def forget(self) -> None:
        """Swallow what is said on today's connections for ever; new ones work."""
        self._forgotten |= self._tasks

    async def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.connections += 1
        try:
            await self._connect(task, reader, writer)
        except OSError, asyncio.CancelledError:
            pass  # closed by one of the three
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _connect(
        self,
        task: asyncio.Task[None],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        far = await asyncio.open_connection("127.0.0.1", self._target_port)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass_on(task, reader, far[1]))
                group.create_task(self._pass_on(task, far[0], writer))
        finally:
            far[1].close()

    async def _pass_on(
        self,
        task: asyncio.Task[None],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        while data := await reader.read(65_536):
            await self._line.wait()
            if task not in self._forgotten:
                self.passed_on += len(data)
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def proxy_to(port: int) -> AsyncIterator[Proxy]:
    """Stand in front of a port of this machine."""
    proxy = Proxy(port)
    await proxy.restore()
    try:
        yield proxy
    finally:
        await proxy.refuse()
