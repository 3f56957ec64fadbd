"""The register link over pymodbus; the only file that knows it.

pymodbus builds requests and reads answers. What it does about time, lost connections
and bytes that do not fit is done here instead, because it

- swallows the cancellation of a waiting request (3.13, which Home Assistant pins),
- waits for the whole timeout when the connection ends meanwhile,
- does not say why a connection could not be made,
- logs an error, with the last frames, for each timeout and each late answer, and
  lets a malformed one end as an unhandled error of the event loop.

So requests are awaited from outside with a timer of ours, which ends before its own,
the connection is opened here, and only whole answers that fit reach it. Private
functions go past it: with debug logging on it writes every frame into the log, and
what proves that somebody knows a password does not belong there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import cycle
from typing import Any, cast

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from .connect_failure import link_down
from .link import BrokenAnswer, IllegalFunction, LinkDown, LinkError, NoAnswer, refusal
from .modbus_frames import AnswerStream, private_answer, private_request

type _Send = Callable[[AsyncModbusTcpClient], Awaitable[ModbusPDU]]

# Their timer counts towards closing the connection and logs, so ours has to be first.
_MARGIN_S = 60.0

# Transactions of private functions; theirs count from 1 to 65000.
_PRIVATE_TRANSACTIONS = range(65001, 65536)


class PymodbusLink:
    """A :class:`RegisterLink` to a Modbus TCP host."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        """Prepare a link; nothing is opened yet.

        Args:
            host: Name or address, IPv6 without brackets.
            port: TCP port.
            timeout_s: How long to wait for a connection, and for an answer.
        """
        self._host = host
        self._port = port
        self._timeout_s = timeout_s
        self._wire: _Wire | None = None
        self._without_single_write: set[int] = set()

    def __str__(self) -> str:
        """Name the endpoint as a person writes it."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{host}:{self._port}"

    @property
    def connected(self) -> bool:
        """Whether the connection stands, as far as this side knows."""
        return self._wire is not None and not self._wire.lost

    async def connect(self) -> None:
        """Open the connection; see :meth:`RegisterLink.connect`."""
        await self.close()
        wire = _Wire(self._host, self._port, self._timeout_s)
        try:
            await wire.open()
        except (OSError, ValueError, ExceptionGroup) as error:
            raise link_down(str(self), error, self._timeout_s) from error
        self._wire = wire

    async def read(self, unit_id: int, address: int, count: int) -> tuple[int, ...]:
        """Read holding registers, function 0x03; see :meth:`RegisterLink.read`."""
        answer = await self._ask(
            f"{self}, unit {unit_id}, reading {count} registers at {address}",
            lambda client: client.read_holding_registers(
                address, count=count, device_id=unit_id
            ),
        )
        return tuple(answer.registers)

    async def write(self, unit_id: int, address: int, words: Sequence[int]) -> None:
        """Write holding registers; see :meth:`RegisterLink.write`.

        One word goes by function 0x06. Some stacks refuse that with *illegal
        function*; for their units 0x10 is used from then on.
        """
        if len(words) > 1 or unit_id in self._without_single_write:
            await self._write_many(unit_id, address, words)
            return
        try:
            await self._write_one(unit_id, address, words[0])
        except IllegalFunction:
            await self._write_many(unit_id, address, words)
            self._without_single_write.add(unit_id)

    async def private(self, unit_id: int, function: int, payload: bytes) -> bytes:
        """Ask for a private function; see :meth:`RegisterLink.private`."""
        request = f"{self}, unit {unit_id}, function 0x{function:02X}"
        frame = await self._attempt(
            request, lambda wire: wire.ask_private(unit_id, function, payload)
        )
        return private_answer(frame, request)

    async def close(self) -> None:
        """Close the connection; see :meth:`RegisterLink.close`."""
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()

    async def _write_one(self, unit_id: int, address: int, word: int) -> None:
        await self._ask(
            f"{self}, unit {unit_id}, writing register {address}",
            lambda client: client.write_register(address, word, device_id=unit_id),
        )

    async def _write_many(
        self, unit_id: int, address: int, words: Sequence[int]
    ) -> None:
        await self._ask(
            f"{self}, unit {unit_id}, writing {len(words)} registers at {address}",
            lambda client: client.write_registers(
                address, list(words), device_id=unit_id
            ),
        )

    async def _ask(self, request: str, send: _Send) -> ModbusPDU:
        """Send a request and return an answer that is not an exception.

        Args:
            request: What is asked, for the text of an error.
            send: Makes the client send it.
        """
        answer = await self._attempt(request, lambda wire: wire.ask(send))
        if answer.isError():
            raise refusal(answer.exception_code, request)
        return answer

    async def _attempt[T](
        self, request: str, ask: Callable[[_Wire], Awaitable[T]]
    ) -> T:
        """Return what came back, an exception of the device included."""
        if self._wire is None or self._wire.lost:
            raise LinkDown(f"{request}: there is no connection")
        try:
            return await ask(self._wire)
        except TimeoutError as error:
            raise NoAnswer(
                f"{request}: no answer within {self._timeout_s:g} s"
            ) from error
        except (LinkError, ModbusException) as error:
            raise BrokenAnswer(f"{request}: {error}") from error


