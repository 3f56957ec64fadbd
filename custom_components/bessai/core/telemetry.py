"""What one poll of the plant read, in our units and signs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

type Value = float | int | str | tuple[str, ...] | tuple[int, ...] | None
"""A decoded register.

A number in the unit its key ends in, the name of an enum value, the names of the
bits that are set, the words of a table, or ``None`` where the device answered that
it has no value.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry:
    """The values of one poll, frozen, with the time they were read.

    Signs are those of ``design.md`` 4: power that flows towards the house is
    positive, so battery power is positive when discharging and grid power when
    importing.
    """

    read_at: datetime
    """When this poll began; aware, UTC."""

    values: Mapping[str, Value]
    """Key to value. A key that is missing was not answered; ``None`` was answered
    with the marker for *no value*."""

    read_times: Mapping[str, datetime]
    """Polling group to the time its values were read; a group that is not due in
    this poll keeps its older values and their time."""

    failed: frozenset[str] = frozenset()
    """Names of the blocks that did not answer when they were last asked."""

    audited: Mapping[str, Value] = field(default_factory=dict)
    """What was read beside this poll for the plausibility monitor; empty if that was
    not due."""

    doubted: Mapping[str, float] = field(default_factory=dict)
    """Energy counters as the device delivered them, where that was not believed."""

    def number(self, key: str) -> float | None:
        """Return a numeric value, or ``None`` where there is none."""
        value = self.values.get(key)
        return value if isinstance(value, int | float) else None

    def text(self, key: str) -> str | None:
        """Return a string or the name of an enum value, or ``None``."""
        value = self.values.get(key)
        return value if isinstance(value, str) else None

    def names(self, key: str) -> tuple[str, ...] | None:
        """Return the names of the bits that are set, or ``None``."""
        value = self.values.get(key)
        if not isinstance(value, tuple):
            return None
        return tuple(str(name) for name in value)
