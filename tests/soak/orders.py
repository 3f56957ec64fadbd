"""What a gateway is started with; apart from it, because it takes seconds to load."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """Where it keeps things, where it sends them, and how often."""

    folder: str
    """Home Assistant's configuration; whoever comes after a kill has the same."""

    address: str
    project: str = "a-project"
    topic: str = "plant"
    period_s: float = 5.0
    """Between two messages, by the time of the loop."""


def event_id(number: int) -> str:
    """Return how a message is known wherever it turns up."""
    return f"019aa5f5-0c00-7cc0-98c4-{number:012d}"


def number_of(event_id: str) -> int:
    """Return the number of a message by its id."""
    return int(event_id.rpartition("-")[2])
