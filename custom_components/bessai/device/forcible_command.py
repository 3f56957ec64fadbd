"""The one command that a device can have in force, and whose it is.

Its parameters are written and read back before the command register is: a link that
is cut anywhere leaves either no command or one that the device ends by itself.
"""

from collections.abc import Mapping
from datetime import datetime

from ..core.command import (
    STANDING,
    CommandMark,
    CommandOverruled,
    CommandRefused,
    CommandUnsent,
    ReadBack,
    ReadBackDiffers,
    Standing,
)
from ..core.setpoint import Direction
from ..core.telemetry import Value
from .command_steps import SetpointWrites, Writes, resolve
from .command_turn import CommandTurn
from .control_profile import ControlProfile
from .journal_keeper import JournalKeeper


class ForcibleCommand:
    """The command register of one plant, during one turn on its link."""

    def __init__(
        self, turn: CommandTurn, keeper: JournalKeeper, control: ControlProfile
    ) -> None:
        self._turn = turn
        self._keeper = keeper
        self._control = control

    async def read_standing(self) -> Standing:
        """Return which command is in force."""
        key = self._control.command
        return parse_standing(self._control, (await self._turn.read(key))[key])

    def is_foreign(self, standing: Standing) -> bool:
        """Return whether a command is in force that cannot be ours."""
        mark = self._keeper.journal.command
        ours = None if mark is None else mark.standing
        return standing not in (Standing.NONE, ours)

    async def recognise(self, now: datetime) -> Standing:
        """Read which command is in force, and forget ours if it is another one.

        It is ours if direction and power are, and if the device would not have ended
        ours by now.
        """
        found = await self._turn.read(
            self._control.command, *self._control.powers.values()
        )
        standing = parse_standing(self._control, found[self._control.command])
        if standing is not Standing.NONE and not self._is_ours(standing, found, now):
            self._keeper.mark(None)
        return standing

    async def begin(self, writes: SetpointWrites, until: datetime) -> ReadBack:
        """Give a command; ``until``: the device has ended it by then."""
        mark = CommandMark(
            standing=writes.standing, power_w=writes.power_w, until=until
        )
        self._keeper.mark(mark)
        await self._keeper.save()
        await self._write(writes.parameters)
        read_back = await self._turn.verify(writes.parameters)
        return {**read_back, **await self._obey(writes.command)}

    async def renew(self, writes: SetpointWrites) -> ReadBack:
        """Give the command in force another period.

        All of its parameters are looked at again: with another end condition, which
        somebody else may have set, the command would have no end.
        """
        mark = self._keeper.journal.command
        if mark is None or (mark.standing, mark.power_w) != (
            writes.standing,
            writes.power_w,
        ):
            raise CommandOverruled("this command is not in force")
        await self._write(writes.renewal)
        found = await self._turn.read(*writes.parameters, self._control.command)
        self.refuse_foreign(
            parse_standing(self._control, found.pop(self._control.command))
        )
        self._turn.compare(writes.parameters, found)
        return {**found, **await self._obey(writes.command)}

    def refuse_foreign(self, standing: Standing) -> None:
        """Raise :class:`CommandOverruled` if somebody else commands the plant."""
        if self.is_foreign(standing):
            raise CommandOverruled(f"another controller commands {standing}")

    async def stop(self, standing: Standing) -> ReadBack:
        """Stop what is in force, if anything is, and see that it stopped."""
        if standing is Standing.NONE:
            return {}
        return await self._obey(resolve(self._control.stop, {}))

    async def end(self, standing: Standing) -> ReadBack:
        """Stop our command and tidy up behind it; leave another's alone."""
        if self._keeper.journal.command is None:
            return {}
        if self.is_foreign(standing):
            self._keeper.mark(None)
            return {}
        stopped = await self.stop(standing)
        try:
            cleared = await self._obey(resolve(self._control.clear, {}))
        except CommandRefused, ReadBackDiffers:
            # What stays behind is without effect, and trying again would not help.
            self._keeper.mark(None)
            raise
        self._keeper.mark(None)
        return {**stopped, **cleared}

    async def end_ours(self) -> ReadBack:
        """Look what is in force, and end it if it is ours."""
        return await self.end(await self.read_standing())

    async def _obey(self, writes: Writes) -> ReadBack:
        await self._write(writes)
        return await self._turn.verify(writes)

    async def _write(self, writes: Writes) -> None:
        for key, value in writes.items():
            await self._turn.write(key, value)

    def _is_ours(
        self, standing: Standing, found: Mapping[str, Value], now: datetime
    ) -> bool:
        mark = self._keeper.journal.command
        if mark is None or now >= mark.until or standing is not mark.standing:
            return False
        direction = next(way for way in Direction if STANDING[way] is standing)
        return found[self._control.powers[direction]] == mark.power_w


def parse_standing(control: ControlProfile, value: Value) -> Standing:
    """Return what the value of the command register means.

    Raises:
        CommandUnsent: If it means nothing that is known.
    """
    standing = control.standings.get(str(value))
    if standing is None:
        raise CommandUnsent(f"{control.command} is {value}, which is no command")
    return standing
