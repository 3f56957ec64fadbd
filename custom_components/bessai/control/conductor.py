"""Decides, at every look at the plant, what becomes of everybody's wishes.

Whoever calls takes turns: of its coroutines one may run at a time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ..core.command import (
    CommandError,
    CommandOverruled,
    CommandUnsent,
    DispatchResult,
    Standing,
)
from ..core.finding import Finding
from ..core.plant_state import PlantState
from ..core.proposal import AUTOMATIC, Proposal, Source
from ..core.safety_event import SafetyEventKind
from ..core.setpoint import Setpoint, Wish
from ..core.verdict import Ground, Outcome, Reason, refused
from ..safety.following import Following
from ..safety.guard import Guard
from .arbiter import Arbiter
from .blockade import Blockade
from .blocks import ROUTINE
from .command_in_force import Command, Turn
from .dispatcher import Dispatcher
from .look import Look
from .reporter import Reporter
from .settlement import Settlement

PAUSE = timedelta(minutes=5)
"""A plan whose command failed is not listened to for so long."""


RESUME_WITHIN = timedelta(seconds=30)
"""Three polls: by then the guard knows whether what was suspended may go on."""


class Conductor:
    """Arbiter, guard and dispatcher at work for one plant."""

    def __init__(
        self, dispatcher: Dispatcher, guard: Guard, reporter: Reporter
    ) -> None:
        """Command nothing until the plant was recovered."""
        self.arbiter = Arbiter()
        self.is_allowed = False
        """Whether the owner lets anything be written."""
        self._blockade = Blockade(guard, reporter)
        self._settlement = Settlement(dispatcher, reporter)
        self._dispatcher = dispatcher
        self._guard = guard
        self._reporter = reporter
        self._resume_until: datetime | None = None
        """Until when what is suspended is waited for before settings are put back."""

    @property
    def command(self) -> Command | None:
        """What is being carried out."""
        return self._dispatcher.command

    @property
    def blocks(self) -> tuple[Ground, ...]:
        """What keeps commands from the battery now."""
        return self._blockade.board.active

    @property
    def foreign(self) -> Standing:
        """A command in force that is not ours."""
        return self._blockade.foreign

    @property
    def is_recovered(self) -> bool:
        """Whether what a former life left behind has been ended."""
        return self._settlement.is_recovered

    @property
    def permission_refused(self) -> bool:
        """Whether the device wanted the installer's consent for the last command."""
        return self._settlement.permission_refused

    @property
    def release_error(self) -> CommandError | None:
        """Why the plant could not be released the last time."""
        return self._dispatcher.release_error

    async def take(self, proposal: Proposal, look: Look) -> DispatchResult:
        """Carry out a new wish of the owner's at once, if the guard lets it pass.

        One that is refused changes nothing: what is in force goes on. One that the
        plant does not take is forgotten.
        """
        if self.is_allowed and not self.is_recovered:
            await self.recover(look)
        verdict = refused(Ground(reason=Reason.CONTROL_OFF))
        if self.is_allowed:
            verdict = self._dispatcher.vet(proposal, look.state, look.now)
        result = DispatchResult(verdict=verdict)
        if verdict.outcome is Outcome.REFUSED:
            self._bite(proposal.wish, verdict.grounds, look)
        elif not self.is_recovered:
            result = DispatchResult(verdict=verdict, error=self.release_error)
        else:
            return await self._try_out(proposal, look)
        self._reporter.dispatched(proposal, result)
        return result

    async def _try_out(self, proposal: Proposal, look: Look) -> DispatchResult:
        """Carry a proposal out; forget it if nothing comes of it."""
        self.arbiter.propose(proposal)
        try:
            result = await self._pursue(proposal, look, is_new=True)
        except BaseException:
            # Whoever asked has gone: nobody waits for it to be done later.
            self.arbiter.withdraw(proposal.source)
            self._settlement.hurry()
            raise
        if result.error is not None:
            self.arbiter.withdraw(proposal.source)
        return result

    def _may_resume(self, look: Look) -> bool:
        """Return whether what is suspended may go on in a moment.

        Stored settings are then left as they are for that long: they were not put back
        while the link was gone, and each write wears the device's memory.
        """
        is_suspended = self.arbiter.winner(look.now) is not None
        if not is_suspended or self._dispatcher.has_stray or not self.is_recovered:
            self._resume_until = None
            return False
        self._resume_until = self._resume_until or look.now + RESUME_WITHIN
        return look.now < self._resume_until

    async def review(self, look: Look) -> None:
        """Look at everything anew: blocks, and what counts most now."""
        self._guard.observe(look.state, look.now)
        self._review_blocks(look, is_wanted=self._is_wanted)
        if self.is_recovered:
            await self._pursue_winner(look)

    async def watch(self, look: Look) -> None:
        """See whether the plant follows; look at everything anew."""
        if look.state is not None:
            following = self._dispatcher.watch(look.state, look.now)
            if following is Following.DISOBEYS and self.command is not None:
                ground = _not_following(self.command, look.state)
                await self._give_up(self.command, look, ground)
        await self.review(look)

    async def look_after(self, standing: Standing, look: Look) -> None:
        """Draw the consequences of the command register, and renew the lease.

        A block that stands has ended the command by then, so it renews nothing.
        """
        if self._settlement.is_due(look.now) and not self._may_resume(look):
            await self._settle(look)
        elif self.is_recovered and not self._dispatcher.has_stray:
            await self._take_note(standing, look)
        await self.review(look)
        await self._renew(look)

    async def recover(self, look: Look) -> None:
        """End what a former life left behind."""
        foreign = await self._settlement.recover(look)
        if foreign is not None:
            self._blockade.note_foreign(foreign)

    async def release(self, look: Look, *, by: str | None = None) -> DispatchResult:
        """Forget what everybody wants, and leave the battery to the inverter.

        What the plant does not take now is tried again.
        """
        self.arbiter.withdraw_all()
        return await self._settlement.release(look, by=by)

    def pause_automatic(self, until: datetime) -> None:
        """Do not listen to plan and policy until then; a time that is over: listen."""
        for source in AUTOMATIC:
            self.arbiter.pause(source, until)

    def give_up_release(self) -> None:
        """Note that a release did not come to an end: nobody knows what it did."""
        self._dispatcher.release_error = CommandUnsent("no answer in time")

    def lose_heartbeat(self) -> None:
        """Block everything: nobody knows whether the plant still hears us."""
        self._blockade.lose_heartbeat(
            is_told=self.is_allowed, is_wanted=self._is_wanted
        )

    def restore_heartbeat(self) -> None:
        """Let commands pass again."""
        self._blockade.restore_heartbeat()

    def note_findings(self, findings: Sequence[Finding]) -> None:
        """Let nothing pass while these stand; the next look draws the consequences."""
        self._blockade.note_findings(findings)

    @property
    def _is_wanted(self) -> bool:
        """Whether somebody wants something of the battery."""
        return self.command is not None or bool(self.arbiter.proposals)

    def _review_blocks(self, look: Look, *, is_wanted: bool) -> None:
        if not look.is_complete:
            return
        if self.is_allowed:
            self._blockade.review(look.state, look.now, is_wanted=is_wanted)
        else:
            self._blockade.lift()

    def _bite(self, wish: Wish, grounds: tuple[Ground, ...], look: Look) -> None:
        """Let grounds that refused somebody's wish count as blocks."""
        self._blockade.bite(wish, grounds)
        self._review_blocks(look, is_wanted=True)

    async def _settle(self, look: Look) -> None:
        if self.is_recovered:
            await self._settlement.release(look)
        else:
            await self.recover(look)

    async def _pursue_winner(self, look: Look) -> None:
        """Carry out what counts most now; end what nobody wants any more."""
        expired = self.arbiter.expire(look.now)
        if self.command is not None and self.command.proposal in expired:
            self._reporter.tell(SafetyEventKind.LEASE_EXPIRED)
        winner = self.arbiter.winner(look.now) if self.is_allowed else None
        if winner is not None:
            await self._pursue(winner, look)
        elif self.command is not None:
            await self._settlement.release(look)

    async def _pursue(
        self, proposal: Proposal, look: Look, *, is_new: bool = False
    ) -> DispatchResult:
        """Carry a proposal out, as far as guard and plant let it."""
        before = self.command
        result = await self._dispatcher.pursue(
            proposal, look.state, look.now, look.today
        )
        if result.verdict.outcome is Outcome.REFUSED:
            self._end(proposal, before, result, look)
            return result
        was_tried = result.error is not None or _is_another(self.command, before)
        if was_tried:
            self._settlement.note_command(result.error)
        if was_tried or is_new:
            self._reporter.dispatched(proposal, result)
        if result.error is not None:
            self._fail(proposal, look, result.error)
        return result

    def _end(
        self,
        proposal: Proposal,
        before: Command | None,
        result: DispatchResult,
        look: Look,
    ) -> None:
        """Note that the guard refuses what was, or should be, carried out."""
        grounds = result.verdict.grounds
        reasons = {ground.reason for ground in grounds}
        if reasons & ROUTINE:
            self.arbiter.withdraw(proposal.source)
        if before is None:
            return
        self._settlement.note_release(result.error, look.now)
        self._reporter.released(result, grounds, None)
        if Reason.TARGET_REACHED in reasons:
            self._reporter.tell(SafetyEventKind.LEASE_EXPIRED, *grounds)
        elif proposal.source is Source.OWNER or reasons - ROUTINE:
            self._bite(proposal.wish, grounds, look)

    def _fail(self, proposal: Proposal, look: Look, error: CommandError) -> None:
        """Note that the plant did not take what it should."""
        if isinstance(error, CommandOverruled):
            return
        self._dismiss(proposal, look)
        ground = Ground(reason=Reason.COMMAND_FAILED, value=str(error))
        self._reporter.tell(SafetyEventKind.COMMAND_FAILED, ground, error=error)

    async def _give_up(
        self,
        command: Command,
        look: Look,
        ground: Ground,
        error: CommandError | None = None,
    ) -> None:
        """End a command that does not do what it should."""
        self._dismiss(command.proposal, look)
        self._reporter.tell(SafetyEventKind.COMMAND_FAILED, ground, error=error)
        await self._settlement.release(look, ground)

    def _dismiss(self, proposal: Proposal, look: Look) -> None:
        """Forget a proposal that came to nothing; its source may come back later."""
        self.arbiter.withdraw(proposal.source)
        if proposal.source is not Source.OWNER:
            self.arbiter.pause(proposal.source, look.now + PAUSE)

    async def _take_note(self, standing: Standing, look: Look) -> None:
        before = self.command
        turn = await self._dispatcher.take_note(standing, look.now, look.today)
        foreign = standing if turn is Turn.FOREIGN else Standing.NONE
        self._blockade.note_foreign(foreign)
        if before is None or self.command is not None:
            return
        ground = Ground(reason=Reason.ENDED_BY_PLANT)
        self._dismiss(before.proposal, look)
        self._reporter.tell(SafetyEventKind.LEASE_EXPIRED, ground)

    async def _renew(self, look: Look) -> None:
        error = await self._dispatcher.renew(look.state, look.now)
        command = self.command
        if command is None:
            return
        if error is not None and not isinstance(
            error, CommandUnsent | CommandOverruled
        ):
            ground = Ground(reason=Reason.COMMAND_FAILED, value=str(error))
            await self._give_up(command, look, ground, error)
        elif command.lease.has_lapsed(look.now):
            await self._give_up(command, look, Ground(reason=Reason.LEASE_LAPSED))


def _is_another(command: Command | None, before: Command | None) -> bool:
    """Return whether something was written since."""
    if command is None or before is None:
        return command is not before
    return command.written_at != before.written_at


def _not_following(command: Command, state: PlantState) -> Ground:
    wish = command.wish
    return Ground(
        reason=Reason.NOT_FOLLOWING,
        value=state.battery_power_w,
        limit=wish.power_w if isinstance(wish, Setpoint) else None,
    )
