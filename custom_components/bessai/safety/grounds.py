"""Grounds with figures that people can read."""

from math import isfinite

from ..core.verdict import Ground, Reason


def because(
    reason: Reason, value: float | str | None = None, limit: float | str | None = None
) -> Ground:
    """Return a ground with its numbers rounded to one decimal.

    What is no number (NaN, infinity) becomes a word: a ground can always be compared,
    and written as JSON.
    """
    return Ground(reason=reason, value=_plain(value), limit=_plain(limit))


def _plain(figure: float | str | None) -> float | str | None:
    """Return a figure as people read it."""
    if figure is None or isinstance(figure, str):
        return figure
    return round(figure, 1) if isfinite(figure) else str(figure)
