"""A limit with hysteresis: once it has tripped, it takes a margin to recover."""

from dataclasses import dataclass

from ..core.setpoint import Direction
from ..core.verdict import Ground, Reason
from .grounds import because


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A measured value, held against a limit."""

    reason: Reason
    direction: Direction | None = None
    """What it refuses; ``None``: both."""

    value: float
    limit: float
    release: float
    """What the value has to come back to once it was too far. On which side of the
    limit this is tells which side is too far: the other."""

    lead: float = 0.0
    """The limit counts as so much nearer, because the value is on its way there; not
    negative."""

    is_cutoff: bool = False
    """A limit of the device's own: to reach it is enough."""

    def concerns(self, direction: Direction) -> bool:
        """Return whether it refuses a direction at all."""
        return self.direction in (None, direction)

    @property
    def is_crossed(self) -> bool:
        """Whether the value is too far, whatever was before."""
        if self.value == self._edge:
            return self.is_cutoff
        return (self.value > self._edge) is self._is_ceiling

    def bites(self, *, tripped: bool) -> bool:
        """Return whether it refuses.

        Args:
            tripped: Whether it did before.
        """
        return self.is_crossed or (tripped and not self._is_released)

    def ground(self) -> Ground:
        """Return why it refuses, with a limit that the value is beyond.

        A cut-off is told as it is set in the device, also while it recovers.
        """
        limit = self._edge if self.is_crossed else self.release
        return because(self.reason, self.value, self.limit if self.is_cutoff else limit)

    @property
    def _is_ceiling(self) -> bool:
        return self.release < self.limit

    @property
    def _edge(self) -> float:
        return self.limit - self.lead if self._is_ceiling else self.limit + self.lead

    @property
    def _is_released(self) -> bool:
        if self._is_ceiling:
            return self.value <= self.release
        return self.value >= self.release
