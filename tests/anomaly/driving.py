"""Drives one rule through time and says what it told of."""

from collections.abc import Iterable

from custom_components.bessai.anomaly.residual import Residual, Rule
from custom_components.bessai.core.observation import Observation


def drive(rule: Rule, polls: Iterable[Observation]) -> dict[str, list[float]]:
    """Return the parts of tolerance of each subject, one for each time it was told."""
    parts: dict[str, list[float]] = {}
    for seen in polls:
        for residual in rule.look(seen):
            assert residual.floor > 0.0
            assert residual.deviation >= 0.0
            part = residual.deviation / residual.floor
            parts.setdefault(residual.subject, []).append(part)
    return parts


def told(rule: Rule, seen: Observation) -> dict[str, Residual]:
    """Return what a rule tells at one poll, by subject."""
    return {residual.subject: residual for residual in rule.look(seen)}
