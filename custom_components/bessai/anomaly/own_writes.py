"""What we wrote ourselves, and which values of settings that explains."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..core.telemetry import Value
from .register_value import plain, same, value_of

_EXPLAINS_S = 600.0
_READINGS = 2
"""A write explains a value until it was read so often, and for so long at least:
what is read may be as old as the last poll."""

_STEP = 1.0
_COARSE_W, _COARSE_SHARE = 100.0, 0.005
"""A register may be coarser than a number that is written to it."""


@dataclass(frozen=True, slots=True)
class _Written:
    value: Value
    at_s: float
    readings: int = 0


class OwnWrites:
    """Knows our writes of the last minutes, and what a setting was before them."""

    def __init__(self) -> None:
        self._recent: dict[str, list[_Written]] = {}
        self._before: dict[str, Value] = {}
        """What settings were that are ours now: they return to it by themselves when
        a command ends."""

    def add(self, key: str, value: Value, uptime_s: float) -> None:
        """Note a write, whatever became of it."""
        others = self._recent.get(key, ())
        self._recent[key] = [
            *(one for one in others if not same(one.value, value)),
            _Written(value, uptime_s),
        ]

    def explain(self, key: str, value: Value, known: Value) -> bool:
        """Return whether a change from ``known`` is our doing, and remember that."""
        if key in self._before and (same(value, self._before[key]) or value == 0):
            del self._before[key]
            return True
        if any(_comes_of(one.value, value) for one in self._recent.get(key, ())):
            self._before.setdefault(key, known)
            return True
        return False

    def count_reading(self, uptime_s: float) -> None:
        """Note that the settings were read, and forget writes that are long past."""
        for key, writes in [*self._recent.items()]:
            left = [
                replace(one, readings=one.readings + 1)
                for one in writes
                if one.readings + 1 < _READINGS or uptime_s - one.at_s < _EXPLAINS_S
            ]
            if left:
                self._recent[key] = left
            else:
                del self._recent[key]

    def rewind(self, uptime_s: float) -> None:
        """Go on with a clock that has begun anew."""
        for key, writes in self._recent.items():
            self._recent[key] = [replace(one, at_s=uptime_s) for one in writes]

    def document(self) -> Mapping[str, Any]:
        """Return what is known, fit for JSON."""
        return {
            "recent": {
                key: [plain(one.value) for one in writes]
                for key, writes in self._recent.items()
            },
            "before": {key: plain(one) for key, one in self._before.items()},
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> OwnWrites:
        """Return it as it was; the last writes explain for another while.

        Raises:
            AttributeError, LookupError, TypeError, ValueError: If the document is not
                one of these.
        """
        made = cls()
        for key, values in document["recent"].items():
            for one in values:
                made.add(str(key), value_of(one), 0.0)
        before = document["before"].items()
        made._before = {str(key): value_of(one) for key, one in before}
        return made


def _comes_of(written: Value, found: Value) -> bool:
    """Return whether a setting may hold one value because another was written.

    Registers have steps, and some devices lower what they cannot carry at present.
    """
    if same(written, found):
        return True
    if not isinstance(written, int | float) or not isinstance(found, int | float):
        return False
    if 0.0 <= found < written or written < found <= 0.0:
        return True
    whole = float(written).is_integer()
    coarse_w = _COARSE_SHARE * abs(written) if abs(written) >= _COARSE_W else 0.0
    return abs(found - written) <= max(coarse_w, 0.0 if whole else _STEP)
