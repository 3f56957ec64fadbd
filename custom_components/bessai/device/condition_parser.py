"""Conditions of a profile from JSON."""

from .condition import AllOf, AnyOf, AtLeast, Condition, Is, IsNot
from .json_node import JsonNode

_DEEPEST = 3
"""How far ``any`` and ``all`` may be nested: deeper, nobody can follow."""

_LARGEST = 2**64 - 1


def parse_condition(
    node: JsonNode, index: int | None = None, depth: int = 1
) -> Condition:
    """Return the condition that a JSON object states.

    Args:
        node: ``{"key": …, "is" | "is_not" | "at_least": …}``, ``{"any": […]}`` or
            ``{"all": […]}``.
        index: What ``{n}`` in a key and ``"n"`` as a number stand for, in a repeat.
        depth: How many conditions this one is inside of, itself included.

    Raises:
        ProfileError: If it is anything else.
    """
    entries = node.entries()
    for name, kind in (("any", AnyOf), ("all", AllOf)):
        if name in entries:
            listed = node.fields([name])[name]
            return kind(conditions=_conditions(listed, index, depth))
    return _comparison(node, index)


def _conditions(node: JsonNode, index: int | None, depth: int) -> tuple[Condition, ...]:
    items = node.items()
    if not items:
        raise node.fail("must not be empty")
    if depth == _DEEPEST:
        raise node.fail(f"conditions may be nested {_DEEPEST} deep")
    return tuple(parse_condition(item, index, depth + 1) for item in items)


def _comparison(node: JsonNode, index: int | None) -> Condition:
    fields = node.fields(["key"], ["is", "is_not", "at_least"])
    if len(fields) != 2:
        raise node.fail("must have key and one of is, is_not and at_least")
    key = numbered(fields["key"], index).slug()
    if "is" in fields:
        return Is(key=key, wanted=_values(fields["is"]))
    if "is_not" in fields:
        return IsNot(key=key, unwanted=_values(fields["is_not"]))
    return AtLeast(key=key, minimum=_minimum(fields["at_least"], index))


def numbered(node: JsonNode, index: int | None) -> JsonNode:
    """Return the text with ``{n}`` replaced by the number of the repeat, if any."""
    if index is None:
        return node
    return JsonNode(node.path, node.text().replace("{n}", str(index)))


def _minimum(node: JsonNode, index: int | None) -> int:
    if node.value == "n" and index is not None:
        return index
    return node.integer(-_LARGEST, _LARGEST)


def _values(node: JsonNode) -> tuple[int | str, ...]:
    items = node.items()
    if not items:
        raise node.fail("must not be empty")
    return tuple(
        item.text()
        if isinstance(item.value, str)
        else item.integer(-_LARGEST, _LARGEST)
        for item in items
    )
