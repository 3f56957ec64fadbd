"""What is read beside the polls: who answers, and whether somebody wrote a setting.

It is for the plausibility monitor alone. Nothing of it becomes the value of an entity,
and what comes of it changes nothing about the polls.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from .absence import AbsenceLog
from .known_plant import KnownPlant
from .poll import Poll, PollReport, ReadLimits, ReadsUnit
from .profile import DeviceProfile
from .register import Register

AUDIT_EVERY = 6
"""Polls; with one each ten seconds this is a minute."""

SELDOM_EVERY = 5
"""Audits: the clock, and settings that are less often worth a request."""


class PlantAudit:
    """Decides what to read beside a poll, and reads it.

    A request is sent once: what is not answered now is asked for with the next audit.
    What is refused is left out for a while, and remembered apart from what the polls
    know of absent registers, which must not depend on what the monitor asks for.
    """

    def __init__(
        self,
        link: ReadsUnit,
        profile: DeviceProfile,
        plant: KnownPlant,
        monotonic: Callable[[], float],
    ) -> None:
        """Prepare to read; nothing is sent yet."""
        self._link = link
        self._profile = profile
        self._plant = plant
        self._monotonic = monotonic
        self._absences = AbsenceLog()
        # Not with the first poll: Home Assistant waits for that one.
        self._polls = AUDIT_EVERY - 2
        self._audits = 0
        self._generation = link.generation

    async def read(
        self, limits: Callable[[Iterable[Register]], ReadLimits], now: datetime
    ) -> PollReport:
        """Read what is due beside the poll that was just answered.

        Args:
            limits: Says what one request may span when these registers are wanted.
            now: When the poll began; aware.

        Returns:
            What was answered, and by the device that answered the poll: nothing, if
            the connection became another one meanwhile.
        """
        if not self._is_due():
            return PollReport()
        generation = self._link.generation
        registers = self._wanted(is_new=generation != self._generation, now=now)
        report = await self._ask(registers, limits(registers), now)
        if self._link.generation != generation:
            return PollReport()
        self._polls, self._audits = 0, self._audits + 1
        self._generation = generation
        return report

    def _is_due(self) -> bool:
        self._polls += 1
        is_new = self._link.generation != self._generation
        return is_new or self._polls >= AUDIT_EVERY

    def _wanted(self, *, is_new: bool, now: datetime) -> list[Register]:
        """Return what is to be asked for: all of it on a new connection."""
        section = self._profile.plausibility
        if section is None:
            return []
        keys = section.often
        if is_new or self._audits % SELDOM_EVERY == 0:
            keys += section.rarely
        registers = [self._profile.registers[key] for key in keys]
        return [
            register
            for register in registers
            if self._plant.wants(register, now)
            and self._absences.is_due(register.key, now)
        ]

    async def _ask(
        self, registers: list[Register], limits: ReadLimits, now: datetime
    ) -> PollReport:
        left_out = [
            self._profile.registers[key]
            for key in self._absences.refused
            if self._profile.registers[key] not in registers
        ]
        blocks = frozenset(register.block for register in registers)
        within = replace(limits.around(left_out), once=blocks)
        poll = Poll(self._link, self._absences, within, now, self._monotonic)
        return await poll.run(registers)
