"""The JSON Schemas describe what is sent, all of it, in the words of the code."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
import json
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from custom_components.bessai.core.finding import FindingKind
from custom_components.bessai.core.proposal import Source
from custom_components.bessai.core.safety_event import SafetyEventKind
from custom_components.bessai.core.verdict import Outcome, Reason
from custom_components.bessai.device.derived import DERIVED
from custom_components.bessai.device.profile_library import load_profiles
from custom_components.bessai.forwarding.message import (
    SCHEMA_VERSION,
    MessageType,
    encode,
)
from custom_components.bessai.forwarding.payloads import FindingChange
from custom_components.bessai.forwarding.telemetry_fields import NUMBERS, WORDS
from custom_components.bessai.planning.plan import Intent, Why

from ..source import INTEGRATION, ROOT, read_json
from .samples import every_message

FOLDER = ROOT / "schemas" / "json"
SCHEMAS: dict[str, Any] = {
    path.name: read_json(path) for path in sorted(FOLDER.glob("*.schema.json"))
}
MESSAGES = {name: encode(message) for name, message in every_message().items()}
RFC3339 = FormatChecker(())


@RFC3339.checks("date-time", raises=ValueError)
def is_utc(text: object) -> bool:
    """Return whether a text is a moment as we write it; what is none does not count."""
    if not isinstance(text, str):
        return True
    moment = datetime.fromisoformat(text.removesuffix("Z"))
    return text.endswith("Z") and moment.tzinfo is None


def closed(schema: Any) -> Any:
    """Return a schema that knows no other fields than its own."""
    match schema:
        case Mapping():
            inner = {key: closed(value) for key, value in schema.items()}
            is_record = schema.get("type") == "object" and "properties" in schema
            return {**inner, "additionalProperties": False} if is_record else inner
        case list():
            return [closed(each) for each in schema]
        case _:
            return schema


def validator(*, strict: bool) -> Draft202012Validator:
    """Return what checks whole messages; strictly: no field that is not described."""
    schemas = closed(SCHEMAS) if strict else SCHEMAS
    resources = [
        (name, Resource.from_contents(schema, DRAFT202012))
        for name, schema in schemas.items()
    ]
    registry: Registry[Any] = Registry().with_resources(resources)
    envelope = schemas["envelope.schema.json"]
    return Draft202012Validator(envelope, registry=registry, format_checker=RFC3339)


def decoded(name: str) -> Any:
    """Return a message as a receiver has it."""
    return json.loads(MESSAGES[name])


def fields(schema: Any) -> Iterator[tuple[str, Any]]:
    """Yield every field of a schema, those of records in it too."""
    yield from schema.get("properties", {}).items()
    for record in schema.get("$defs", {}).values():
        yield from fields(record)


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("name", MESSAGES)
def test_message_is_as_the_schema_says_and_no_field_more(name: str) -> None:
    validator(strict=True).validate(decoded(name))


def test_every_type_has_a_sample() -> None:
    types = {message.message_type for message in every_message().values()}
    assert types == set(MessageType)


def test_every_field_of_a_schema_is_sent_in_some_sample() -> None:
    """Else a schema would promise what never comes."""
    for kind in MessageType:
        sent = {
            key
            for message in every_message().values()
            if message.message_type is kind
            for key in message.payload
        }
        assert sent == SCHEMAS[f"{kind}.schema.json"]["properties"].keys()


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("blocked", {"seq": 0}),
        ("blocked", {"seq": 1.5}),
        ("blocked", {"site_id": ""}),
        ("blocked", {"event_id": "1"}),
        ("blocked", {"schema_version": 2}),
        ("blocked", {"message_type": "dispatch"}),
        ("blocked", {"message_type": "gossip"}),
        ("blocked", {"observed_at": "2026-11-21T12:00:00+01:00"}),
        ("blocked", {"payload": None}),
        ("everything", {"payload": {"failed_blocks": [], "soc_pct": "64"}}),
        ("everything", {"payload": {"soc_pct": 64}}),
        ("raised", {"payload": {}}),
    ],
)
def test_schema_refuses_what_is_no_message(name: str, changes: dict[str, Any]) -> None:
    assert not validator(strict=False).is_valid({**decoded(name), **changes})


def test_receivers_of_today_take_the_new_fields_of_tomorrow() -> None:
    message = decoded("blocked")
    message["payload"]["news"] = 1
    validator(strict=False).validate({**message, "more": None})
    assert not validator(strict=True).is_valid(message)


def test_versions_and_types_are_those_of_the_code() -> None:
    properties = SCHEMAS["envelope.schema.json"]["properties"]
    assert properties["schema_version"]["const"] == SCHEMA_VERSION
    assert properties["message_type"]["enum"] == list(MessageType)


@pytest.mark.parametrize(
    ("schema", "field", "words"),
    [
        ("common", "reason", Reason),
        ("safety_event", "kind", SafetyEventKind),
        ("dispatch", "source", Source),
        ("dispatch", "outcome", [*Outcome, "failed"]),
        ("plan", "intent", Intent),
        ("plan", "why", Why),
        ("finding", "kind", FindingKind),
        ("finding", "change", FindingChange),
    ],
)
def test_words_of_a_field_are_those_of_the_code(
    schema: str, field: str, words: type[StrEnum] | list[str]
) -> None:
    described = dict(fields(SCHEMAS[f"{schema}.schema.json"]))
    assert described[field]["x-words"] == list(words)


def test_telemetry_is_described_in_full_with_the_units_of_the_profile() -> None:
    profile = load_profiles(INTEGRATION / "profiles", None).profiles[0]
    units = {
        **{key: register.unit for key, register in profile.registers.items()},
        **{derived.key: derived.unit for derived in DERIVED},
    }
    described = SCHEMAS["telemetry.schema.json"]["properties"]
    assert list(described) == [*NUMBERS, *WORDS, "alarms", "failed_blocks"]
    assert {key: described[key]["x-unit"] for key in NUMBERS} == {
        key: units[key] for key in NUMBERS
    }


@pytest.mark.parametrize("name", SCHEMAS)
def test_units_are_in_the_names(name: str) -> None:
    ends = {
        "W": "_w",
        "kWh": "_kwh",
        "%": "_pct",
        "°C": "_c",
        "V": "_v",
        "A": "_a",
        "Hz": "_hz",
        "ms": "_ms",
        "currency/kWh": "_per_kwh",
    }
    for key, field in fields(SCHEMAS[name]):
        assert field["description"]
        unit = field.get("x-unit")
        if unit in ends:
            assert key.endswith(ends[unit])
        elif not (unit == "currency" or str(unit).startswith("by ")):
            assert unit is None
