"""Leaves the plant as it was found, and tries again what it did not take."""

from datetime import datetime, timedelta

from ..core.command import (
    CommandError,
    CommandNotPermitted,
    CommandOverruled,
    CommandUnsent,
    DispatchResult,
    Standing,
)
from ..core.verdict import Ground
from .dispatcher import Dispatcher
from .look import Look
from .reporter import Reporter

RETRY_AFTER = timedelta(minutes=5)
"""What the plant refuses to take back it may take later: a setting, when the battery is
neither full nor empty."""


class Settlement:
    """Ends what we began, now or as soon as the plant lets us."""

    def __init__(self, dispatcher: Dispatcher, reporter: Reporter) -> None:
        """Begin with a plant of which nothing is known."""
        self.is_recovered = False
        """Whether what a former life left behind has been ended."""
        self.permission_refused = False
        """Whether the device wanted the installer's consent for the last command."""
        self._dispatcher = dispatcher
        self._reporter = reporter
        self._retry_from: datetime | None = None
        """When what is owed is tried again; ``None``: with the next beat."""

    def is_due(self, now: datetime) -> bool:
        """Return whether it is time to end, or put back, what is owed."""
        if self._dispatcher.command is not None or self._dispatcher.is_released:
            return False
        return self._retry_from is None or now >= self._retry_from

    async def recover(self, look: Look) -> Standing | None:
        """End what a former life left behind.

        Returns:
            A command in force that is not ours; ``None`` if nothing is known.
        """
        try:
            foreign = await self._dispatcher.recover(look.now, look.today)
        except CommandError as err:
            self.note_release(err, look.now)
            return None
        self.note_release(None, look.now)
        self.is_recovered = True
        return foreign

    async def release(
        self, look: Look, *why: Ground, by: str | None = None
    ) -> DispatchResult:
        """Leave the battery to the inverter; remember if that has to be repeated."""
        result = await self._dispatcher.release(look.today)
        self.note_release(result.error, look.now)
        self._reporter.released(result, why, by)
        return result

    def hurry(self) -> None:
        """Let what is owed be tried again with the next beat."""
        self._retry_from = None

    def note_release(self, error: CommandError | None, now: datetime) -> None:
        """Remember how a release went, and when what is still owed is tried again."""
        lost = isinstance(error, CommandUnsent)
        self._retry_from = None if lost else now + RETRY_AFTER
        if error is not None:
            self._note_permission(error)

    def note_command(self, error: CommandError | None) -> None:
        """Remember how a command went: what it may have left behind cannot wait."""
        self._retry_from = None
        self._note_permission(error)

    def _note_permission(self, error: CommandError | None) -> None:
        """Remember whether the device lets us write: an answer tells, silence not."""
        if not isinstance(error, CommandUnsent | CommandOverruled):
            self.permission_refused = isinstance(error, CommandNotPermitted)
