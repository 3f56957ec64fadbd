"""One connection: opened when needed, paced, and given up when it is no use."""

import asyncio

import pytest

from custom_components.bessai.device.connection import MOST_SILENCES, Connection
from custom_components.bessai.device.link import (
    BrokenAnswer,
    IllegalAddress,
    LinkDown,
    NoAnswer,
)

from .link_fakes import Clock, ScriptedLink, timing


class Bench:
    """A connection over a scripted link."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.link = ScriptedLink(self.clock)
        self.connection = Connection(
            self.link, timing(), self.clock.monotonic, self.clock.sleep
        )

    async def read(self) -> tuple[int, ...]:
        return await self.connection.read(1, 32000, 2)

    async def fail(self, error: Exception) -> None:
        """Let one read fail."""
        self.link.script.append(error)
        with pytest.raises(type(error)):
            await self.read()

    async def lose(self, *, after_s: float) -> None:
        """Read, and later let the connection end while an answer is awaited."""

        def end() -> None:
            self.link.lose()
            raise BrokenAnswer("closed by the other side")

        await self.read()
        self.clock.now += after_s
        self.link.script.append(end)
        with pytest.raises(BrokenAnswer):
            await self.read()


@pytest.fixture
def bench() -> Bench:
    return Bench()


# --- opening and pacing


async def test_nothing_is_opened_before_it_is_needed(bench: Bench) -> None:
    assert bench.link.done == []
    assert bench.connection.generation == 0
    assert not bench.connection.statistics.connected


async def test_the_first_request_opens_the_connection_once(bench: Bench) -> None:
    assert await bench.read() == (0, 1)
    await bench.connection.write(1, 47100, [1])
    assert bench.link.done == ["connect", "read 1/32000", "write 1/47100"]
    assert bench.connection.generation == 1
    assert bench.connection.statistics.connected


async def test_a_private_function_is_a_request_like_others(bench: Bench) -> None:
    assert await bench.connection.private(1, 0x41, b"\x24") == b"\x24"
    assert bench.link.done == ["connect", "private 1/4124"]
    assert bench.link.times == [1000.0, 1001.0]
    bench.link.script.append(IllegalAddress(2))
    with pytest.raises(IllegalAddress):
        await bench.connection.private(1, 0x41, b"\x24")
    assert bench.connection.statistics.requests == 2


async def test_a_connection_can_be_had_before_it_is_needed(bench: Bench) -> None:
    assert await bench.connection.establish() == 1
    assert await bench.connection.establish() == 1
    bench.link.lose()
    bench.clock.now += 120
    assert await bench.connection.establish() == 2
    assert bench.link.done == ["connect", "connect"]


async def test_a_new_connection_is_left_alone_for_its_pause(bench: Bench) -> None:
    await bench.read()
    assert bench.link.times == [1000.0, 1001.0]


async def test_requests_keep_their_distance_from_the_end_of_the_last(
    bench: Bench,
) -> None:
    bench.link.answer_s = 3.0
    await bench.read()
    await bench.read()
    assert bench.link.times[1:] == [1001.0, pytest.approx(1004.05)]


async def test_time_that_has_passed_anyway_counts(bench: Bench) -> None:
    await bench.read()
    bench.clock.now += 0.03
    await bench.read()
    bench.clock.now += 10
    await bench.read()
    assert bench.clock.slept == [1.0, pytest.approx(0.02)]


async def test_a_failed_request_is_also_followed_by_a_pause(bench: Bench) -> None:
    await bench.fail(IllegalAddress(2))
    await bench.read()
    assert bench.clock.slept == [1.0, pytest.approx(0.05)]
    assert bench.link.done.count("connect") == 1


# --- connections that cannot be made


async def test_after_a_failure_the_network_is_left_alone(bench: Bench) -> None:
    bench.link.refusals.append(LinkDown("dongle:502: refused", refused=True))
    with pytest.raises(LinkDown, match=r"^dongle:502: refused$"):
        await bench.read()
    with pytest.raises(LinkDown, match="refused; tried again in 1 s") as caught:
        await bench.read()
    assert caught.value.refused
    assert bench.link.done == ["connect"]


async def test_the_next_request_after_the_pause_tries_again(bench: Bench) -> None:
    bench.link.refusals.append(LinkDown("refused"))
    with pytest.raises(LinkDown):
        await bench.read()
    bench.clock.now += 1
    assert await bench.read() == (0, 1)
    assert bench.connection.generation == 1


async def test_only_failures_of_the_network_are_counted(bench: Bench) -> None:
    bench.link.refusals.append(LinkDown("refused"))
    for _ in range(3):
        with pytest.raises(LinkDown):
            await bench.read()
    numbers = bench.connection.statistics
    assert numbers.errors == {"LinkDown": 1}
    assert numbers.requests == 0
    assert numbers.last_error == "refused"


# --- connections that are lost


async def test_a_connection_that_ended_while_unused_is_made_anew(
    bench: Bench,
) -> None:
    await bench.read()
    bench.clock.now += 90
    bench.link.lose()
    await bench.read()
    assert bench.connection.generation == 2
    assert bench.connection.statistics.reconnects == 1


async def test_a_connection_that_ends_young_is_not_made_anew_at_once(
    bench: Bench,
) -> None:
    await bench.lose(after_s=5)
    with pytest.raises(
        LinkDown, match=r"^dongle:502: the other side closed .* in 5 s$"
    ) as caught:
        await bench.read()
    assert caught.value.lost
    bench.clock.now += 5
    await bench.read()
    assert not bench.connection.statistics.contended


async def test_a_connection_that_keeps_ending_is_contended(bench: Bench) -> None:
    await bench.lose(after_s=5)
    bench.clock.now += 5
    await bench.lose(after_s=5)
    assert bench.connection.statistics.contended
    with pytest.raises(LinkDown, match=r"^dongle:502: another client .* in 10 s$"):
        await bench.read()
    bench.clock.now += 600
    assert not bench.connection.statistics.contended


async def test_a_request_in_use_does_not_count_as_idle_time(bench: Bench) -> None:
    for _ in range(3):
        await bench.lose(after_s=80)
    assert bench.connection.statistics.contended


async def test_a_connection_lost_during_its_first_pause_counts(bench: Bench) -> None:
    async def lose(seconds: float) -> None:
        bench.link.lose()

    connection = Connection(bench.link, timing(), bench.clock.monotonic, lose)
    bench.link.script.append(LinkDown("there is no connection"))
    with pytest.raises(LinkDown, match="there is no connection"):
        await connection.read(1, 32000, 2)
    with pytest.raises(LinkDown, match="tried again in 5 s"):
        await connection.read(1, 32000, 2)


async def test_a_stream_out_of_step_is_given_up_without_blaming_anybody(
    bench: Bench,
) -> None:
    await bench.fail(BrokenAnswer("what came is not Modbus"))
    assert bench.link.done[-1] == "close"
    await bench.read()
    assert bench.connection.generation == 2
    assert not bench.connection.statistics.contended


# --- silence


async def test_one_silence_keeps_the_connection(bench: Bench) -> None:
    await bench.fail(NoAnswer("silence"))
    await bench.read()
    await bench.fail(NoAnswer("silence"))
    assert bench.connection.generation == 1
    assert bench.link.connected


async def test_two_silences_in_a_row_make_it_anew(bench: Bench) -> None:
    await bench.fail(NoAnswer("silence"))
    await bench.fail(NoAnswer("silence"))
    assert not bench.link.connected
    await bench.read()
    assert bench.connection.generation == 2


async def test_a_refusal_is_no_silence(bench: Bench) -> None:
    await bench.fail(NoAnswer("silence"))
    await bench.fail(IllegalAddress(2))
    await bench.fail(NoAnswer("silence"))
    assert bench.link.connected


async def test_a_device_that_sleeps_is_called_up_less_and_less(bench: Bench) -> None:
    for _ in range(2 + 4 + 8 + 16 + 16):
        await bench.fail(NoAnswer("silence"))
    assert bench.connection.generation == 5
    assert not bench.link.connected
    await bench.read()
    for _ in range(2):
        await bench.fail(NoAnswer("silence"))
    assert not bench.link.connected
    assert MOST_SILENCES == 16


# --- numbers


async def test_answers_refusals_and_silences_take_time(bench: Bench) -> None:
    bench.link.answer_s = 0.5
    await bench.read()
    bench.link.answer_s = 2.0
    await bench.fail(NoAnswer("silence"))
    bench.link.answer_s = 1.0
    await bench.fail(IllegalAddress(2))
    bench.link.answer_s = 0.25
    await bench.connection.write(1, 47100, [1])
    numbers = bench.connection.statistics
    assert numbers.requests == 4
    assert numbers.timeouts == 1
    assert numbers.latency_p50_s == 0.5
    assert numbers.latency_p95_s == 2.0
    assert numbers.write_p95_s == 0.25


async def test_a_broken_answer_says_nothing_about_latency(bench: Bench) -> None:
    await bench.fail(BrokenAnswer("half a frame"))
    assert bench.connection.statistics.latency_p50_s is None
    assert bench.connection.statistics.errors == {"BrokenAnswer": 1}


# --- cancelling and closing


@pytest.mark.parametrize("opened", [False, True], ids=["connecting", "reading"])
async def test_a_cancelled_request_is_cancelled_at_the_link(
    bench: Bench, *, opened: bool
) -> None:
    if opened:
        await bench.read()
    bench.link.hold = asyncio.Event()
    reading = asyncio.create_task(bench.read())
    await bench.link.at_hold.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    bench.link.hold = None
    assert await bench.read() == (0, 1)


@pytest.mark.parametrize("opened", [False, True], ids=["connecting", "reading"])
async def test_closing_ends_what_is_under_way(bench: Bench, *, opened: bool) -> None:
    if opened:
        await bench.read()
    bench.link.hold = asyncio.Event()
    reading = asyncio.create_task(bench.read())
    await bench.link.at_hold.wait()
    await bench.connection.close()
    with pytest.raises(LinkDown, match="closed on this side"):
        await reading
    assert not bench.link.connected
    assert bench.connection.statistics.errors == {}


async def test_closing_ends_a_pause(bench: Bench) -> None:
    connection = Connection(bench.link, timing(), bench.clock.monotonic, asyncio.sleep)
    pausing = asyncio.create_task(connection.pause(60))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await connection.close()
    with pytest.raises(LinkDown):
        await pausing


async def test_a_closed_connection_stays_closed(bench: Bench) -> None:
    await bench.read()
    await bench.connection.close()
    with pytest.raises(LinkDown, match="closed on this side"):
        await bench.read()
    assert bench.link.done == ["connect", "read 1/32000", "close"]
