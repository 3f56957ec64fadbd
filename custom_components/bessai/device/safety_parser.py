"""The section ``safety`` of a profile from JSON."""

from collections.abc import Iterable, Mapping

from ..core.bounds import Bounds
from .condition_parser import parse_condition
from .json_node import JsonNode
from .key_parser import BIT_TYPES, KeyParser, some
from .register import Register
from .register_parser import parse_sources
from .safety_profile import LIMIT_NAMES, BlockingAlarms, SafetyProfile, StatusWords

_REQUIRED = (
    "sources",
    "soc",
    "battery_power",
    "pv_power",
    "battery_temperatures_min",
    "battery_temperatures_max",
    "inverter_temperature",
    "charge_limit",
    "discharge_limit",
    "inverter",
    "battery",
    "alarms",
    "commanded",
    "capacity",
    "maximum_power",
    "stored_charge_limit",
    "stored_discharge_limit",
    "charge_cutoff",
    "discharge_cutoff",
    "grid_charge",
    "limits",
)
_OPTIONAL = ("forbidding_bits", "managers", "reserve")
_WIDEST = 1e6


def parse_safety(
    node: JsonNode, registers: Mapping[str, Register], sources: Mapping[str, str]
) -> SafetyProfile:
    """Return what the section says.

    Args:
        node: The section.
        registers: All registers of the profile, by key.
        sources: Letter to source.

    Raises:
        ProfileError: If it does not say everything, or names what is not there.
    """
    fields = node.fields(_REQUIRED, _OPTIONAL)
    parse_sources(fields["sources"], sources)
    keys = _Keys(registers)
    reserve = fields.get("reserve")
    return SafetyProfile(
        soc=keys.number(fields["soc"], "%"),
        battery_power=keys.number(fields["battery_power"], "W"),
        pv_power=keys.number(fields["pv_power"], "W"),
        battery_temperatures_min=keys.sensors(fields["battery_temperatures_min"]),
        battery_temperatures_max=keys.sensors(fields["battery_temperatures_max"]),
        inverter_temperature=keys.number(fields["inverter_temperature"], "°C"),
        charge_limit=keys.number(fields["charge_limit"], "W"),
        discharge_limit=keys.number(fields["discharge_limit"], "W"),
        inverter=keys.status(fields["inverter"]),
        forbidding_bits=keys.bits(_or_empty(fields, "forbidding_bits")),
        battery=keys.status(fields["battery"]),
        alarms=keys.alarms(fields["alarms"]),
        commanded=parse_condition(fields["commanded"]),
        managers={
            JsonNode(entry.path, name).slug(): parse_condition(entry)
            for name, entry in _or_empty(fields, "managers").entries().items()
        },
        capacity=keys.number(fields["capacity"], "kWh"),
        maximum_power=keys.number(fields["maximum_power"], "W"),
        stored_charge_limit=keys.number(fields["stored_charge_limit"], "W"),
        stored_discharge_limit=keys.number(fields["stored_discharge_limit"], "W"),
        charge_cutoff=keys.number(fields["charge_cutoff"], "%"),
        discharge_cutoff=keys.number(fields["discharge_cutoff"], "%"),
        reserve=None if reserve is None else keys.number(reserve, "%"),
        grid_charge=keys.number(fields["grid_charge"], None),
        limits=_limits(fields["limits"], sources),
    )


def _or_empty(fields: Mapping[str, JsonNode], name: str) -> JsonNode:
    return fields.get(name, JsonNode(name, {}))


def _limits(node: JsonNode, sources: Mapping[str, str]) -> Mapping[str, Bounds]:
    fields = node.fields(LIMIT_NAMES)
    return {name: _bounds(entry, sources) for name, entry in fields.items()}


def _bounds(node: JsonNode, sources: Mapping[str, str]) -> Bounds:
    fields = node.fields(["low", "default", "high", "sources"])
    parse_sources(fields["sources"], sources)
    bounds = Bounds(
        low=fields["low"].number(-_WIDEST, _WIDEST),
        default=fields["default"].number(-_WIDEST, _WIDEST),
        high=fields["high"].number(-_WIDEST, _WIDEST),
    )
    if not bounds.low <= bounds.default <= bounds.high:
        raise node.fail("the default must be between low and high")
    return bounds


class _Keys(KeyParser):
    """What only this section asks of a register."""

    def sensors(self, node: JsonNode) -> tuple[str, ...]:
        """Return the keys of temperatures, at least one."""
        return some(node, [self.number(item, "°C") for item in node.items()])

    def status(self, node: JsonNode) -> StatusWords:
        """Return what the words of a status mean."""
        fields = node.fields(["key", "ready"], ["asleep", "limited"])
        register = self.register(fields["key"])
        if register.enum is None:
            raise fields["key"].fail(f"{register.key} has no words")
        words = {
            name: _names(_or_none(fields, name), register.enum.values())
            for name in ("ready", "asleep", "limited")
        }
        if words["ready"] & words["asleep"] or not words["limited"] <= words["ready"]:
            raise node.fail("what sleeps is not ready, and what is limited is")
        return StatusWords(key=register.key, **words)

    def bits(self, node: JsonNode) -> Mapping[str, frozenset[str]]:
        """Return which bits of which registers are meant."""
        found = {}
        for key, entry in node.entries().items():
            register = self._bit_register(JsonNode(entry.path, key))
            known = [bit.name for bit in (register.bits or {}).values()]
            found[key] = _names(entry, known)
        return found

    def alarms(self, node: JsonNode) -> BlockingAlarms:
        """Return which alarms are meant."""
        fields = node.fields(["keys", "severities"], ["names"])
        registers = [self._bit_register(item) for item in fields["keys"].items()]
        known = [bit for one in registers for bit in (one.bits or {}).values()]
        keys = some(fields["keys"], [register.key for register in registers])
        return BlockingAlarms(
            keys=keys,
            severities=_names(fields["severities"], [bit.severity for bit in known]),
            names=_names(_or_none(fields, "names"), [bit.name for bit in known]),
        )

    def _bit_register(self, node: JsonNode) -> Register:
        register = self.register(node)
        if register.type not in BIT_TYPES:
            raise node.fail(f"{register.key} has no bits")
        return register


def _or_none(fields: Mapping[str, JsonNode], name: str) -> JsonNode:
    return fields.get(name, JsonNode(name, []))


def _names(node: JsonNode, known: Iterable[str | None]) -> frozenset[str]:
    """Return names that all have to be known ones."""
    allowed = [name for name in known if name is not None]
    return frozenset(item.choice(*allowed) for item in node.items())
