"""Avro and protobuf hold what is sent: each message goes in and comes out unchanged."""

from collections.abc import Mapping
import io
import json
from pathlib import Path
import subprocess
import sys
from typing import Any

import fastavro
from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    json_format,
    message as protobuf,
    message_factory,
)
import pytest

from custom_components.bessai.forwarding.message import MessageType, encode

from ..source import ROOT, read_json
from .samples import every_message

SCHEMAS = ROOT / "schemas"
MESSAGES = {name: encode(message) for name, message in every_message().items()}


def decoded(name: str) -> Any:
    """Return a message as a receiver has it."""
    return json.loads(MESSAGES[name])


def known(value: Any, *, lists: bool = True) -> Any:
    """Return a value without its nulls, and without empty lists unless told."""
    match value:
        case Mapping():
            inner = {key: known(each, lists=lists) for key, each in value.items()}
            nothing: tuple[Any, ...] = (None,) if lists else (None, [])
            return {key: each for key, each in inner.items() if each not in nothing}
        case list():
            return [known(each, lists=lists) for each in value]
        case _:
            return value


def avro(name: str) -> Any:
    """Return an Avro schema."""
    return fastavro.parse_schema(read_json(SCHEMAS / "avro" / f"{name}.avsc"))


def through(schema: Any, value: Any) -> Any:
    """Return what is read of a value that was written; what is strange is refused."""
    file = io.BytesIO()
    fastavro.schemaless_writer(file, schema, value, strict_allow_default=True)
    file.seek(0)
    return fastavro.schemaless_reader(file, schema, None)


def record_name(kind: str) -> str:
    """Return the Avro record of a message type."""
    return "bessai." + "".join(part.capitalize() for part in kind.split("_"))


def test_derived_schemas_and_page_are_up_to_date() -> None:
    """``scripts/forwarding_schemas`` makes them so."""
    command = [str(ROOT / "scripts" / "forwarding_schemas"), "--check"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_type_has_an_avro_schema() -> None:
    names = {path.stem for path in (SCHEMAS / "avro").glob("*.avsc")}
    assert names == {*MessageType, "envelope"}


@pytest.mark.parametrize("name", MESSAGES)
def test_avro_holds_every_payload_unchanged(name: str) -> None:
    message = decoded(name)
    payload = message["payload"]
    assert known(through(avro(message["message_type"]), payload)) == known(payload)


@pytest.mark.parametrize("name", MESSAGES)
def test_avro_holds_every_message_unchanged(name: str) -> None:
    message = decoded(name)
    payload = message["payload"]
    branch = (record_name(message["message_type"]), payload)
    read = through(avro("envelope"), {**message, "payload": branch})
    assert known(read) == known(message)


def test_avro_tells_zero_from_unknown() -> None:
    read = through(
        avro("telemetry"), {"pv_power_w": 0, "soc_pct": None, "failed_blocks": []}
    )
    assert (read["pv_power_w"], read["soc_pct"], read["alarms"]) == (0, None, None)


@pytest.mark.parametrize(
    "payload",
    [
        {"failed_blocks": [], "news": 1},
        {"failed_blocks": None},
        {"failed_blocks": [], "soc_pct": "64"},
        {},
    ],
)
def test_avro_refuses_what_is_no_payload(payload: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        through(avro("telemetry"), payload)


@pytest.fixture(name="topic", scope="module")
def topic_fixture(tmp_path_factory: pytest.TempPathFactory) -> type[protobuf.Message]:
    """Return the message of the topic's schema, as protobuf's compiler makes it."""
    made = tmp_path_factory.mktemp("proto") / "message.desc"
    compile_schema(SCHEMAS / "proto" / "message.proto", made)
    files = descriptor_pb2.FileDescriptorSet.FromString(made.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    pool.Add(files.file[0])
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("BessaiMessage"))


def compile_schema(schema: Path, made: Path) -> None:
    """Run protobuf's compiler; a warning is an error here."""
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{schema.parent}"]
    command += [f"--descriptor_set_out={made}", "--fatal_warnings", schema.name]
    subprocess.run(command, check=True)  # noqa: S603


def parse(topic: type[protobuf.Message], text: bytes | str) -> protobuf.Message:
    """Return JSON as the topic's schema reads it; unknown fields are refused."""
    return json_format.Parse(text, topic())


def test_topic_schema_is_what_pubsub_takes() -> None:
    """One outer message, no imports, at most 300 kB."""
    text = (SCHEMAS / "proto" / "message.proto").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert [line for line in lines if line.startswith(("message", "enum"))] == [
        "message BessaiMessage {"
    ]
    assert not [line for line in lines if line.startswith("import")]
    assert len(text.encode()) < 300_000


@pytest.mark.parametrize("name", MESSAGES)
def test_topic_schema_takes_every_message_unchanged(
    topic: type[protobuf.Message], name: str
) -> None:
    """But for lists that are null, which protobuf has not."""
    message = decoded(name)
    read = json_format.MessageToDict(
        parse(topic, MESSAGES[name]), preserving_proto_field_name=True
    )
    # Protobuf's JSON writes whole numbers of 64 bits as texts, and reads them as both.
    numbers = {key: int(read.pop(key)) for key in ("seq", "schema_version")}
    read["payload"] = read.get("payload", {})
    assert {**read, **numbers} == known(message, lists=False)


def test_topic_schema_tells_zero_from_unknown(topic: type[protobuf.Message]) -> None:
    read: Any = parse(topic, '{"payload": {"pv_power_w": 0, "soc_pct": null}}')
    assert read.payload.HasField("pv_power_w")
    assert not read.payload.HasField("soc_pct")
    assert not read.payload.HasField("grid_power_w")


@pytest.mark.parametrize(
    "payload",
    [
        {"news": 1},
        {"soc_pct": {"double": 1.5}},
        {"soc_pct": "much"},
        {"failed_blocks": [None]},
    ],
)
def test_topic_schema_refuses_what_is_no_payload(
    topic: type[protobuf.Message], payload: dict[str, Any]
) -> None:
    """Avro's JSON of a nullable number among it."""
    with pytest.raises(json_format.ParseError):
        parse(topic, json.dumps({"payload": payload}))


def test_numbers_of_the_topic_schema_are_used_once() -> None:
    """The script holds it too; this holds the script."""
    numbers: dict[int, set[str]] = {}
    for kind in MessageType:
        schema = read_json(SCHEMAS / "json" / f"{kind}.schema.json")
        for key, field in schema["properties"].items():
            numbers.setdefault(field["x-proto-field"], set()).add(key)
    assert not [keys for keys in numbers.values() if len(keys) > 1]


def test_table_of_bigquery_has_every_field() -> None:
    table = (SCHEMAS / "bigquery" / "messages.sql").read_text(encoding="utf-8")
    keys = [
        key
        for path in (SCHEMAS / "json").glob("*.schema.json")
        for key in read_json(path).get("properties", {})
    ]
    assert not [key for key in keys if f"`{key}` " not in table]
    assert table.count("<") == table.count(">")
