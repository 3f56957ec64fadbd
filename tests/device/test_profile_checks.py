"""What must hold between the pieces of a profile."""

from typing import Any

import pytest

from .profile_builders import document, entry, parse, refusal

STATUS = entry("status", 90, type="ENUM16", enum="mode")
COUNT = entry("count", 91)
ON = {"key": "status", "is": ["on"]}


def with_block(**block: Any) -> dict[str, Any]:
    """Return blocks with a further one, called more."""
    more = {"group": "readings", "part": "inverter"} | block
    return {**document()["blocks"], "more": more}


def test_key_is_used_once() -> None:
    error = refusal(entry("same", 100), entry("same", 200))
    assert error == "registers[4].key: same is there twice"


def test_two_registers_do_not_share_an_address() -> None:
    error = refusal(entry("b", 101), entry("a", 100, type="UINT32"))
    assert error == (
        "registers[3].address: b at 101 overlaps a, which is at 100 to 101"
    )


def test_neighbours_and_interleaved_repeats_do_not_overlap() -> None:
    repeat = {"count": 3, "stride": 2}
    profile = parse(
        entry("a{n}", 100, repeat=repeat),
        entry("b{n}", 101, repeat=repeat),
        entry("c", 106, type="UINT32"),
        entry("d", 108),
    )
    assert len(profile.registers) == 11


def test_repeat_that_overlaps_itself_is_refused() -> None:
    error = refusal(entry("a{n}", 100, type="UINT32", repeat={"count": 2, "stride": 1}))
    assert error.startswith("registers[3].address: a2 at 101 overlaps a1")


@pytest.mark.parametrize("trait", [{"alone": True}, {"access": "write"}])
@pytest.mark.parametrize("start", [100, 96])
def test_span_does_not_cross_what_must_not_be_read(
    trait: dict[str, Any], start: int
) -> None:
    span = {"start": start, "count": 5, "proof": "trial"}
    shy = entry("shy", 100, **trait)
    assert refusal(shy, safe_spans=[span]).startswith("safe_spans[0]: crosses shy")


@pytest.mark.parametrize("start", [101, 95])
def test_span_may_end_where_such_a_register_begins(start: int) -> None:
    span = {"start": start, "count": 5, "proof": "trial"}
    assert parse(entry("shy", 100, alone=True), safe_spans=[span]).trial_spans


@pytest.mark.parametrize(
    ("field", "key"),
    [("model", "missing"), ("serial_number", "count"), ("firmware", "note")],
)
def test_identity_is_made_of_texts_of_its_group(field: str, key: str) -> None:
    note = entry("note", 200, type="STRING", words=4)
    identity = document()["identity"] | {field: key}
    error = refusal(COUNT, note, identity=identity)
    assert error == (
        f"identity.{field}: {key} is no STRING register of the group identity"
    )


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ({"key": "gone", "is": [1]}, "there is no readable register gone"),
        ({"key": "order", "is": [1]}, "there is no readable register order"),
        ({"key": "faulty", "is": ["hot"]}, "faulty cannot be compared"),
        ({"key": "table", "at_least": 1}, "table cannot be compared"),
        ({"key": "status", "at_least": 1}, "status is not a number"),
        ({"key": "model", "at_least": 1}, "model is not a number"),
        ({"key": "status", "is": ["onn"]}, "status is never 'onn'"),
        ({"key": "status", "is": [1]}, "status is never 1"),
        ({"key": "count", "is_not": ["1"]}, "count is never '1'"),
        ({"key": "model", "is": [5]}, "model is never 5"),
        ({"any": [ON, {"key": "gone", "is": [1]}]}, "there is no readable register"),
    ],
)
def test_condition_asks_what_can_be_answered(
    condition: dict[str, Any], reason: str
) -> None:
    registers = (
        STATUS,
        COUNT,
        entry("order", 92, access="write"),
        entry("faulty", 93, type="BITS16", bits="faults"),
        entry("table", 94, type="WORDS", words=2),
    )
    last = entry("value", 100, when=condition)
    assert refusal(*registers, last).startswith(f"registers[8].when: {reason}")
    parts = document()["parts"] | {"roof": {"name": "Roof", "when": condition}}
    assert refusal(*registers, parts=parts).startswith(f"parts.roof.when: {reason}")
    for kind in ("when", "gate"):
        error = refusal(*registers, blocks=with_block(**{kind: condition}))
        assert error.startswith(f"blocks.more.{kind}: {reason}")


def test_condition_may_compare_texts_numbers_and_enums() -> None:
    conditions = [
        {"key": "model", "is": ["FAMILY-5"]},
        {"key": "count", "is_not": [0, 5]},
        {"key": "count", "at_least": 3},
        ON,
    ]
    assert parse(STATUS, COUNT, entry("value", 100, when={"all": conditions}))


def test_register_does_not_decide_about_itself() -> None:
    error = refusal(STATUS | {"when": ON})
    assert error == (
        "registers[3]: whether to read it depends on itself: status decides status"
    )


def test_register_behind_a_gate_does_not_open_it() -> None:
    error = refusal(STATUS | {"block": "more"}, blocks=with_block(gate=ON))
    assert error.startswith("registers[3]: whether to read it depends on itself")


def test_register_of_a_part_does_not_decide_about_the_part() -> None:
    parts = document()["parts"] | {"roof": {"name": "Roof", "when": ON}}
    first = entry("first", 80, block="more")
    error = refusal(
        first,
        STATUS | {"block": "more"},
        parts=parts,
        blocks=with_block(part="roof"),
    )
    assert error.startswith("registers[4]: whether to read it depends on itself")


def test_two_registers_do_not_decide_about_each_other() -> None:
    one = entry("one", 80, when={"key": "two", "at_least": 1})
    two = entry("two", 81, when={"key": "one", "at_least": 1})
    error = refusal(one, two)
    assert "one decides two decides one" in error or "two decides one" in error


def test_what_is_behind_a_condition_may_decide_about_others() -> None:
    gated = entry("kind", 92, block="more", type="ENUM16", enum="mode")
    when = {"key": "kind", "is_not": ["off"]}
    assert parse(STATUS, gated, entry("v", 93, when=when), blocks=with_block(gate=ON))
