"""What an owner may choose about forwarding, and what damaged choices come to."""

from typing import Any

import pytest

from custom_components.bessai.forwarding.message import MessageType
from custom_components.bessai.forwarding_options import (
    Authentication,
    ForwardingOptions,
    malformed,
    undefaulted_forwarding,
)

CHOSEN: dict[str, Any] = {
    "enabled": True,
    "project": "a-project",
    "topic": "plant",
    "authentication": "emulator",
    "emulator_address": "127.0.0.1:8085",
    "kinds": ["telemetry"],
    "period_s": 60,
    "ordering": True,
    "site_id": "lake-house",
}


def parsed(**section: object) -> ForwardingOptions:
    """Return the options of a section."""
    return ForwardingOptions.from_mapping({"forwarding": section})


def test_a_new_entry_forwards_nothing() -> None:
    options = ForwardingOptions.from_mapping({})
    assert options == ForwardingOptions()
    assert not options.is_on
    assert options.kinds == set(MessageType)
    assert options.period_s == 30
    assert not options.ordering


def test_choices_are_taken_over_and_shown_again() -> None:
    options = parsed(**CHOSEN)
    assert options.is_on
    assert options.topic_path == "projects/a-project/topics/plant"
    assert options.authentication is Authentication.EMULATOR
    assert options.kinds == {MessageType.TELEMETRY}
    assert options.as_form() == CHOSEN


@pytest.mark.parametrize(
    ("lacking", "section"),
    [
        ("project", {"topic": "plant"}),
        ("topic", {"project": "a-project"}),
        ("emulator_address", CHOSEN | {"emulator_address": ""}),
    ],
)
def test_nothing_is_sent_while_it_is_not_said_where_to(
    lacking: str, section: dict[str, Any]
) -> None:
    options = parsed(**(section | {"enabled": True}))
    assert options.lacking == lacking
    assert not options.is_on


@pytest.mark.parametrize(
    "section",
    [
        7,
        {"project": "A project"},
        {"project": 7},
        {"topic": "goog-topic"},
        {"topic": "x"},
        {"emulator_address": "http://host:1"},
        {"site_id": "x" * 65},
        {"authentication": "password"},
        {"authentication": ["key"]},
        {"kinds": "telemetry"},
        {"kinds": ["gossip"]},
        {"kinds": [["telemetry"]]},
        {"period_s": 1},
        {"period_s": float("nan")},
        {"period_s": True},
    ],
    ids=str,
)
def test_what_does_not_parse_counts_as_not_chosen(
    section: Any, caplog: pytest.LogCaptureFixture
) -> None:
    options = ForwardingOptions.from_mapping({"forwarding": section})
    assert options == ForwardingOptions()
    assert caplog.text.count("counts as not chosen") == 1


def test_only_a_clear_yes_switches_it_on() -> None:
    assert not parsed(**(CHOSEN | {"enabled": "yes"})).enabled


def test_defaults_and_uploads_are_not_stored() -> None:
    form = ForwardingOptions().as_form()
    assert undefaulted_forwarding(form) == {}
    assert undefaulted_forwarding({**CHOSEN, "key_file": "x"}) == CHOSEN
    assert undefaulted_forwarding({"kinds": []}) == {"kinds": []}


def test_a_field_that_cannot_be_so_is_named() -> None:
    assert malformed(CHOSEN) is None
    assert malformed({}) is None
    assert malformed({"topic": " plant "}) is None
    assert malformed({"topic": "x"}) == ("topic", "x")


def test_it_is_tried_anew_when_it_goes_elsewhere_and_not_for_a_period() -> None:
    before = parsed(**CHOSEN).cloud
    assert parsed(**(CHOSEN | {"period_s": 10})).cloud == before
    assert parsed(**(CHOSEN | {"topic": "other"})).cloud != before
    assert parsed(**(CHOSEN | {"enabled": False})).cloud != before
    by_key = CHOSEN | {"authentication": "key"}
    moved = by_key | {"emulator_address": "127.0.0.1:1"}
    assert parsed(**by_key).cloud == parsed(**moved).cloud
