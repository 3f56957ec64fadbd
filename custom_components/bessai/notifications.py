"""Tells people when safety blocks, why, and what to do about it."""

from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback

from .answers import async_asker
from .control.command_in_force import Command, Phase
from .core.command import DispatchResult
from .core.safety_event import SafetyEvent, SafetyEventKind
from .core.verdict import Ground, Reason
from .notice_board import NoticeBoard
from .options import Options
from .recipient import Post
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
        self._board = NoticeBoard(hass, entry, options.targets)
        self._critical = CRITICAL if options.critical else {}
        self._failed: Command | None = None

    @property
    def action(self) -> str:
        """What the button of a notification is known by."""
        return f"BESSAI_RELEASE_{self._entry.entry_id}"

    @callback
    def async_start(self) -> None:
        """Listen until the entry is unloaded."""
        self._board.async_start()
        for stop in (
            self._news.async_subscribe(self._async_take),
            self._news.async_add_listener(self._async_review),
            self._hass.bus.async_listen(EVENT_ACTION, self._async_pressed),
        ):
            self._entry.async_on_unload(stop)

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
            self._board.async_show(self._alarm(title, ground), self._all_clear(ground))

    @callback
    def _async_clear(self, reasons: Iterable[Reason]) -> None:
        for reason in reasons:
            self._board.async_take_down(self._tag(reason))

    def _alarm(self, title: str, ground: Ground) -> Post:
        texts = self._texts
        button = {"action": self.action, "title": texts.say("release_now")}
        return Post(
            title=texts.say(title, plant=self._entry.title),
            message=f"{texts.ground(ground)} {texts.remedy(ground.reason)}",
            tag=self._tag(ground.reason),
            extras={"actions": [button], **self._critical},
        )

    def _all_clear(self, ground: Ground) -> Post:
        texts = self._texts
        return Post(
            title=texts.say("title_cleared", plant=self._entry.title),
            message=texts.say("no_longer_so", reason=texts.ground(ground)),
            tag=self._tag(ground.reason),
            extras={},
        )

    def _tag(self, reason: Reason) -> str:
        return f"bessai_{self._entry.entry_id}_{reason}"

    async def _async_pressed(self, event: Event[dict[str, Any]]) -> None:
        """Release when somebody presses our button."""
        if event.data.get("action") == self.action:
            by = await async_asker(self._hass, event.context)
            await self._news.async_release(by)
