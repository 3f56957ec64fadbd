"""One poll: requests out, values in, every failure kept to where it happened."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from ..core.telemetry import Value
from .absence import AbsenceLog
from .codec import decode
from .link import DeviceRefusal, IllegalAddress, IllegalValue, LinkDown, LinkError
from .profile import SafeSpan
from .read_plan import Read, plan_reads
from .register import Register


class ReadsUnit(Protocol):
    """One unit id on a link, as far as polling needs it."""

    @property
    def generation(self) -> int:
        """Grows with each new connection: somebody else may answer on it."""

    async def read(
        self, address: int, count: int, *, once: bool = False
    ) -> Sequence[int]:
        """Return the words from ``address`` on.

        Args:
            address: The first.
            count: How many.
            once: Do not ask again if it fails.

        Raises:
            LinkError: If they cannot be read.
        """


@dataclass(slots=True, kw_only=True)
class PollReport:
    """What a poll brought in."""

    values: dict[str, Value] = field(default_factory=dict)
    """Answered registers by key."""
    failed: set[str] = field(default_factory=set)
    """Blocks with a request that was not answered."""
    took_s: list[tuple[Read, float]] = field(default_factory=list)
    """Answered requests, each with how long it took, s."""
    raw: dict[int, int] = field(default_factory=dict)
    """Address to the word that was read."""
    trouble: LinkError | None = None
    """The last reason why a request was not answered."""
    answered: bool = False
    """Whether the device said anything at all, be it a refusal."""

    @property
    def is_hopeless(self) -> bool:
        """Whether asking on would only wait for one more silence."""
        if isinstance(self.trouble, LinkDown):
            return True
        return self.trouble is not None and not self.answered


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLimits:
    """What one request may span on this device."""

    spans: tuple[SafeSpan, ...]
    max_words: int
    once: frozenset[str] = frozenset()
    """Blocks that are not asked for a second time: a meter that is gone makes some
    inverters close the connection, again with each try."""

    def around(self, refused: Iterable[Register]) -> ReadLimits:
        """Return the limits with no span across a register that is refused."""
        spans = self.spans
        for register in refused:
            spans = tuple(piece for span in spans for piece in _cut(span, register))
        return replace(self, spans=spans)


def _cut(span: SafeSpan, register: Register) -> tuple[SafeSpan, ...]:
    """Return what is left of a span when a register is taken out of it."""
    if register.end <= span.start or span.end <= register.address:
        return (span,)
    bounds = ((span.start, register.address), (register.end, span.end))
    return tuple(
        SafeSpan(start=start, count=end - start, proof=span.proof)
        for start, end in bounds
        if end > start
    )


class Poll:
    """Reads a set of registers once."""

    def __init__(
        self,
        link: ReadsUnit,
        absences: AbsenceLog,
        limits: ReadLimits,
        now: datetime,
        monotonic: Callable[[], float],
    ) -> None:
        """Prepare a poll.

        Args:
            link: The unit to ask.
            absences: Learns which registers are refused.
            limits: What one request may span.
            now: When the poll begins; aware.
            monotonic: A clock for measuring, s.
        """
        self._link = link
        self._absences = absences
        self._limits = limits
        self._now = now
        self._monotonic = monotonic
        self.report = PollReport()

    async def run(self, registers: Iterable[Register]) -> PollReport:
        """Read the registers and return what came of it; never raises a link error."""
        for read in self._plan(registers):
            if self.report.is_hopeless:
                self._fail(read)
            else:
                await self._perform(read)
        return self.report

    def _plan(self, registers: Iterable[Register]) -> tuple[Read, ...]:
        return plan_reads(registers, self._limits.spans, self._limits.max_words)

    async def _perform(self, read: Read, *, check_ends: bool = True) -> bool:
        """Send one request; return whether the device refused it as illegal."""
        started = self._monotonic()
        try:
            once = any(one.block in self._limits.once for one in read.registers)
            words = await self._link.read(read.start, read.count, once=once)
        except IllegalAddress, IllegalValue:
            self.report.answered = True
            await self._isolate(read, check_ends=check_ends)
            return True
        except LinkError as err:
            self.report.trouble = err
            self.report.answered |= isinstance(err, DeviceRefusal)
            self._fail(read)
        else:
            self.report.took_s.append((read, self._monotonic() - started))
            self._take(read, words)
        return False

    def _fail(self, read: Read) -> None:
        self.report.failed.update(register.block for register in read.registers)

    def _take(self, read: Read, words: Sequence[int]) -> None:
        self.report.answered = True
        self.report.raw.update(enumerate(words, read.start))
        for register in read.registers:
            offset = register.address - read.start
            self._absences.record_answered(register.key)
            self.report.values[register.key] = decode(
                register, words[offset : offset + register.words]
            )

    async def _isolate(self, read: Read, *, check_ends: bool) -> None:
        """Find out which registers of a refused request are to blame."""
        if len(read.registers) == 1:
            self._absences.record_refused(read.registers[0].key, self._now)
            return
        portions = _portions(read)
        if len(portions) == 1 and check_ends and await self._ends_refused(read):
            for register in read.registers[1:-1]:
                self._absences.record_refused(register.key, self._now)
            return
        halves = portions if len(portions) > 1 else _halves(read.registers)
        for half in halves:
            for part in self._plan(self._unanswered(half)):
                await self._perform(part, check_ends=len(portions) > 1)

    async def _ends_refused(self, read: Read) -> bool:
        """Ask for the first and the last register: are they refused on their own?

        A block that is absent as a whole is settled by these two requests.
        """
        refused = True
        for register in (read.registers[0], read.registers[-1]):
            single = Read(
                start=register.address, count=register.words, registers=(register,)
            )
            refused = await self._perform(single) and refused
        return refused

    def _unanswered(self, registers: Iterable[Register]) -> list[Register]:
        return [
            register
            for register in registers
            if register.key not in self.report.values
            and self._absences.is_due(register.key, self._now)
        ]


def _portions(read: Read) -> list[tuple[Register, ...]]:
    """Return the registers of a request block by block."""
    return [
        tuple(group) for _, group in groupby(read.registers, key=attrgetter("block"))
    ]


def _halves(registers: Sequence[Register]) -> list[Sequence[Register]]:
    middle = len(registers) // 2
    return [registers[:middle], registers[middle:]]
