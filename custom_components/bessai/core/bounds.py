"""Ranges of numbers: what is possible, and how far an owner may move a limit."""

from dataclasses import dataclass
from typing import NamedTuple


class Range(NamedTuple):
    """Possible values, both ends included; NaN is in no range."""

    low: float
    high: float

    def __contains__(self, value: object) -> bool:
        """Return whether a number is possible."""
        return isinstance(value, int | float) and self.low <= value <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The range of one limit of the owner's, both ends included."""

    low: float
    default: float
    high: float
