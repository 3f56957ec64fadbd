"""Picks the one proposal that counts: the owner's, then the plan's, then a policy's."""

from datetime import datetime

from ..core.proposal import Proposal, Source


class Arbiter:
    """Holds what each source wants; there is one winner and no blending."""

    def __init__(self) -> None:
        """Begin with nobody wanting anything."""
        self._proposals: dict[Source, Proposal] = {}
        self._paused: dict[Source, datetime] = {}

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """What is wanted, live or not."""
        return tuple(self._proposals.values())

    def propose(self, proposal: Proposal) -> None:
        """Take a source's wish in place of its former one."""
        self._proposals[proposal.source] = proposal

    def withdraw(self, source: Source) -> None:
        """Forget what a source wants."""
        self._proposals.pop(source, None)

    def withdraw_all(self) -> None:
        """Forget what everybody wants."""
        self._proposals.clear()

    def expire(self, now: datetime) -> tuple[Proposal, ...]:
        """Forget the wishes whose time is over, and return them."""
        over = tuple(one for one in self.proposals if not one.is_live(now))
        for proposal in over:
            self.withdraw(proposal.source)
        return over

    def pause(self, source: Source, until: datetime) -> None:
        """Do not listen to a source for a while; ``until`` is aware."""
        self._paused[source] = until

    def paused_until(self, source: Source, now: datetime) -> datetime | None:
        """Return until when a source is not listened to; ``None``: it is."""
        until = self._paused.get(source)
        return until if until is not None and now < until else None

    def winner(self, now: datetime) -> Proposal | None:
        """Return the live proposal of the most important source, if there is one."""
        live = (
            proposal
            for proposal in self._proposals.values()
            if proposal.is_live(now) and self.paused_until(proposal.source, now) is None
        )
        return min(live, key=lambda proposal: proposal.source.rank, default=None)
