"""What those share that follow the readings of a plant and keep what comes of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import callback

from .const import CONF_TIME_FACTOR, LOGGER
from .coordinator import PlantCoordinator
from .core.errors import BessaiError
from .core.telemetry import Telemetry
from .lasting_store import LastingStore

SAVE_DELAY_S: Final = 300
"""What is lost with a power cut is five minutes of money."""

PAUSE: Final = timedelta(minutes=1)


class ReadingsKeeper(ABC):
    """Takes each poll of one plant, while its entry is loaded, and saves the result."""

    subject: ClassVar[str]
    """What it keeps, as the log calls it."""

    def __init__(self, entry: ConfigEntry, store: LastingStore) -> None:
        """Prepare; nothing is loaded yet."""
        self._entry, self._store = entry, store
        self._pace = float(entry.data.get(CONF_TIME_FACTOR, 1))
        """How many seconds pass in the plant per second of the clock."""

        self._listeners: set[Callable[[], None]] = set()
        self._stop: Callable[[], None] | None = None
        self._told_at: datetime | None = None

    @property
    @abstractmethod
    def currency(self) -> str:
        """The currency of what is shown."""

    async def async_load(self) -> None:
        """Load what was kept; what cannot be read is begun anew."""
        document = await self._store.async_load_or_begin()
        if document is None:
            return
        try:
            self._restore(document)
        except BessaiError as err:
            LOGGER.warning(
                "%s are counted from zero again: %s", self.subject.capitalize(), err
            )

    @callback
    def async_start(self, readings: PlantCoordinator) -> None:
        """Follow the readings; it ends with ``async_stop``."""

        @callback
        def settle() -> None:
            if readings.last_update_success:
                self.async_take(readings.data)

        self._stop = readings.async_add_listener(settle)

    async def async_stop(self) -> None:
        """Take no more, and save."""
        if self._stop is not None:
            self._stop()
            self._stop = None
        await self._store.async_save(self._document())

    @callback
    def async_add_listener(self, update: Callable[[], None]) -> Callable[[], None]:
        """Call ``update`` whenever something was settled."""
        self._listeners.add(update)
        return lambda: self._listeners.discard(update)

    @callback
    def async_take(self, telemetry: Telemetry) -> None:
        """Settle the time since the last poll.

        Nothing is raised: others wait for the same poll, the guard among them. What
        cannot be settled is given up, and it goes on from the next poll.
        """
        try:
            is_settled = self._async_take(telemetry)
        except Exception:  # noqa: BLE001 - see above
            LOGGER.exception("%s: %s cannot be settled", self._title, self.subject)
            self._give_up()
            return
        if is_settled:
            self._async_tell(telemetry.read_at)

    @abstractmethod
    def _async_take(self, telemetry: Telemetry) -> bool:
        """Settle a poll; return whether there may be something new to show."""

    @abstractmethod
    def _give_up(self) -> None:
        """Forget what is not closed yet: something is wrong with it."""

    @abstractmethod
    def _document(self) -> dict[str, Any]:
        """Return what outlives a restart, as JSON has it."""

    @abstractmethod
    def _restore(self, document: Mapping[str, Any]) -> None:
        """Take up what was kept.

        Raises:
            BessaiError: If it cannot be read; nothing has changed then.
        """

    @property
    def _title(self) -> str:
        return self._entry.title

    @callback
    def _async_save_soon(self) -> None:
        self._store.async_save_within(self._document, SAVE_DELAY_S)

    @callback
    def _async_tell(self, now: datetime) -> None:
        """Tell the listeners, once in a minute: a poll is worth no more than that.

        What goes wrong in one of them is neither the day's fault nor the others'.
        """
        if self._told_at is not None and timedelta() <= now - self._told_at < PAUSE:
            return
        self._told_at = now
        for update in list(self._listeners):
            try:
                update()
            except Exception:  # noqa: BLE001 - see above
                LOGGER.exception("%s: %s cannot be shown", self._title, self.subject)
