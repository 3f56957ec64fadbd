"""What was learned survives as JSON, and nothing else is believed."""

from contextlib import suppress
from datetime import UTC, date, datetime
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.device.memory import (
    PlantMemory,
    UnreadableMemory,
    parse_memory,
)
from custom_components.bessai.device.profile import Proof, SafeSpan
from custom_components.bessai.device.register import Counter

NOW = datetime(2026, 6, 21, 10, tzinfo=UTC)
SPAN = SafeSpan(start=32000, count=116, proof=Proof.TRIAL)


@pytest.fixture
def memory() -> PlantMemory:
    """Return a memory with something in each of its parts."""
    memory = PlantMemory()
    memory.meet("SN1", "SPC1")
    memory.facts["pv_string_count"] = 2
    memory.parts.add("battery")
    memory.absences.record_refused("gone", NOW)
    memory.spans.record_failed(SPAN)
    memory.counters.accept("pv_energy_kwh", Counter.LIFETIME, 5.5, NOW, NOW.date())
    memory.days.today("pv_energy_kwh", 5.5, date(2026, 6, 21))
    return memory


def test_a_memory_survives_storage(memory: PlantMemory) -> None:
    stored = json.loads(json.dumps(memory.as_document()))
    assert parse_memory(stored).as_document() == memory.as_document()


def test_the_same_plant_keeps_everything(memory: PlantMemory) -> None:
    before = memory.as_document()
    memory.meet("SN1", "SPC1")
    assert memory.as_document() == before


def test_new_firmware_keeps_what_is_fitted_and_counted(memory: PlantMemory) -> None:
    memory.meet("SN1", "SPC2")
    assert not memory.absences.refused
    assert memory.spans.is_open(SPAN)
    assert memory.facts == {"pv_string_count": 2}
    assert memory.parts == {"battery"}
    assert memory.counters.states


def test_another_plant_keeps_nothing(memory: PlantMemory) -> None:
    memory.meet("SN2", "SPC1")
    fresh = PlantMemory()
    fresh.meet("SN2", "SPC1")
    assert memory.as_document() == fresh.as_document()


@pytest.mark.parametrize(
    "damage",
    [
        {"facts": {"key": [1, 2]}},
        {"absences": {"key": [1, "yesterday", "today"]}},
        {"absences": {"key": [1, "2026-01-01T00:00:00", "2026-01-01T00:00:00"]}},
        {"counters": {"key": 5}},
        {"days": {"key": ["2026-13-01", 1]}},
        {"spans": [[1]]},
        {"parts": None},
    ],
)
def test_a_damaged_document_is_refused(
    memory: PlantMemory, damage: dict[str, Any]
) -> None:
    with pytest.raises(UnreadableMemory, match="not readable"):
        parse_memory(memory.as_document() | damage)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(key=st.sampled_from(sorted(PlantMemory().as_document())), value=JSON)
def test_any_document_gives_a_memory_or_our_error(key: str, value: Any) -> None:
    with suppress(UnreadableMemory):
        parse_memory(PlantMemory().as_document() | {key: value})


def test_an_incomplete_document_is_refused() -> None:
    with pytest.raises(UnreadableMemory):
        parse_memory({})
