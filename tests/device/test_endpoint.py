"""One endpoint for everybody: in turn, patiently, politely."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic

import pytest

from custom_components.bessai.device.endpoint import Endpoint, UnitLink
from custom_components.bessai.device.link import (
    Busy,
    IllegalAddress,
    LinkDown,
    NoAnswer,
    NotPermitted,
)
from custom_components.bessai.device.login import Login
from custom_components.bessai.device.profile import LinkTiming
from custom_components.bessai.device.pymodbus_link import PymodbusLink
from custom_components.bessai.device.turnstile import Priority

from .link_fakes import Clock, ScriptedLink, timing, write_alone
from .login_door import CHALLENGE, PASSWORD, GuardedLink
from .modbus_peer import ModbusPeer, hang_up, refuse, send, serving, silence

SWIFT = timing(
    connect_pause_s=0.002, request_pause_s=0.001, retry_pauses_s=(0.002, 0.004, 0.008)
)


class Bench:
    """An endpoint over a scripted link, with a clock of its own."""

    def __init__(self, link_timing: LinkTiming | None = None) -> None:
        self.clock = Clock()
        self.link = ScriptedLink(self.clock)
        self.endpoint = Endpoint(
            self.link,
            link_timing or timing(),
            monotonic=self.clock.monotonic,
            sleep=self.clock.sleep,
        )
        self.unit = self.endpoint.unit(1)

    async def held(self) -> asyncio.Task[tuple[int, ...]]:
        """Start a poll that holds the turn until the link is let go."""
        self.link.hold = asyncio.Event()
        poll = asyncio.create_task(self.unit.read(100, 1))
        await self.link.at_hold.wait()
        return poll

    def let_go(self) -> None:
        hold, self.link.hold = self.link.hold, None
        assert hold is not None
        hold.set()

    @property
    def requests(self) -> list[str]:
        return [what for what in self.link.done if " " in what]


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def started[T](task: asyncio.Task[T]) -> asyncio.Task[T]:
    """Let a task come as far as it can."""
    await asyncio.sleep(0)
    return task


# --- units and turns


async def test_units_share_the_connection(bench: Bench) -> None:
    second = bench.endpoint.unit(2)
    assert await bench.unit.read(32000, 2) == (0, 1)
    await write_alone(second, 47100, [1])
    assert bench.link.done == ["connect", "read 1/32000", "write 2/47100"]
    assert (bench.unit.unit_id, second.unit_id) == (1, 2)
    assert bench.unit.generation == second.generation == bench.endpoint.generation == 1
    assert second.statistics == bench.endpoint.statistics
    assert second.statistics.requests == 2


async def test_a_command_overtakes_polls_that_wait(bench: Bench) -> None:
    polls = [await bench.held()]
    polls += [
        await started(asyncio.create_task(bench.unit.read(address, 1)))
        for address in (200, 300)
    ]
    write = await started(asyncio.create_task(write_alone(bench.unit, 47100, [1])))
    urgent = await started(
        asyncio.create_task(bench.unit.read(400, 1, priority=Priority.COMMAND))
    )
    bench.let_go()
    await asyncio.gather(*polls, write, urgent)
    assert bench.requests == [
        "read 1/100",
        "write 1/47100",
        "read 1/400",
        "read 1/200",
        "read 1/300",
    ]


async def test_a_cancelled_poll_lets_the_next_one_go(bench: Bench) -> None:
    first = await bench.held()
    waiting = await started(asyncio.create_task(bench.unit.read(200, 1)))
    last = await started(asyncio.create_task(bench.unit.read(300, 1)))
    waiting.cancel()
    first.cancel()
    bench.let_go()
    assert await last == (0,)
    assert first.cancelled()
    assert waiting.cancelled()
    assert bench.requests == ["read 1/300"]  # the first was still connecting


async def test_nobody_interrupts_a_sequence(bench: Bench) -> None:
    async with bench.unit.sequence() as turn:
        await turn.write(47247, [0, 2500])
        poll = await started(asyncio.create_task(bench.unit.read(200, 1)))
        await turn.write(47100, [1])
        assert await turn.read(47100, 1) == (0,)
    await poll
    assert bench.requests == [
        "write 1/47247",
        "write 1/47100",
        "read 1/47100",
        "read 1/200",
    ]


async def test_a_sequence_waits_for_its_turn_before_polls(bench: Bench) -> None:
    async def command() -> None:
        async with bench.endpoint.sequence() as turn:
            await turn.write(1, 47100, [1])
            await turn.read(2, 37006, 1)

    first = await bench.held()
    poll = await started(asyncio.create_task(bench.unit.read(200, 1)))
    sequence = await started(asyncio.create_task(command()))
    bench.let_go()
    await asyncio.gather(first, poll, sequence)
    assert bench.requests[1:] == ["write 1/47100", "read 2/37006", "read 1/200"]


async def test_a_sequence_is_paced(bench: Bench) -> None:
    async with bench.unit.sequence() as turn:
        await turn.write(47247, [0, 2500])
        await turn.write(47100, [1])
        await turn.read(47100, 1)
    assert bench.link.times == pytest.approx([1000, 1001, 1001.05, 1001.1])


async def test_a_sequence_can_be_connected_before_it_asks_anything(
    bench: Bench,
) -> None:
    async with bench.unit.sequence() as turn:
        await turn.connect()
        assert bench.unit.generation == 1
        await turn.connect()
    assert bench.link.done == ["connect"]


async def test_a_failed_sequence_gives_the_turn_back(bench: Bench) -> None:
    bench.link.script.append(IllegalAddress(2))
    with pytest.raises(IllegalAddress):
        async with bench.unit.sequence() as turn:
            await turn.write(47100, [1])
    assert await bench.unit.read(200, 1) == (0,)


# --- trying again


async def test_others_go_while_one_waits_to_try_again(bench: Bench) -> None:
    bench.link.script.append(Busy(6))
    busy = await started(asyncio.create_task(bench.unit.read(100, 1)))
    other = await started(asyncio.create_task(bench.unit.read(200, 1)))
    await asyncio.gather(busy, other)
    assert bench.requests == ["read 1/100", "read 1/200", "read 1/100"]


async def test_a_sequence_keeps_its_turn_while_it_waits(bench: Bench) -> None:
    bench.link.script.append(Busy(6))

    async def command() -> None:
        async with bench.unit.sequence() as turn:
            await turn.write(47100, [1])

    sequence = await started(asyncio.create_task(command()))
    poll = await started(asyncio.create_task(bench.unit.read(200, 1)))
    await asyncio.gather(sequence, poll)
    assert bench.requests == ["write 1/47100", "write 1/47100", "read 1/200"]


async def test_a_write_is_not_tried_again_on_another_connection(bench: Bench) -> None:
    """Somebody else may answer there."""

    def be_busy_and_go() -> None:
        bench.link.lose()
        raise Busy(6)

    await bench.unit.read(200, 1)
    bench.clock.now += 100.0  # a connection that is lost young is left alone anyway
    bench.link.script.append(be_busy_and_go)
    with pytest.raises(LinkDown, match="before another try"):
        await write_alone(bench.unit, 47100, [1])
    assert bench.requests == ["read 1/200", "write 1/47100"]


async def test_once_is_once(bench: Bench) -> None:
    bench.link.script.append(Busy(6))
    with pytest.raises(Busy):
        await bench.unit.read(100, 1, once=True)
    assert await bench.unit.read(100, 1, once=True) == (0,)
    assert bench.requests == ["read 1/100", "read 1/100"]


async def test_pauses_grow(bench: Bench) -> None:
    bench.link.script.extend([NoAnswer("silence"), Busy(6), Busy(6), Busy(6)])
    with pytest.raises(Busy):
        await bench.unit.read(100, 1)
    tries = bench.link.times[1:]
    assert tries == pytest.approx([1001, 1002, 1004, 1008])


# --- logging in

LOGIN = Login(user="installer", password=PASSWORD, keep_alive=49999)


class GuardedBench(Bench):
    """An endpoint to an inverter that wants a login."""

    def __init__(self) -> None:
        super().__init__()
        self.link = GuardedLink(self.clock)
        self.endpoint = Endpoint(
            self.link, timing(), monotonic=self.clock.monotonic, sleep=self.clock.sleep
        )
        self.unit = self.endpoint.unit(1)


async def test_a_unit_with_a_login_uses_it_for_its_writes_only() -> None:
    bench = GuardedBench()
    second = bench.endpoint.unit(2)
    bench.unit.use_login(LOGIN, lambda: CHALLENGE)
    await bench.unit.read(32000, 1)
    with pytest.raises(NotPermitted):
        await write_alone(second, 47100, [1])
    await write_alone(bench.unit, 47100, [1])
    async with bench.unit.sequence() as turn:
        await turn.write(47100, [0])
    assert bench.requests == [
        "read 1/32000",
        "write 2/47100",
        "private 1/4124",
        "private 1/4125",
        "write 1/47100",
        "write 1/47100",
    ]


async def test_nobody_comes_between_a_login_and_its_write() -> None:
    bench = GuardedBench()
    bench.unit.use_login(LOGIN, lambda: CHALLENGE)
    polls = [await bench.held()]
    polls.append(await started(asyncio.create_task(bench.unit.read(200, 1))))
    write = await started(asyncio.create_task(write_alone(bench.unit, 47100, [1])))
    bench.let_go()
    await asyncio.gather(*polls, write)
    assert bench.requests == [
        "read 1/100",
        "private 1/4124",
        "private 1/4125",
        "write 1/47100",
        "read 1/200",
    ]


async def test_a_login_that_meets_a_busy_inverter_is_tried_again() -> None:
    bench = GuardedBench()
    bench.unit.use_login(LOGIN, lambda: CHALLENGE)
    bench.link.script.extend([None, Busy(6)])
    await write_alone(bench.unit, 47100, [1])
    assert bench.requests[-1] == "write 1/47100"
    assert bench.requests.count("private 1/4125") == 2


async def test_a_login_can_be_taken_away_again() -> None:
    bench = GuardedBench()
    bench.unit.forget_login()
    bench.unit.use_login(LOGIN, lambda: CHALLENGE)
    bench.unit.forget_login()
    with pytest.raises(NotPermitted):
        await write_alone(bench.unit, 47100, [1])
    assert bench.requests == ["write 1/47100"]


async def test_a_private_function_goes_before_polls_and_within_a_sequence(
    bench: Bench,
) -> None:
    first = await bench.held()
    poll = await started(asyncio.create_task(bench.unit.read(200, 1)))
    asked = await started(asyncio.create_task(bench.unit.private(0x41, b"\x24")))
    bench.let_go()
    assert await asked == b"\x24"
    await asyncio.gather(first, poll)
    async with bench.unit.sequence() as turn:
        assert await turn.private(0x41, b"\x25") == b"\x25"
    assert bench.requests[1:] == ["private 1/4124", "read 1/200", "private 1/4125"]


# --- closing


async def test_closing_sends_everybody_away(bench: Bench) -> None:
    serving_now = await bench.held()
    waiting = await started(asyncio.create_task(bench.unit.read(200, 1)))
    await bench.endpoint.close()
    for task in (serving_now, waiting):
        with pytest.raises(LinkDown, match="closed on this side"):
            await task
    with pytest.raises(LinkDown):
        await bench.unit.read(300, 1)
    with pytest.raises(LinkDown):
        async with bench.unit.sequence():
            pass
    assert not bench.link.connected
    assert bench.requests == []  # it was still connecting


async def test_closing_ends_a_sequence(bench: Bench) -> None:
    async with bench.unit.sequence() as turn:
        await turn.write(47100, [1])
        await bench.endpoint.close()
        with pytest.raises(LinkDown):
            await turn.write(47100, [0])


async def test_closing_ends_the_pause_before_another_try(bench: Bench) -> None:
    pausing = asyncio.Event()

    async def sleep(seconds: float) -> None:
        pausing.set()
        await asyncio.sleep(60)

    endpoint = Endpoint(
        bench.link,
        timing(connect_pause_s=0, request_pause_s=0),
        monotonic=bench.clock.monotonic,
        sleep=sleep,
    )
    bench.link.script.append(Busy(6))
    reading = asyncio.create_task(endpoint.read(1, 100, 1))
    await pausing.wait()
    await endpoint.close()
    with pytest.raises(LinkDown, match="closed on this side"):
        await reading


async def test_closing_leaves_no_task_behind(bench: Bench) -> None:
    before = asyncio.all_tasks()
    await bench.unit.read(100, 1)
    await bench.endpoint.close()
    assert asyncio.all_tasks() == before


# --- over a real socket


@pytest.fixture
async def peer() -> AsyncIterator[ModbusPeer]:
    async with serving() as peer:
        yield peer


@pytest.fixture
async def unit(peer: ModbusPeer) -> AsyncIterator[UnitLink]:
    link = PymodbusLink("127.0.0.1", peer.port, SWIFT.timeout_s)
    endpoint = Endpoint(link, SWIFT, monotonic=monotonic)
    yield endpoint.unit(1)
    await endpoint.close()
    await peer.until_connections(0)


async def test_a_command_is_carried_out_over_a_real_socket(
    peer: ModbusPeer, unit: UnitLink
) -> None:
    async with unit.sequence() as turn:
        await turn.write(47247, [0, 2500])
        await turn.write(47100, [1])
        assert await turn.read(47247, 2) == (0, 2500)
    assert peer.connections == 1
    assert unit.statistics.latency_p50_s is not None


async def test_a_busy_device_is_asked_again(peer: ModbusPeer, unit: UnitLink) -> None:
    peer.script.extend([refuse(6), silence, refuse(6)])
    assert await unit.read(32000, 1) == (0,)
    assert len(peer.asked) == 4
    assert unit.statistics.errors == {"Busy": 2, "NoAnswer": 1}


async def test_half_a_frame_does_not_poison_what_follows(
    peer: ModbusPeer, unit: UnitLink
) -> None:
    peer.words = {32000: 1, 32001: 2}
    peer.script.append(send(lambda frame: frame[:9]))
    assert await unit.read(32000, 1) == (1,)
    assert await unit.read(32001, 1) == (2,)


async def test_half_frames_without_end_lead_to_a_new_connection(
    peer: ModbusPeer, unit: UnitLink
) -> None:
    peer.script.extend([send(lambda frame: frame[:6]), silence])
    assert await unit.read(32000, 1) == (0,)
    assert peer.connections == 2
    assert unit.generation == 2
    assert not unit.statistics.contended


async def test_a_second_client_is_recognised_and_given_way_to(
    peer: ModbusPeer,
) -> None:
    clock = Clock()
    link = PymodbusLink("127.0.0.1", peer.port, timeout_s=2)
    endpoint = Endpoint(link, SWIFT, monotonic=clock.monotonic, sleep=clock.sleep)
    peer.script.extend([hang_up, hang_up])
    for pause_s in (5, 10):
        with pytest.raises(LinkDown, match=f"tried again in {pause_s} s"):
            await endpoint.read(1, 32000, 1)
        clock.now += pause_s
    assert endpoint.statistics.contended
    assert peer.connections == 2
    assert await endpoint.read(1, 32000, 1) == (0,)
    await endpoint.close()
