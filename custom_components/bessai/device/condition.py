"""Conditions of a profile: is this register, block or part there, may it be read now.

``holds`` judges decoded values by register key. A key that is missing or ``None`` makes
every comparison false, also ``IsNot``: what is not known is not relied upon.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..core.telemetry import Value

type Condition = Is | IsNot | AtLeast | AnyOf | AllOf
"""Something a profile asks of values that were read before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Is:
    """The value is one of these."""

    key: str
    wanted: tuple[int | str, ...]

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Judge the condition."""
        return values.get(self.key) in self.wanted

    @property
    def keys(self) -> frozenset[str]:
        """Keys of the registers the answer depends on."""
        return frozenset({self.key})


@dataclass(frozen=True, slots=True, kw_only=True)
class IsNot:
    """The value is known and none of these."""

    key: str
    unwanted: tuple[int | str, ...]

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Judge the condition."""
        value = values.get(self.key)
        return value is not None and value not in self.unwanted

    @property
    def keys(self) -> frozenset[str]:
        """Keys of the registers the answer depends on."""
        return frozenset({self.key})


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLeast:
    """The value is a number and not below this one."""

    key: str
    minimum: int

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Judge the condition."""
        value = values.get(self.key)
        return isinstance(value, int | float) and value >= self.minimum

    @property
    def keys(self) -> frozenset[str]:
        """Keys of the registers the answer depends on."""
        return frozenset({self.key})


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """At least one of several conditions holds."""

    conditions: tuple[Condition, ...]

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Judge the condition."""
        return any(condition.holds(values) for condition in self.conditions)

    @property
    def keys(self) -> frozenset[str]:
        """Keys of the registers the answer depends on."""
        return _keys(self.conditions)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """Each of several conditions holds."""

    conditions: tuple[Condition, ...]

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Judge the condition."""
        return all(condition.holds(values) for condition in self.conditions)

    @property
    def keys(self) -> frozenset[str]:
        """Keys of the registers the answer depends on."""
        return _keys(self.conditions)


def judge(condition: Condition, values: Mapping[str, Value]) -> bool | None:
    """Return whether a condition holds, ``None`` unless all that it asks is known."""
    if any(values.get(key) is None for key in condition.keys):
        return None
    return condition.holds(values)


def _keys(conditions: tuple[Condition, ...]) -> frozenset[str]:
    return frozenset(key for condition in conditions for key in condition.keys)
