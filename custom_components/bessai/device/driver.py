"""Reads one plant: from registers behind a link to telemetry."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, tzinfo
from statistics import median

from ..core.errors import BessaiError
from ..core.telemetry import Telemetry, Value
from .bookkeeping import Bookkeeping
from .derived import DERIVED, number
from .known_plant import KnownPlant
from .link import IllegalAddress, IllegalValue, LinkError, NoAnswer
from .memory import PlantMemory
from .plant_audit import PlantAudit
from .poll import Poll, PollReport, ReadLimits, ReadsUnit
from .probe import PlantIdentity
from .profile import DeviceProfile, SafeSpan
from .quantity import Quantity, from_derived, from_register
from .read_plan import Read
from .register import Group, Register

GUARD_EVERY = 3
"""Temperatures and limits change slowly: they are read in each third poll."""

SLOW_EVERY = 6
"""With settings each five minutes this is half an hour."""

PROBE_EVERY = 288
"""Once a day: what is fitted changes with a visit of the installer."""

FAST = frozenset({Group.READINGS, Group.GUARD})
RARE = frozenset({Group.IDENTITY, Group.PROBE, Group.SETTINGS, Group.SLOW})


UNCHECKED = -1
"""No generation of a link: who answers is to be checked before anything else.

A dongle that is told to use another inverter keeps its connections, so the settings
poll looks without one having been lost.
"""


class PlantSilent(BessaiError):  # noqa: N818 - named after what happened
    """Nothing of what must be there was answered in this poll."""


class WrongPlant(BessaiError):  # noqa: N818 - named after what happened
    """Another inverter answers at this address than the one we know."""

    def __init__(self, expected: str, found: str) -> None:
        """Remember both serial numbers."""
        super().__init__(f"expected inverter {expected}, found {found}")
        self.expected, self.found = expected, found


class PlantDriver:
    """Polls one inverter and everything behind it, by its profile."""

    def __init__(
        self,
        link: ReadsUnit,
        identity: PlantIdentity,
        memory: PlantMemory,
        monotonic: Callable[[], float],
    ) -> None:
        """Prepare to read; nothing is sent yet.

        Args:
            link: The inverter's unit on its link.
            identity: Who answered there, on the link's present connection.
            memory: What is known of it from before; what is learned goes into it.
            monotonic: A clock for measuring, s.
        """
        memory.meet(identity.serial_number, identity.firmware)
        self.identity = identity
        self.memory = memory
        self.raw: dict[int, int] = {}
        """Address to the word last read there, for diagnostics."""
        self._link = link
        self._monotonic = monotonic
        self._generation = link.generation
        self._plant = KnownPlant(self.profile, memory)
        self._books = Bookkeeping(self.profile, memory)
        self._audit = PlantAudit(link, self.profile, self._plant, monotonic)
        self._took_s: list[float] = []
        self._read_times: dict[str, datetime] = {}
        self._begun_s: dict[Group, float] = {}
        """As ``taken_s``, also of a poll that has not returned yet."""
        self._taken_s: dict[Group, float] = {}
        self._failed: set[str] = set()
        """Blocks that did not answer when they were last asked."""
        self._polls = 0
        self._settings_polls = 0

    @property
    def profile(self) -> DeviceProfile:
        """The profile that describes this plant."""
        return self.identity.profile

    @property
    def parts(self) -> frozenset[str]:
        """Parts of the profile that this plant was seen to have."""
        return frozenset(self.memory.parts)

    @property
    def taken_s(self) -> Mapping[Group, float]:
        """Group to when the last poll that returned it began, by a clock for measuring.

        How old values are does not change by this when somebody sets the time.
        """
        return self._taken_s

    @property
    def response_s(self) -> float | None:
        """Median of what the last poll of the readings waited for an answer, s.

        The pauses that the device needs are in it, and waiting while others use the
        link. ``None``: nothing was answered with values.
        """
        return median(self._took_s) if self._took_s else None

    @property
    def generation(self) -> int:
        """The number of connections opened so far; somebody else may answer on one."""
        return self._link.generation

    def has(self, key: str) -> bool:
        """Return whether the plant ever had a value for a key."""
        return self._plant.has(key)

    @property
    def known_keys(self) -> int:
        """How many quantities the plant was found to have so far; only grows."""
        return self._plant.known_keys

    def text(self, key: str) -> str | None:
        """Return the latest text or enum name under a key."""
        value = self._plant.latest.get(key)
        return value if isinstance(value, str) else None

    def number(self, key: str) -> float | None:
        """Return the latest number under a key."""
        return number(self._plant.latest, key)

    def counter(self, key: str) -> float | None:
        """Return the last believed reading of a counter, also while all is silent."""
        state = self.memory.counters.states.get(key)
        return None if state is None else state.value

    def quantities(self) -> tuple[Quantity, ...]:
        """Return everything this plant is known to have a value for, as of now."""
        registers = self.profile.registers.values()
        return (
            *(from_register(one) for one in registers if self._plant.has(one.key)),
            *(from_derived(row) for row in DERIVED if self._plant.has(row.key)),
        )

    async def read_identity(self, now: datetime, zone: tzinfo) -> Telemetry:
        """Read what never changes, and what is fitted.

        Raises:
            PlantSilent: If nothing is answered, or not who it is.
            WrongPlant: If another inverter answers.
        """
        self._plant.learn({})
        await self._check_identity(now)
        asked: set[str] = set()
        while registers := self._telling(asked, now):
            await self._take(registers, {Group.IDENTITY}, now, zone)
            asked.update(register.key for register in registers)
        return self._telemetry(RARE, {Group.IDENTITY}, now)

    def _telling(self, asked: Collection[str], now: datetime) -> list[Register]:
        """Return what tells who it is and what is fitted, and was not asked yet.

        One answer leads to the next question: a meter that is there has a type.
        """
        return [
            register
            for register in self.profile.registers.values()
            if register.key not in asked
            and (register.group is Group.IDENTITY or self._plant.needs(register))
            and self._plant.wants(register, now)
        ]

    async def read_readings(
        self,
        now: datetime,
        zone: tzinfo,
        *,
        guard: bool = False,
        audit: bool = False,
    ) -> Telemetry:
        """Read what changes all the time, and compute what follows from it.

        Args:
            now: When the poll begins; aware, UTC.
            zone: Whose midnight begins a day of what is counted here.
            guard: Read what the guard needs in this poll too, whether due or not.
            audit: Also read, where it is due, what the plausibility monitor needs
                besides. That it is not answered does not matter to the poll.

        Raises:
            PlantSilent: If a required block was not answered.
            WrongPlant: If another inverter answers.
        """
        self._took_s = []
        groups = {Group.READINGS}
        if guard or self._polls % GUARD_EVERY == 0:
            groups.add(Group.GUARD)
        try:
            report = await self._read(groups, now, zone)
        except PlantSilent:
            # What the guard needs is old by the time the plant is back.
            self._polls = 0
            raise
        self._polls += 1
        self._took_s += [took_s for _, took_s in report.took_s]
        # Not with the first poll: Home Assistant waits for that one.
        if Group.GUARD in groups and not report.failed and self._polls > 1:
            await self._try_longer_read(report)
        audited = await self._read_audit(now) if audit else {}
        self._books.derive(self._plant, now, _day(now, zone))
        return replace(self._telemetry(FAST, groups, now), audited=audited)

    async def read_settings(self, now: datetime, zone: tzinfo) -> Telemetry:
        """Read what changes rarely.

        Raises:
            PlantSilent: If nothing at all is answered.
            WrongPlant: If another inverter answers.
        """
        groups = {Group.SETTINGS}
        if self._settings_polls % SLOW_EVERY == 0:
            groups.add(Group.SLOW)
        if self._settings_polls % PROBE_EVERY == 0:
            groups.add(Group.PROBE)
        self._generation = UNCHECKED
        try:
            await self._read(groups, now, zone)
        except PlantSilent:
            self._settings_polls = 0
            raise
        self._settings_polls += 1
        return self._telemetry(RARE, groups, now)

    async def _read(
        self, groups: Collection[Group], now: datetime, zone: tzinfo
    ) -> PollReport:
        await self._check_identity(now)
        registers = [
            register
            for register in self.profile.registers.values()
            if (register.group in groups or self._is_owed(register, groups))
            and self._plant.wants(register, now)
        ]
        return await self._take(registers, groups, now, zone)

    def _is_owed(self, register: Register, groups: Collection[Group]) -> bool:
        """Return whether the start left open something that decides what is fitted."""
        return Group.SETTINGS in groups and self._plant.needs(register)

    async def _take(
        self,
        registers: Collection[Register],
        groups: Collection[Group],
        now: datetime,
        zone: tzinfo,
    ) -> PollReport:
        """Poll registers and believe the answer once it is clear who gave it."""
        began_s = self._monotonic()
        report = await self._poll(registers, now)
        await self._check_identity(now)
        self._plant.keep(registers, report)
        self._books.count(self._plant, report.values, now, _day(now, zone))
        self.raw.update(report.raw)
        self._require(registers, groups, report)
        self._failed -= {register.block for register in registers}
        self._failed |= report.failed
        self._begun_s.update(dict.fromkeys(groups, began_s))
        return report

    async def _read_audit(self, now: datetime) -> Mapping[str, Value]:
        """Return what was read beside the poll, if it was the same inverter's."""
        report = await self._audit.read(self._limits_for, now)
        self._took_s += [took_s for _, took_s in report.took_s]
        found = report.values.get(self.profile.identity.serial_number)
        if isinstance(found, str) and found != self.identity.serial_number:
            self._generation = UNCHECKED
            raise WrongPlant(self.identity.serial_number, found)
        return report.values

    async def _poll(self, registers: Collection[Register], now: datetime) -> PollReport:
        limits = self._limits_for(registers)
        poll = Poll(self._link, self.memory.absences, limits, now, self._monotonic)
        return await poll.run(registers)

    def _limits_for(self, registers: Iterable[Register]) -> ReadLimits:
        """Return what one request may span: nothing that is refused and not wanted."""
        wanted = {register.key for register in registers}
        left_out = (
            register
            for key in self.memory.absences.refused
            if key not in wanted
            and (register := self.profile.registers.get(key)) is not None
        )
        return self._limits.around(left_out)

    @property
    def _limits(self) -> ReadLimits:
        accepted = filter(self.memory.spans.is_accepted, self.profile.trial_spans)
        return ReadLimits(
            spans=(*self.profile.proven_spans, *accepted),
            max_words=self.profile.link.max_read_words,
            once=frozenset(
                block.name
                for block in self.profile.blocks.values()
                if block.gate is not None
            ),
        )

    async def _check_identity(self, now: datetime) -> None:
        """On a new connection, make sure that it leads to the same inverter."""
        generation = self._link.generation
        if generation == self._generation:
            return
        names = self.profile.identity
        keys = (names.serial_number, names.firmware)
        report = await self._poll([self.profile.registers[key] for key in keys], now)
        found = report.values.get(names.serial_number)
        if not isinstance(found, str):
            raise PlantSilent(str(report.trouble)) from report.trouble
        if found != self.identity.serial_number:
            raise WrongPlant(self.identity.serial_number, found)
        firmware = report.values.get(names.firmware)
        if isinstance(firmware, str):
            self.memory.meet(found, firmware)
        self._generation = generation

    def _require(
        self,
        registers: Collection[Register],
        groups: Collection[Group],
        report: PollReport,
    ) -> None:
        """Fail a poll that has nothing, or nothing of what must be there."""
        if registers and not report.answered:
            raise PlantSilent(str(report.trouble)) from report.trouble
        required = {
            block.name
            for block in self.profile.blocks.values()
            if block.required and block.group in groups
        }
        if required & report.failed:
            raise PlantSilent(str(report.trouble)) from report.trouble
        if refused := sorted(filter(self._plant.lacks, required)):
            raise PlantSilent(f"the device refuses {', '.join(refused)}")

    async def _try_longer_read(self, report: PollReport) -> None:
        """Compare one long read with the shorter ones that it could replace."""
        trials = self.memory.spans
        for span in filter(trials.is_open, self.profile.trial_spans):
            replaced = [took for took in report.took_s if _covers(span, took[0])]
            if len(replaced) > 1:
                await self._compare(span, replaced)
                return

    async def _compare(
        self, span: SafeSpan, replaced: Collection[tuple[Read, float]]
    ) -> None:
        start = min(read.start for read, _ in replaced)
        end = max(read.start + read.count for read, _ in replaced)
        began = self._monotonic()
        try:
            await self._link.read(start, end - start, once=True)
        except IllegalAddress, IllegalValue:
            self.memory.spans.record_failed(span)
            return
        except LinkError as err:
            # Silence is a very slow answer; what befalls the link proves nothing.
            if not isinstance(err, NoAnswer):
                return
        took_s = self._monotonic() - began
        self.memory.spans.record(span, took_s, sum(took for _, took in replaced))

    def _telemetry(
        self,
        family: Collection[Group],
        groups: Collection[Group],
        now: datetime,
    ) -> Telemetry:
        """Return the latest values of a family of groups."""
        self._read_times.update(dict.fromkeys(groups, now))
        self._taken_s.update({group: self._begun_s[group] for group in groups})
        registers = self.profile.registers
        return Telemetry(
            read_at=now,
            values={
                key: value
                for key, value in self._plant.latest.items()
                if (registers[key].group if key in registers else Group.READINGS)
                in family
            },
            read_times=dict(self._read_times),
            failed=frozenset(
                name
                for name in self._failed
                if self.profile.blocks[name].group in family
            ),
            doubted={
                key: value
                for key, value in self._books.doubted.items()
                if registers[key].group in family
            },
        )


def _day(now: datetime, zone: tzinfo) -> date:
    return now.astimezone(zone).date()


def _covers(span: SafeSpan, read: Read) -> bool:
    return span.start <= read.start and read.start + read.count <= span.end
