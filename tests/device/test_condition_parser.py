"""Conditions as they stand in a profile."""

from typing import Any

import pytest

from custom_components.bessai.device.condition import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    Is,
    IsNot,
)
from custom_components.bessai.device.condition_parser import parse_condition
from custom_components.bessai.device.json_node import JsonNode
from custom_components.bessai.device.profile import ProfileError


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"key": "a", "is": ["x", 1]}, Is(key="a", wanted=("x", 1))),
        ({"key": "a", "is_not": ["x"]}, IsNot(key="a", unwanted=("x",))),
        ({"key": "a", "at_least": -2}, AtLeast(key="a", minimum=-2)),
        (
            {"any": [{"key": "a", "at_least": 1}, {"all": [{"key": "b", "is": [1]}]}]},
            AnyOf(
                conditions=(
                    AtLeast(key="a", minimum=1),
                    AllOf(conditions=(Is(key="b", wanted=(1,)),)),
                )
            ),
        ),
    ],
)
def test_condition_is_read_as_it_is_written(
    document: object, expected: Condition
) -> None:
    assert parse_condition(JsonNode("when", document)) == expected


def test_n_stands_for_the_number_of_a_repeat() -> None:
    document = {"all": [{"key": "pack_{n}", "at_least": "n"}]}
    condition = parse_condition(JsonNode("when", document), 3)
    assert condition == AllOf(conditions=(AtLeast(key="pack_3", minimum=3),))


DEEP: dict[str, Any] = {"any": [{"any": [{"any": [{"key": "a", "is": [1]}]}]}]}


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ([], "when: must be an object, not a list"),
        ({}, "when: lacks the field key"),
        ({"key": "a"}, "when: must have key and one of is, is_not and at_least"),
        ({"key": "a", "is": [1], "is_not": [2]}, "when: must have key and one of"),
        ({"key": "a", "equals": 1}, "when: has the unknown field 'equals'"),
        ({"key": "A", "is": [1]}, "when.key: 'A' is not a name"),
        ({"key": "a{n}", "is": [1]}, "when.key: 'a{n}' is not a name"),
        ({"key": "a", "is": 1}, "when.is: must be a list"),
        ({"key": "a", "is": []}, "when.is: must not be empty"),
        ({"key": "a", "is": [True]}, "when.is[0]: must be a whole number"),
        ({"key": "a", "is": [1.5]}, "when.is[0]: must be a whole number"),
        ({"key": "a", "at_least": "n"}, "when.at_least: must be a whole number"),
        ({"key": "a", "at_least": 1.5}, "when.at_least: must be a whole number"),
        ({"any": []}, "when.any: must not be empty"),
        ({"any": {}}, "when.any: must be a list"),
        ({"any": [{"key": "a"}]}, "when.any[0]: must have key and one of"),
        ({"any": [], "all": []}, "when: has the unknown field 'all'"),
        (DEEP, "when.any[0].any[0].any: conditions may be nested 3 deep"),
    ],
)
def test_anything_else_is_refused(document: object, error: str) -> None:
    with pytest.raises(ProfileError) as caught:
        parse_condition(JsonNode("when", document))
    assert str(caught.value).startswith(error)
