"""What BESSAI does with the battery by itself."""

from enum import StrEnum


class DispatchMode(StrEnum):
    """The owner's choice; actions of the owner's come before it."""

    OBSERVE = "observe"
    """Nothing: look and compute only."""

    SELF_CONSUMPTION = "self_consumption"
    """Leave the battery to the inverter's own self-consumption."""

    ARBITRAGE = "arbitrage"
    """Carry out the plan."""

    POLICY_SHADOW = "policy_shadow"
    """Ask the learned policy and show what it would do."""

    POLICY = "policy"
    """Do what the learned policy says."""
