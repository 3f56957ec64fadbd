"""Changes stored settings for a while, and puts the owner's values back.

A stored setting outlives us, and each write may wear the memory that keeps it. So it
is read before it is written, written only if it differs, and what it was is on disk
before.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from ..core.command import (
    CommandError,
    CommandNotPermitted,
    CommandRefused,
    Original,
    ReadBack,
    ReadBackDiffers,
)
from ..core.telemetry import Value
from .command_turn import CommandTurn
from .control_profile import ControlProfile, StoredSwitch
from .journal_keeper import JournalKeeper


class StoredSettings:
    """The stored settings of one plant, during one turn on its link."""

    def __init__(
        self,
        turn: CommandTurn,
        keeper: JournalKeeper,
        control: ControlProfile,
        today: date,
    ) -> None:
        """Prepare to change settings; ``today`` is the day the writes count for."""
        self._turn = turn
        self._keeper = keeper
        self._today = today
        self._switches = {
            switch.key: switch
            for switch in (*control.hold.values(), control.grid_charge)
        }

    async def switch(self, switches: Collection[StoredSwitch]) -> ReadBack:
        """Set settings to what a command needs and return what was read back."""
        wanted = {switch.key: switch.value for switch in switches}
        found = await self._turn.read(*wanted)
        different = [one for one in switches if found[one.key] != one.value]
        for switch in different:
            self._remember(switch, found[switch.key])
        await self._keeper.save()
        for switch in different:
            await self._turn.write(switch.key, switch.value)
            self._keeper.count_write(self._today)
        return await self._turn.verify(wanted)

    async def put_back(self, key: str) -> ReadBack:
        """Put back what a setting was, if it is owed and still holds what we wrote.

        Near full and near empty a device refuses more than it can carry at present:
        then it gets as much of the original as it takes, and the rest is owed.
        """
        original = self._keeper.journal.originals.get(key)
        if original is None:
            return {}
        found = _number(key, (await self._turn.read(key))[key])
        if found == original.value or found not in self._ours(key):
            # It is back already, or somebody chose another value meanwhile.
            self._keeper.settle(key)
            return {key: found}
        ceiling = self._ceiling(key)
        if ceiling is not None and found == original.written != self._held(key):
            return await self._put_back_in_part(key, found, ceiling)
        try:
            return await self._restore(key, original.value)
        except CommandNotPermitted:
            raise
        except CommandRefused:
            if ceiling is None:
                raise
        return await self._put_back_in_part(key, found, ceiling)

    async def _put_back_in_part(self, key: str, found: float, ceiling: str) -> ReadBack:
        """Put back as much as the device takes now, if that is more than it has."""
        original = self._keeper.journal.originals[key]
        limit = _number(ceiling, (await self._turn.read(ceiling))[ceiling])
        value = min(original.value, limit)
        if value <= found:
            return {key: found}
        if value < original.value:
            self._keeper.owe(key, replace(original, written=value))
            await self._keeper.save()
        return await self._restore(key, value)

    async def _restore(self, key: str, value: float) -> ReadBack:
        """Write a value; the debt is settled if it is the original."""
        original = self._keeper.journal.originals[key]
        try:
            read_back = await self._write(key, value)
        except ReadBackDiffers as err:
            if self._ceiling(err.key) is None:
                raise
            # Old firmware lowers what it cannot carry instead of refusing it.
            taken = _number(err.key, err.found)
            self._keeper.owe(key, replace(original, written=taken))
            return {key: taken}
        if value == original.value:
            self._keeper.settle(key)
        return read_back

    async def _write(self, key: str, value: Value) -> ReadBack:
        await self._turn.write(key, value)
        self._keeper.count_write(self._today)
        return await self._turn.verify({key: value})

    def _remember(self, switch: StoredSwitch, found: Value) -> None:
        """Note what a setting is before it is changed, unless that is noted already."""
        key = switch.key
        if key in self._keeper.journal.originals and found in self._ours(key):
            return
        original = Original(value=_number(key, found), written=switch.value)
        self._keeper.owe(key, original)

    def _ours(self, key: str) -> frozenset[float]:
        """Return the values of a setting that is owed which can only be from us."""
        held = self._held(key)
        return self._keeper.wrote(key) | (frozenset() if held is None else {held})

    def _held(self, key: str) -> float | None:
        switch = self._switches.get(key)
        return None if switch is None else switch.value

    def _ceiling(self, key: str) -> str | None:
        switch = self._switches.get(key)
        return None if switch is None else switch.ceiling


def _number(key: str, value: Value) -> float:
    if not isinstance(value, int | float):
        raise CommandError(f"{key} has no value")
    return value
