"""Tells people of findings that block nothing, if they want to know."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .anomaly_monitor import AnomalyMonitor
from .control_loop import ControlLoop
from .core.finding import Finding, FindingKind
from .finding_words import FindingWords
from .notice_board import NoticeBoard
from .recipient import Post


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
        self._entry = entry
        self._monitor, self._control, self._words = monitor, control, words
        options = control.options
        targets = options.targets if options.findings else ()
        self._board = NoticeBoard(hass, entry, targets)

    @callback
    def async_start(self) -> None:
        """Listen until the entry is unloaded."""
        if not self._board.has_readers:
            return
        self._board.async_start()
        self._entry.async_on_unload(self._monitor.async_subscribe(self._async_take))

    @callback
    def _async_take(self, finding: Finding, cleared: bool) -> None:  # noqa: FBT001
        if cleared:
            self._board.async_take_down(self._tag(finding))
        elif not self._is_told_otherwise(finding):
            self._board.async_show(self._alarm(finding), self._all_clear(finding))

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
