"""The outbox as the forwarder uses it: in its own thread, with every failure noted."""

from collections.abc import Callable, Iterable
from typing import Final

from homeassistant.core import HomeAssistant

from .const import LOGGER
from .forwarding.courier import Courier
from .forwarding.courier_steps import Commit, DiskStep, Drain, Park
from .forwarding.outbox_values import OutboxError, OutboxFault, OutboxState
from .forwarding.parcel import Parcel
from .forwarding_desk import Desk
from .forwarding_draft import Draft
from .forwarding_figures import Figures
from .forwarding_news import News
from .forwarding_thread import OutboxThread

REOPEN_PAUSE_S: Final = 60.0
"""Where each new file is damaged, too, it is the disk."""

END_S: Final = 2.0


class Storeroom:
    """Does what a courier wants done in the outbox; no method raises an OutboxError."""

    def __init__(
        self, hass: HomeAssistant, desk: Desk, figures: Figures, news: News, title: str
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            hass: Home Assistant.
            desk: In front of the outbox.
            figures: Are kept up to date.
            news: Hears that they have changed.
            title: Of the plant, for the log.
        """
        self.desk = desk
        self._figures, self._news, self._title = figures, news, title
        self._thread = OutboxThread(hass)
        self._reopen_at_s = 0.0

    async def async_open(self) -> OutboxState | None:
        """Open the outbox and return what it has; ``None`` if it cannot be opened."""
        try:
            state = await self._thread.async_do(self.desk.open)
        except OutboxError as err:
            self._note(err)
            return None
        self._note(None)
        self._figures.outbox = state
        self._news.is_due = True
        return state

    async def async_pack(
        self, courier: Courier, drafts: Iterable[Draft], now_s: float
    ) -> list[Parcel] | None:
        """Return drafts as parcels; ``None`` if they cannot be numbered now.

        Args:
            courier: Hears of it if the outbox is begun anew.
            drafts: In their order.
            now_s: The courier's time.
        """
        try:
            return await self._thread.async_do(self.desk.pack, drafts)
        except OutboxError as err:
            await self._async_note_failure(courier, err, now_s)
            return None

    async def async_do(self, courier: Courier, step: DiskStep, now_s: float) -> None:
        """Do a step, and tell the courier how it ended.

        Args:
            courier: Wants it done.
            step: What is to be done.
            now_s: The courier's time.
        """
        try:
            if isinstance(step, Drain):
                courier.drained(await self._thread.async_do(self.desk.read, step))
            else:
                state = await self._thread.async_do(self.desk.write, step)
                courier.stored(step)
                self._note_stored(step, state)
        except OutboxError as err:
            courier.disk_failed(step, now_s)
            await self._async_note_failure(courier, err, now_s)
        else:
            self._note(None)

    async def async_unpark(self) -> bool:
        """Put what was laid aside back in its place; return whether that was done."""
        return await self._async_settle(self.desk.unpark)

    async def async_discard_parked(self) -> bool:
        """Give up what was laid aside; return whether that was done."""
        return await self._async_settle(self.desk.discard_parked)

    async def async_try_disk(self) -> None:
        """See whether a disk that failed works again."""
        await self._async_settle(self.desk.try_disk)

    async def async_close(self) -> None:
        """Give back what was reserved, and close the outbox."""
        await self._thread.async_do(self.desk.close)

    async def async_end(self) -> None:
        """End the thread; nobody waits long for a disk that hangs.

        The outbox is closed in any case, else nobody could open it again.
        """
        await self._thread.async_end(self.desk.close, END_S)

    async def _async_settle(self, job: Callable[[], OutboxState]) -> bool:
        """Do something of which the courier knows nothing."""
        try:
            self._figures.outbox = await self._thread.async_do(job)
        except OutboxError as err:
            self._note(err)
            return False
        self._note(None)
        self._news.is_due = True
        return True

    async def _async_note_failure(
        self, courier: Courier, error: OutboxError, now_s: float
    ) -> None:
        """Note a failure; begin anew with what can be rescued from a damaged file."""
        self._note(error)
        if error.kind is not OutboxFault.CORRUPTED or now_s < self._reopen_at_s:
            return
        self._reopen_at_s = now_s + REOPEN_PAUSE_S
        await self._thread.async_do(self.desk.drop_damaged)
        if await self.async_open() is not None:
            courier.reopened()

    def _note_stored(self, step: DiskStep, state: OutboxState) -> None:
        match step:
            case Commit():
                self._figures.left_memory(step.parcels)
            case Park():
                self._figures.left_memory([step.parcel])
        self._figures.outbox = state
        self._news.is_due = True

    def _note(self, error: OutboxError | None) -> None:
        said = None if error is None else str(error)
        before = self._figures.storage_error
        if said and before is None:
            LOGGER.warning(
                "%s: messages to the cloud cannot be kept: %s", self._title, said
            )
        if said != before:
            self._news.is_due = True
        self._figures.storage_error = said
