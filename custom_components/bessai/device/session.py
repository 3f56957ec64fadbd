"""The right to write to one unit: obtained once per connection, and kept alive."""

from collections.abc import Callable, Sequence

from .connection import Connection
from .link import Busy, DeviceRefusal, NotPermitted
from .login import Login, LoginRefused, LoginUnsupported, log_in

type Challenge = Callable[[], bytes]
"""Gives 16 bytes that nobody could foresee."""

# Rights that are not kept alive lapse; the usual clients see to them every 15 s
# (``huawei_facts.md`` 2.6). A write that finds them older than this renews them first,
# so that they hold for what follows within the same sequence.
STALE_S = 10.0

# After a wrong password. Five in a row, two minutes apart at most, lock the account for
# ten minutes (Huawei's user manual of the SUN2000-100KTL, issue 07).
REFUSED_S = 3600.0


class Session:
    """Writes to one unit of a connection, logged in where that is possible.

    A login that is refused or not offered does not hinder a write: whether it needs
    rights is for the device to say.
    """

    def __init__(
        self,
        connection: Connection,
        unit_id: int,
        login: Login,
        challenge: Challenge,
        monotonic: Callable[[], float],
    ) -> None:
        """Prepare; nothing is asked before the first write."""
        self._connection = connection
        self._unit_id = unit_id
        self._login = login
        self._challenge = challenge
        self._monotonic = monotonic
        self._generation: int | None = None
        self._granted = False
        self._kept_at = 0.0
        self._refused_until = 0.0

    async def write(self, address: int, words: Sequence[int]) -> None:
        """Write once, with the rights of the login; see :meth:`RegisterLink.write`.

        Raises:
            LinkError: As for :meth:`RegisterLink.write`; the write was not begun if
                that happened while logging in.
        """
        await self._obtain()
        try:
            await self._connection.write(self._unit_id, address, words)
        except NotPermitted:
            if not self._granted:
                raise
            # Rights may end before their time: the inverter behind a dongle started
            # anew, or somebody else logged in. What is refused was not carried out.
            await self._log_in()
            await self._connection.write(self._unit_id, address, words)

    async def private(self, function: int, payload: bytes) -> bytes:
        """Ask the unit for a private function once."""
        return await self._connection.private(self._unit_id, function, payload)

    async def _obtain(self) -> None:
        """Have what rights can be had, fresh enough for some seconds."""
        generation = await self._connection.establish()
        if generation != self._generation:
            if self._monotonic() >= self._refused_until:
                await self._log_in()
        elif self._granted and self._monotonic() - self._kept_at > STALE_S:
            await self._keep_alive()

    async def _keep_alive(self) -> None:
        """Renew the rights; where there is no way, or too late, log in again."""
        if (address := self._login.keep_alive) is None:
            await self._log_in()
            return
        try:
            await self._connection.write(self._unit_id, address, (1,))
        except Busy:
            raise
        except DeviceRefusal:
            await self._log_in()
        else:
            self._kept_at = self._monotonic()

    async def _log_in(self) -> None:
        self._generation, self._granted = None, False
        generation = await self._connection.establish()
        try:
            await log_in(self, self._login, self._challenge())
        except LoginRefused:
            self._refused_until = self._monotonic() + REFUSED_S
        except LoginUnsupported:
            self._generation = generation
        else:
            self._generation, self._granted = generation, True
            self._kept_at = self._monotonic()
