"""The pymodbus link against a real server on loopback that may misbehave."""

import asyncio
from collections.abc import AsyncIterator, Callable
import logging
import socket

import pytest
import pytest_socket

from custom_components.bessai.device.link import (
    BrokenAnswer,
    Busy,
    IllegalAddress,
    IllegalFunction,
    LinkDown,
    NoAnswer,
    NotPermitted,
    RegisterLink,
)
from custom_components.bessai.device.pymodbus_link import PymodbusLink

from .modbus_peer import (
    Asked,
    ModbusPeer,
    Reply,
    answer,
    hang_up,
    refuse,
    send,
    serving,
    silence,
    tell,
)

SHORT_S = 0.05


@pytest.fixture
async def peer() -> AsyncIterator[ModbusPeer]:
    async with serving() as peer:
        yield peer


@pytest.fixture
async def link(peer: ModbusPeer) -> AsyncIterator[PymodbusLink]:
    link = PymodbusLink("127.0.0.1", peer.port, timeout_s=2)
    await link.connect()
    yield link
    await link.close()


@pytest.fixture
async def hasty(peer: ModbusPeer) -> AsyncIterator[PymodbusLink]:
    """Return a link that waits for an answer only for a moment."""
    link = PymodbusLink("127.0.0.1", peer.port, SHORT_S)
    await link.connect()
    yield link
    await link.close()


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def other_tasks() -> set[asyncio.Task[object]]:
    current = asyncio.current_task()
    return {task for task in asyncio.all_tasks() if task is not current}


# --- reading and writing


async def test_registers_are_read(peer: ModbusPeer, link: RegisterLink) -> None:
    peer.words = {32080: 0x0001, 32081: 0xFFFF}
    assert await link.read(1, 32080, 2) == (0x0001, 0xFFFF)
    assert peer.asked[0].unit_id == 1


async def test_the_longest_read_is_answered(
    peer: ModbusPeer, link: PymodbusLink
) -> None:
    peer.words = {30000 + i: 65535 - i for i in range(125)}
    assert await link.read(0, 30000, 125) == tuple(65535 - i for i in range(125))


async def test_one_word_is_written_by_function_6(
    peer: ModbusPeer, link: PymodbusLink
) -> None:
    await link.write(1, 47100, [0xFFFF])
    assert peer.words == {47100: 0xFFFF}
    assert [asked.function for asked in peer.asked] == [0x06]


async def test_several_words_are_written_by_function_16(
    peer: ModbusPeer, link: PymodbusLink
) -> None:
    await link.write(1, 47247, (0, 2500))
    assert peer.words == {47247: 0, 47248: 2500}
    assert [asked.function for asked in peer.asked] == [0x10]


async def test_a_unit_without_function_6_is_written_by_16_from_then_on(
    peer: ModbusPeer, link: PymodbusLink
) -> None:
    peer.script.extend([refuse(1), answer, answer, answer])
    await link.write(1, 47100, [1])
    await link.write(1, 47100, [2])
    await link.write(2, 47100, [3])
    assert [asked.function for asked in peer.asked] == [0x06, 0x10, 0x10, 0x06]
    assert peer.words == {47100: 3}


async def test_a_unit_that_refuses_both_functions_is_asked_the_same_way_again(
    peer: ModbusPeer, link: PymodbusLink
) -> None:
    peer.script.extend([refuse(1), refuse(1), answer])
    with pytest.raises(IllegalFunction, match="writing 1 registers at 47100"):
        await link.write(1, 47100, [1])
    await link.write(1, 47100, [1])
    assert [asked.function for asked in peer.asked] == [0x06, 0x10, 0x06]


@pytest.mark.parametrize(
    ("code", "kind"), [(2, IllegalAddress), (6, Busy), (0x80, NotPermitted)]
)
async def test_an_exception_of_the_device_names_the_request(
    peer: ModbusPeer, link: PymodbusLink, code: int, kind: type[Exception]
) -> None:
    peer.script.extend([refuse(code), refuse(code)])
    with pytest.raises(
        kind, match=rf"^127\.0\.0\.1:{peer.port}, unit 7, reading 2 registers at 99: "
    ):
        await link.read(7, 99, 2)
    with pytest.raises(kind, match="unit 7, writing register 99"):
        await link.write(7, 99, [1])
    assert link.connected


# --- private functions


