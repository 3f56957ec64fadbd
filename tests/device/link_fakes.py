"""A link that does what a test says, and a clock that a test turns."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from custom_components.bessai.device.endpoint import UnitLink
from custom_components.bessai.device.link import LinkDown
from custom_components.bessai.device.profile import LinkTiming


async def write_alone(unit: UnitLink, address: int, words: Sequence[int]) -> None:
    """Write once, in a turn of its own."""
    async with unit.sequence() as turn:
        await turn.write(address, words)


class Clock:
    """Monotonic seconds that pass only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class ScriptedLink:
    """A :class:`RegisterLink` that notes what is done and fails as scripted."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.connected = False
        self.done: list[str] = []
        self.times: list[float] = []
        self.script: deque[Exception | Callable[[], None] | None] = deque()
        self.refusals: deque[LinkDown] = deque()
        self.answer_s = 0.0
        self.hold: asyncio.Event | None = None
        self.at_hold = asyncio.Event()

    def __str__(self) -> str:
        """Name the endpoint."""
        return "dongle:502"

    async def connect(self) -> None:
        self._note("connect")
        await self._wait()
        if self.refusals:
            raise self.refusals.popleft()
        self.connected = True

    async def read(self, unit_id: int, address: int, count: int) -> tuple[int, ...]:
        await self._request(f"read {unit_id}/{address}")
        return tuple(range(count))

    async def write(self, unit_id: int, address: int, words: Sequence[int]) -> None:
        await self._request(f"write {unit_id}/{address}")

    async def private(self, unit_id: int, function: int, payload: bytes) -> bytes:
        await self._request(f"private {unit_id}/{function:02x}{payload[:1].hex()}")
        return payload

    async def close(self) -> None:
        if self.connected:
            self._note("close")
        self.connected = False

    def lose(self) -> None:
        """End the connection, as the other side would."""
        self.connected = False

    async def _request(self, what: str) -> None:
        self._note(what)
        await self._wait()
        self.clock.now += self.answer_s
        step = self.script.popleft() if self.script else None
        if isinstance(step, Exception):
            raise step
        if step is not None:
            step()

    async def _wait(self) -> None:
        await asyncio.sleep(0)
        if self.hold is not None:
            self.at_hold.set()
            await self.hold.wait()

    def _note(self, what: str) -> None:
        self.done.append(what)
        self.times.append(self.clock.now)


def timing(
    *,
    connect_pause_s: float = 1.0,
    request_pause_s: float = 0.05,
    retry_pauses_s: tuple[float, ...] = (1.0, 2.0, 4.0),
) -> LinkTiming:
    return LinkTiming(
        connect_pause_s=connect_pause_s,
        request_pause_s=request_pause_s,
        timeout_s=0.05,
        retry_pauses_s=retry_pauses_s,
        max_read_words=125,
        max_write_words=123,
        poll_period_s=10,
        settings_period_s=300,
    )
