"""Tells entities that figures have changed, and not too often."""

from collections.abc import Callable
from typing import Final

from homeassistant.core import callback

from .const import LOGGER

SHOWN_EVERY_S: Final = 5.0
"""While a backlog is sent, five requests a second are no news to a dashboard."""

type Listener = Callable[[], None]


class News:
    """Whoever wants to hear of changes, and whether there are any."""

    def __init__(self) -> None:
        """Begin with nobody and nothing."""
        self.is_due = False
        """Whether there is something that was not told yet."""

        self._listeners: set[Listener] = set()
        self._told_at_s = 0.0

    @callback
    def async_add_listener(self, update: Listener) -> Listener:
        """Call ``update`` when there is news; return what ends that."""
        self._listeners.add(update)
        return lambda: self._listeners.discard(update)

    @callback
    def async_tell(self, now_s: float, *, at_once: bool) -> None:
        """Tell, if there is something and it is time.

        Args:
            now_s: A time that only goes forward.
            at_once: Whether it is time in any case: a pause begins.
        """
        is_time = at_once or now_s - self._told_at_s >= SHOWN_EVERY_S
        if not self.is_due or not is_time:
            return
        self.is_due, self._told_at_s = False, now_s
        for update in list(self._listeners):
            try:
                update()
            except Exception:  # noqa: BLE001 - that of one entity is its own affair
                LOGGER.exception("It cannot be shown how forwarding stands")
