"""Values of a document that know where they stand."""

import math

import pytest

from custom_components.bessai.device.json_node import JsonNode
from custom_components.bessai.device.profile import ProfileError


def why(method: str, value: object, *arguments: object) -> str:
    """Return the error of asking a node at ``here`` for something it is not."""
    with pytest.raises(ProfileError) as caught:
        getattr(JsonNode("here", value), method)(*arguments)
    assert caught.value.path == "here"
    return caught.value.reason


def test_error_at_the_top_has_a_place_too() -> None:
    assert str(JsonNode("", None).fail("is missing")) == "profile: is missing"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "null"),
        (True, "true or false"),
        (5, "a number"),
        (5.5, "a decimal number"),
        ([], "a list"),
        ({}, "an object"),
    ],
)
def test_error_says_what_it_found(value: object, kind: str) -> None:
    assert why("text", value) == f"must be a text, not {kind}"


def test_text_is_something_to_read() -> None:
    assert JsonNode("here", "Ah 1 Ω").text() == "Ah 1 Ω"
    assert why("text", " ") == "must not be empty"
    assert "must be printable" in why("text", "a\nb")
    assert "must be printable" in why("text", "\ud800")
    assert "not longer than 300" in why("text", "x" * 301)


def test_slug_is_a_name_of_plain_characters() -> None:
    assert JsonNode("here", "pack_2").slug() == "pack_2"
    assert why("slug", "Pack 2").startswith("'Pack 2' is not a name of lower-case")
    assert why("slug", 5) == "must be a text, not a number"


def test_choice_lists_what_is_allowed() -> None:
    assert JsonNode("here", "b").choice("a", "b") == "b"
    assert why("choice", "c", "a", "b") == "'c' is none of a, b"


@pytest.mark.parametrize("value", [True, 1.0, "1", None])
def test_whole_number_is_nothing_else(value: object) -> None:
    assert "must be a whole number" in why("integer", value, 0, 9)


def test_whole_number_has_a_range() -> None:
    assert JsonNode("here", 9).integer(0, 9) == 9
    assert why("integer", 10, 0, 9) == "must be from 0 to 9"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_number_is_finite(value: float) -> None:
    assert why("number", value, 0, 9) == "must be a finite number"


def test_number_has_a_range() -> None:
    assert JsonNode("here", 0.5).number(0, 1) == 0.5
    assert why("number", 10**400, 0, 1) == "must be from 0 to 1"
    assert why("number", None, 0, 1) == "must be a number, not null"


def test_number_is_not_a_flag() -> None:
    yes: object = True
    assert why("number", yes, 0, 1) == "must be a number, not true or false"


def test_flag_is_true_or_false_and_not_one() -> None:
    assert JsonNode(path="here", value=True).flag() is True
    assert why("flag", 1) == "must be true or false, not a number"


def test_items_know_their_place() -> None:
    assert [item.path for item in JsonNode("here", [1, 2]).items()] == [
        "here[0]",
        "here[1]",
    ]
    assert why("items", "x") == "must be a list, not a text"


def test_fields_are_exactly_the_ones_that_are_known() -> None:
    node = JsonNode("here", {"a": 1, "b": 2})
    assert node.fields(["a"], ["b"])["b"].path == "here.b"
    assert why("fields", {"b": 2}, ["a"], ["b"]) == "lacks the field a"
    assert why("fields", {"a": 1, "x": 2}, ["a"]) == "has the unknown field 'x'"
    assert why("fields", 5, ["a"]) == "must be an object, not a number"


@pytest.mark.parametrize("name", ["", "a\nb", "\ud800", "x" * 100])
def test_strange_name_is_quoted_in_a_path(name: str) -> None:
    (node,) = JsonNode("", {name: 1}).entries().values()
    assert node.path.startswith("'")
    assert node.path.isprintable()
    assert len(node.path) < 70
