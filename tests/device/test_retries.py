"""Which failures are worth another try."""

from contextlib import nullcontext

import pytest

from custom_components.bessai.device.connection import Connection
from custom_components.bessai.device.link import (
    BrokenAnswer,
    GatewayUnreachable,
    LinkDown,
    LinkError,
    NoAnswer,
    refusal,
)
from custom_components.bessai.device.retries import Patience, Retries

from .link_fakes import Clock, ScriptedLink, timing

PAUSES_S = (1.0, 2.0, 4.0)
SILENCE = NoAnswer("silence")
BROKEN = BrokenAnswer("half a frame")
DOWN = LinkDown("refused")


def pauses(error: LinkError, *, writing: bool) -> list[float]:
    """Return the pauses after one failure that repeats until patience ends."""
    patience = Patience(PAUSES_S, writing=writing)
    return list(iter(lambda: patience.pause_after(error), None))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refusal(6), [1, 2, 4]),
        (refusal(5), [1, 2, 4]),
        (SILENCE, [1, 2, 4]),
        (refusal(4), [1, 2]),
        (BROKEN, [0]),
        (DOWN, []),
        *((refusal(code), []) for code in (1, 2, 3, 10, 11, 0x80, 0x7F)),
    ],
    ids=str,
)
def test_a_read_is_repeated_where_that_can_help(
    error: LinkError, expected: list[float]
) -> None:
    assert pauses(error, writing=False) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refusal(6), [1, 2, 4]),
        *((refusal(code), []) for code in (1, 2, 3, 4, 5, 10, 11, 0x80)),
        (SILENCE, []),
        (BROKEN, []),
        (DOWN, []),
    ],
    ids=str,
)
def test_a_write_is_repeated_only_when_it_was_not_begun(
    error: LinkError, expected: list[float]
) -> None:
    assert pauses(error, writing=True) == expected


def test_different_failures_share_the_pauses_of_one_request() -> None:
    patience = Patience(PAUSES_S, writing=False)
    failures = [refusal(6), refusal(4), BROKEN, SILENCE, refusal(6)]
    assert [patience.pause_after(error) for error in failures] == [1, 2, 0, 4, None]


class Bench:
    """Retries over a scripted link, without a gate."""

    def __init__(self, pauses_s: tuple[float, ...] = PAUSES_S) -> None:
        self.clock = Clock()
        self.link = ScriptedLink(self.clock)
        connection = Connection(
            self.link,
            timing(connect_pause_s=0, request_pause_s=0),
            self.clock.monotonic,
            self.clock.sleep,
        )
        self.retries = Retries(connection, pauses_s)

    async def read(self) -> tuple[int, ...]:
        return await self.retries.read(nullcontext, 1, 32000, 1)

    async def write(self) -> None:
        await self.retries.write(nullcontext, 1, 47100, [1])


async def test_a_read_succeeds_at_the_last_try() -> None:
    bench = Bench()
    bench.link.script.extend([refusal(6), SILENCE, refusal(4)])
    assert await bench.read() == (0,)
    assert bench.clock.slept == [1, 2, 4]


async def test_the_last_failure_is_raised() -> None:
    bench = Bench((1.0,))
    bench.link.script.extend([SILENCE, refusal(10)])
    with pytest.raises(GatewayUnreachable):
        await bench.read()
    assert bench.link.done.count("read 1/32000") == 2


async def test_a_broken_connection_is_made_anew_for_a_read() -> None:
    bench = Bench()
    bench.link.script.append(BROKEN)
    assert await bench.read() == (0,)
    assert bench.link.done == [
        "connect",
        "read 1/32000",
        "close",
        "connect",
        "read 1/32000",
    ]


@pytest.mark.parametrize("error", [SILENCE, BROKEN])
async def test_a_write_with_unknown_outcome_is_left_to_the_caller(
    error: LinkError,
) -> None:
    bench = Bench()
    bench.link.script.append(error)
    with pytest.raises(type(error)):
        await bench.write()
    assert bench.link.done.count("write 1/47100") == 1


@pytest.mark.parametrize(("pauses_s", "slept"), [(PAUSES_S, [1]), ((), [])])
async def test_a_write_that_is_acknowledged_is_given_time(
    pauses_s: tuple[float, ...], slept: list[float]
) -> None:
    bench = Bench(pauses_s)
    bench.link.script.append(refusal(5))
    await bench.write()
    assert bench.link.done.count("write 1/47100") == 1
    assert bench.clock.slept == slept
