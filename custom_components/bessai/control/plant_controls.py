"""The border to whatever carries a command to the plant."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol

from ..core.command import ControlJournal, Order, ReadBack, Standing


class PlantControls(Protocol):
    """Writes to one plant, reads back, and keeps a journal of what it owes.

    Every method raises :class:`CommandError` and nothing else.
    """

    @property
    def journal(self) -> ControlJournal:
        """What is owed to the plant."""
        ...

    @property
    def writes_to_renew(self) -> int:
        """Requests that write in one renewal."""
        ...

    async def apply(
        self, order: Order, until: datetime, today: date, wanted: Callable[[], bool]
    ) -> ReadBack:
        """Give a command and return what was read back.

        Args:
            order: What is to be done.
            until: The device has ended it by then, whatever becomes of us.
            today: The day that writes of stored settings count for.
            wanted: Asked before each write; ``False`` raises
                :class:`CommandOverruled`.
        """
        ...

    async def renew(self, order: Order, wanted: Callable[[], bool]) -> ReadBack:
        """Let the device go on with the command that is in force."""
        ...

    async def release(self, today: date) -> ReadBack:
        """End our command and put back what we changed; idempotent."""
        ...

    async def read_standing(self) -> Standing:
        """Return which command is in force, by one request that is not repeated."""
        ...

    async def recover(self, now: datetime, today: date) -> Standing:
        """End what we left behind; return a command that is not ours."""
        ...
