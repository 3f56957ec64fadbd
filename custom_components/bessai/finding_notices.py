"""Tells people of findings that block nothing, if they want to know."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.start import async_at_started

from .anomaly_monitor import AnomalyMonitor
from .control_loop import ControlLoop
from .core.finding import Finding, FindingKind
from .finding_words import FindingWords
from .recipient import Post, Recipient

LAST_WORD_S: Final = 5.0
"""Unloading waits no longer for phones that take their notifications back."""


class FindingNotices:
    """Pushes each finding once, and takes it back when it has cleared.

    What blocks commands is told by the safety guard, and not a second time here. That
    a plant was never seen like this wakes nobody.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        monitor: AnomalyMonitor,
        control: ControlLoop,
        words: FindingWords,
    ) -> None:
        """Tell the targets among the owner's options, if they are to be told."""
        self._hass, self._entry = hass, entry
        self._monitor, self._control, self._words = monitor, control, words
        options = control.options
        targets = options.targets if options.findings else ()
        self._recipients = [Recipient(hass, target) for target in targets]
        self._told: dict[str, Finding] = {}
        self._has_started = asyncio.Event()

    @callback
    def async_start(self) -> None:
        """Listen until the entry is unloaded; phones come after the start."""
        if not self._recipients:
            return
        for stop in (
            self._monitor.async_subscribe(self._async_take),
            async_at_started(self._hass, self._async_started),
        ):
            self._entry.async_on_unload(stop)
        self._entry.async_on_unload(self.async_close)

    async def async_close(self) -> None:
        """Take back what is still shown: nobody would do so later."""
        takers = [one for one in self._recipients if one.takes_back]
        posts = [self._all_clear(finding) for finding in self._told.values()]
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
    def _async_take(self, finding: Finding, cleared: bool) -> None:  # noqa: FBT001
        tag = self._tag(finding)
        if cleared:
            if self._told.pop(tag, None) is not None:
                post = self._all_clear(finding)
                for recipient in self._recipients:
                    self._async_send(recipient.async_withdraw, post)
        elif tag not in self._told and not self._is_told_otherwise(finding):
            self._told[tag] = finding
            for recipient in self._recipients:
                self._async_send(recipient.async_tell, self._alarm(finding))

    def _is_told_otherwise(self, finding: Finding) -> bool:
        """Return whether the safety guard tells of it, or it is no news for a phone."""
        control = self._control
        blocks = control.allowed and finding.kind in control.options.anomaly.blocking
        return blocks or finding.kind is FindingKind.UNUSUAL

    def _alarm(self, finding: Finding) -> Post:
        words = self._words
        return Post(
            title=words.say("title_finding", plant=self._entry.title),
            message=f"{words.text(finding)} {words.advice(finding)}",
            tag=self._tag(finding),
            extras={},
        )

    def _all_clear(self, finding: Finding) -> Post:
        words = self._words
        return Post(
            title=words.say("title_cleared", plant=self._entry.title),
            message=words.say("no_longer_so", reason=words.name(finding)),
            tag=self._tag(finding),
            extras={},
        )

    def _tag(self, finding: Finding) -> str:
        return f"bessai_{self._entry.entry_id}_{finding.kind}_{finding.subject}"

    @callback
    def _async_send(
        self, send: Callable[[Post], Coroutine[Any, Any, None]], post: Post
    ) -> None:
        async def send_when_started() -> None:
            await self._has_started.wait()
            await send(post)

        self._entry.async_create_background_task(
            self._hass, send_when_started(), f"{self._entry.title} finding"
        )
