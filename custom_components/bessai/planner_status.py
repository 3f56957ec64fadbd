"""Whether there is a plan, and what it lacks."""

from enum import StrEnum

from .core.errors import BessaiError


class PlannerStatus(StrEnum):
    """Whether there is a plan, and if not, what it lacks."""

    READY = "ready"
    WAITING = "waiting"
    """Not everything was read yet."""

    NO_PRICES = "no_prices"
    NO_BATTERY = "no_battery"
    """The plant does not say how much it stores, or the limits leave nothing."""

    FAILED = "failed"
    STALE = "stale"


class CannotPlan(BessaiError):  # noqa: N818 - named after what happened
    """Something is missing that a plan needs.

    Attributes:
        status: What it is.
    """

    def __init__(self, status: PlannerStatus) -> None:
        super().__init__(f"cannot plan: {status}")
        self.status = status
