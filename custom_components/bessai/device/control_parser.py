"""The section ``control`` of a profile from JSON."""

from collections.abc import Mapping

from ..core.command import STANDING, Standing
from ..core.setpoint import Direction
from .codec import CodecError, encode
from .control_profile import (
    Argument,
    ControlProfile,
    PeriodRange,
    Step,
    Steps,
    StoredSwitch,
)
from .json_node import JsonNode
from .register import Access, Register, RegisterType
from .register_parser import parse_sources

_REQUIRED = (
    "sources",
    "command",
    "power",
    "period",
    "charge",
    "discharge",
    "renew",
    "stop",
    "clear",
    "hold",
    "grid_charge",
    "heartbeat",
)
_UNITS = {Argument.POWER_W: "W", Argument.PERIOD_MIN: "min"}
_MINUTE_S = 60
_LARGEST = 2**32 - 1


def parse_control(
    node: JsonNode, registers: Mapping[str, Register], sources: Mapping[str, str]
) -> ControlProfile:
    """Return what the section says.

    Args:
        node: The section.
        registers: All registers of the profile, by key.
        sources: Letter to source.

    Raises:
        ProfileError: If a sequence writes what must not be written, starts a command
            that does not end by itself, or does not end with the command register.
    """
    fields = node.fields(_REQUIRED)
    parse_sources(fields["sources"], sources)
    return _Section(fields, registers).control()


