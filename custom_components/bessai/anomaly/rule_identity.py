"""Whether the device that answers is the one we know."""

from collections.abc import Iterable, Mapping
from math import inf
from typing import Any, ClassVar

from ..core.finding import FindingKind
from ..core.observation import Expectations, Observation
from ..core.telemetry import Value
from .register_value import plain, said, same, shown, value_of
from .residual import Residual

_SERIAL = "serial_number"
_UPDATED = ("firmware", "version")
"""What a firmware update changes has one of these in its key."""


class IdentityRule:
    """Learns who answers at first sight, and holds on to it."""

    name: ClassVar[str] = "identity"

    def __init__(self, expectations: Expectations) -> None:
        self._known: dict[str, Value] = {}
        self._seen: dict[str, Value] = {}
        """The last that each key said."""
        self._others: set[str] = set()
        """Keys that say something else than what is known."""
        self._told: set[str] = set()
        """Keys that ever did: that they are right again has to be told."""

    def look(self, seen: Observation) -> Iterable[Residual]:
        """Return what is not as it was; at once, and for as long as it lasts."""
        key, known = self._serial()
        if seen.stranger is not None:
            return (_residual(key, seen.stranger, known, differs=True),)
        for each, value in (seen.identity or {}).items():
            if said(value):
                self._compare(each, value)
        return [
            _residual(
                each,
                self._seen.get(each, known),
                self._known.get(each),
                differs=each in self._others,
            )
            for each in (key, *(self._told - {key}))
        ]

    def accept(self) -> None:
        """Take the device that answers now for ours.

        A stranger is none of ours before the integration is set up for it anew.
        """
        self._known.update(self._seen)
        self._others.clear()

    def document(self) -> Mapping[str, Any]:
        """Return who is known."""
        return {key: plain(value) for key, value in self._known.items()}

    def restore(self, document: Mapping[str, Any]) -> None:
        """Know it again."""
        self._known = {str(key): value_of(one) for key, one in document.items()}

    def _serial(self) -> tuple[str, Value]:
        """Return the key of the serial number and what it is."""
        for key in (_SERIAL, *self._known):
            if "serial" in key and key in self._known:
                return key, self._known[key]
        return _SERIAL, None

    def _compare(self, key: str, value: Value) -> None:
        """Note what a key says."""
        self._seen[key] = value
        known = self._known.setdefault(key, value)
        if same(value, known):
            self._others.discard(key)
        elif is_version(key):
            self._known[key] = value
        else:
            self._others.add(key)
            self._told.add(key)


def is_version(key: str) -> bool:
    """Return whether a key of an identity changes with an update of the firmware."""
    return any(word in key for word in _UPDATED)


def _residual(key: str, measured: Value, expected: Value, *, differs: bool) -> Residual:
    return Residual(
        kind=FindingKind.IDENTITY,
        subject=key,
        measured=shown(measured),
        expected=shown(expected),
        deviation=inf if differs else 0.0,
        floor=1.0,
        learns=False,
    )