async def test_a_private_function_is_asked_and_answered(
    peer: ModbusPeer, link: RegisterLink
) -> None:
    peer.script.extend([tell(b"\x24\x02ab"), tell(b"\x25\x02cd")])
    assert await link.private(1, 0x41, b"\x24\x01\x00") == b"\x24\x02ab"
    assert await link.private(7, 0x41, bytes(60)) == b"\x25\x02cd"
    assert await link.read(1, 32000, 1) == (0,)
    first, second, _ = peer.asked
    assert (first.unit_id, first.function) == (1, 0x41)
    assert first.frame(b"")[:2] != second.frame(b"")[:2]
    assert (second.unit_id, len(second.body)) == (7, 58)


async def test_a_private_function_may_be_refused(
    peer: ModbusPeer, link: PymodbusLink
) -> None:
    peer.script.append(refuse(1))
    with pytest.raises(
        IllegalFunction, match=rf"^127\.0\.0\.1:{peer.port}, unit 1, function 0x41: "
    ):
        await link.private(1, 0x41, b"\x24\x01\x00")
    assert link.connected


async def test_a_private_function_that_is_not_answered_ends_and_is_forgotten(
    peer: ModbusPeer, hasty: PymodbusLink
) -> None:
    held: list[bytes] = []

    async def keep(
        peer: ModbusPeer, asked: Asked, writer: asyncio.StreamWriter
    ) -> None:
        held.append(asked.frame(b"\x41late"))

    async def late(
        peer: ModbusPeer, asked: Asked, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(held[0] + asked.frame(b"\x41prompt"))

    peer.script.extend([keep, late])
    with pytest.raises(NoAnswer, match="function 0x41: no answer within"):
        await hasty.private(1, 0x41, b"\x24")
    assert await hasty.private(1, 0x41, b"\x24") == b"prompt"
    assert await hasty.read(1, 32000, 1) == (0,)


async def test_a_private_function_ends_with_its_connection(
    peer: ModbusPeer, link: PymodbusLink
) -> None:
    peer.script.append(hang_up)
    with pytest.raises(BrokenAnswer, match="closed by the other side"):
        await link.private(1, 0x41, b"\x24")
    with pytest.raises(LinkDown, match="there is no connection"):
        await link.private(1, 0x41, b"\x24")


async def test_what_a_private_function_says_is_logged_by_nobody(
    peer: ModbusPeer, link: PymodbusLink, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("pymodbus.logging").setLevel(logging.DEBUG)
    secret = bytes.fromhex("c0ffee")
    peer.script.append(tell(secret))
    assert await link.private(1, 0x41, secret) == secret
    await link.read(1, 0xBEEF, 1)
    logged = caplog.text.lower().replace("0x", "").replace(" ", "")
    assert "beef" in logged
    assert "c0ffee" not in logged


# --- silence and late answers


async def test_silence_ends_after_the_timeout(
    peer: ModbusPeer, hasty: PymodbusLink
) -> None:
    peer.script.append(silence)
    with pytest.raises(NoAnswer, match=r"unit 1, reading .* no answer within 0.05 s"):
        await hasty.read(1, 32000, 1)
    assert await hasty.read(1, 32000, 1) == (0,)


async def test_a_late_answer_is_not_taken_for_the_next_one(
    peer: ModbusPeer, hasty: PymodbusLink
) -> None:
    held: list[bytes] = []

    def keep(frame: bytes) -> bytes:
        held.append(frame)
        return b""

    peer.words = {1: 11, 2: 22}
    peer.script.extend([send(keep), send(lambda frame: held[0] + frame)])
    with pytest.raises(NoAnswer):
        await hasty.read(1, 1, 1)
    assert await hasty.read(1, 2, 1) == (22,)


async def test_two_of_the_longest_answers_in_one_packet_are_taken_apart(
    peer: ModbusPeer, link: PymodbusLink
) -> None:
    peer.script.append(send(lambda frame: b"\xff\xff" + frame[2:] + frame))
    assert await link.read(1, 32000, 125) == (0,) * 125


async def test_an_answer_in_pieces_is_put_together(
    peer: ModbusPeer, link: PymodbusLink
) -> None:
    peer.words = {5: 55}
    peer.script.append(
        send(lambda frame: frame[:3], lambda frame: frame[3:9], lambda frame: frame[9:])
    )
    assert await link.read(1, 5, 1) == (55,)


async def test_half_an_answer_whose_rest_comes_late_spoils_nothing(
    peer: ModbusPeer, hasty: PymodbusLink
) -> None:
    rest: list[bytes] = []

    def half(frame: bytes) -> bytes:
        rest.append(frame[9:])
        return frame[:9]

    peer.words = {5: 55, 6: 66}
    peer.script.extend([send(half), send(lambda frame: rest[0] + frame)])
    with pytest.raises(NoAnswer):
        await hasty.read(1, 5, 1)
    assert await hasty.read(1, 6, 1) == (66,)


async def test_half_an_answer_whose_rest_never_comes_is_noticed(
    peer: ModbusPeer, hasty: PymodbusLink
) -> None:
    peer.script.append(send(lambda frame: frame[:9]))
    for _ in range(2):
        with pytest.raises((NoAnswer, BrokenAnswer)):
            await hasty.read(1, 5, 1)
    await hasty.connect()
    assert await hasty.read(1, 5, 1) == (0,)


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (send(lambda _: b"HTTP/1.1 400 Bad Request\r\n"), "is not Modbus"),
        (send(lambda frame: frame[:6] + b"\x05" + frame[7:]), "unit 5 answered"),
        (send(lambda frame: frame[:7] + b"\x04" + frame[8:]), "function 0x04"),
        (send(lambda frame: frame[:5] + b"\x05" + frame[6:8] + b"\x02\0\1"), "not fit"),
        (send(lambda frame: frame[:8] + b"\x02" + frame[9:]), "does not fit"),
    ],
    ids=["http", "unit", "function", "short", "byte count"],
)
async def test_an_answer_that_does_not_fit_breaks_the_connection_at_once(
    peer: ModbusPeer, link: PymodbusLink, reply: Reply, text: str
) -> None:
    peer.script.append(reply)
    with pytest.raises(BrokenAnswer, match=f"reading 2 registers at 7: .*{text}"):
        await link.read(1, 7, 2)
    with pytest.raises(BrokenAnswer):
        await link.read(1, 7, 2)
    await link.connect()
    assert await link.read(1, 7, 2) == (0, 0)


