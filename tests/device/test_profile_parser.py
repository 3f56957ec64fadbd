"""Whole profiles: what a document must say, and what no document can do to us."""

from collections.abc import Iterator
import copy
import json
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.bessai.device.condition import Is
from custom_components.bessai.device.profile import ProfileError, Proof, SafeSpan
from custom_components.bessai.device.profile_parser import parse_profile
from custom_components.bessai.device.register import Group, Sign

from .profile_builders import (
    REGISTRY,
    document,
    entry,
    huawei_document,
    parse,
    refusal,
    schema,
)

STATUS = entry("status", 90, type="ENUM16", enum="mode")
ON = {"key": "status", "is": ["on"]}


def test_profile_says_what_the_document_says() -> None:
    profile = parse(entry("late", 200), entry("early", 5))
    assert (profile.id, profile.version) == ("maker_family", 1)
    assert (profile.name, profile.manufacturer) == ("Maker Family", "Maker")
    assert profile.sources["B"] == "another manual"
    assert profile.unit_ids == (1,)
    assert profile.link.retry_pauses_s == (1, 2)
    assert profile.link.max_write_words == 123
    assert profile.identity.match.search("FAMILY-5")
    assert profile.identity.refuse == {}
    assert profile.safe_spans == ()
    assert profile.writable
    assert list(profile.registers) == [
        *("early", "model", "serial_number", "firmware", "late"),
    ]


def test_profile_of_an_owner_is_read_only() -> None:
    assert not parse_profile(document(), writable=False).writable


def test_parts_and_blocks_have_conditions() -> None:
    parts = {"inverter": {"name": "Inverter"}, "meter": {"name": "M", "when": ON}}
    block = {"group": "guard", "part": "meter", "required": True, "gate": ON}
    blocks = document()["blocks"] | {"more": block | {"when": ON}}
    profile = parse(STATUS, parts=parts, blocks=blocks)
    on = Is(key="status", wanted=("on",))
    assert profile.parts["meter"].when == on
    more = profile.blocks["more"]
    assert (more.name, more.group, more.part) == ("more", Group.GUARD, "meter")
    assert (more.required, more.when, more.gate) == (True, on, on)
    assert not profile.blocks["values"].required


def test_spans_have_a_proof() -> None:
    spans = [
        {"start": 10, "count": 12, "proof": "proven", "sources": "AB"},
        {"start": 10, "count": 80, "proof": "trial"},
    ]
    profile = parse(safe_spans=spans)
    proven = SafeSpan(start=10, count=12, proof=Proof.PROVEN, sources="AB")
    assert profile.proven_spans == (proven,)
    assert [span.end for span in profile.trial_spans] == [90]


def test_refused_devices_have_patterns() -> None:
    identity = document()["identity"] | {"refuse": {"logger": "(?i)^log"}}
    assert parse(identity=identity).identity.refuse["logger"].search("LOGGER 3")


LINK = document()["link"]
IDENTITY = document()["identity"]
BLOCK = {"group": "readings", "part": "inverter"}
SPAN = {"start": 10, "count": 12, "proof": "trial"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"colour": 1}, "profile: has the unknown field 'colour'"),
        ({"id": "My Maker"}, "id: 'My Maker' is not a name"),
        ({"$schema": 5}, "$schema: must be a text"),
        ({"version": 0}, "version: must be from 1"),
        ({"version": True}, "version: must be a whole number"),
        ({"name": None}, "name: must be a text, not null"),
        ({"manufacturer": ""}, "manufacturer: must not be empty"),
        ({"byte_order": "middle"}, "byte_order: 'middle' is none of big, little"),
        ({"word_order": 1}, "word_order: must be a text"),
        ({"sources": {"a": "x"}}, "sources.a: the name of a source must be one"),
        ({"sources": {"A": 1}}, "sources.A: must be a text"),
        ({"unit_ids": []}, "unit_ids: must name at least one unit id"),
        ({"unit_ids": [1, 1]}, "unit_ids: must name at least one unit id and none"),
        ({"unit_ids": [256]}, "unit_ids[0]: must be from 0 to 255"),
        ({"link": {}}, "link: lacks the field connect_pause_s"),
        ({"link": LINK | {"x": 1}}, "link: has the unknown field 'x'"),
        ({"link": LINK | {"timeout_s": 0}}, "link.timeout_s: must be from 0.1 to 120"),
        (
            {"link": LINK | {"retry_pauses_s": [1] * 11}},
            "link.retry_pauses_s: must not be longer than 10",
        ),
        (
            {"link": LINK | {"retry_pauses_s": [-1]}},
            "link.retry_pauses_s[0]: must be from 0 to 600",
        ),
        (
            {"link": LINK | {"max_read_words": 126}},
            "link.max_read_words: must be from 1 to 125",
        ),
        ({"identity": IDENTITY | {"match": "("}}, "identity.match: is not a regular"),
        (
            {"identity": IDENTITY | {"match": "a{99999999999}"}},
            "identity.match: is not a regular expression",
        ),
        (
            {"identity": IDENTITY | {"refuse": {"x": "["}}},
            "identity.refuse.x: is not a regular expression",
        ),
        ({"identity": IDENTITY | {"refuse": []}}, "identity.refuse: must be an object"),
        ({"parts": {"My Part": {"name": "x"}}}, "blocks.identity.part: 'inverter' is"),
        ({"parts": {"inverter": {}}}, "parts.inverter: lacks the field name"),
        (
            {"parts": {"inverter": {"name": "I"}, "A B": {"name": "x"}}},
            "parts.A B: 'A B' is not a name",
        ),
        ({"blocks": {"A B": BLOCK}}, "blocks.A B: 'A B' is not a name"),
        ({"blocks": {"x": {"group": "fast"}}}, "blocks.x: lacks the field part"),
        (
            {"blocks": {"x": BLOCK | {"group": "fast"}}},
            "blocks.x.group: 'fast' is none of identity, probe",
        ),
        (
            {"blocks": {"x": BLOCK | {"part": "roof"}}},
            "blocks.x.part: 'roof' is none of inverter",
        ),
        (
            {"blocks": {"x": BLOCK | {"required": 1}}},
            "blocks.x.required: must be true or false",
        ),
        ({"safe_spans": {}}, "safe_spans: must be a list"),
        ({"safe_spans": [SPAN | {"count": 0}]}, "safe_spans[0].count: must be from 1"),
        (
            {"safe_spans": [SPAN | {"count": 126}]},
            "safe_spans[0].count: must be from 1 to 125",
        ),
        (
            {"safe_spans": [SPAN | {"start": 65530}]},
            "safe_spans[0].count: must be from 1 to 6",
        ),
        ({"safe_spans": [SPAN | {"proof": "hope"}]}, "safe_spans[0].proof: 'hope' is"),
        (
            {"safe_spans": [SPAN | {"proof": "proven"}]},
            "safe_spans[0]: a proven span lacks the field sources",
        ),
        (
            {"safe_spans": [SPAN | {"sources": "X"}]},
            "safe_spans[0].sources: there is no source X",
        ),
        ({"registers": {}}, "registers: must be a list"),
        ({"registers": [5]}, "registers[0]: must be an object, not a number"),
    ],
)
def test_mistake_is_named_by_its_place(changes: dict[str, Any], error: str) -> None:
    assert refusal(**changes).startswith(error)


