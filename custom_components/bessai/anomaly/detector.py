"""Is the plant behaving? Rules, what was learned of it, and what of it stands.

It sees only our own conversation with the plant: what others say to it shows by its
effects alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ..core.errors import BessaiError
from ..core.finding import Finding, FindingKind
from ..core.observation import Expectations, Observation
from .novelty import Novelty
from .residual import Residual, Rule
from .rules import ALL, RuleKind
from .standing import Standing
from .subject import Moment
from .tolerances import Tolerances
from .window import Pace, usable

if TYPE_CHECKING:  # it needs numpy, which is loaded with the first forest
    from .forest import Forest
    from .row_store import Columns, RowStore

UNREADABLE = (
    ArithmeticError,
    AttributeError,
    BessaiError,
    LookupError,
    TypeError,
    ValueError,
)
"""What a damaged document ends with."""

GREATEST_FLOOR = 1e12
"""A floor beyond this is no tolerance of anything."""


@runtime_checkable
class Accepting(Protocol):
    """A rule that knows how things should be, and can be told that it has changed."""

    def accept(self) -> None:
        """Take things as they are now for right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one look found."""

    score: float
    """0 to 1; 0.5 is at tolerance, and no less while a finding stands."""

    findings: tuple[Finding, ...]
    """What stands, the strongest first."""

    raised: tuple[Finding, ...]
    """What stands since this look."""

    cleared: tuple[Finding, ...]
    """What does not stand any more since this look."""

    learned: float
    """How much of the learning period has passed, 0 to 1."""


class Detector:
    """Looks at each poll of one plant, in order."""

    def __init__(
        self, expectations: Expectations, kinds: Sequence[RuleKind] = ALL
    ) -> None:
        """Begin knowing nothing but what the profile says."""
        self._expectations = expectations
        self._rules: dict[str, Rule] = {}
        self._kinds: dict[str, RuleKind] = {}
        for kind in kinds:
            rule = kind(expectations)
            self._rules[rule.name], self._kinds[rule.name] = rule, kind
        self._tolerances = Tolerances()
        self._standing = Standing()
        self._novelty = Novelty()
        self._uptime_s: float | None = None
        self._elapsed_s = 0.0
        self._pace = Pace()
        self._is_sound = True
        self.troubles: dict[str, str] = {}
        """Rule to why it could not look the last time that it failed: a fault of ours,
        for diagnostics."""

    def look(self, seen: Observation) -> Judgement:
        """Judge a poll; never raises, whatever it holds."""
        elapsed_s = self._passed(seen.uptime_s)
        self._elapsed_s += elapsed_s
        residuals = self._residuals(seen)
        judged = [(each, self._tolerances.factor(each)) for each in residuals.values()]
        unusual = self._novelty.look(
            elapsed_s,
            {name: _excess(each) for name, each in residuals.items()},
            is_sound=self._is_sound,
        )
        if unusual is not None:
            judged.append((unusual, 1.0))
        changes, highest = self._standing.judge(judged, self._moment(seen))
        self._learn(residuals, elapsed_s)
        findings = self._standing.findings
        self._is_sound = all(each.kind is FindingKind.UNUSUAL for each in findings)
        return Judgement(
            score=max([highest, *(each.score for each in findings)]),
            findings=findings,
            raised=changes.raised,
            cleared=changes.cleared,
            learned=self._tolerances.progress,
        )

    def accept(self) -> None:
        """Take it from the owner that the plant is right as it is now.

        Settings and identity are so from now on. Deviations that stand are usual until
        their days have passed, up to the widest tolerance.
        """
        for rule in self._rules.values():
            if isinstance(rule, Accepting):
                rule.accept()
        self._tolerances.accept(self._standing.accept())

    def training_rows(self) -> RowStore | None:
        """Return what a new forest is to be grown on; ``None``: not now.

        It is grown by :func:`.forest.learn`, which takes its time, and handed to
        :meth:`adopt`.
        """
        return self._novelty.training_rows()

    def adopt(self, columns: Columns, forest: Forest) -> None:
        """Ask this forest from now on."""
        self._novelty.adopt(columns, forest)

    def document(self) -> dict[str, Any]:
        """Return everything that was learned as plain JSON values."""
        return {
            "tolerances": self._tolerances.document(),
            "novelty": self._novelty.document(),
            "rules": {
                name: dict(rule.document()) for name, rule in self._rules.items()
            },
        }

    def restore(self, document: Any) -> tuple[str, ...]:
        """Take back what was learned, before the first look; may load numpy.

        A part that is missing is learned anew.

        Returns:
            Names of the parts that were there and could not be read: ``tolerances``,
            ``novelty``, or rules. They are learned anew, too.
        """
        if not isinstance(document, Mapping):
            return ("tolerances", "novelty", *self._rules)
        lost = []
        if not _is_read(self._tolerances, document, "tolerances"):
            self._tolerances = Tolerances()
            lost.append("tolerances")
        if not _is_read(self._novelty, document, "novelty"):
            self._novelty = Novelty()
            lost.append("novelty")
        return (*lost, *self._restore_rules(document.get("rules", {})))

    def _restore_rules(self, memories: Any) -> list[str]:
        """Let rules go on; return the names of those that begin anew."""
        if not isinstance(memories, Mapping):
            return list(self._rules)
        lost = [
            name
            for name, rule in self._rules.items()
            if not _is_read(rule, memories, name)
        ]
        for name in lost:
            self._rules[name] = self._kinds[name](self._expectations)
        return lost

    def _residuals(self, seen: Observation) -> dict[str, Residual]:
        """Return what the rules say by name, of two by one name the stronger."""
        found: dict[str, Residual] = {}
        for rule_name, rule in self._rules.items():
            for residual in self._ask(rule_name, rule, seen):
                if not _is_usable(residual):
                    continue
                other = found.get(name := residual.name)
                if other is None or _excess(residual) > _excess(other):
                    found[name] = residual
        return found

    def _ask(self, name: str, rule: Rule, seen: Observation) -> Sequence[Residual]:
        """Return what a rule says; one that fails says nothing, for this look."""
        try:
            return tuple(rule.look(seen))
        except Exception as err:  # noqa: BLE001 - the other rules have to look on
            self.troubles[name] = repr(err)
            return ()

    def _moment(self, seen: Observation) -> Moment:
        self._pace.add(self._elapsed_s)
        return Moment(at=seen.at, elapsed_s=self._elapsed_s, pace_s=self._pace.period_s)

    def _passed(self, uptime_s: float) -> float:
        """Return the time since the last look, s; 0 where the clock makes no sense."""
        now_s = usable(uptime_s)
        if now_s is None:
            return 0.0
        last_s, self._uptime_s = self._uptime_s, now_s
        return 0.0 if last_s is None else max(0.0, now_s - last_s)

    def _learn(self, residuals: Mapping[str, Residual], elapsed_s: float) -> None:
        """Learn of all that does not stand out."""
        for name, residual in residuals.items():
            if residual.learns and not self._standing.stands(name):
                self._tolerances.note(name, self._standing.held(name))
        self._tolerances.pass_time(elapsed_s)


def _excess(residual: Residual) -> float:
    """Return a deviation in floors."""
    return residual.deviation / residual.floor


def _is_read(
    part: Tolerances | Novelty | Rule, parts: Mapping[str, Any], name: str
) -> bool:
    """Let a part take back what is there of it; return whether it could be read."""
    try:
        if name in parts:
            part.restore(parts[name])
    except UNREADABLE:
        return False
    return True


def _is_usable(residual: Residual) -> bool:
    """Return whether a residual can be judged; NaN fails every comparison."""
    return (
        residual.deviation >= 0.0
        and 0.0 < residual.floor <= GREATEST_FLOOR
        and residual.hold_s >= 0.0
    )