async def test_bytes_after_the_break_change_nothing(
    peer: ModbusPeer, link: PymodbusLink
) -> None:
    peer.script.append(send(lambda _: b"not Modbus", lambda frame: frame))
    with pytest.raises(BrokenAnswer, match="is not Modbus"):
        await link.read(1, 7, 2)
    await asyncio.sleep(0.01)
    assert link.connected


async def test_what_pymodbus_itself_does_not_like_is_one_of_our_errors(
    link: PymodbusLink,
) -> None:
    with pytest.raises(BrokenAnswer, match="256"):
        await link.read(256, 7, 2)


# --- connecting and losing the connection


async def test_a_link_says_who_it_is() -> None:
    assert str(PymodbusLink("fe80::1", 502, 1)) == "[fe80::1]:502"
    assert str(PymodbusLink("dongle", 6607, 1)) == "dongle:6607"


async def test_nothing_can_be_asked_without_a_connection() -> None:
    link = PymodbusLink("127.0.0.1", 502, 1)
    assert not link.connected
    with pytest.raises(LinkDown, match="there is no connection"):
        await link.read(1, 32000, 1)


async def test_a_refused_connection_says_so() -> None:
    link = PymodbusLink("127.0.0.1", closed_port(), 1)
    with pytest.raises(LinkDown, match="the host refuses the connection") as caught:
        await link.connect()
    assert caught.value.refused
    assert not link.connected


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError()])
async def test_a_name_that_leads_nowhere_says_so(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", fail)
    with pytest.raises(LinkDown, match=r"^dongle:502: the name .* be resolved$"):
        await PymodbusLink("dongle", 502, 1).connect()


async def test_a_name_with_two_addresses_is_tried_at_both(
    peer: ModbusPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolve(host: str, port: int, **kwargs: object) -> list[object]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, ("127.0.0.1", closed_port())), (*kind, ("127.0.0.1", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    link = PymodbusLink("dongle", peer.port, timeout_s=2)
    await link.connect()
    assert await link.read(1, 32000, 1) == (0,)
    await link.close()
    with pytest.raises(LinkDown, match="the host refuses the connection"):
        await PymodbusLink("dongle", closed_port(), 1).connect()


async def test_a_host_that_does_not_answer_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def never(*args: object, **kwargs: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", never)
    with pytest.raises(LinkDown, match=r"no connection within 0.05 s") as caught:
        await PymodbusLink("192.0.2.1", 502, SHORT_S).connect()
    assert not caught.value.refused


async def test_a_lost_connection_ends_the_waiting_at_once(
    peer: ModbusPeer, link: PymodbusLink
) -> None:
    peer.script.append(hang_up)
    with pytest.raises(BrokenAnswer, match="closed by the other side"):
        await link.read(1, 32000, 1)
    assert not link.connected
    with pytest.raises(LinkDown):
        await link.read(1, 32000, 1)


async def test_connecting_again_replaces_the_connection(
    peer: ModbusPeer, link: PymodbusLink
) -> None:
    await link.connect()
    await peer.until_connections(1)
    assert peer.connections == 2
    assert await link.read(1, 32000, 1) == (0,)


async def test_a_closed_link_leaves_nothing_behind(peer: ModbusPeer) -> None:
    before = other_tasks()
    link = PymodbusLink("127.0.0.1", peer.port, timeout_s=2)
    await link.connect()
    await link.read(1, 32000, 1)
    await link.close()
    await link.close()
    assert not link.connected
    await peer.until_connections(0)
    await asyncio.sleep(0.01)
    assert other_tasks() == before


async def test_closing_ends_a_waiting_request(
    peer: ModbusPeer, link: PymodbusLink
) -> None:
    peer.script.append(silence)
    reading = asyncio.create_task(link.read(1, 32000, 1))
    await peer.until_asked(1)
    await link.close()
    with pytest.raises(BrokenAnswer, match="closed on this side"):
        await reading


def ipv6_works() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


async def test_ipv6_addresses_are_spoken_to() -> None:
    if not ipv6_works():
        pytest.skip("this machine has no IPv6 loopback")
    pytest_socket.socket_allow_hosts(["::1"])
    async with serving("::1") as peer:
        link = PymodbusLink("::1", peer.port, timeout_s=2)
        await link.connect()
        assert await link.read(1, 32000, 1) == (0,)
        await link.close()


# --- cancellation, which pymodbus 3.13 swallows


async def test_a_cancelled_read_is_cancelled(
    peer: ModbusPeer, link: PymodbusLink
) -> None:
    peer.script.append(silence)
    reading = asyncio.create_task(link.read(1, 32000, 1))
    await peer.until_asked(1)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert reading.cancelled()
    assert await link.read(1, 32000, 1) == (0,)


async def test_a_timeout_around_a_read_is_a_timeout(
    peer: ModbusPeer, link: PymodbusLink
) -> None:
    peer.script.append(silence)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(SHORT_S):
            await link.read(1, 32000, 1)
    assert await link.read(1, 32000, 1) == (0,)


async def test_a_cancelled_connect_leaves_no_connection(peer: ModbusPeer) -> None:
    link = PymodbusLink("127.0.0.1", peer.port, timeout_s=2)
    connecting = asyncio.create_task(link.connect())
    await asyncio.sleep(0)
    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connecting
    await peer.until_connections(0)
    assert not link.connected


# --- what the log shows


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return what was logged as a warning or worse, by anybody."""
    caplog.set_level(logging.WARNING)
    return lambda: [record.getMessage() for record in caplog.records]


async def test_failures_are_raised_and_not_logged(
    peer: ModbusPeer, hasty: PymodbusLink, quiet: Callable[[], list[str]]
) -> None:
    late = send(lambda frame: b"\xff\xff" + frame[2:], lambda frame: frame)
    garbage = send(lambda frame: frame[:8] + b"\xff" + frame[9:])
    peer.script.extend([silence, silence, silence, silence, silence, late, garbage])
    for _ in range(5):
        with pytest.raises(NoAnswer):
            await hasty.read(1, 32000, 1)
    await hasty.read(1, 32000, 1)
    with pytest.raises(BrokenAnswer):
        await hasty.read(1, 32000, 1)
    await hasty.connect()
    peer.script.append(hang_up)
    with pytest.raises(BrokenAnswer):
        await hasty.read(1, 32000, 1)
    with pytest.raises(LinkDown):
        await PymodbusLink("127.0.0.1", closed_port(), 1).connect()
    assert quiet() == []


async def test_an_answer_after_the_timeout_is_not_logged(
    peer: ModbusPeer, hasty: PymodbusLink, quiet: Callable[[], list[str]]
) -> None:
    sent = asyncio.Event()

    async def dawdle(
        peer: ModbusPeer, asked: Asked, writer: asyncio.StreamWriter
    ) -> None:
        await asyncio.sleep(1.5 * SHORT_S)
        await answer(peer, asked, writer)
        sent.set()

    peer.script.append(dawdle)
    with pytest.raises(NoAnswer):
        await hasty.read(1, 32000, 1)
    await sent.wait()
    assert await hasty.read(1, 32000, 1) == (0,)
    assert quiet() == []
