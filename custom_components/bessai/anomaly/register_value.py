"""Values of registers: compared, shown as evidence, and kept on disk."""

from math import isclose, isfinite
from typing import Any

from ..core.telemetry import Value


def said(value: Value) -> bool:
    """Return whether a value means anything: a device that wakes says 0 or nothing."""
    return bool(value) and not (isinstance(value, float) and not isfinite(value))


def same(one: Value, other: Value) -> bool:
    """Return whether two values of a register are the same."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return one == other


def plain(value: Value) -> Any:
    """Return a value as JSON has it."""
    return [*value] if isinstance(value, tuple) else value


def value_of(document: Any) -> Value:
    """Return a value that :func:`plain` made plain.

    Raises:
        ValueError: If it is no value of a register.
    """
    if isinstance(document, list):
        return tuple(document)
    if document is not None and not isinstance(document, str | int | float):
        raise ValueError(f"{document} is no value of a register")
    return document


def shown(value: Value) -> float | str | None:
    """Return a value as evidence."""
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value)
    return value