class _Section:
    """The section; each method reads and checks one part of it."""

    def __init__(
        self, fields: Mapping[str, JsonNode], registers: Mapping[str, Register]
    ) -> None:
        self._fields = fields
        self._registers = registers
        self._command, self._standings = self._commands(fields["command"])
        power = self._of_directions("power")
        self._powers = {way: self._power(entry) for way, entry in power.items()}
        self._period = _period(fields["period"])

    def control(self) -> ControlProfile:
        """Return the whole."""
        fields = self._fields
        hold, renew = self._of_directions("hold"), self._of_directions("renew")
        return ControlProfile(
            command=self._command.key,
            standings=self._standings,
            powers=self._powers,
            period=self._period,
            begin={way: self._beginning(fields[way], way) for way in Direction},
            renew={way: self._starting(entry, way) for way, entry in renew.items()},
            stop=self._stop(fields["stop"]),
            clear=self._clear(fields["clear"]),
            hold={way: self._limit(entry) for way, entry in hold.items()},
            grid_charge=self._switch(fields["grid_charge"]),
            heartbeat=self._heartbeat(fields["heartbeat"]),
        )

    def _of_directions(self, name: str) -> Mapping[Direction, JsonNode]:
        fields = self._fields[name].fields(Direction)
        return {way: fields[way] for way in Direction}

    def _commands(self, node: JsonNode) -> tuple[Register, Mapping[str, Standing]]:
        """Return the command register and what its values mean."""
        fields = node.fields(["key", "standings"])
        register = self._passing(fields["key"])
        standings = {
            value: Standing(entry.choice(*Standing))
            for value, entry in fields["standings"].entries().items()
        }
        for value, entry in fields["standings"].entries().items():
            _check_value(entry, register, value)
        if register.enum is None or set(standings.values()) != set(Standing):
            raise node.fail("must have a word for each of none, charge and discharge")
        return register, standings

    def _power(self, node: JsonNode) -> str:
        register = self._passing(node)
        if register.unit != _UNITS[Argument.POWER_W]:
            raise node.fail(f"{register.key} is not in W")
        return register.key

    def _beginning(self, node: JsonNode, way: Direction) -> Steps:
        """Return the steps that begin a command of so much power."""
        steps = self._starting(node, way)
        if Step(key=self._powers[way], value=Argument.POWER_W) not in steps:
            raise node.fail(f"must write the power to {self._powers[way]}")
        return steps

    def _starting(self, node: JsonNode, way: Direction) -> Steps:
        """Return the steps that put a command into force, for a time."""
        steps = self._steps(node)
        if all(step.value is not Argument.PERIOD_MIN for step in steps):
            raise node.fail("starts a command that does not end by itself")
        self._check_last(node, steps, STANDING[way])
        return steps

    def _stop(self, node: JsonNode) -> Steps:
        steps = self._steps(node)
        self._check_last(node, steps, Standing.NONE)
        return steps

    def _clear(self, node: JsonNode) -> Steps:
        steps = self._steps(node)
        if any(step.key == self._command.key for step in steps):
            raise node.fail(f"must leave {self._command.key} alone")
        return steps

    def _check_last(self, node: JsonNode, steps: Steps, standing: Standing) -> None:
        """Refuse steps that do not end with the command, or with another one."""
        *before, last = (step.key for step in steps)
        if last != self._command.key or self._command.key in before:
            raise node.fail(f"must write {self._command.key} last, and only then")
        value = steps[-1].value
        if self._standings.get(str(value)) is not standing:
            raise node.fail(f"must end with the command that means {standing}")

    def _steps(self, node: JsonNode) -> Steps:
        steps = tuple(self._step(item) for item in node.items())
        if not steps or len({step.key for step in steps}) < len(steps):
            raise node.fail("must write something, and nothing twice")
        return steps

    def _step(self, node: JsonNode) -> Step:
        fields = node.fields(["key"], ["value", "from"])
        if len(fields) != 2:
            raise node.fail("must have key and one of value and from")
        register = self._passing(fields["key"])
        if "from" not in fields:
            value = _constant(fields["value"])
            _check_value(fields["value"], register, value)
            return Step(key=register.key, value=value)
        argument = Argument(fields["from"].choice(*Argument))
        if register.unit != _UNITS[argument]:
            raise fields["from"].fail(f"{register.key} is not in {_UNITS[argument]}")
        if argument is Argument.PERIOD_MIN:
            for period in (self._period.low, self._period.high):
                _check_value(fields["from"], register, period)
        return Step(key=register.key, value=argument)

    def _limit(self, node: JsonNode) -> StoredSwitch:
        """Return the stored limit of a direction."""
        fields = node.fields(["key", "value", "ceiling"])
        switch = self._switch(
            JsonNode(node.path, {name: fields[name].value for name in ("key", "value")})
        )
        ceiling = self._registers.get(fields["ceiling"].slug())
        if ceiling is None or not ceiling.readable:
            raise fields["ceiling"].fail("is no register that can be read")
        if ceiling.unit != self._registers[switch.key].unit:
            raise fields["ceiling"].fail(f"is not in the unit of {switch.key}")
        return StoredSwitch(key=switch.key, value=switch.value, ceiling=ceiling.key)

    def _switch(self, node: JsonNode) -> StoredSwitch:
        fields = node.fields(["key", "value"])
        register = self._writable(fields["key"])
        if not register.persistent or register.enum is not None:
            raise fields["key"].fail(f"{register.key} is not a number that is stored")
        value = fields["value"].integer(0, _LARGEST)
        _check_value(fields["value"], register, value)
        return StoredSwitch(key=register.key, value=value)

    def _heartbeat(self, node: JsonNode) -> str | None:
        if node.value is None:
            return None
        register = self._passing(node)
        if register.type is not RegisterType.UINT16:
            raise node.fail(f"{register.key} does not count from 0 to 65535")
        return register.key

    def _passing(self, node: JsonNode) -> Register:
        """Return a register that may be written often: it is not stored."""
        register = self._writable(node)
        if register.persistent:
            raise node.fail(f"{register.key} is a stored setting")
        return register

    def _writable(self, node: JsonNode) -> Register:
        register = self._registers.get(node.slug())
        if register is None or register.access is not Access.READ_WRITE:
            raise node.fail(f"{node.value} cannot be written and read back")
        return register


def _period(node: JsonNode) -> PeriodRange:
    fields = node.fields(["unit_s", "low", "high"])
    period = PeriodRange(
        unit_s=fields["unit_s"].integer(_MINUTE_S, _MINUTE_S),
        low=fields["low"].integer(1, _LARGEST),
        high=fields["high"].integer(1, _LARGEST),
    )
    if period.low > period.high:
        raise node.fail("low must not be above high")
    return period


def _constant(node: JsonNode) -> int | str:
    if isinstance(node.value, str):
        return node.slug()
    return node.integer(0, _LARGEST)


def _check_value(node: JsonNode, register: Register, value: int | str) -> None:
    try:
        encode(register, value)
    except CodecError as err:
        raise node.fail(str(err)) from err
