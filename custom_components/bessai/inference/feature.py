"""What a model can be told, by name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A number that we know how to compute.

    A vocabulary is a mapping of such names; a card may name nothing else.
    """

    name: str
    unit: str
    """As a card must write it, like ``%`` or ``kW``; empty for a plain number."""

    is_signed_power: bool = False
    """Power of the battery, positive when discharging. Makers of models count it both
    ways, so a card has to say which."""
