"""The one write path: what the guard lets pass is written, renewed and ended here."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta

from ..core.command import CommandError, DispatchResult, Standing
from ..core.plant_state import PlantState
from ..core.proposal import Proposal
from ..core.setpoint import Hold, Release, Setpoint, Wish
from ..core.verdict import Outcome, Verdict, refused
from ..safety.following import Following, judge_following
from ..safety.guard import Guard
from ..safety.lease import MINUTE_S, LeaseTerms, grant, lease_terms, shortened
from .command_in_force import Command, Phase, Turn, judge_standing
from .plant_controls import PlantControls
from .wishes import is_alike, needs_grid, reached_target, seconds_to_limit

LEAST_SETTLING_S = 60.0

LOOKS_AHEAD = 1.5
"""A command in force is judged by how things stand after the next look and the shortest
lease a device can hold: should the link be lost, it ends before a limit, not after."""

RELEASED = Verdict(outcome=Outcome.APPROVED, wish=Release())


class Dispatcher:
    """Carries out one proposal at a time; whoever calls takes turns.

    Of its coroutines one may run at a time. ``overrule`` may be called meanwhile.
    """

    def __init__(
        self,
        driver: PlantControls,
        guard: Guard,
        write_p95_s: Callable[[], float | None],
    ) -> None:
        """Dispatch nothing yet.

        Args:
            driver: Carries commands to the plant.
            guard: Vets them.
            write_p95_s: What a write takes at present, s; ``None`` if unknown.
        """
        self.command: Command | None = None
        """What is in force."""
        self.is_released = False
        """Whether the plant is known to be as we found it."""
        self.release_error: CommandError | None = None
        """Why the plant could not be released the last time."""
        self.guard = guard
        self._driver = driver
        self._write_p95_s = write_p95_s
        self._epoch = 0
        self._restarts = False
        """Whether the device was seen to count anew with each renewal."""

    @property
    def has_stray(self) -> bool:
        """Whether a command of ours may be in force that should not be."""
        return self.command is None and self._driver.journal.command is not None

    def overrule(self) -> None:
        """Let a command that is being written stop before its next write."""
        self._epoch += 1

    def vet(
        self, proposal: Proposal, state: PlantState | None, now: datetime
    ) -> Verdict:
        """Return what may be done of a proposal now; nothing changes by it."""
        next_look_s = 0.0
        if state is not None and self._carries_out(proposal.wish):
            next_look_s = LOOKS_AHEAD * state.poll_period_s
        ahead_s = next_look_s + (MINUTE_S if next_look_s else 0.0)
        verdict = self.guard.vet(proposal.wish, state, now, ahead_s=ahead_s)
        reached = reached_target(proposal, state, next_look_s)
        return verdict if reached is None else refused(reached)

    async def pursue(
        self, proposal: Proposal, state: PlantState | None, now: datetime, today: date
    ) -> DispatchResult:
        """Do what a proposal wants as far as the guard lets it; else release.

        Never raises: what the plant did not take is in the result, and the plant was
        released then.
        """
        before, verdict = self.command, self.vet(proposal, state, now)
        command = self._command(proposal, verdict, state, now)
        if command is None and before is None:
            return DispatchResult(verdict=verdict)
        if command is None:
            self.guard.trip(verdict.grounds)
            released = await self.release(today)
            return replace(released, verdict=verdict)
        if before is not None and before.covers(command):
            return self._go_on(before, command)
        return await self._begin(command, today)

    async def renew(
        self, state: PlantState | None, now: datetime
    ) -> CommandError | None:
        """Renew the lease on the device if it is due; return why that failed."""
        command = self.command
        if command is None or not command.lease.is_due(now):
            return None
        lease = command.lease.renewed(self._terms(command.wish, state), now)
        command = replace(command, lease=lease)
        try:
            await self._driver.renew(command.order(now), self._still_wanted())
        except CommandError as err:
            return err
        self.command = command
        return None

    async def release(self, today: date) -> DispatchResult:
        """Leave the battery to the inverter; to be called again if that failed."""
        self.command = None
        self.is_released = False
        try:
            read_back = await self._driver.release(today)
        except CommandError as err:
            self.release_error = err
            return DispatchResult(verdict=RELEASED, error=err)
        self._note_release()
        return DispatchResult(verdict=RELEASED, read_back=read_back)

    async def recover(self, now: datetime, today: date) -> Standing:
        """End what was left behind; return a command that is not ours.

        Raises:
            CommandError: If it is not known how the plant stands.
        """
        self.is_released = False
        try:
            standing = await self._driver.recover(now, today)
        except CommandError as err:
            self.release_error = err
            raise
        self._note_release()
        return standing

    async def take_note(self, standing: Standing, now: datetime, today: date) -> Turn:
        """Draw the consequences of what the command register says.

        A command that has lapsed is due to be renewed. One that is not ours is never
        touched: ours is over then.
        """
        command = self.command
        turn = judge_standing(command, standing, now)
        if command is None:
            return turn
        if turn is Turn.EXPECTED:
            self._learn(command, now)
            return turn
        if turn is Turn.LAPSED:
            self.command = replace(command, lease=command.lease.lapsed())
            return turn
        await self._abandon(now, today)
        return turn

    def watch(self, state: PlantState, now: datetime) -> Following | None:
        """Note whether the plant follows; ``None`` if there is nothing to follow."""
        command = self.command
        if command is None or not isinstance(command.wish, Setpoint):
            return None
        if state.read_at < command.written_at:
            return None
        following = judge_following(
            command.wish,
            state,
            unfollowed_s=command.unfollowed_s(now),
            settling_s=max(LEAST_SETTLING_S, 3 * state.poll_period_s),
        )
        self.command = command.seen(following, now)
        return following

    def _carries_out(self, wish: Wish) -> bool:
        """Return whether a wish is what is being done already, give or take."""
        return self.command is not None and is_alike(self.command.wish, wish)

    def _go_on(self, before: Command, command: Command) -> DispatchResult:
        """Leave what is in force as it is, for what is wanted now."""
        self.command = before.taken_over(command)
        expires_at = command.proposal.expires_at
        return DispatchResult(verdict=command.verdict, expires_at=expires_at)

    async def _begin(self, command: Command, today: date) -> DispatchResult:
        """Write a vetted command; on any trouble release instead."""
        verdict, expires_at = command.verdict, command.proposal.expires_at
        until = expires_at + timedelta(seconds=command.lease.terms.period_s)
        order = command.order(command.written_at)
        self.command, self.is_released = None, False
        try:
            read_back = await self._driver.apply(
                order, until, today, self._still_wanted()
            )
        except CommandError as err:
            await self.release(today)
            return DispatchResult(verdict=verdict, error=err)
        self.command = command
        return DispatchResult(
            verdict=verdict, read_back=read_back, expires_at=expires_at
        )

    def _command(
        self,
        proposal: Proposal,
        verdict: Verdict,
        state: PlantState | None,
        now: datetime,
    ) -> Command | None:
        """Return a verdict as a command to be written; ``None`` if it is to release."""
        wish = verdict.wish
        if isinstance(wish, Release):
            return None
        before = self.command
        if before is not None and not is_alike(before.wish, wish):
            before = None
        phase = Phase.FOLLOWING if isinstance(wish, Hold) else Phase.SETTLING
        return Command(
            proposal=proposal,
            verdict=verdict,
            wish=wish,
            grid_charge=needs_grid(wish, state)
            or (before is not None and before.grid_charge),
            lease=grant(
                self._terms(wish, state),
                proposal.expires_at,
                now,
                restarts=self._restarts,
            ),
            written_at=now,
            phase=phase if before is None else before.phase,
        )

    def _terms(self, wish: Wish, state: PlantState | None) -> LeaseTerms:
        """Return a lease that suits the link and ends before the owner's limits."""
        terms = lease_terms(self._write_p95_s(), self._driver.writes_to_renew)
        return shortened(terms, seconds_to_limit(wish, state, self.guard.limits))

    def _learn(self, command: Command, now: datetime) -> None:
        """Note that a command in force shows how the device counts."""
        if isinstance(command.wish, Setpoint) and command.lease.outlasts_countdown(now):
            self._restarts = True
            lease = replace(command.lease, restarts=True)
            self.command = replace(command, lease=lease)

    async def _abandon(self, now: datetime, today: date) -> None:
        """Give up a command that is in force no more, without ending another's."""
        self.command = None
        with suppress(CommandError):
            await self.recover(now, today)

    def _note_release(self) -> None:
        self.release_error = None
        self.is_released = not self._driver.journal.owes

    def _still_wanted(self) -> Callable[[], bool]:
        epoch = self._epoch
        return lambda: self._epoch == epoch
