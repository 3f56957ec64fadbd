"""A wish of somebody for the battery."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .setpoint import Wish


class Source(StrEnum):
    """Who may want something of the battery, the most important first."""

    OWNER = "owner"
    PLAN = "plan"
    POLICY = "policy"

    @property
    def rank(self) -> int:
        """0 for the source that comes first."""
        return list(Source).index(self)


AUTOMATIC = frozenset({Source.POLICY, Source.PLAN})
"""Sources that want something by themselves, in the mode that the owner chose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What one source wants, until when."""

    source: Source
    wish: Wish
    made_at: datetime
    """Aware, UTC."""

    expires_at: datetime
    """Aware, UTC; from then on it counts no more."""

    target_soc_pct: float | None = None
    """State of charge at which a setpoint has done its work, percent."""

    by: str | None = None
    """Who asked for it, for the audit trail."""

    def is_live(self, now: datetime) -> bool:
        """Return whether it still counts; ``now`` is aware."""
        return now < self.expires_at
