"""Residuals, and rules that say what they are told."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from custom_components.bessai.anomaly.residual import Residual, Rule
from custom_components.bessai.core.finding import FindingKind
from custom_components.bessai.core.observation import Expectations, Observation


def residual(
    deviation: float,
    *,
    subject: str = "balance",
    kind: FindingKind = FindingKind.ENERGY_BALANCE,
    **changes: Any,
) -> Residual:
    """Return a residual with a floor of 100 W."""
    values = {
        "measured": deviation,
        "expected": 0.0,
        "deviation": deviation,
        "floor": 100.0,
        "unit": "W",
        **changes,
    }
    return Residual(kind=kind, subject=subject, **values)


class Told:
    """A rule that says whatever it is told, and may be made to fail."""

    name: ClassVar[str] = "told"

    def __init__(self, expectations: Expectations) -> None:
        self.says: Iterable[Residual] = ()
        self.error: Exception | None = None
        self.memory: dict[str, Any] = {}
        self.accepted = 0

    def look(self, seen: Observation) -> Iterable[Residual]:
        """Return what it is told to; fails on the way, as a generator does."""
        yield from self.says
        if self.error is not None:
            raise self.error

    def accept(self) -> None:
        """Count how often it was told that all is right."""
        self.accepted += 1

    def document(self) -> Mapping[str, Any]:
        """Return its memory."""
        return self.memory

    def restore(self, document: Mapping[str, Any]) -> None:
        """Take its memory back, halfway if it is damaged."""
        self.memory["half"] = True
        self.memory = {"count": document["count"] + 0}


class Stubborn:
    """A rule that finds a deviation of 1 floor, always, and learns nothing."""

    name: ClassVar[str] = "stubborn"

    def __init__(self, expectations: Expectations) -> None:
        pass

    def look(self, seen: Observation) -> Iterable[Residual]:
        """Return the same as ever."""
        return (residual(100.0, subject="stubborn"),)

    def document(self) -> Mapping[str, Any]:
        """Return nothing."""
        return {}

    def restore(self, document: Mapping[str, Any]) -> None:
        """Know that there is nothing."""
        if document:
            raise ValueError(document)


def told(rule: Told) -> Callable[[Expectations], Rule]:
    """Return what makes this very rule, the first time."""
    made: list[Told] = []

    def make(expectations: Expectations) -> Rule:
        made.append(rule if not made else Told(expectations))
        return made[-1]

    return make
