"""One endpoint (host, port) for everybody who needs it: in turn, patiently, politely.

Several entries may sit behind one dongle, and it serves one connection. So all of them
share one :class:`Endpoint`: a command goes before a poll, a sequence of writes and
reads is not interrupted, and who has to wait before trying again lets others go first.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import partial

from .connection import Connection, Sleep
from .link import RegisterLink
from .link_statistics import LinkStatistics
from .login import Login
from .profile import LinkTiming
from .retries import Retries
from .session import Challenge, Session
from .turnstile import Priority, Turnstile


class Endpoint:
    """A queue in front of one connection, which is opened when first needed.

    Every request may raise :class:`LinkError`. While a connection cannot be made, or a
    second client takes it away, requests fail at once with :class:`LinkDown` and leave
    the network alone until the next try is due.
    """

    def __init__(
        self,
        link: RegisterLink,
        timing: LinkTiming,
        *,
        monotonic: Callable[[], float],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Take the link over; nobody else may use it.

        Args:
            link: Not connected yet.
            timing: Pauses and further tries; how long an answer is awaited and how
                many words fit are the business of the link and the caller.
            monotonic: Seconds that never go back.
            sleep: Waits so many seconds.
        """
        self._connection = Connection(link, timing, monotonic, sleep)
        self._turnstile = Turnstile()
        self._monotonic = monotonic
        self._sessions: dict[int, Session] = {}
        self._retries = Retries(self._connection, timing.retry_pauses_s, self._sessions)

    @property
    def generation(self) -> int:
        """The number of connections opened so far.

        When it has grown, another device may answer: check who it is.
        """
        return self._connection.generation

    @property
    def statistics(self) -> LinkStatistics:
        """How the link has behaved so far, for all units together."""
        return self._connection.statistics

    def unit(self, unit_id: int) -> UnitLink:
        """Return a view of one unit behind this endpoint."""
        return UnitLink(self, unit_id)

    def use_login(self, unit_id: int, login: Login, challenge: Challenge) -> None:
        """Let writes to a unit log in first, once per connection, from now on."""
        self._sessions[unit_id] = Session(
            self._connection, unit_id, login, challenge, self._monotonic
        )

    def forget_login(self, unit_id: int) -> None:
        """Let writes to a unit go without a login."""
        self._sessions.pop(unit_id, None)

    async def read(
        self,
        unit_id: int,
        address: int,
        count: int,
        *,
        priority: Priority = Priority.POLL,
        once: bool = False,
    ) -> tuple[int, ...]:
        """Return ``count`` holding registers from ``address`` on.

        Tried again after a pause where that can help, unless ``once`` is enough; the
        turn is given up meanwhile.
        """
        turn = partial(self._turnstile.turn, priority)
        if once:
            async with turn():
                return await self._connection.read(unit_id, address, count)
        return await self._retries.read(turn, unit_id, address, count)

    async def private(self, unit_id: int, function: int, payload: bytes) -> bytes:
        """Return what a private function answers, before any poll.

        Tried again only when the device said that it was too busy.
        """
        turn = partial(self._turnstile.turn, Priority.COMMAND)
        return await self._retries.private(turn, unit_id, function, payload)

    @asynccontextmanager
    async def sequence(self) -> AsyncIterator[Turn]:
        """Hold the endpoint for several requests that nobody may interrupt.

        Inside, only the yielded :class:`Turn` may be used: the endpoint itself would
        wait for the end of the sequence.
        """
        async with self._turnstile.turn(Priority.COMMAND):
            yield Turn(self._connection, self._retries)

    async def close(self) -> None:
        """Close for good. Who waits or is served gets :class:`LinkDown`."""
        self._turnstile.close()
        await self._connection.close()


class Turn:
    """The endpoint, held: requests follow each other without anybody in between."""

    def __init__(self, connection: Connection, retries: Retries) -> None:
        self._connection = connection
        self._retries = retries

    async def connect(self) -> None:
        """Have a connection now, so that it can be seen who answers on it."""
        await self._connection.establish()

    async def read(self, unit_id: int, address: int, count: int) -> tuple[int, ...]:
        """Read as :meth:`Endpoint.read` does, keeping the turn during pauses."""
        return await self._retries.read(nullcontext, unit_id, address, count)

    async def write(self, unit_id: int, address: int, words: Sequence[int]) -> None:
        """Write the words to the registers from ``address`` on.

        Tried again only when the device said that it was too busy, keeping the turn
        during pauses. After :class:`NoAnswer` and :class:`BrokenAnswer` the caller has
        to read back.
        """
        await self._retries.write(nullcontext, unit_id, address, words)

    async def private(self, unit_id: int, function: int, payload: bytes) -> bytes:
        """Ask as :meth:`Endpoint.private` does, keeping the turn during pauses."""
        return await self._retries.private(nullcontext, unit_id, function, payload)


class UnitLink:
    """One unit behind an endpoint that others may share."""

    def __init__(self, endpoint: Endpoint, unit_id: int) -> None:
        self._endpoint = endpoint
        self.unit_id = unit_id

    @property
    def generation(self) -> int:
        """See :attr:`Endpoint.generation`."""
        return self._endpoint.generation

    @property
    def statistics(self) -> LinkStatistics:
        """How the endpoint has behaved, for all its units together."""
        return self._endpoint.statistics

    async def read(
        self,
        address: int,
        count: int,
        *,
        priority: Priority = Priority.POLL,
        once: bool = False,
    ) -> tuple[int, ...]:
        """See :meth:`Endpoint.read`."""
        return await self._endpoint.read(
            self.unit_id, address, count, priority=priority, once=once
        )

    async def private(self, function: int, payload: bytes) -> bytes:
        """See :meth:`Endpoint.private`."""
        return await self._endpoint.private(self.unit_id, function, payload)

    def use_login(self, login: Login, challenge: Challenge) -> None:
        """See :meth:`Endpoint.use_login`."""
        self._endpoint.use_login(self.unit_id, login, challenge)

    def forget_login(self) -> None:
        """See :meth:`Endpoint.forget_login`."""
        self._endpoint.forget_login(self.unit_id)

    @asynccontextmanager
    async def sequence(self) -> AsyncIterator[UnitTurn]:
        """See :meth:`Endpoint.sequence`."""
        async with self._endpoint.sequence() as turn:
            yield UnitTurn(turn, self.unit_id)


class UnitTurn:
    """One unit, with the endpoint held; see :class:`Turn`."""

    def __init__(self, turn: Turn, unit_id: int) -> None:
        self._turn = turn
        self.unit_id = unit_id

    async def connect(self) -> None:
        """See :meth:`Turn.connect`."""
        await self._turn.connect()

    async def read(self, address: int, count: int) -> tuple[int, ...]:
        """See :meth:`Turn.read`."""
        return await self._turn.read(self.unit_id, address, count)

    async def write(self, address: int, words: Sequence[int]) -> None:
        """See :meth:`Turn.write`."""
        await self._turn.write(self.unit_id, address, words)

    async def private(self, function: int, payload: bytes) -> bytes:
        """See :meth:`Turn.private`."""
        return await self._turn.private(self.unit_id, function, payload)