class _Wire(asyncio.Protocol):
    """One TCP connection, with pymodbus behind a sieve."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self._address = (host, port)
        self._timeout_s = timeout_s
        self._client = AsyncModbusTcpClient(
            host,
            port=port,
            timeout=timeout_s + _MARGIN_S,
            retries=0,
            reconnect_delay=0,
            trace_packet=self._trace,
        )
        self._stream = AnswerStream()
        self._transactions = cycle(_PRIVATE_TRANSACTIONS)
        self._private: asyncio.Future[bytes] | None = None
        self._transport: asyncio.Transport
        self.lost = False
        self.broken: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def open(self) -> None:
        """Connect; raises :class:`OSError`, a group of them, or :class:`ValueError`."""
        async with asyncio.timeout(self._timeout_s):
            await asyncio.get_running_loop().create_connection(  # type: ignore[call-overload] # all_errors is not in typeshed
                lambda: self, *self._address, all_errors=True
            )

    async def ask(self, send: _Send) -> ModbusPDU:
        """Send a request by pymodbus and wait for its answer.

        The waiting is done outside of pymodbus, so that a cancellation arrives here.

        Raises:
            TimeoutError: If none comes in time.
            BrokenAnswer: If the connection ends or is of no further use.
        """
        return await self._wait(asyncio.ensure_future(_begin(send, self._client)))

    async def ask_private(self, unit_id: int, function: int, payload: bytes) -> bytes:
        """Send a request of a private function and wait for the frame that answers.

        Raises:
            TimeoutError: As for :meth:`ask`, and so :class:`BrokenAnswer`.
        """
        transaction = next(self._transactions)
        request = private_request(transaction, unit_id, function, payload)
        self._private = asyncio.get_running_loop().create_future()
        self._stream.expect(request)
        self._transport.write(request)
        try:
            return await self._wait(self._private)
        finally:
            self._private = None

    async def _wait[T](self, waiting: asyncio.Future[T]) -> T:
        ends: set[asyncio.Future[Any]] = {waiting, self.broken}
        try:
            await asyncio.wait(
                ends, timeout=self._timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
            if waiting.done():
                return waiting.result()
            if self.broken.done():
                raise BrokenAnswer(self.broken.result())
            raise TimeoutError
        finally:
            self._stream.give_up()
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)

    async def close(self) -> None:
        """Close the socket now, and end a request that still waits."""
        self._break("the connection was closed on this side")
        self._client.close()
        self._transport.abort()
        await asyncio.sleep(0)  # the event loop closes the socket in its next round

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hand the connection to pymodbus."""
        self._transport = cast("asyncio.Transport", transport)
        self._client.ctx.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Hand on what answers the request, and nothing else."""
        if self.broken.done():
            return
        try:
            for frame in self._stream.feed(data):
                self._hand_on(frame)
        except BrokenAnswer as error:
            self._break(str(error))

    def _hand_on(self, frame: bytes) -> None:
        if self._private is None:
            self._client.ctx.data_received(frame)
        else:
            self._private.set_result(frame)

    def connection_lost(self, exc: Exception | None) -> None:
        """End a request that still waits."""
        self.lost = True
        self._break(f"the connection was lost ({exc or 'closed by the other side'})")
        self._client.ctx.connection_lost(exc)

    def _break(self, reason: str) -> None:
        if not self.broken.done():
            self.broken.set_result(reason)

    def _trace(self, sending: bool, data: bytes) -> bytes:  # noqa: FBT001 - theirs
        if sending:
            self._stream.expect(data)
        return data


async def _begin(send: _Send, client: AsyncModbusTcpClient) -> ModbusPDU:
    """Look at the connection and use it in one go; else pymodbus opens one itself."""
    return await send(client)
