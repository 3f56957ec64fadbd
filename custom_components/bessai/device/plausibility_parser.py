"""The section ``plausibility`` of a profile from JSON."""

from collections.abc import Callable, Mapping

from ..core.bounds import Range
from ..core.observation import CounterSource, Flow
from .condition import Condition
from .condition_parser import parse_condition
from .json_node import JsonNode
from .key_parser import KeyParser, some
from .plausibility_profile import PlausibilityProfile
from .register import Access, Counter, Group, Register
from .register_parser import parse_sources

_REQUIRED = ("sources", "ac_power", "grid_power", "identity")
_OPTIONAL = (
    "grid_phases",
    "settings",
    "seldom",
    "clock",
    "self_consuming",
    "resting",
    "calibrating",
    "restless",
    "counters",
    "bounds",
)
_WIDEST = 1e9


def parse_plausibility(
    node: JsonNode, registers: Mapping[str, Register], sources: Mapping[str, str]
) -> PlausibilityProfile:
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
    settings = keys.settings(_list(fields, "settings"))
    seldom = keys.settings(_list(fields, "seldom"))
    if repeated := set(settings).intersection(seldom):
        raise fields["seldom"].fail(f"{min(repeated)} is among the settings already")
    return PlausibilityProfile(
        ac_power=keys.number(fields["ac_power"], "W"),
        grid_power=keys.number(fields["grid_power"], "W"),
        grid_phases=keys.powers(_list(fields, "grid_phases")),
        identity=keys.identity(fields["identity"]),
        settings=settings,
        seldom=seldom,
        clock=keys.clock(fields.get("clock")),
        self_consuming=_condition(fields.get("self_consuming")),
        resting=_condition(fields.get("resting")),
        calibrating=_condition(fields.get("calibrating")),
        restless=keys.restless(_object(fields, "restless")),
        counters=keys.counters(_object(fields, "counters")),
        bounds=keys.bounds(_list(fields, "bounds"), sources),
    )


def _list(fields: Mapping[str, JsonNode], name: str) -> JsonNode:
    return fields.get(name, JsonNode(name, []))


def _object(fields: Mapping[str, JsonNode], name: str) -> JsonNode:
    return fields.get(name, JsonNode(name, {}))


def _condition(node: JsonNode | None) -> Condition | None:
    return None if node is None else parse_condition(node)


class _Keys(KeyParser):
    """What only this section asks of a register."""

    def powers(self, node: JsonNode) -> tuple[str, ...]:
        """Return the keys of powers, each once."""
        return _each_once(node, lambda item: self.number(item, "W"))

    def identity(self, node: JsonNode) -> tuple[str, ...]:
        """Return the keys of what never changes, at least one."""
        return some(node, list(_each_once(node, self._identity)))

    def settings(self, node: JsonNode) -> tuple[str, ...]:
        """Return the keys of registers that somebody can write."""
        return _each_once(node, self._setting)

    def clock(self, node: JsonNode | None) -> str | None:
        """Return the key of a wall clock."""
        if node is None:
            return None
        key = self.number(node, "s")
        if not self.register(node).local_epoch:
            raise node.fail(f"{key} is no clock: it has no local_epoch")
        return key

    def restless(self, node: JsonNode) -> Mapping[str, tuple[str, ...]]:
        """Return what each part measures; a part measures what is its own."""
        return {
            JsonNode(entry.path, part).slug(): self._measured(entry, part)
            for part, entry in node.entries().items()
        }

    def counters(self, node: JsonNode) -> Mapping[str, CounterSource]:
        """Return what each counter counts."""
        return {
            key: self._counter(JsonNode(entry.path, key), entry)
            for key, entry in node.entries().items()
        }

    def bounds(self, node: JsonNode, sources: Mapping[str, str]) -> Mapping[str, Range]:
        """Return the bounds of each number; several may share them."""
        found: dict[str, Range] = {}
        for item in node.items():
            fields = item.fields(["keys", "low", "high", "sources"])
            parse_sources(fields["sources"], sources)
            bounds = _range(item, fields)
            for key in fields["keys"].items():
                register = self.any_number(key)
                if register.key in found:
                    raise key.fail(f"{register.key} has bounds already")
                found[register.key] = bounds
        return found

    def _identity(self, node: JsonNode) -> str:
        register = self.register(node)
        if register.group is not Group.IDENTITY:
            raise node.fail(f"{register.key} is not in the group identity")
        return register.key

    def _setting(self, node: JsonNode) -> str:
        register = self.register(node)
        if register.access is Access.READ or register.alone:
            raise node.fail(f"{register.key} is read alone, or cannot be written")
        return register.key

    def _measured(self, node: JsonNode, part: str) -> tuple[str, ...]:
        def own(item: JsonNode) -> str:
            register = self.any_number(item)
            if register.part != part:
                raise item.fail(f"{register.key} belongs to {register.part}")
            return register.key

        return some(node, list(_each_once(node, own)))

    def _counter(self, key: JsonNode, entry: JsonNode) -> CounterSource:
        fields = entry.fields(["flow", "sign"])
        register = self.any_number(key)
        if register.unit != "kWh" or register.counter is None:
            raise key.fail(f"{register.key} is no counter in kWh")
        sign = fields["sign"].integer(-1, 1)
        if not sign:
            raise fields["sign"].fail("must be 1 or -1")
        return CounterSource(
            flow=Flow(fields["flow"].choice(*Flow)),
            sign=sign,
            daily=register.counter is Counter.DAILY,
        )


def _each_once(node: JsonNode, key: Callable[[JsonNode], str]) -> tuple[str, ...]:
    """Return the keys of a list, none of them twice."""
    keys = tuple(key(item) for item in node.items())
    if len(set(keys)) < len(keys):
        raise node.fail("names a register twice")
    return keys


def _range(node: JsonNode, fields: Mapping[str, JsonNode]) -> Range:
    low, high = (fields[name].number(-_WIDEST, _WIDEST) for name in ("low", "high"))
    if low >= high:
        raise node.fail("low must be below high")
    return Range(low, high)
