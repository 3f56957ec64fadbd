"""The tables of a profile that registers refer to: enum values and bits."""

from collections.abc import Callable, Mapping
import re

from .json_node import JsonNode
from .register import Bit

_NUMBER = re.compile(r"0|[1-9][0-9]{0,4}")


def parse_enums(node: JsonNode) -> Mapping[str, Mapping[int, str]]:
    """Return the names of the values, by code, of each enum.

    Raises:
        ProfileError: If a code or a name is not one, or a name is there twice.
    """
    return {
        JsonNode(table.path, name).slug(): _enum(table)
        for name, table in node.entries().items()
    }


def parse_bits(node: JsonNode) -> Mapping[str, Mapping[int, Bit]]:
    """Return the meaning of the bits, by number from the lowest, of each bit field.

    Raises:
        ProfileError: If a number or a meaning is not one, or a name is there twice.
    """
    return {
        JsonNode(table.path, name).slug(): _bit_field(table)
        for name, table in node.entries().items()
    }


def _enum(node: JsonNode) -> Mapping[int, str]:
    names = _table(node, 0xFFFF, JsonNode.slug)
    _refuse_twins(node, list(names.values()))
    return names


def _bit_field(node: JsonNode) -> Mapping[int, Bit]:
    bits = _table(node, 31, _bit)
    _refuse_twins(node, [bit.name for bit in bits.values()])
    return bits


def _table[EntryT](
    node: JsonNode, highest: int, parse: Callable[[JsonNode], EntryT]
) -> Mapping[int, EntryT]:
    entries = node.entries()
    if not entries:
        raise node.fail("must not be empty")
    for name, entry in entries.items():
        if not _NUMBER.fullmatch(name) or int(name) > highest:
            raise entry.fail(f"its name must be a whole number from 0 to {highest}")
    return {int(name): parse(entry) for name, entry in entries.items()}


def _bit(node: JsonNode) -> Bit:
    fields = node.fields(["name"], ["id", "severity"])
    number, severity = fields.get("id"), fields.get("severity")
    return Bit(
        name=fields["name"].slug(),
        id=None if number is None else number.integer(0, 0xFFFF),
        severity=(
            None if severity is None else severity.choice("major", "minor", "warning")
        ),
    )


def _refuse_twins(node: JsonNode, names: list[str]) -> None:
    """Refuse two entries of one name: it could not be told or written back."""
    for name in names:
        if names.count(name) > 1:
            raise node.fail(f"uses the name {name} twice")
