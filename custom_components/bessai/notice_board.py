"""Shows notices on the phones of an owner, and takes them down again."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.start import async_at_started

from .recipient import Post, Recipient

LAST_WORD_S: Final = 5.0
"""Unloading waits no longer for phones that take their notifications back."""


class NoticeBoard:
    """Shows each notice once to everybody, until it is taken down."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, targets: Iterable[str]
    ) -> None:
        """Show notices to these targets of ``notify``."""
        self._hass, self._entry = hass, entry
        self._recipients = [Recipient(hass, target) for target in targets]
        self._shown: dict[str, Post] = {}
        """By its tag, what says that it is no longer so."""

        self._has_started = asyncio.Event()

    @property
    def has_readers(self) -> bool:
        """Whether anybody is to be told."""
        return bool(self._recipients)

    @callback
    def async_start(self) -> None:
        """Send from when Home Assistant has started: phones come late."""
        stop = async_at_started(self._hass, self._async_started)
        self._entry.async_on_unload(stop)
        self._entry.async_on_unload(self.async_close)

    async def async_close(self) -> None:
        """Take back what is still shown: nobody would do so later."""
        takers = [one for one in self._recipients if one.takes_back]
        posts = list(self._shown.values())
        self._shown.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORD_S):
                await asyncio.gather(
                    *(taker.async_withdraw(post) for taker in takers for post in posts)
                )

    @callback
    def async_show(self, notice: Post, all_clear: Post) -> None:
        """Tell everybody, unless it is shown already.

        Args:
            notice: What there is to say.
            all_clear: Under the same tag: what is said when it is no longer so, to
                those whose notices cannot be taken back.
        """
        if notice.tag in self._shown:
            return
        self._shown[notice.tag] = all_clear
        for recipient in self._recipients:
            self._async_send(recipient.async_tell, notice)

    @callback
    def async_take_down(self, tag: str) -> None:
        """Take a notice back, if it is shown."""
        if (all_clear := self._shown.pop(tag, None)) is None:
            return
        for recipient in self._recipients:
            self._async_send(recipient.async_withdraw, all_clear)

    @callback
    def _async_started(self, _hass: HomeAssistant) -> None:
        self._has_started.set()

    @callback
    def _async_send(
        self, send: Callable[[Post], Coroutine[Any, Any, None]], post: Post
    ) -> None:
        async def send_when_started() -> None:
            await self._has_started.wait()
            await send(post)

        self._entry.async_create_background_task(
            self._hass, send_when_started(), f"{self._entry.title} notice"
        )
