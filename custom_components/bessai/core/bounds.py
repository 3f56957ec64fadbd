"""How far an owner may move a limit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The range of one limit of the owner's, both ends included."""

    low: float
    default: float
    high: float
