"""The parts and blocks of a profile from JSON."""

from collections.abc import Mapping

from .condition import Condition
from .condition_parser import parse_condition
from .json_node import JsonNode
from .profile import Block, Part
from .register import Group


def parse_parts(node: JsonNode) -> Mapping[str, Part]:
    """Return the parts of a plant by name.

    Raises:
        ProfileError: If one is not described as a part.
    """
    return {_name(name, entry): _part(entry) for name, entry in node.entries().items()}


def _part(node: JsonNode) -> Part:
    fields = node.fields(["name"], ["when"])
    return Part(name=fields["name"].text(), when=_condition(fields.get("when")))


def parse_blocks(node: JsonNode, parts: Mapping[str, JsonNode]) -> Mapping[str, Block]:
    """Return the blocks by name; each belongs to one of the parts.

    Raises:
        ProfileError: If one is not described as a block.
    """
    return {
        _name(name, entry): _block(name, entry, parts)
        for name, entry in node.entries().items()
    }


def _block(name: str, node: JsonNode, parts: Mapping[str, JsonNode]) -> Block:
    fields = node.fields(["group", "part"], ["required", "when", "gate"])
    required = fields.get("required")
    return Block(
        name=name,
        group=Group(fields["group"].choice(*Group)),
        part=fields["part"].choice(*parts),
        required=required is not None and required.flag(),
        when=_condition(fields.get("when")),
        gate=_condition(fields.get("gate")),
    )


def _condition(node: JsonNode | None) -> Condition | None:
    return None if node is None else parse_condition(node)


def _name(name: str, node: JsonNode) -> str:
    """Return the name of a field, which must be one that entities may carry."""
    return JsonNode(node.path, name).slug()
