"""The border to whoever is told what happens to commands and safety."""

from typing import Protocol

from ..core.command import CommandError, DispatchResult
from ..core.proposal import Proposal
from ..core.safety_event import SafetyEventKind
from ..core.verdict import Ground


class Reporter(Protocol):
    """Whoever is told what happens."""

    def tell(
        self,
        kind: SafetyEventKind,
        *grounds: Ground,
        urgent: bool = True,
        error: CommandError | None = None,
    ) -> None:
        """Take a safety event."""
        ...

    def dispatched(self, proposal: Proposal, result: DispatchResult) -> None:
        """Take what became of a proposal that was tried to carry out."""
        ...

    def released(
        self, result: DispatchResult, why: tuple[Ground, ...], by: str | None
    ) -> None:
        """Take that the plant was left to itself."""
        ...
