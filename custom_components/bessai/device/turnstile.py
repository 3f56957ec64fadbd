"""One at a time: whoever commands the plant goes before whoever looks at it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import IntEnum
from heapq import heappop, heappush

from .link import closed_here


class Priority(IntEnum):
    """Whose turn comes first; within one priority, who came first."""

    COMMAND = 0
    POLL = 1


class Turnstile:
    """A lock with a queue: by priority, then in the order of arrival."""

    def __init__(self) -> None:
        self._taken = False
        self._closed = False
        self._arrivals = 0
        self._queue: list[tuple[Priority, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def turn(self, priority: Priority) -> AsyncIterator[None]:
        """Hold the turn; not reentrant.

        Raises:
            LinkDown: If the turnstile is closed, also while waiting.
        """
        await self._enter(priority)
        try:
            yield
        finally:
            self._pass_on()

    def close(self) -> None:
        """Send everybody who waits away, and everybody who comes."""
        self._closed = True
        for _, _, place in self._queue:
            if not place.done():
                place.set_exception(closed_here())
        self._queue.clear()

    async def _enter(self, priority: Priority) -> None:
        if self._closed:
            raise closed_here()
        if not self._taken:
            self._taken = True
            return
        place = asyncio.get_running_loop().create_future()
        self._arrivals += 1
        heappush(self._queue, (priority, self._arrivals, place))
        try:
            await place
        except asyncio.CancelledError:
            self._leave(place)
            raise

    def _leave(self, place: asyncio.Future[None]) -> None:
        """Give up a place; the turn may have been handed over in the same moment."""
        if not place.cancelled() and place.exception() is None:
            self._pass_on()

    def _pass_on(self) -> None:
        """Hand the turn to the next who still waits, without ever letting go of it."""
        while self._queue:
            _, _, place = heappop(self._queue)
            if not place.done():
                place.set_result(None)
                return
        self._taken = False
