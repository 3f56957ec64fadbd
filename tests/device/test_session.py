"""Rights are had before a write, once per connection, and kept for as long."""

import pytest

from custom_components.bessai.device.connection import Connection
from custom_components.bessai.device.link import (
    BrokenAnswer,
    Busy,
    IllegalAddress,
    NoAnswer,
    NotPermitted,
)
from custom_components.bessai.device.login import Login
from custom_components.bessai.device.session import REFUSED_S, STALE_S, Session

from .link_fakes import Clock, timing
from .login_door import CHALLENGE, PASSWORD, RIGHTS_S, GuardedLink

KEEP_ALIVE = 49999
LOGGED_IN = ["private 1/4124", "private 1/4125"]
WRITTEN = "write 1/47100"
KEPT = "write 1/49999"


class Bench:
    """A session on a connection to an inverter that may want a login."""

    def __init__(
        self,
        *,
        wants: str | None = PASSWORD,
        password: str = PASSWORD,
        keep_alive: int | None = KEEP_ALIVE,
    ) -> None:
        self.clock = Clock()
        self.link = GuardedLink(self.clock, wants)
        self.connection = Connection(
            self.link,
            timing(connect_pause_s=0, request_pause_s=0),
            self.clock.monotonic,
            self.clock.sleep,
        )
        self.session = Session(
            self.connection,
            1,
            Login(user="installer", password=password, keep_alive=keep_alive),
            lambda: CHALLENGE,
            self.clock.monotonic,
        )

    async def write(self, *, after_s: float = 0.0) -> list[str]:
        """Let time pass, write, and return what was asked for that."""
        self.clock.now += after_s
        before = len(self.link.done)
        await self.session.write(47100, (1,))
        return [what for what in self.link.done[before:] if " " in what]

    async def refused(self, *, after_s: float = 0.0) -> list[str]:
        """Let a write be forbidden, and return what was asked."""
        before = len(self.link.done)
        with pytest.raises(NotPermitted):
            await self.write(after_s=after_s)
        return [what for what in self.link.done[before:] if " " in what]


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_the_first_write_of_a_connection_logs_in(bench: Bench) -> None:
    assert bench.link.done == []
    assert await bench.write() == [*LOGGED_IN, WRITTEN]
    assert await bench.write() == [WRITTEN]


async def test_rights_are_kept_alive_by_the_writes_that_need_them(
    bench: Bench,
) -> None:
    await bench.write()
    assert await bench.write(after_s=STALE_S) == [WRITTEN]
    assert await bench.write(after_s=1) == [KEPT, WRITTEN]
    assert await bench.write(after_s=STALE_S) == [WRITTEN]
    assert await bench.write(after_s=STALE_S) == [KEPT, WRITTEN]


async def test_rights_that_lapsed_are_had_again(bench: Bench) -> None:
    await bench.write()
    lapsed = RIGHTS_S + 1
    assert await bench.write(after_s=lapsed) == [KEPT, *LOGGED_IN, WRITTEN]


async def test_without_a_register_for_it_rights_are_renewed_by_the_login() -> None:
    bench = Bench(keep_alive=None)
    await bench.write()
    assert await bench.write(after_s=STALE_S + 1) == [*LOGGED_IN, WRITTEN]


async def test_an_inverter_too_busy_to_keep_rights_alive_is_asked_again_later(
    bench: Bench,
) -> None:
    await bench.write()
    bench.link.script.append(Busy(6))
    with pytest.raises(Busy):
        await bench.write(after_s=STALE_S + 1)
    assert await bench.write() == [KEPT, WRITTEN]


async def test_a_new_connection_has_no_rights_yet(bench: Bench) -> None:
    await bench.write()
    bench.link.lose()
    bench.clock.now += 60
    assert await bench.write() == [*LOGGED_IN, WRITTEN]
    assert bench.connection.generation == 2


async def test_rights_that_end_before_their_time_are_had_again(bench: Bench) -> None:
    await bench.write()
    bench.link.forget_rights()
    assert await bench.write() == [WRITTEN, *LOGGED_IN, WRITTEN]


async def test_what_is_forbidden_to_the_installer_too_is_tried_twice(
    bench: Bench,
) -> None:
    await bench.write()
    bench.link.script.extend([NotPermitted(0x80), None, None, NotPermitted(0x80)])
    assert await bench.refused() == [WRITTEN, *LOGGED_IN, WRITTEN]


async def test_other_refusals_of_a_write_have_nothing_to_do_with_rights(
    bench: Bench,
) -> None:
    await bench.write()
    bench.link.script.append(IllegalAddress(2))
    with pytest.raises(IllegalAddress):
        await bench.write()


# --- logins that fail


async def test_a_wrong_password_is_not_tried_again_and_again() -> None:
    bench = Bench(password="wrong")
    assert await bench.refused() == [*LOGGED_IN, WRITTEN]
    assert await bench.refused() == [WRITTEN]
    bench.link.lose()
    assert await bench.refused(after_s=60) == [WRITTEN]
    assert await bench.refused(after_s=REFUSED_S) == [*LOGGED_IN, WRITTEN]


async def test_a_refused_login_does_not_hinder_what_needs_none() -> None:
    bench = Bench(password="wrong")
    await bench.connection.establish()
    bench.link.desk.check_rights = lambda: None  # type: ignore[method-assign]
    assert await bench.write() == [*LOGGED_IN, WRITTEN]


async def test_where_no_login_is_offered_the_write_decides() -> None:
    bench = Bench(wants=None)
    assert await bench.write() == ["private 1/4124", WRITTEN]
    assert await bench.write(after_s=STALE_S + 1) == [WRITTEN]
    bench.link.script.append(NotPermitted(0x80))
    assert await bench.refused() == [WRITTEN]
    bench.link.lose()
    bench.clock.now += 60
    assert await bench.write() == ["private 1/4124", WRITTEN]


@pytest.mark.parametrize("error", [NoAnswer("silence"), BrokenAnswer("half a frame")])
async def test_a_login_that_got_lost_begins_nothing(
    bench: Bench, error: Exception
) -> None:
    bench.link.script.extend([None, error])
    with pytest.raises(type(error)):
        await bench.write()
    assert WRITTEN not in bench.link.done
    assert await bench.write() == [*LOGGED_IN, WRITTEN]
