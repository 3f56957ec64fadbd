"""What is known of a plant right now: its values, its parts, what to ask it for."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from ..core.telemetry import Value
from .condition import Condition
from .memory import PlantMemory
from .poll import PollReport
from .profile import DeviceProfile
from .register import Register


class KnownPlant:
    """Judges the conditions of a profile on what the plant has answered so far."""

    def __init__(self, profile: DeviceProfile, memory: PlantMemory) -> None:
        """Start with what is remembered from before."""
        self.latest: dict[str, Value] = {}
        """Values of the last poll that asked for them; missing if not answered."""
        self._profile = profile
        self._memory = memory
        self._answered: set[str] = set()
        self._existing: set[str] = set()
        self._certain: set[str] = set()
        gates = [block.gate for block in profile.blocks.values()]
        self._gate_keys = _keys(gates)
        self._condition_keys = self._gate_keys | _keys(
            [
                *(part.when for part in profile.parts.values()),
                *(block.when for block in profile.blocks.values()),
                *(register.when for register in profile.registers.values()),
            ]
        )

    @property
    def values(self) -> Mapping[str, Value]:
        """Everything the plant has, with ``None`` for what it does not say now.

        What must be there counts before it was ever answered: after a restart, a
        battery that stays silent is unknown, not missing.
        """
        return {key: self.latest.get(key) for key in self._answered | self._certain}

    def needs(self, register: Register) -> bool:
        """Return whether something has to be known before the first poll.

        What is fitted may be remembered; whether a gate is open never is.
        """
        if register.key in self._gate_keys:
            return register.key not in self.latest
        return (
            register.key in self._condition_keys
            and register.key not in self._memory.facts
        )

    @property
    def known_keys(self) -> int:
        """How many quantities were answered at some time; it only grows."""
        return len(self._answered)

    def lacks(self, block: str) -> bool:
        """Return whether nothing at all of a block that is there has a value."""
        keys = [
            register.key
            for register in self._profile.registers.values()
            if register.block == block and register.key in self._existing
        ]
        return bool(keys) and not any(key in self.latest for key in keys)

    def has(self, key: str) -> bool:
        """Return whether the plant has answered for this key at some time.

        An optional register counts only once it had a value: many inverters answer
        for what is not fitted, with the marker for *no value*.
        """
        return key in self._answered and not self._memory.absences.is_absent(key)

    def wants(self, register: Register, now: datetime) -> bool:
        """Return whether the register is to be asked for in a poll at ``now``."""
        return (
            register.readable
            and self._memory.absences.is_due(
                register.key, now, optional=register.optional
            )
            and self._is_open(register)
            and self._exists(register)
        )

    def _is_open(self, register: Register) -> bool:
        gate = self._profile.blocks[register.block].gate
        return gate is None or gate.holds(self.latest)

    def _exists(self, register: Register) -> bool:
        """Return whether the plant has it; what was there once is not forgotten.

        Module counts read 0 while modules restart, and a meter is offline at times.
        """
        if register.key in self._existing:
            return True
        block = self._profile.blocks[register.block]
        exists = block.part in self._memory.parts and all(
            condition is None or condition.holds(self._memory.facts)
            for condition in (block.when, register.when)
        )
        if exists:
            self._existing.add(register.key)
        if exists and not register.optional:
            self._certain.add(register.key)
        return exists

    def keep(self, registers: Collection[Register], report: PollReport) -> None:
        """Take over what was answered and forget what was asked for in vain."""
        for register in registers:
            self.latest.pop(register.key, None)
        self.latest.update(report.values)
        for register in registers:
            if not self._is_open(register):
                self.latest.pop(register.key, None)
            elif self._is_shown(register):
                self._answered.add(register.key)
        self.learn(report.values)

    def _is_shown(self, register: Register) -> bool:
        if register.optional:
            return self.latest.get(register.key) is not None
        return register.key in self.latest

    def put(self, key: str, value: Value, needs: Collection[str]) -> None:
        """Add a derived quantity that needs others.

        The plant has it once it has what it needs; it has no value, rather than an
        unknown one, while one of these is not answered.
        """
        if not all(map(self.has, needs)):
            return
        self._answered.add(key)
        self.latest.pop(key, None)
        if value is not None or all(need in self.latest for need in needs):
            self.latest[key] = value

    def learn(self, values: Mapping[str, Value]) -> None:
        """Keep the values that decide what is fitted, and the parts that follow."""
        self._memory.facts.update(
            (key, value)
            for key, value in values.items()
            if key in self._condition_keys and value is not None
        )
        self._memory.parts.update(
            name
            for name, part in self._profile.parts.items()
            if part.when is None or part.when.holds(self._memory.facts)
        )


def _keys(conditions: Iterable[Condition | None]) -> frozenset[str]:
    """Return the keys that any of the conditions depends on."""
    return frozenset(
        key
        for condition in conditions
        if condition is not None
        for key in condition.keys
    )
