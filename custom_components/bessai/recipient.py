"""One action or entity of ``notify``, and what it can do with a notification."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.components.notify.const import (
    ATTR_DATA,
    ATTR_MESSAGE,
    ATTR_TITLE,
    DOMAIN as NOTIFY,
    SERVICE_SEND_MESSAGE,
)
from homeassistant.const import ATTR_ENTITY_ID, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .const import LOGGER

TIMEOUT_S = 30
"""A push service that takes longer is not waited for; the next one has its turn."""

COMPANION_APP: Final = "mobile_app_"
CLEAR_NOTIFICATION: Final = "clear_notification"
"""The message that makes a companion app take a notification back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What a recipient is told."""

    title: str
    message: str
    tag: str
    """What it is taken back by."""

    extras: Mapping[str, Any]
    """Buttons and urgency, for who knows about them: companion apps do."""


class Recipient:
    """Tells one target; one that fails is logged once and disturbs nobody."""

    def __init__(self, hass: HomeAssistant, target: str) -> None:
        """Address an action, or else an entity, by its name with the domain."""
        self._hass = hass
        self._target = target
        self._name = target.partition(".")[2]
        self._turn = asyncio.Lock()
        self._has_failed = False

    async def async_tell(self, post: Post) -> None:
        """Send a notification."""
        await self._async_try(lambda: self._async_send(post))

    async def async_withdraw(self, post: Post) -> None:
        """Take back what was sent with a tag; ``post`` says so where that cannot be."""
        if self.takes_back:
            data = {ATTR_MESSAGE: CLEAR_NOTIFICATION, ATTR_DATA: {"tag": post.tag}}
            await self._async_try(lambda: self._async_act(data))
        else:
            await self._async_try(lambda: self._async_send(post))

    @property
    def takes_back(self) -> bool:
        """Whether it can take a notification back: companion apps can."""
        return self._is_action and self._name.startswith(COMPANION_APP)

    @property
    def _is_action(self) -> bool:
        return self._hass.services.has_service(NOTIFY, self._name)

    async def _async_try(self, send: Callable[[], Awaitable[None]]) -> None:
        """Send after whatever was sent before, so that nothing overtakes it."""
        async with self._turn:
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    await send()
            except Exception as err:  # noqa: BLE001 - a push must not disturb control
                self._note_failure(err)
            else:
                self._has_failed = False

    def _note_failure(self, err: Exception) -> None:
        if not self._has_failed:
            LOGGER.warning("%s could not be notified: %r", self._target, err)
        self._has_failed = True

    async def _async_send(self, post: Post) -> None:
        plain = {ATTR_TITLE: post.title, ATTR_MESSAGE: post.message}
        if not self._is_action:
            await self._async_message(plain)
            return
        try:
            await self._async_act(
                {**plain, ATTR_DATA: {"tag": post.tag, **post.extras}}
            )
        except HomeAssistantError:
            if self.takes_back:
                raise
            # Some services refuse data that they do not know.
            await self._async_act(plain)

    async def _async_act(self, data: dict[str, Any]) -> None:
        await self._hass.services.async_call(NOTIFY, self._name, data, blocking=True)

    async def _async_message(self, data: dict[str, Any]) -> None:
        """Tell an entity; Home Assistant would pass over one that is not there."""
        state = self._hass.states.get(self._target)
        if state is None or state.state == STATE_UNAVAILABLE:
            raise HomeAssistantError(f"{self._target} is not there")
        await self._hass.services.async_call(
            NOTIFY,
            SERVICE_SEND_MESSAGE,
            {ATTR_ENTITY_ID: self._target, **data},
            blocking=True,
        )
