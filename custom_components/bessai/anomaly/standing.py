"""From residuals to findings: what stands, what was raised and what was cleared."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..core.finding import Finding, FindingKind
from .residual import Residual
from .subject import Moment, Subject

MOST_SUBJECTS = 256
OF_THE_OWNER = frozenset({FindingKind.IDENTITY, FindingKind.SETTING_CHANGED})
"""What is right when the owner says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What became of the findings at one look."""

    raised: tuple[Finding, ...]
    cleared: tuple[Finding, ...]


class Standing:
    """All residuals of a plant over time, by name."""

    def __init__(self) -> None:
        self._subjects: dict[str, Subject] = {}
        self._standing: dict[str, Subject] = {}
        self._dismissed: list[Finding] = []

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What stands, the strongest first."""
        standing = [subject.finding for subject in self._standing.values()]
        return tuple(
            sorted(
                (finding for finding in standing if finding),
                key=lambda finding: -finding.score,
            )
        )

    def stands(self, name: str) -> bool:
        """Return whether something is off by this residual."""
        return name in self._standing

    def held(self, name: str) -> float:
        """Return what a residual holds, in floors; 0 if it is not known."""
        subject = self._subjects.get(name)
        return 0.0 if subject is None else subject.held

    def judge(
        self, judged: Iterable[tuple[Residual, float]], moment: Moment
    ) -> tuple[Changes, float]:
        """Take the residuals of a look with their tolerances in floors.

        Returns:
            What changed, and the highest score of all that was judged now.
        """
        raised, highest = [], 0.0
        for residual, factor in judged:
            name = residual.name
            subject = self._subjects.get(name) or self._new(name, moment)
            subject.judge(residual, factor, moment)
            highest = max(highest, subject.score)
            if subject.finding is not None and name not in self._standing:
                self._standing[name] = subject
                raised.append(subject.finding)
        cleared = [*self._dismissed, *self._swept(moment.elapsed_s)]
        self._dismissed = []
        return Changes(raised=tuple(raised), cleared=tuple(cleared)), highest

    def accept(self) -> dict[str, float]:
        """Dismiss what an owner can say is right; what is still off is raised again.

        Returns:
            What those of it held that learn, in floors, by name.
        """
        right = {
            name: subject.peak
            for name, subject in self._standing.items()
            if subject.peak > 0.0
            or (subject.finding and subject.finding.kind in OF_THE_OWNER)
        }
        for name in right:
            self._dismiss(name)
        return {name: peak for name, peak in right.items() if peak > 0.0}

    def _dismiss(self, name: str) -> None:
        """Let the next look say that a finding is cleared."""
        finding = self._standing.pop(name).forget()
        self._dismissed += [finding] if finding else []

    def _swept(self, elapsed_s: float) -> list[Finding]:
        over = [
            name
            for name, subject in self._standing.items()
            if subject.is_over(elapsed_s)
        ]
        forgotten = [self._standing.pop(name).forget() for name in over]
        return [finding for finding in forgotten if finding]

    def _new(self, name: str, moment: Moment) -> Subject:
        """Return a new subject; one too many replaces what was not judged for long."""
        if len(self._subjects) >= MOST_SUBJECTS:
            oldest = min(self._subjects, key=self._rank)
            if oldest in self._standing:
                self._dismiss(oldest)
            del self._subjects[oldest]
        subject = self._subjects[name] = Subject(moment)
        return subject

    def _rank(self, name: str) -> tuple[bool, float]:
        """Return a rank: the lowest is the first to be forgotten."""
        return name in self._standing, self._subjects[name].judged_s
