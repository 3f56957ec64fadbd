"""One at a time; commands first, then in the order of arrival."""

import asyncio

import pytest

from custom_components.bessai.device.link import LinkDown
from custom_components.bessai.device.turnstile import Priority, Turnstile


class Queue:
    """Tasks that pass a turnstile and note the order in which they did."""

    def __init__(self) -> None:
        self.turnstile = Turnstile()
        self.passed: list[str] = []
        self.release = asyncio.Event()

    async def join(
        self, name: str, priority: Priority = Priority.POLL
    ) -> asyncio.Task[None]:
        """Start a task and let it come as far as it can."""
        task = asyncio.create_task(self._pass(name, priority))
        await asyncio.sleep(0)
        return task

    async def _pass(self, name: str, priority: Priority) -> None:
        async with self.turnstile.turn(priority):
            self.passed.append(name)
            await self.release.wait()


async def finish(queue: Queue, *tasks: asyncio.Task[None]) -> None:
    queue.release.set()
    await asyncio.gather(*tasks)


async def test_one_passes_at_a_time() -> None:
    queue = Queue()
    tasks = [await queue.join("first"), await queue.join("second")]
    assert queue.passed == ["first"]
    await finish(queue, *tasks)
    assert queue.passed == ["first", "second"]


async def test_a_command_overtakes_waiting_polls_and_each_keeps_its_order() -> None:
    queue = Queue()
    tasks = [
        await queue.join("running"),
        await queue.join("poll 1"),
        await queue.join("poll 2"),
        await queue.join("command 1", Priority.COMMAND),
        await queue.join("command 2", Priority.COMMAND),
    ]
    await finish(queue, *tasks)
    assert queue.passed == ["running", "command 1", "command 2", "poll 1", "poll 2"]


async def test_who_is_cancelled_while_waiting_blocks_nobody() -> None:
    queue = Queue()
    first = await queue.join("first")
    gone = await queue.join("gone")
    last = await queue.join("last")
    gone.cancel()
    await finish(queue, first, last)
    assert queue.passed == ["first", "last"]
    assert gone.cancelled()


async def test_who_is_cancelled_as_the_turn_comes_passes_it_on() -> None:
    queue = Queue()
    first = await queue.join("first")
    gone = await queue.join("gone")
    last = await queue.join("last")
    queue.release.set()
    await asyncio.sleep(0)  # the first has left, the second does not know yet
    gone.cancel()
    await asyncio.gather(first, last)
    assert queue.passed == ["first", "last"]
    assert gone.cancelled()


async def test_a_failure_inside_frees_the_turn() -> None:
    turnstile = Turnstile()
    with pytest.raises(ValueError, match="inside"):
        async with turnstile.turn(Priority.POLL):
            raise ValueError("inside")
    async with turnstile.turn(Priority.POLL):
        pass


async def test_closing_sends_everybody_away() -> None:
    queue = Queue()
    running = await queue.join("running")
    waiting = await queue.join("waiting")
    gone = await queue.join("gone")
    gone.cancel()
    queue.turnstile.close()
    with pytest.raises(LinkDown, match="closed on this side"):
        await waiting
    await finish(queue, running)
    with pytest.raises(LinkDown):
        async with queue.turnstile.turn(Priority.COMMAND):
            pass
    assert queue.passed == ["running"]
