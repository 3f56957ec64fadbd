"""The command that is being carried out, and what its plant says of it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, auto

from ..core.command import STANDING, Order, Standing
from ..core.proposal import Proposal, Source
from ..core.setpoint import Setpoint, Wish
from ..core.verdict import Verdict
from ..safety.following import Following
from ..safety.lease import Lease
from .wishes import is_alike, is_close


class Phase(StrEnum):
    """How far a command has come."""

    SETTLING = "settling"
    """Written and read back; the power is not there yet."""

    WAKING = "waking"
    """The battery slept, which may take minutes."""

    FOLLOWING = "following"
    """The battery does what it was told."""


_PHASE = {Following.FOLLOWS: Phase.FOLLOWING, Following.WAKING: Phase.WAKING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A vetted wish that was written to the plant and read back."""

    proposal: Proposal
    verdict: Verdict
    wish: Wish
    """As vetted."""

    grid_charge: bool
    """Whether the charge was given leave to draw on the grid."""

    lease: Lease
    written_at: datetime
    """When it was written last; aware, UTC."""

    phase: Phase
    followed_at: datetime | None = None
    """When the plant was last seen to follow; before that, when it was first looked at:
    to write a command may have taken long. ``None``: nobody looked yet."""

    def order(self, now: datetime) -> Order:
        """Return what has to be written to go on with it."""
        return Order(
            wish=self.wish,
            period_s=self.lease.period_s(now),
            grid_charge=self.grid_charge,
        )

    def covers(self, other: Command) -> bool:
        """Return whether another command would change nothing that is worth a write.

        What its owner asks for anew is given as it was asked for.
        """
        if other.lease.until > self.lease.until and not self._may_go_on(other):
            return False
        if other.grid_charge and not self.grid_charge:
            return False
        if other.proposal.source is Source.OWNER and other.proposal != self.proposal:
            return self.wish == other.wish
        since_write = other.written_at - self.written_at
        return is_alike(self.wish, other.wish) and is_close(
            self.wish, other.wish, since_write
        )

    def _may_go_on(self, other: Command) -> bool:
        """Return whether a later end needs no write now.

        A plan wants the same for longer with every look; as long as the device was told
        a full period, and not what was left, renewals carry it on.
        """
        if other.proposal.source is Source.OWNER:
            return False
        period = timedelta(seconds=self.lease.terms.period_s)
        return other.written_at + period <= self.lease.until

    def taken_over(self, other: Command) -> Command:
        """Return it as it is, with the reason and the end of one that it covers."""
        lease = replace(self.lease, until=other.lease.until)
        return replace(
            self, proposal=other.proposal, verdict=other.verdict, lease=lease
        )

    def seen(self, following: Following, now: datetime) -> Command:
        """Return it with what was seen of the plant."""
        follows = following is Following.FOLLOWS
        return replace(
            self,
            phase=_PHASE.get(following, self.phase),
            followed_at=now if follows else self.followed_at or now,
        )

    def unfollowed_s(self, now: datetime) -> float:
        """Return for how long the plant was not seen to follow, s."""
        return 0.0 if not self.followed_at else (now - self.followed_at).total_seconds()


class Turn(StrEnum):
    """What a look at the command register means."""

    EXPECTED = auto()
    LAPSED = auto()
    """The device's countdown was over, as it does not restart: give it anew."""

    ENDED = auto()
    """Somebody or something ended our command before its time."""

    FOREIGN = auto()
    """A command is in force that is not ours."""


def judge_standing(command: Command | None, standing: Standing, now: datetime) -> Turn:
    """Return what it means that the plant stands so.

    Args:
        command: Ours that should be in force, if there is one.
        standing: What the command register says.
        now: When it was read; aware, UTC.
    """
    expected = _expected(command)
    if standing is expected:
        return Turn.EXPECTED
    if standing is not Standing.NONE:
        return Turn.FOREIGN
    if command is not None and command.lease.may_have_lapsed(now):
        return Turn.LAPSED
    return Turn.ENDED


def _expected(command: Command | None) -> Standing:
    if command is None or not isinstance(command.wish, Setpoint):
        return Standing.NONE
    return STANDING[command.wish.direction]
