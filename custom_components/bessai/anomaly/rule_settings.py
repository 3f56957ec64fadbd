"""Control registers that were written, and not by us."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar

from ..core.finding import FindingKind
from ..core.observation import Expectations, Observation
from ..core.telemetry import Value
from .own_writes import OwnWrites
from .register_value import plain, same, shown, value_of
from .residual import Residual
from .rule_identity import is_version

_TAKEN_OVER_S = 3600.0
"""What stands for so long is the owner's own change in the vendor's app."""

_UPDATE_S = 1800.0
"""So long after an update of the firmware settings may find new values."""

_ABSENCE_S, _PATIENCE_S = 120.0, 300.0
"""A plant that was away for so long may have been updated: it has time to say so."""

_RESTART_HOLD_S = 180.0
"""What we left behind when we were stopped is put back by then."""


@dataclass(frozen=True, slots=True)
class _Change:
    value: Value
    since_s: float
    told_from_s: float


class SettingsRule:
    """Learns the settings at first sight, and holds on to them."""

    name: ClassVar[str] = "settings"

    def __init__(self, expectations: Expectations) -> None:
        self._known: dict[str, Value] = {}
        self._ours = OwnWrites()
        self._changes: dict[str, _Change] = {}
        self._told: set[str] = set()
        self._versions: dict[str, Value] = {}
        self._updated_s = -inf
        self._waits_until_s = -inf
        self._last_s = -inf
        self._restored = False

    def look(self, seen: Observation) -> Iterable[Residual]:
        """Return every setting that is not as it was; at once, and while it lasts."""
        if seen.stranger is not None:
            return ()
        self._note_time(seen)
        self._note_versions(seen)
        for write in seen.writes:
            self._ours.add(write.key, write.value, seen.uptime_s)
        if seen.settings is not None:
            self._read(seen.settings, seen)
        return [self._residual(key, seen.uptime_s) for key in self._told]

    def accept(self) -> None:
        """Take the settings as they are now for the owner's will."""
        self._known.update((key, one.value) for key, one in self._changes.items())
        self._changes.clear()

    def document(self) -> Mapping[str, Any]:
        """Return the settings, and what of them is ours."""
        return {
            "known": {key: plain(one) for key, one in self._known.items()},
            "versions": {key: plain(one) for key, one in self._versions.items()},
            "ours": self._ours.document(),
        }

    def restore(self, document: Mapping[str, Any]) -> None:
        """Know them again; changes made meanwhile are found at the first look."""
        if not document:
            return
        known = {str(key): value_of(one) for key, one in document["known"].items()}
        versions = document["versions"].items()
        self._versions = {str(key): value_of(one) for key, one in versions}
        self._ours = OwnWrites.from_document(document["ours"])
        self._known, self._restored = known, True

    def _note_time(self, seen: Observation) -> None:
        """Begin anew what was timed if our uptime has; note when the plant was away."""
        now_s = seen.uptime_s
        if now_s < self._last_s:
            self._ours.rewind(now_s)
            self._updated_s = self._waits_until_s = -inf
            self._changes = {
                key: _Change(one.value, now_s, now_s)
                for key, one in self._changes.items()
            }
        elif seen.reconnected and now_s - self._last_s >= _ABSENCE_S:
            self._waits_until_s = now_s + _PATIENCE_S
        self._last_s = now_s

    def _note_versions(self, seen: Observation) -> None:
        """Note an update of the firmware."""
        if seen.identity is None:
            return
        self._waits_until_s = -inf
        for key, value in seen.identity.items():
            if not value or not is_version(key):
                continue
            if not same(self._versions.setdefault(key, value), value):
                self._versions[key] = value
                self._updated_s = seen.uptime_s

    def _read(self, settings: Mapping[str, Value], seen: Observation) -> None:
        """Compare all settings that were read."""
        for key, value in settings.items():
            if value is not None:
                self._compare(key, value, seen)
        self._ours.count_reading(seen.uptime_s)
        self._restored = False

    def _compare(self, key: str, value: Value, seen: Observation) -> None:
        """Sort a value: as it was, for a reason, or neither."""
        now_s = seen.uptime_s
        if key not in self._known:
            if seen.wish is None:  # else it may be ours, and not last
                self._known[key] = value
            return
        known = self._known[key]
        if same(value, known):
            self._changes.pop(key, None)
        elif (
            self._ours.explain(key, value, known)
            or now_s - self._updated_s <= _UPDATE_S
        ):
            self._adopt(key, value)
        elif now_s >= self._waits_until_s:
            self._suspect(key, value, now_s)

    def _suspect(self, key: str, value: Value, now_s: float) -> None:
        """Note a change that nothing explains, and take it over after an hour."""
        change = self._changes.get(key)
        if change is None or not same(change.value, value):
            hold_s = _RESTART_HOLD_S if self._restored else 0.0
            self._changes[key] = _Change(value, now_s, now_s + hold_s)
            self._told.add(key)
        elif now_s - change.since_s >= _TAKEN_OVER_S:
            self._adopt(key, value)

    def _adopt(self, key: str, value: Value) -> None:
        self._known[key] = value
        self._changes.pop(key, None)

    def _residual(self, key: str, now_s: float) -> Residual:
        known, change = self._known.get(key), self._changes.get(key)
        if change is not None and now_s < change.told_from_s:
            change = None
        return Residual(
            kind=FindingKind.SETTING_CHANGED,
            subject=key,
            measured=shown(change.value if change else known),
            expected=shown(known),
            deviation=inf if change else 0.0,
            floor=1.0,
            learns=False,
        )
