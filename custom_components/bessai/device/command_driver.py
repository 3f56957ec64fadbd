"""Commands one plant: what is written there ends by itself or is put back.

No other file of the device folder writes anything on purpose.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, datetime
from functools import partial

from ..core.command import (
    CommandError,
    CommandUnsent,
    ControlJournal,
    Order,
    ReadBack,
    Standing,
    Write,
)
from ..core.setpoint import Direction, Hold
from ..core.telemetry import Value
from .codec import decode
from .command_steps import SetpointWrites, setpoint_writes
from .command_turn import CommandTurn
from .control_profile import ControlProfile, StoredSwitch
from .endpoint import UnitLink
from .forcible_command import ForcibleCommand, parse_standing
from .inverter_check import InverterCheck
from .journal_keeper import JournalKeeper, Keep
from .link import LinkError
from .probe import PlantIdentity
from .stored_settings import StoredSettings
from .turnstile import Priority


class CommandDriver:
    """Commands one inverter by its profile.

    Every method raises :class:`CommandError` and nothing else. All requests of one
    call follow one another on the link with nobody in between.
    """

    def __init__(
        self,
        unit: UnitLink,
        identity: PlantIdentity,
        journal: ControlJournal,
        keep: Keep,
        witness: Callable[[Write], None],
    ) -> None:
        """Command nothing yet.

        Args:
            unit: The inverter's unit on its link.
            identity: Who has to answer there.
            journal: What is owed to it, as it is on disk.
            keep: Brings a journal to disk before it returns, and raises
                :class:`CommandError` if it cannot.
            witness: Is told of each write.

        Raises:
            ValueError: If the profile does not say how to command it.
        """
        if identity.profile.control is None:
            raise ValueError(f"the profile {identity.profile.id} commands nothing")
        self._control: ControlProfile = identity.profile.control
        self._profile = identity.profile
        self._unit = unit
        self._check = InverterCheck(unit, identity)
        self._keeper = JournalKeeper(journal, keep)
        self._witness = witness

    @property
    def journal(self) -> ControlJournal:
        """What is owed to the plant, as far as it is known."""
        return self._keeper.journal

    @property
    def writes_to_renew(self) -> int:
        """Requests that write in one renewal."""
        return max(len(steps) for steps in self._control.renew.values())

    async def apply(
        self, order: Order, until: datetime, today: date, wanted: Callable[[], bool]
    ) -> ReadBack:
        """Give a command and return what was read back.

        Args:
            order: A vetted wish; its period is whole minutes.
            until: The device has ended a setpoint by then, whatever becomes of us.
            today: The day that writes of stored settings count for.
            wanted: Asked before each write.

        Raises:
            CommandOverruled: If it was not wanted any more, or another controller
                commands the plant.
            CommandRefused: If the device did not take a value.
            ReadBackDiffers: If it holds another value than it was given.
            CommandUnsent: If the link failed.
        """
        async with self._turn(wanted) as turn:
            if isinstance(order.wish, Hold):
                return await self._hold(turn, order.wish, today)
            writes = setpoint_writes(self._profile, self._control, order, order.wish)
            return await self._set(turn, order, writes, until, today)

    async def renew(self, order: Order, wanted: Callable[[], bool]) -> ReadBack:
        """Let the device go on with the command that was applied last.

        A hold has no end on the device; it is only seen whether it stands.

        Raises:
            CommandOverruled: If it is not in force as it was given.
            CommandError: As :meth:`apply`.
        """
        async with self._turn(wanted) as turn:
            if isinstance(order.wish, Hold):
                held = self._held(order.wish)
                return await turn.verify({one.key: one.value for one in held})
            writes = setpoint_writes(self._profile, self._control, order, order.wish)
            return await self._forcible(turn).renew(writes)

    async def release(self, today: date) -> ReadBack:
        """End our command, put back what we changed, and return what was read back.

        May be called again: nothing is asked or written when nothing is owed. What
        the device does not take back yet stays in the journal.

        Raises:
            CommandError: The first one; whatever could be done was done all the same.
        """
        async with self._turn(_always) as turn:
            return await self._settle(turn, today)

    async def read_standing(self) -> Standing:
        """Return which command is in force, by one request that is not repeated."""
        register = self._profile.registers[self._control.command]
        read = partial(self._unit.read, priority=Priority.COMMAND, once=True)
        try:
            words = await read(register.address, register.words)
        except LinkError as err:
            raise CommandUnsent(str(err)) from err
        await self._check.make_sure(read)
        return parse_standing(self._control, decode(register, words))

    async def recover(self, now: datetime, today: date) -> Standing:
        """End what we left behind before a restart; return a command that is not ours.

        Args:
            now: Aware, UTC.
            today: The day that writes of stored settings count for.

        Raises:
            CommandError: If it is not known how the plant stands, or something could
                not be ended or put back.
        """
        async with self._turn(_always) as turn:
            standing = await self._forcible(turn).recognise(now)
            foreign = self._forcible(turn).is_foreign(standing)
            await self._settle(turn, today)
            return standing if foreign else Standing.NONE

    @asynccontextmanager
    async def _turn(self, wanted: Callable[[], bool]) -> AsyncIterator[CommandTurn]:
        """Hold the link; when it is let go, the journal is on disk."""
        try:
            async with self._unit.sequence() as turn:
                try:
                    yield CommandTurn(
                        turn, self._profile, self._check, self._witness, wanted
                    )
                finally:
                    await self._keeper.save()
        except LinkError as err:
            raise CommandUnsent(str(err)) from err

    async def _set(
        self,
        turn: CommandTurn,
        order: Order,
        writes: SetpointWrites,
        until: datetime,
        today: date,
    ) -> ReadBack:
        """Give a forcible command, with what it needs first."""
        command = self._forcible(turn)
        standing = await command.read_standing()
        command.refuse_foreign(standing)
        if standing is not writes.standing:
            await command.stop(standing)
        stored = self._stored(turn, today)
        for switch in self._control.hold.values():
            await stored.put_back(switch.key)
        if order.grid_charge:
            await stored.switch([self._control.grid_charge])
        elif writes.direction is Direction.DISCHARGE:
            await stored.put_back(self._control.grid_charge.key)
        return await command.begin(writes, until)

    async def _hold(self, turn: CommandTurn, hold: Hold, today: date) -> ReadBack:
        """Keep energy from flowing by the stored limits."""
        command = self._forcible(turn)
        standing = await command.read_standing()
        command.refuse_foreign(standing)
        await command.end(standing)
        stored, held = self._stored(turn, today), self._held(hold)
        for switch in (*self._control.hold.values(), self._control.grid_charge):
            if switch not in held:
                await stored.put_back(switch.key)
        return await stored.switch(held)

    def _held(self, hold: Hold) -> list[StoredSwitch]:
        """Return the limits that a hold needs."""
        directions = [Direction.DISCHARGE]
        if not hold.allow_charging:
            directions.append(Direction.CHARGE)
        return [self._control.hold[direction] for direction in directions]

    async def _settle(self, turn: CommandTurn, today: date) -> ReadBack:
        """Pay all debts, each as far as possible; raise the first error at the end.

        What is still owed when the link fails is left for another time.
        """
        stored = self._stored(turn, today)
        parts: list[Callable[[], Awaitable[ReadBack]]] = []
        if self.journal.command is not None:
            parts.append(self._forcible(turn).end_ours)
        parts += [partial(stored.put_back, key) for key in self.journal.originals]
        read_back: dict[str, Value] = {}
        errors: list[CommandError] = []
        for part in parts:
            try:
                read_back.update(await part())
            except CommandError as err:
                errors.append(err)
                if isinstance(err, CommandUnsent):
                    break  # the link is gone, and others wait for it
        if errors:
            raise errors[0]
        return read_back

    def _forcible(self, turn: CommandTurn) -> ForcibleCommand:
        return ForcibleCommand(turn, self._keeper, self._control)

    def _stored(self, turn: CommandTurn, today: date) -> StoredSettings:
        return StoredSettings(turn, self._keeper, self._control, today)


def _always() -> bool:
    return True
