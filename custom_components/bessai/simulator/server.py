"""A Modbus TCP server in front of a simulated plant, with an SDongle's manners."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
import socket

from .behaviour import SecondClient, ServerBehaviour, ServerStatistics
from .fault_board import FaultBoard
from .faults import Scenario, condition_of
from .login_desk import LoginDesk
from .plant import SimulatedPlant
from .responder import Responder
from .session import Session

__all__ = [
    "SecondClient",
    "ServerBehaviour",
    "ServerStatistics",
    "SimulatorServer",
    "scaled_clock",
]

_BUFFER_BYTES = 4096
"""Some fifteen frames: a client that sends without reading is held up there."""


def scaled_clock(
    start: datetime, factor: float, monotonic: Callable[[], float]
) -> Callable[[], datetime]:
    """Return a clock that begins at ``start`` and runs ``factor`` times as fast.

    Args:
        start: Aware.
        factor: Plant seconds per second of ``monotonic``.
        monotonic: The clock to follow, s.
    """
    began = monotonic()
    return lambda: start + timedelta(seconds=(monotonic() - began) * factor)


class SimulatorServer:
    """Serves one plant on one port, one client at a time."""

    def __init__(
        self,
        plant: SimulatedPlant,
        clock: Callable[[], datetime],
        behaviour: ServerBehaviour | None = None,
    ) -> None:
        """Prepare to serve; ``clock`` gives the plant's time, aware."""
        self.statistics = ServerStatistics()
        self._plant = plant
        self._clock = clock
        self._behaviour = behaviour or ServerBehaviour()
        self._board = FaultBoard()
        self._responder = Responder(plant, clock, self._board, self.statistics)
        self._address = ("", 0)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._served: asyncio.Task[None] | None = None
        self._rival: asyncio.TimerHandle | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen and return the port; 0 takes a free one."""
        self._loop = asyncio.get_running_loop()
        self._address = (host, port)
        self._open(self._loop)
        self._obey_scenario(self._loop)
        return self._address[1]

    async def stop(self) -> None:
        """Close everything; no task and no socket stays behind."""
        self._loop = None
        self._close()
        self._disarm_rival()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def scenario(self) -> Scenario:
        """What goes wrong at present; may be set while clients are connected."""
        return self._board.scenario

    @scenario.setter
    def scenario(self, scenario: Scenario) -> None:
        self._board.switch(scenario)
        self._plant.advance(self._clock())
        self._plant.condition = condition_of(scenario)
        if self._loop is not None:
            self._obey_scenario(self._loop)

    def inject(self, scenario: Scenario, *, times: int) -> None:
        """Let a scenario strike the next ``times`` requests, then stop.

        Raises:
            ValueError: If the scenario does not lie in single requests.
        """
        self._board.inject(scenario, times)

    def _obey_scenario(self, loop: asyncio.AbstractEventLoop) -> None:
        """Open or close the port, and let the rival come or go."""
        if self.scenario is Scenario.REFUSED_CONNECTION:
            self._close()
            self._drop_client()
        elif self._listener is None:
            self._open(loop)
        self._arm_rival(loop)

    def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen."""
        listener = socket.create_server(self._address)
        listener.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self._address = listener.getsockname()[:2]
        self._listener = listener
        loop.add_reader(listener, self._accept, loop, listener)

    def _close(self) -> None:
        """Listen no more."""
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    def _accept(self, loop: asyncio.AbstractEventLoop, listener: socket.socket) -> None:
        """Take a client that knocks, unless it has already gone."""
        with suppress(OSError):
            connection, _ = listener.accept()
            self._welcome(loop, connection)

    def _welcome(
        self, loop: asyncio.AbstractEventLoop, connection: socket.socket
    ) -> None:
        """Give the link to a new client, or not."""
        self._responder.connected()
        if self._served is not None:
            if self._behaviour.second_client is SecondClient.REFUSED:
                connection.close()
                return
            self._kick()
        # Eagerly: cancelled before its first step, it would leave the socket open.
        task = loop.create_task(self._serve(connection), eager_start=True)
        self._served = task
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        self._arm_rival(loop)

    async def _serve(self, connection: socket.socket) -> None:
        """Serve one client until it leaves or is made to."""
        reader, writer = await asyncio.open_connection(
            sock=connection, limit=_BUFFER_BYTES
        )
        await Session(
            reader, writer, self._responder, self._new_desk(), self._behaviour
        ).run()

    def _new_desk(self) -> LoginDesk:
        """Return where a client may log in; its challenges are those of no other."""
        parameters = self._plant.parameters
        return LoginDesk(
            parameters.quirks.installer_password,
            f"{parameters.seed}/{self.statistics.connections}".encode(),
            self._behaviour.rights_s,
            asyncio.get_running_loop().time,
        )

    def _forget(self, task: asyncio.Task[None]) -> None:
        """Note that a client has gone."""
        self._tasks.discard(task)
        if self._served is task:
            self._served = None
            self._disarm_rival()

    def _kick(self) -> None:
        """Disconnect the client for the sake of another."""
        self.statistics.kicks += 1
        self._drop_client()

    def _drop_client(self) -> None:
        """Disconnect the client, if there is one."""
        if self._served is not None:
            self._served.cancel()
            self._served = None

    def _arm_rival(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the rival strike in a while, if there is one and something to take."""
        self._disarm_rival()
        kicked = self.scenario is Scenario.KICKED_CONNECTION
        if kicked and self._served is not None:
            self._rival = loop.call_later(self._behaviour.rival_period_s, self._kick)

    def _disarm_rival(self) -> None:
        """Let no rival strike any more."""
        if self._rival is not None:
            self._rival.cancel()
            self._rival = None
