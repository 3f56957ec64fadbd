"""What there is to decide by."""

from dataclasses import dataclass
from datetime import date, datetime

from ..core.plant_state import PlantState


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at the plant."""

    now: datetime
    """Aware, UTC."""

    today: date
    """The day that writes of stored settings count for."""

    state: PlantState | None
    """``None``: the plant was never read."""

    is_complete: bool = True
    """``False``: not everything was asked for yet, so what is missing says nothing."""
