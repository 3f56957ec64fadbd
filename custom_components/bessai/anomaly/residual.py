"""What a rule makes of one poll: how far what was read is from what should be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from ..core.finding import FindingKind
from ..core.observation import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """How one rule sees one subject at one poll."""

    kind: FindingKind
    subject: str
    """What it is about; with the kind it names what is learned of it."""

    measured: float | str | None
    expected: float | str | None
    deviation: float
    """How far the two are apart, not negative; infinity where only equality will do."""

    floor: float
    """The least tolerance, > 0, in the unit of the deviation: by resolution of the
    registers and datasheets, whatever was learned."""

    unit: str | None = None
    learns: bool = True
    """Whether the tolerance may grow with what a sound plant was seen to do."""

    hold_s: float = 0.0
    """How long it has to be beyond its tolerance before it is a finding, s."""

    @property
    def name(self) -> str:
        """What the tolerance is learned and kept under."""
        return f"{self.kind}:{self.subject}"


class Rule(Protocol):
    """One thing that can be wrong; sees every observation, in order."""

    name: ClassVar[str]
    """What its memory is kept under."""

    def look(self, seen: Observation) -> Iterable[Residual]:
        """Return what can be told at this poll.

        A subject that cannot be judged now is left out: that is not the same as a
        residual of 0. Gaps, reconnections and nights are the rule's to survive.
        """
        ...

    def document(self) -> Mapping[str, Any]:
        """Return what it has learned, fit for JSON; ``{}``: nothing."""
        ...

    def restore(self, document: Mapping[str, Any]) -> None:
        """Go on with what was learned before.

        Raises:
            ArithmeticError, AttributeError, LookupError, TypeError, ValueError: If the
                document is not one of :meth:`document`.
        """
        ...
