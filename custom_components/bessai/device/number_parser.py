"""The fields of a profile's register that only a number has."""

from collections.abc import Mapping
from dataclasses import dataclass

from .json_node import JsonNode
from .register import UNIT_SUFFIXES, Counter, RegisterType, Sign

FIELDS = ("gain", "sign", "unit", "counter", "local_epoch", "minimum", "maximum")

_NOT_NUMBERS = {
    RegisterType.STRING,
    RegisterType.WORDS,
    RegisterType.BITS16,
    RegisterType.BITS32,
    RegisterType.ENUM16,
}
_ENERGIES = {"kWh", "kvarh"}
_LARGEST_GAIN = 1_000_000
_LARGEST_LIMIT = 1e12

_ROUNDING = 1e-6
"""A limit of 0.3 at gain 1000 is 299.99999999999994 steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFields:
    """What turns a raw number into a value; see the same fields of ``Register``."""

    gain: int
    sign: Sign
    unit: str | None
    counter: Counter | None
    local_epoch: bool
    minimum: float | None
    maximum: float | None


def parse_number(fields: Mapping[str, JsonNode], kind: RegisterType) -> NumberFields:
    """Return the fields of a number, or their defaults for any other type.

    Args:
        fields: All fields of a register; ``key`` is among them.
        kind: The type of the register.

    Raises:
        ProfileError: If one is wrong, or is there although the type is no number.
    """
    for name in FIELDS:
        if name in fields and kind in _NOT_NUMBERS:
            raise fields[name].fail(f"{kind} is not a number")
    gain = fields["gain"].integer(1, _LARGEST_GAIN) if "gain" in fields else 1
    unit = _unit(fields)
    return NumberFields(
        gain=gain,
        sign=_sign(fields.get("sign")),
        unit=unit,
        counter=_counter(fields.get("counter"), unit),
        local_epoch=_local_epoch(fields.get("local_epoch"), unit),
        minimum=_limit(fields.get("minimum"), gain),
        maximum=_limit(fields.get("maximum"), gain),
    )


def _sign(node: JsonNode | None) -> Sign:
    if node is None:
        return Sign.AS_READ
    if isinstance(node.value, str):
        node.choice("abs")
        return Sign.ABSOLUTE
    sign = node.integer(-1, 1)
    if sign == 0:
        raise node.fail('must be 1, -1 or "abs"')
    return Sign.AS_READ if sign == 1 else Sign.NEGATED


def _unit(fields: Mapping[str, JsonNode]) -> str | None:
    """Return the unit, which the end of the key must name too."""
    node = fields.get("unit")
    unit = None if node is None else node.choice(*UNIT_SUFFIXES)
    named = _unit_named_by(fields["key"].text())
    if unit != named:
        raise (node or fields["key"]).fail(
            f"the unit is {unit or 'none'}, but the end of the key says "
            f"{named or 'none'}"
        )
    return unit


def _unit_named_by(key: str) -> str | None:
    """Return the unit that the longest fitting suffix of a key stands for."""
    fitting = [unit for unit, end in UNIT_SUFFIXES.items() if key.endswith(end)]
    return max(fitting, key=lambda unit: len(UNIT_SUFFIXES[unit]), default=None)


def _counter(node: JsonNode | None, unit: str | None) -> Counter | None:
    if node is None:
        return None
    if unit not in _ENERGIES:
        raise node.fail("only an energy counts")
    return Counter(node.choice(*Counter))


def _local_epoch(node: JsonNode | None, unit: str | None) -> bool:
    epoch = node is not None and node.flag()
    if node is not None and epoch and unit != "s":
        raise node.fail("needs the unit s")
    return epoch


def _limit(node: JsonNode | None, gain: int) -> float | None:
    if node is None:
        return None
    limit = node.number(-_LARGEST_LIMIT, _LARGEST_LIMIT)
    steps = limit * gain
    if abs(steps - round(steps)) > _ROUNDING:
        raise node.fail("is between two values that the register can hold")
    return limit
