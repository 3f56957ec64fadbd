"""Whether the inverter that is commanded is the one that is meant."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from ..core.command import CommandUnsent
from .codec import decode
from .link import LinkError
from .probe import PlantIdentity

type ReadWords = Callable[[int, int], Awaitable[Sequence[int]]]
"""Reads so many words from an address on; raises :class:`LinkError`."""

_NEVER = -1
"""No generation of a link."""


class HasGeneration(Protocol):
    """A unit on a link, as far as the check needs it."""

    @property
    def generation(self) -> int:
        """Grows with each new connection: somebody else may answer on it."""


class InverterCheck:
    """Asks for the serial number once on each connection."""

    def __init__(self, unit: HasGeneration, identity: PlantIdentity) -> None:
        self._unit = unit
        self._identity = identity
        self._generation = _NEVER

    async def make_sure(self, read: ReadWords) -> None:
        """Return if the inverter that is meant answers on this connection.

        Raises:
            CommandUnsent: If another one answers, or none.
        """
        if self._unit.generation == self._generation:
            return
        names = self._identity.profile.identity
        register = self._identity.profile.registers[names.serial_number]
        try:
            words = await read(register.address, register.words)
        except LinkError as err:
            raise CommandUnsent(str(err)) from err
        if decode(register, words) != self._identity.serial_number:
            raise CommandUnsent("another inverter answers at this address")
        self._generation = self._unit.generation
