"""A simulated plant behind a real socket, commanded: with disk, clock and scissors."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from custom_components.bessai.core.command import (
    CommandError,
    ControlJournal,
    Order,
    ReadBack,
    Standing,
    Write,
)
from custom_components.bessai.core.setpoint import Wish
from custom_components.bessai.device.command_driver import CommandDriver
from custom_components.bessai.device.endpoint import Endpoint
from custom_components.bessai.device.probe import PlantIdentity
from custom_components.bessai.device.pymodbus_link import PymodbusLink
from custom_components.bessai.simulator.errors import (
    ExceptionCode,
    LinkDropped,
    RegisterFault,
)
from custom_components.bessai.simulator.plant import SimulatedPlant
from custom_components.bessai.simulator.server import ServerBehaviour, SimulatorServer

from ..simulator.builders import START, number_of, plant
from .link_fakes import timing
from .plant_fake import huawei

PERIOD_S = 180
AN_HOUR = timedelta(hours=1)
TODAY = START.date()
SILENCE_S = 1.5

POWER, DURATION, END, COMMAND = 47247, 47083, 47246, 47100
DISCHARGE_POWER = 47249
CHARGE_LIMIT, DISCHARGE_LIMIT, GRID_CHARGE = 47075, 47077, 47087

SETTINGS = {
    CHARGE_LIMIT: 2,
    DISCHARGE_LIMIT: 2,
    **dict.fromkeys((47081, 47082, DURATION, 47086, GRID_CHARGE, 47088), 1),
    **dict.fromkeys((COMMAND, 47101, 47102, END), 1),
    **dict.fromkeys((47242, POWER, DISCHARGE_POWER), 2),
}
"""Whatever has to be as it was once all is over: address and words."""

PROMPT = ServerBehaviour(latency_s=0.0, connect_silence_s=0.0)


@dataclass(slots=True)
class Scissors:
    """Cut the link at one request, and perhaps leave it cut."""

    at: int = 0
    """The number of the request from 1; 0: none."""

    done: bool = False
    """Whether that request is carried out, and only its answer lost."""

    lasting: bool = False
    kills: bool = False
    """Whether whoever commands dies with it: nothing comes to the disk any more."""

    requests: int = 0
    is_cut: bool = False

    def handle[T](self, carry_out: Callable[[], T]) -> T:
        """Carry a request out, or not."""
        self.requests += 1
        if self.requests == self.at:
            self.is_cut = self.lasting or self.kills
            if self.done:
                carry_out()
            raise LinkDropped("cut")
        if self.is_cut:
            raise LinkDropped("still cut")
        return carry_out()


@dataclass(slots=True)
class Disk:
    """Where the journal survives a restart."""

    log: list[str]
    journal: ControlJournal = field(default_factory=ControlJournal)
    full: bool = False
    is_dead: Callable[[], bool] = lambda: False
    """Whether whoever would write was killed."""

    async def keep(self, journal: ControlJournal) -> None:
        """Save a journal."""
        await asyncio.sleep(0)
        if self.full:
            raise CommandError("the disk is full")
        if self.is_dead():
            return
        self.journal = journal
        self.log.append("kept")


class Rig:
    """One plant and whoever commands it."""

    def __init__(self, simulated: SimulatedPlant) -> None:
        self.plant = simulated
        self.now = START
        self.log: list[str] = []
        """What came to the plant and to the disk, in order."""

        self.scissors = Scissors()
        self.disk = Disk(
            self.log, is_dead=lambda: self.scissors.is_cut and self.scissors.kills
        )
        self.refuse: dict[int, ExceptionCode] = {}
        """Address to the code that a write there is answered with."""

        self.writes: list[Write] = []
        self.stranded: list[str] = []
        """Each moment in which the plant had a command without an end."""

        self.server = SimulatorServer(simulated, lambda: self.now, PROMPT)
        self.endpoint: Endpoint
        self.driver: CommandDriver
        self._interpose()

    async def start(self) -> None:
        """Let the plant listen, and command it."""
        port = await self.server.start()
        ticks = count(0, 1000)
        self.endpoint = Endpoint(
            PymodbusLink("127.0.0.1", port, SILENCE_S),
            timing(connect_pause_s=0, request_pause_s=0, retry_pauses_s=(0.0,)),
            # So much passes that no lost connection seems to be a young one.
            monotonic=lambda: float(next(ticks)),
            sleep=lambda _: asyncio.sleep(0),
        )
        self.restart()

    async def stop(self) -> None:
        """Close everything."""
        await self.endpoint.close()
        await self.server.stop()

    def restart(self) -> None:
        """Forget everything that is not on disk."""
        identity = PlantIdentity(
            unit_id=1,
            model="SUN2000-10KTL-M1",
            serial_number="BS2301000001",
            firmware="",
            profile=huawei(),
        )
        self.driver = CommandDriver(
            self.endpoint.unit(1),
            identity,
            self.disk.journal,
            self.disk.keep,
            self.writes.append,
        )

    async def apply(
        self,
        wish: Wish,
        *,
        grid_charge: bool = False,
        wanted: Callable[[], bool] = lambda: True,
    ) -> ReadBack:
        """Give a command for an hour."""
        order = Order(wish=wish, period_s=PERIOD_S, grid_charge=grid_charge)
        return await self.driver.apply(order, self.now + AN_HOUR, TODAY, wanted)

    async def renew(self, wish: Wish) -> ReadBack:
        """Renew a command."""
        order = Order(wish=wish, period_s=PERIOD_S)
        return await self.driver.renew(order, lambda: True)

    async def release(self) -> ReadBack:
        """Release the plant."""
        return await self.driver.release(TODAY)

    async def recover(self) -> Standing:
        """Do what comes first after a start."""
        return await self.driver.recover(self.now, TODAY)

    def settings(self) -> dict[int, int]:
        """Return what the plant's settings hold."""
        return {
            address: number_of(self._read(1, address, words))
            for address, words in SETTINGS.items()
        }

    def number(self, address: int) -> int:
        """Return what one setting holds."""
        return self.settings()[address]

    def written(self) -> list[tuple[int, int]]:
        """Return the writes that the plant took, in order: address and raw value."""
        return [
            (entry.address, number_of(entry.words))
            for entry in self.plant.journal.entries
        ]

    def pass_time(self, duration: timedelta) -> None:
        """Let the plant's time pass."""
        self.now += duration
        self.plant.advance(self.now)

    def _interpose(self) -> None:
        """Put the scissors and a witness between the server and the plant."""
        self._read, self._write = self.plant.read, self.plant.write

        def read(unit_id: int, address: int, count: int) -> tuple[int, ...]:
            self.log.append(f"read {address}")
            return self.scissors.handle(lambda: self._read(unit_id, address, count))

        def write(unit_id: int, address: int, words: Sequence[int]) -> None:
            self.log.append(f"write {address}")
            if address in self.refuse:
                raise RegisterFault(self.refuse[address])
            self.scissors.handle(lambda: self._write(unit_id, address, words))
            self._look()

        self.plant.read = read  # type: ignore[method-assign]
        self.plant.write = write  # type: ignore[method-assign]

    def _look(self) -> None:
        """Note a command that would never end."""
        truth = self.plant.truth
        if truth.forcible_command and truth.forcible_remaining_s is None:
            self.stranded.append(f"command {truth.forcible_command} has no end")


@asynccontextmanager
async def commanding(simulated: SimulatedPlant | None = None) -> AsyncIterator[Rig]:
    """Command a plant for a while; by night and half full unless given."""
    rig = Rig(simulated or plant())
    await rig.start()
    try:
        yield rig
    finally:
        await rig.stop()
