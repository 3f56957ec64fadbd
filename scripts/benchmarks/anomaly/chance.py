"""Chance that is the same each time."""

from random import Random


def chance_of(what: str, *seeds: float) -> Random:
    """Return a generator of its own for something in the home of a seed."""
    return Random(f"{what} {seeds}")  # noqa: S311 - nothing is kept secret by it
