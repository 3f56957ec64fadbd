"""One connection that is kept, paced and watched, one request at a time.

A connection is opened when a request needs one. A dongle leaves requests of the first
second unanswered, and one that is asked too fast stops answering, so every request
waits until the device may be spoken to again.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from .link import (
    DeviceRefusal,
    LinkDown,
    LinkError,
    NoAnswer,
    RegisterLink,
    closed_here,
)
from .link_statistics import LinkRecorder, LinkStatistics
from .profile import LinkTiming
from .reconnection import Reconnection

type Sleep = Callable[[float], Coroutine[Any, Any, object]]

# Silences in a row after which the connection is made anew: one may be a slow answer,
# two may mean that this connection is out of step or dead without either side knowing.
SILENCES = 2

# A device that sleeps at night answers no connection: each one made in vain doubles
# the silences that are taken, up to this many, so that it is not called up all night.
MOST_SILENCES = 16


class Connection:
    """Carries single requests; whoever calls sees to it that they do not overlap."""

    def __init__(
        self,
        link: RegisterLink,
        timing: LinkTiming,
        monotonic: Callable[[], float],
        sleep: Sleep,
    ) -> None:
        self._link = link
        self._timing = timing
        self._monotonic = monotonic
        self._sleep = sleep
        self._recorder = LinkRecorder()
        self._reconnection = Reconnection()
        self._running: set[asyncio.Task[Any]] = set()
        self._open = False
        self._closed = False
        self._generation = 0
        self._ready_at = 0.0
        self._used_at = 0.0
        self._silences = 0
        self._silences_taken = SILENCES
        self._last_failure = LinkDown("no connection was tried yet")

    @property
    def generation(self) -> int:
        """The number of connections opened so far."""
        return self._generation

    @property
    def statistics(self) -> LinkStatistics:
        """The numbers as they stand."""
        return self._recorder.snapshot(
            connected=self._link.connected,
            contended=self._reconnection.contended(self._monotonic()),
        )

    async def read(self, unit_id: int, address: int, count: int) -> tuple[int, ...]:
        """Read registers once; see :meth:`RegisterLink.read`."""
        await self._make_ready()
        return await self._watch(
            self._link.read(unit_id, address, count), writing=False
        )

    async def write(self, unit_id: int, address: int, words: Sequence[int]) -> None:
        """Write registers once; see :meth:`RegisterLink.write`."""
        await self._make_ready()
        await self._watch(self._link.write(unit_id, address, words), writing=True)

    async def private(self, unit_id: int, function: int, payload: bytes) -> bytes:
        """Ask for a private function once; see :meth:`RegisterLink.private`."""
        await self._make_ready()
        return await self._watch(
            self._link.private(unit_id, function, payload), writing=False
        )

    async def establish(self) -> int:
        """Have a connection, and return its generation.

        Raises:
            LinkDown: If none can be made now.
        """
        await self._notice_loss()
        if not self._open:
            await self._connect()
        return self._generation

    async def pause(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            LinkDown: If the connection is closed for good meanwhile.
        """
        if seconds > 0:
            await self._endable(self._sleep(seconds))

    async def close(self) -> None:
        """Close for good; what still waits ends with :class:`LinkDown`."""
        self._closed = True
        for task in self._running:
            task.cancel()
        await self._drop()

    async def _make_ready(self) -> None:
        """Have a connection, and the silence the device needs behind us."""
        await self.establish()
        await self.pause(self._ready_at - self._monotonic())

    async def _notice_loss(self) -> None:
        if not self._open or self._link.connected:
            return
        now = self._monotonic()
        self._reconnection.lost(now, idle_s=now - self._used_at)
        self._last_failure = LinkDown(f"{self._link}: {self._why_lost(now)}", lost=True)
        await self._drop()

    def _why_lost(self, now: float) -> str:
        if self._reconnection.contended(now):
            return "another client seems to take the connection away"
        return "the other side closed the connection"

    async def _connect(self) -> None:
        wait_s = self._reconnection.wait_s(self._monotonic())
        if wait_s > 0:
            raise LinkDown(
                f"{self._last_failure}; tried again in {wait_s:.0f} s",
                refused=self._last_failure.refused,
                lost=self._last_failure.lost,
            )
        try:
            await self._endable(self._link.connect())
        except LinkDown as error:
            self._note_failure(error)
            raise
        self._note_opened()

    def _note_failure(self, error: LinkDown) -> None:
        if self._closed:
            return
        self._last_failure = LinkDown(str(error), refused=error.refused)
        self._recorder.failed(error)
        self._reconnection.failed(self._monotonic())

    def _note_opened(self) -> None:
        now = self._monotonic()
        self._open = True
        self._generation += 1
        self._silences = 0
        self._used_at = now
        self._ready_at = now + self._timing.connect_pause_s
        self._recorder.opened()
        self._reconnection.opened(now)

    async def _watch[T](self, request: Coroutine[Any, Any, T], *, writing: bool) -> T:
        """Await one request, keep the numbers, and end a connection that is no use."""
        self._recorder.sent()
        began_at = self._used_at = self._monotonic()
        try:
            answer = await self._endable(request)
        except LinkError as error:
            if isinstance(error, DeviceRefusal | NoAnswer):
                self._recorder.took(self._monotonic() - began_at, writing=writing)
            await self._judge(error)
            raise
        else:
            self._recorder.took(self._monotonic() - began_at, writing=writing)
            self._heard()
            return answer
        finally:
            self._used_at = self._monotonic()
            self._ready_at = self._used_at + self._timing.request_pause_s

    def _heard(self) -> None:
        self._silences = 0
        self._silences_taken = SILENCES

    async def _judge(self, error: LinkError) -> None:
        if self._closed:
            return
        self._recorder.failed(error)
        if isinstance(error, DeviceRefusal):
            self._heard()
        elif isinstance(error, NoAnswer):
            await self._note_silence()
        elif self._link.connected:
            await self._drop()
        else:
            await self._notice_loss()

    async def _note_silence(self) -> None:
        self._silences += 1
        if self._silences >= self._silences_taken:
            self._silences_taken = min(2 * self._silences_taken, MOST_SILENCES)
            await self._drop()

    async def _drop(self) -> None:
        self._open = False
        await self._link.close()

    async def _endable[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Await work in such a way that :meth:`close` can end it."""
        if self._closed:
            work.close()
            raise closed_here()
        task = asyncio.ensure_future(work)
        self._running.add(task)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise
        finally:
            self._running.discard(task)
        if task.cancelled():
            raise closed_here()
        return task.result()
