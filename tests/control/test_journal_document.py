"""The journal survives a restart, or is known to be lost."""

from datetime import UTC, date, datetime, timedelta, timezone
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.control.journal_document import (
    UnreadableJournal,
    journal_document,
    parse_journal,
)
from custom_components.bessai.core.command import (
    CommandMark,
    ControlJournal,
    Original,
    Standing,
)

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
ZONES = st.just(UTC) | st.integers(-14, 14).map(lambda h: timezone(timedelta(hours=h)))
JOURNALS = st.builds(
    ControlJournal,
    originals=st.dictionaries(
        st.text(), st.builds(Original, value=NUMBERS, written=NUMBERS), max_size=3
    ),
    command=st.none()
    | st.builds(
        CommandMark,
        standing=st.sampled_from(Standing),
        power_w=NUMBERS,
        until=st.datetimes(timezones=ZONES),
    ),
    stored_writes=st.dictionaries(st.dates(), st.integers(0, 10_000), max_size=8),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)

DOCUMENT: dict[str, Any] = {
    "originals": {"maximum_discharge_power_w": [5000.0, 0.0]},
    "command": ["charge", 2000.0, "2026-06-01T10:00:00+00:00"],
    "stored_writes": {"2026-06-01": 2},
}


@given(JOURNALS)
def test_a_journal_comes_back_from_disk_as_it_was(journal: ControlJournal) -> None:
    text = json.dumps(journal_document(journal))
    assert parse_journal(json.loads(text)) == journal


def test_a_journal_is_written_so_that_a_person_can_read_it() -> None:
    journal = ControlJournal(
        originals={"maximum_discharge_power_w": Original(value=5000, written=0)},
        command=CommandMark(
            standing=Standing.CHARGE,
            power_w=2000.0,
            until=datetime(2026, 6, 1, 10, tzinfo=UTC),
        ),
        stored_writes={date(2026, 6, 1): 2},
    )
    assert journal_document(journal) == DOCUMENT


def test_a_journal_without_entries_owes_nothing() -> None:
    empty: dict[str, Any] = {"originals": {}, "command": None, "stored_writes": {}}
    assert parse_journal(empty) == ControlJournal()
    assert not parse_journal(empty).owes
    assert parse_journal(DOCUMENT).owes


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("originals", None),
        ("originals", [1]),
        ("originals", {"limit": 5000}),
        ("originals", {"limit": [5000]}),
        ("originals", {"limit": [5000, 0, 0]}),
        ("originals", {"limit": [None, 0]}),
        ("originals", {"limit": [float("nan"), 0]}),
        ("originals", {"limit": [5000, float("inf")]}),
        ("originals", {"limit": [10**400, 0]}),
        ("command", "charge"),
        ("command", ["charge", 2000]),
        ("command", ["sideways", 2000, "2026-06-01T10:00:00+00:00"]),
        ("command", ["charge", "much", "2026-06-01T10:00:00+00:00"]),
        ("command", ["charge", float("nan"), "2026-06-01T10:00:00+00:00"]),
        ("command", ["charge", 2000, "tomorrow"]),
        ("command", ["charge", 2000, "2026-06-01T10:00:00"]),
        ("command", ["charge", 2000, 17]),
        ("stored_writes", {"yesterday": 2}),
        ("stored_writes", {"2026-06-01": None}),
        ("stored_writes", {"2026-06-01": float("inf")}),
    ],
)
def test_a_document_of_another_form_is_not_taken_for_a_journal(
    key: str, value: object
) -> None:
    with pytest.raises(UnreadableJournal, match="control journal is not readable"):
        parse_journal({**DOCUMENT, key: value})


@pytest.mark.parametrize("key", DOCUMENT)
def test_a_document_with_a_part_missing_is_not_taken_for_a_journal(key: str) -> None:
    with pytest.raises(UnreadableJournal):
        parse_journal({name: DOCUMENT[name] for name in DOCUMENT if name != key})


@given(
    st.fixed_dictionaries({"originals": JSON, "command": JSON, "stored_writes": JSON})
    | st.fixed_dictionaries(
        {
            "originals": st.dictionaries(st.text(), JSON),
            "command": st.lists(JSON, min_size=3, max_size=3),
            "stored_writes": st.dictionaries(st.dates().map(str), JSON),
        }
    )
    | JSON
)
def test_whatever_the_file_holds_is_a_journal_or_unreadable(document: Any) -> None:
    try:
        journal = parse_journal(document)
    except UnreadableJournal:
        return
    assert parse_journal(journal_document(journal)) == journal