def test_span_is_not_longer_than_a_request() -> None:
    changes = {"link": LINK | {"max_read_words": 60}, "safe_spans": [SPAN]}
    changes["safe_spans"] = [SPAN | {"count": 61}]
    assert refusal(**changes) == "safe_spans[0].count: must be from 1 to 60"


@pytest.mark.parametrize(
    "missing",
    [
        *("id", "version", "name", "manufacturer", "sources", "unit_ids"),
        *("link", "identity", "parts", "blocks", "registers"),
    ],
)
def test_document_lacks_nothing_it_must_have(missing: str) -> None:
    incomplete = document()
    del incomplete[missing]
    with pytest.raises(ProfileError, match=f"profile: lacks the field {missing}"):
        parse_profile(incomplete, writable=True)


def test_orders_tables_and_spans_may_be_left_out() -> None:
    small = document()
    del small["enums"], small["bits"]
    assert parse_profile(small, writable=True).proven_spans == ()


@pytest.mark.parametrize("value", [None, True, 0, "profile", [], [{}]])
def test_document_is_an_object(value: object) -> None:
    with pytest.raises(ProfileError, match="profile: must be an object"):
        parse_profile(value, writable=True)


def test_profile_of_endless_repeats_is_refused() -> None:
    registers = [
        entry(f"r{block}_{{n}}", 100 * block, repeat={"count": 100, "stride": 1})
        for block in range(51)
    ]
    assert "more than 5000 registers" in refusal(registers=registers)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value inside a JSON value."""
    children: Any = ()
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    for key, child in children:
        yield (*path, key)
        yield from _places(child, (*path, key))


HUAWEI = huawei_document()
SCHEMA = schema()
PLACES = list(_places(HUAWEI))

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-5, 70_000)
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(
        ["n", "{n}", "abs", "W", "UINT32", "read_write", "slow", "soc_pct", "(", "a{"]
    )
)
json_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=6) | st.just("any"), inner, max_size=3)
    ),
    max_leaves=6,
)


def _change(value: Any, place: tuple[Any, ...], how: str, new: object) -> None:
    """Replace, delete or insert something at a place of a JSON value."""
    for key in place[:-1]:
        value = value[key]
    last = place[-1]
    if how == "replace":
        value[last] = new
    elif how == "delete":
        del value[last]
    elif isinstance(value, list):
        value.insert(last, new)
    else:
        value[f"{last}_2"] = new


@settings(max_examples=150)
@given(
    place=st.sampled_from(PLACES),
    how=st.sampled_from(["replace", "delete", "insert"]),
    new=json_values,
)
def test_any_change_gives_a_profile_or_our_error(
    place: tuple[Any, ...], how: str, new: object
) -> None:
    changed = copy.deepcopy(HUAWEI)
    _change(changed, place, how, new)
    error = _error_of(changed)
    if error is None:
        SCHEMA.validate(changed)  # what runs is also what an editor shows as right
        return
    assert error.path.strip()
    assert error.reason.strip()
    assert str(error).isprintable()


def _error_of(value: object) -> ProfileError | None:
    try:
        parse_profile(value, writable=True)
    except ProfileError as err:
        return err
    return None


@given(value=json_values)
def test_any_json_gives_our_error(value: object) -> None:
    with pytest.raises(ProfileError):
        parse_profile(value, writable=True)


def test_example_of_the_manual_is_a_profile() -> None:
    manual = (REGISTRY.parent / "docs" / "profiles.md").read_text(encoding="utf-8")
    example = json.loads(manual.partition("```json\n")[2].partition("```")[0])
    SCHEMA.validate(example)
    profile = parse_profile(example, writable=False)
    assert profile.registers["battery_power_w"].sign is Sign.NEGATED
