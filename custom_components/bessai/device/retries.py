"""Which failures are worth another try, and when."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from types import MappingProxyType

from .connection import Connection
from .link import (
    Acknowledged,
    BrokenAnswer,
    Busy,
    DeviceFailure,
    LinkDown,
    LinkError,
    NoAnswer,
)
from .session import Session

type Gate = Callable[[], AbstractAsyncContextManager[None]]

# Exception 0x04 is a passing weakness on some firmware and means *not permitted* or
# *asleep* on other (``huawei_facts.md`` 2.5): worth two more tries, not more.
FAILURE_RETRIES = 2

# A connection that breaks under a read is made anew once; the next one that breaks
# is no accident.
BROKEN_RETRIES = 1


class Patience:
    """The further tries that one request is worth."""

    def __init__(self, pauses_s: Sequence[float], *, writing: bool) -> None:
        """Begin a request; a pause in seconds goes before each further try."""
        self._pauses_s: Iterator[float] = iter(pauses_s)
        self._writing = writing
        self._failures_left = FAILURE_RETRIES
        self._broken_left = BROKEN_RETRIES

    def pause_after(self, error: LinkError) -> float | None:
        """Return how long to wait before the next try, ``None`` if there is none.

        A write is repeated only when it was not begun: after a silence nobody
        knows whether it took place.
        """
        if isinstance(error, Busy):
            return next(self._pauses_s, None)
        if self._writing:
            return None
        if isinstance(error, NoAnswer | Acknowledged):
            return next(self._pauses_s, None)
        if isinstance(error, DeviceFailure) and self._failures_left:
            self._failures_left -= 1
            return next(self._pauses_s, None)
        if isinstance(error, BrokenAnswer) and self._broken_left:
            self._broken_left -= 1
            return 0.0
        return None


class Retries:
    """Reads and writes through a gate, as often as it takes and makes sense."""

    def __init__(
        self,
        connection: Connection,
        pauses_s: Sequence[float],
        sessions: Mapping[int, Session] = MappingProxyType({}),
    ) -> None:
        """Use a connection.

        Args:
            connection: Nobody else uses it while a gate is passed.
            pauses_s: Seconds before each further try.
            sessions: For the units whose writes need a login; may change meanwhile.
        """
        self._connection = connection
        self._pauses_s = pauses_s
        self._sessions = sessions

    async def read(
        self, gate: Gate, unit_id: int, address: int, count: int
    ) -> tuple[int, ...]:
        """Read registers, passing the gate before each try and leaving it after."""
        attempt = partial(self._connection.read, unit_id, address, count)
        return await self._persist(gate, attempt, writing=False)

    async def write(
        self, gate: Gate, unit_id: int, address: int, words: Sequence[int]
    ) -> None:
        """Write registers, passing the gate before each try and leaving it after.

        A further try is for the connection of the first one: who answers on another
        was not seen yet.
        """
        session = self._sessions.get(unit_id)
        write = (
            partial(self._connection.write, unit_id, address, words)
            if session is None
            else partial(session.write, address, words)
        )
        generation: int | None = None

        async def attempt() -> None:
            nonlocal generation
            present = await self._connection.establish()
            if generation not in {None, present}:
                raise LinkDown("the connection was lost before another try", lost=True)
            generation = present
            await write()

        try:
            await self._persist(gate, attempt, writing=True)
        except Acknowledged:
            # Accepted and under way; whoever writes reads back, but not at once.
            await self._connection.pause(next(iter(self._pauses_s), 0.0))

    async def private(
        self, gate: Gate, unit_id: int, function: int, payload: bytes
    ) -> bytes:
        """Ask for a private function, with no more tries than a write has."""
        attempt = partial(self._connection.private, unit_id, function, payload)
        return await self._persist(gate, attempt, writing=True)

    async def _persist[T](
        self, gate: Gate, attempt: Callable[[], Awaitable[T]], *, writing: bool
    ) -> T:
        patience = Patience(self._pauses_s, writing=writing)
        while True:
            try:
                async with gate():
                    return await attempt()
            except LinkError as error:
                pause_s = patience.pause_after(error)
                if pause_s is None:
                    raise
            await self._connection.pause(pause_s)
