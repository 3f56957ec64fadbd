"""The task that proves, again and again, that somebody is in command."""

import asyncio
from collections.abc import Awaitable, Callable

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .const import LOGGER

RESTART_S = 1.0
"""A task that dies at once must not keep the event loop busy."""


class HeartbeatTask:
    """Runs ``beat`` for ever: a task that ends unbidden is started anew."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        beat: Callable[[], Awaitable[float]],
    ) -> None:
        """Prepare; ``beat`` returns after how many seconds it wants its next turn."""
        self.restarts = 0
        """How often the task had to be started again."""
        self._hass = hass
        self._entry = entry
        self._beat = beat
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    @callback
    def async_start(self) -> None:
        """Begin, or begin again; not once it was stopped for good."""
        self._timer = None
        if self._closed:
            return
        self._task = self._entry.async_create_background_task(
            self._hass, self._async_run(), f"{self._entry.title} heartbeat"
        )
        self._task.add_done_callback(self._async_ended)

    async def async_stop(self) -> None:
        """End for good."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _async_run(self) -> None:
        while True:
            pause_s = await self._beat()
            await asyncio.sleep(pause_s)

    @callback
    def _async_ended(self, task: asyncio.Task[None]) -> None:
        if self._closed or self._hass.is_stopping:
            return
        cause = None if task.cancelled() else task.exception()
        LOGGER.error("The heartbeat ended and is started again", exc_info=cause)
        self.restarts += 1
        self._timer = self._hass.loop.call_later(RESTART_S, self.async_start)
