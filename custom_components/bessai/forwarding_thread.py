"""The one thread in which an outbox is used, reached from the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from homeassistant.core import HomeAssistant


class OutboxThread:
    """A thread that does one job after another; it begins with the first."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; there is no thread yet."""
        self._hass = hass
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="bessai outbox")

    async def async_do[**P, Result](
        self, job: Callable[P, Result], *args: P.args, **kwargs: P.kwargs
    ) -> Result:
        """Do a job and return what it returns, or raise what it raises.

        Whoever is cancelled meanwhile does not hear of the end, but it comes.
        """
        return await self._hass.loop.run_in_executor(
            self._executor, lambda: job(*args, **kwargs)
        )

    async def async_end(self, last: Callable[[], None], within_s: float) -> None:
        """End the thread after a last job, and wait for that for a while."""
        self._executor.submit(last)
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._hass.async_add_executor_job(self._executor.shutdown)
