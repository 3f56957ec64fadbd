"""Lets the guard refuse for reasons from outside, and tells of all that it refuses."""

from collections.abc import Sequence
from datetime import datetime

from ..core.command import Standing
from ..core.finding import Finding
from ..core.plant_state import PlantState
from ..core.safety_event import SafetyEventKind
from ..core.setpoint import Direction, Wish
from ..core.verdict import Ground, Reason
from ..safety.guard import Guard
from .blocks import BlockBoard, BlockChange
from .reporter import Reporter

SILENCE = frozenset(
    {Reason.TELEMETRY_STALE, Reason.TELEMETRY_MISSING, Reason.HEARTBEAT_LOST}
)
"""Grounds that every night may bring, and that concern nobody while nothing is wanted
of the plant."""


class Blockade:
    """What keeps commands from the battery, and what people hear of it."""

    def __init__(self, guard: Guard, reporter: Reporter) -> None:
        """Begin with nothing in the way."""
        self.board = BlockBoard()
        self.foreign = Standing.NONE
        """A command in force that is not ours."""
        self._guard = guard
        self._reporter = reporter
        self._is_loss_told = False

    def bite(self, wish: Wish, grounds: tuple[Ground, ...]) -> None:
        """Note that somebody's wish was refused."""
        self.board.bite(wish, grounds)

    def review(
        self, state: PlantState | None, now: datetime, *, is_wanted: bool
    ) -> None:
        """Find out what is refused now, and tell what has changed.

        Args:
            state: Of the plant, ``None`` if it was never read.
            now: Aware, UTC.
            is_wanted: Whether somebody wants something of the battery.
        """
        refusing = {way: self._guard.refusing(way, state, now) for way in Direction}
        standing = self._guard.standing(state, now)
        self._announce(self.board.review(standing, refusing), is_wanted=is_wanted)

    def lift(self) -> None:
        """Block nothing: there is nobody who may command."""
        self._announce(self.board.review((), {}), is_wanted=False)

    def lose_heartbeat(self, *, is_told: bool, is_wanted: bool) -> None:
        """Refuse everything: nobody knows whether the plant still hears us."""
        ground = Ground(reason=Reason.HEARTBEAT_LOST)
        self._guard.block(ground)
        self._is_loss_told = is_told
        if is_told:
            kind = SafetyEventKind.HEARTBEAT_LOST
            self._reporter.tell(kind, ground, urgent=is_wanted)

    def restore_heartbeat(self) -> None:
        """Let commands pass again; who was told of the loss is told of this."""
        self._guard.unblock(Reason.HEARTBEAT_LOST)
        if self._is_loss_told:
            self._reporter.tell(SafetyEventKind.HEARTBEAT_RESTORED)

    def note_foreign(self, standing: Standing) -> None:
        """Refuse everything while somebody else commands the plant."""
        self.foreign = standing
        if standing is Standing.NONE:
            self._guard.unblock(Reason.FOREIGN_COMMAND)
            return
        ground = Ground(reason=Reason.FOREIGN_COMMAND, value=standing.value)
        self._guard.block(ground)

    def note_findings(self, findings: Sequence[Finding]) -> None:
        """Refuse everything while these stand; none: let commands pass again."""
        if not findings:
            self._guard.unblock(Reason.FINDING)
            return
        named = dict.fromkeys(f"{one.kind}/{one.subject}" for one in findings)
        self._guard.block(Ground(reason=Reason.FINDING, value=", ".join(named)))

    def _announce(self, change: BlockChange, *, is_wanted: bool) -> None:
        """Tell of blocks; the heartbeat's has events of its own."""
        for kind, grounds in (
            (SafetyEventKind.BLOCKED, change.added),
            (SafetyEventKind.CLEARED, change.cleared),
        ):
            told = [one for one in grounds if one.reason is not Reason.HEARTBEAT_LOST]
            urgent = is_wanted or any(one.reason not in SILENCE for one in told)
            if told:
                self._reporter.tell(kind, *told, urgent=urgent)
