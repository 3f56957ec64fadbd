"""The sections of the bundled profile, with single things changed or left out."""

from collections.abc import Callable, Mapping
import copy
from typing import Any

import pytest

from custom_components.bessai.device.json_node import JsonNode
from custom_components.bessai.device.profile import ProfileError
from custom_components.bessai.device.register import Register

from .plant_fake import huawei
from .profile_builders import huawei_document

type Parse[ParsedT] = Callable[
    [JsonNode, Mapping[str, Register], Mapping[str, str]], ParsedT
]

GONE = object()
"""As a new value: leave it out."""


def section(name: str, changes: Mapping[str, object]) -> dict[str, Any]:
    """Return a section with changes: dotted path to new value."""
    changed: dict[str, Any] = copy.deepcopy(huawei_document()[name])
    for path, value in changes.items():
        *way, last = (int(part) if part.isdigit() else part for part in path.split("."))
        place: Any = changed
        for part in way:
            place = place[part]
        if value is GONE:
            del place[last]
        else:
            place[last] = value
    return changed


def parse_section[ParsedT](
    parse: Parse[ParsedT], name: str, changes: Mapping[str, object]
) -> ParsedT:
    """Return what a changed section says."""
    profile = huawei()
    node = JsonNode(name, section(name, changes))
    return parse(node, profile.registers, profile.sources)


def section_refusal(
    parse: Parse[object], name: str, changes: Mapping[str, object]
) -> str:
    """Return why a changed section is refused, with the path in front."""
    with pytest.raises(ProfileError) as caught:
        parse_section(parse, name, changes)
    return str(caught.value)
