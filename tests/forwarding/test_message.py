"""The envelope: what goes over the wire, whatever is put into it."""

from datetime import datetime, timedelta, timezone
import json
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.bessai.forwarding.message import (
    MAX_BYTES,
    MessageTooLarge,
    MessageType,
    attributes,
    encode,
    timestamp,
)

from .samples import EVENT_ID, NOW, every_message, message

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
SURROGATES = st.text(st.characters(categories=["Cs", "L", "Cc"]), max_size=5)
PAYLOADS = st.dictionaries(
    st.text(max_size=9),
    st.recursive(
        LEAVES | SURROGATES,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.tuples(inner)
            | st.dictionaries(st.text(max_size=5), inner, max_size=4)
        ),
        max_leaves=12,
    ),
)


def forbid(constant: str) -> None:
    """Fail on what only Python's JSON knows."""
    raise AssertionError(constant)


def decode(data: bytes) -> Any:
    """Return what a strict receiver reads."""
    return json.loads(data.decode(), parse_constant=forbid)


def test_envelope_is_compact_json_in_alphabetical_order() -> None:
    data = encode(message(payload={"soc_pct": 64.3, "name": "Küche"}))
    assert data.decode() == (
        '{"event_id":"019aa5f5-0c00-7cc0-98c4-dc0c0c07398f","gateway_version":"0.1.0",'
        '"message_type":"telemetry","observed_at":"2026-11-21T12:00:00.250000Z",'
        '"payload":{"name":"Küche","soc_pct":64.3},"schema_version":1,"seq":17280,'
        '"site_id":"home"}'
    )


def test_equal_content_gives_equal_bytes() -> None:
    one, other = {"a": 1, "b": [{"c": 2, "d": 3}]}, {"b": [{"d": 3, "c": 2}], "a": 1}
    assert encode(message(payload=one)) == encode(message(payload=other))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_becomes_null(number: float) -> None:
    data = encode(message(payload={"a": number, "b": [{"c": (number, 1)}]}))
    assert decode(data)["payload"] == {"a": None, "b": [{"c": [None, 1]}]}


@settings(max_examples=50)
@given(payload=PAYLOADS)
def test_any_payload_becomes_strict_json(payload: dict[str, Any]) -> None:
    decoded = decode(encode(message(payload=payload)))
    assert decoded["seq"] == 17_280
    assert decoded["payload"].keys() == payload.keys()


def test_broken_text_of_a_device_does_not_stop_a_message() -> None:
    decoded = decode(encode(message(payload={"error": "bad \ud800 text"})))
    assert decoded["payload"] == {"error": "bad ? text"}


def test_message_beyond_the_limit_is_told_with_its_size() -> None:
    payload = {"error": "x" * MAX_BYTES}
    with pytest.raises(MessageTooLarge, match=r"plan: \d{7} bytes, at most 1000000"):
        encode(message(MessageType.PLAN, payload))


def test_message_at_the_limit_passes() -> None:
    spare = MAX_BYTES - len(encode(message(payload={"error": ""})))
    assert len(encode(message(payload={"error": "x" * spare}))) == MAX_BYTES
    with pytest.raises(MessageTooLarge):
        encode(message(payload={"error": "x" * (spare + 1)}))


def test_what_json_cannot_say_is_a_bug() -> None:
    with pytest.raises(TypeError):
        encode(message(payload={"at": NOW}))


def test_attributes_repeat_what_subscriptions_filter_by() -> None:
    for sample in every_message().values():
        assert attributes(sample) == {
            "message_type": sample.message_type.value,
            "site_id": "home",
            "schema_version": "1",
            "event_id": EVENT_ID,
            "content_type": "application/json",
        }


def test_times_are_utc_with_microseconds_so_that_texts_sort() -> None:
    chile = timezone(timedelta(hours=-3))
    whole = datetime(2026, 11, 21, 9, 0, 0, tzinfo=chile)
    assert timestamp(whole) == "2026-11-21T12:00:00.000000Z"
    assert timestamp(whole) < timestamp(NOW)
    assert datetime.fromisoformat(timestamp(NOW)) == NOW


def test_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        timestamp(datetime(2026, 11, 21, 12))  # noqa: DTZ001 - that is the point
