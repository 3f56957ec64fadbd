"""Tells people when safety blocks, why, and what to do about it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any, Final, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.start import async_at_started

from .answers import async_asker
from .control.command_in_force import Command, Phase
from .core.command import DispatchResult
from .core.safety_event import SafetyEvent, SafetyEventKind
from .core.verdict import Ground, Reason
from .options import Options
from .recipient import Post, Recipient
from .texts import Texts

EVENT_ACTION: Final = "mobile_app_notification_action"
"""What Home Assistant fires when somebody presses the button of a notification."""

CRITICAL: Final = {
    "push": {"sound": {"name": "default", "critical": 1, "volume": 1.0}},
    "ttl": 0,
    "priority": "high",
    "channel": "alarm_stream",
}
"""How companion apps make a noise on a silent phone: iOS first, then Android."""

FAILURES: Final = frozenset(
    {Reason.COMMAND_FAILED, Reason.NOT_FOLLOWING, Reason.LEASE_LAPSED}
)
"""Causes that no event clears: the next command that is followed does."""

TITLES: Final = {
    SafetyEventKind.BLOCKED: "title_blocked",
    SafetyEventKind.HEARTBEAT_LOST: "title_blocked",
    SafetyEventKind.COMMAND_FAILED: "title_failed",
}
"""What is told, and under which title; a lease that expires is in order."""

LAST_WORD_S = 5.0
"""Unloading waits no longer for phones that take their notifications back."""


class SafetyNews(Protocol):
    """Whatever tells of safety, and can be told to release: the control loop."""

    @property
    def command(self) -> Command | None:
        """What is being carried out."""
        ...

    def async_subscribe(
        self, listener: Callable[[SafetyEvent], None]
    ) -> Callable[[], None]:
        """Hand every safety event to ``listener``."""
        ...

    def async_add_listener(self, update: Callable[[], None]) -> Callable[[], None]:
        """Call ``update`` whenever something may have changed."""
        ...

    async def async_release(self, by: str | None = None) -> DispatchResult:
        """Leave the battery to the inverter, now."""
        ...


class Notifications:
    """Pushes each cause once, and takes it back when it has cleared."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        news: SafetyNews,
        options: Options,
        texts: Texts,
    ) -> None:
        """Tell the targets among the options of what is in the news."""
        self._hass, self._entry = hass, entry
        self._news, self._texts = news, texts
        self._recipients = [Recipient(hass, target) for target in options.targets]
        self._critical = CRITICAL if options.critical else {}
        self._told: dict[Reason, Ground] = {}
        self._failed: Command | None = None
        self._has_started = asyncio.Event()

    @property
    def action(self) -> str:
        """What the button of a notification is known by."""
        return f"BESSAI_RELEASE_{self._entry.entry_id}"

    @callback
    def async_start(self) -> None:
        """Listen until the entry is unloaded.

        Nothing is sent before Home Assistant has started: phones come late.
        """
        for stop in (
            self._news.async_subscribe(self._async_take),
            self._news.async_add_listener(self._async_review),
            self._hass.bus.async_listen(EVENT_ACTION, self._async_pressed),
            async_at_started(self._hass, self._async_started),
        ):
            self._entry.async_on_unload(stop)
        self._entry.async_on_unload(self.async_close)

    async def async_close(self) -> None:
        """Take back what is still shown: nobody would do so later."""
        takers = [one for one in self._recipients if one.takes_back]
        posts = [self._all_clear(ground) for ground in self._told.values()]
        self._told.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORD_S):
                await asyncio.gather(
                    *(taker.async_withdraw(post) for taker in takers for post in posts)
                )

    @callback
    def _async_started(self, _hass: HomeAssistant) -> None:
        self._has_started.set()

    @callback
    def _async_take(self, event: SafetyEvent) -> None:
        match event.kind:
            case SafetyEventKind.CLEARED:
                self._async_clear(ground.reason for ground in event.grounds)
            case SafetyEventKind.HEARTBEAT_RESTORED:
                self._async_clear([Reason.HEARTBEAT_LOST])
            case kind if kind in TITLES and event.urgent:
                if kind is SafetyEventKind.COMMAND_FAILED:
                    self._failed = self._news.command
                self._async_tell(TITLES[kind], event.grounds)
            case _:
                pass

    @callback
    def _async_review(self) -> None:
        """Take failures back when another command is followed."""
        command = self._news.command
        if command is None or command.phase is not Phase.FOLLOWING:
            return
        if self._failed is None or command.proposal is not self._failed.proposal:
            self._async_clear(FAILURES)

    @callback
    def _async_tell(self, title: str, grounds: Iterable[Ground]) -> None:
        for ground in grounds:
            if ground.reason in self._told:
                continue
            self._told[ground.reason] = ground
            post = self._alarm(title, ground)
            for recipient in self._recipients:
                self._async_send(recipient.async_tell, post)

    @callback
    def _async_clear(self, reasons: Iterable[Reason]) -> None:
        for reason in reasons:
            if (ground := self._told.pop(reason, None)) is None:
                continue
            post = self._all_clear(ground)
            for recipient in self._recipients:
                self._async_send(recipient.async_withdraw, post)

    def _alarm(self, title: str, ground: Ground) -> Post:
        texts = self._texts
        button = {"action": self.action, "title": texts.say("release_now")}
        return Post(
            title=texts.say(title, plant=self._entry.title),
            message=f"{texts.ground(ground)} {texts.remedy(ground.reason)}",
            tag=self._tag(ground),
            extras={"actions": [button], **self._critical},
        )

    def _all_clear(self, ground: Ground) -> Post:
        texts = self._texts
        return Post(
            title=texts.say("title_cleared", plant=self._entry.title),
            message=texts.say("no_longer_so", reason=texts.ground(ground)),
            tag=self._tag(ground),
            extras={},
        )

    def _tag(self, ground: Ground) -> str:
        return f"bessai_{self._entry.entry_id}_{ground.reason}"

    @callback
    def _async_send(
        self, send: Callable[[Post], Coroutine[Any, Any, None]], post: Post
    ) -> None:
        async def send_when_started() -> None:
            await self._has_started.wait()
            await send(post)

        self._entry.async_create_background_task(
            self._hass, send_when_started(), f"{self._entry.title} notification"
        )

    async def _async_pressed(self, event: Event[dict[str, Any]]) -> None:
        """Release when somebody presses our button."""
        if event.data.get("action") == self.action:
            by = await async_asker(self._hass, event.context)
            await self._news.async_release(by)
