"""Frames as they come off the wire, good and bad."""

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.simulator.errors import ExceptionCode
from custom_components.bessai.simulator.mbap import (
    HEADER,
    BadFrame,
    Frame,
    ReadRequest,
    WriteRequest,
    body_length,
    exception_answer,
    parse_frame,
    parse_request,
    read_answer,
    wrap,
    write_answer,
)

from .raw_client import write_pdu


def frame(pdu: bytes) -> Frame:
    """Return a frame that carries a protocol data unit."""
    header = HEADER.pack(7, 0, len(pdu) + 1, 3)
    assert body_length(header) == len(pdu)
    return parse_frame(header, pdu)


def test_a_frame_knows_who_is_asked_what() -> None:
    asked = frame(bytes.fromhex("03 9380 0002"))
    assert (asked.transaction, asked.unit_id, asked.function) == (7, 3, 3)
    assert not asked.is_write


@pytest.mark.parametrize(
    ("pdu", "request_"),
    [
        ("03 9380 0002", ReadRequest(address=0x9380, count=2)),
        ("03 9380 007D", ReadRequest(address=0x9380, count=125)),
        ("03 9380 007E", ExceptionCode.ILLEGAL_VALUE),
        ("03 9380 0000", ExceptionCode.ILLEGAL_VALUE),
        ("03 FFFF 0001", ReadRequest(address=0xFFFF, count=1)),
        ("03 FFFF 0002", ExceptionCode.ILLEGAL_VALUE),
        ("06 B7FC 0001", WriteRequest(address=0xB7FC, words=(1,))),
        ("10 B88F 0002 04 0000 0BB8", WriteRequest(address=0xB88F, words=(0, 3000))),
        ("10 B88F 0003 04 0000 0BB8", ExceptionCode.ILLEGAL_VALUE),
        ("10 B88F 0000 00", ExceptionCode.ILLEGAL_VALUE),
        ("10 FFFF 0002 04 0000 0BB8", ExceptionCode.ILLEGAL_VALUE),
        ("04 9380 0002", ExceptionCode.ILLEGAL_FUNCTION),
        ("2B 0E 03 87", ExceptionCode.ILLEGAL_FUNCTION),
        ("41 24", ExceptionCode.ILLEGAL_FUNCTION),
    ],
)
def test_requests_mean_what_the_protocol_says(pdu: str, request_: object) -> None:
    assert parse_request(frame(bytes.fromhex(pdu))) == request_


def test_the_most_words_are_123_to_write() -> None:
    most = parse_request(frame(write_pdu(100, range(123))))
    assert most == WriteRequest(address=100, words=tuple(range(123)))
    with pytest.raises(BadFrame):
        body_length(HEADER.pack(7, 0, len(write_pdu(100, range(124))) + 1, 3))


@pytest.mark.parametrize(
    "pdu", ["03 9380", "03 9380 0002 00", "06 B7FC", "10 B88F 00", "10 B88F 0002 04 00"]
)
def test_a_body_of_the_wrong_length_is_bad(pdu: str) -> None:
    with pytest.raises(BadFrame):
        parse_request(frame(bytes.fromhex(pdu)))


@pytest.mark.parametrize(
    "header", ["0001 0001 0006 01", "0001 0000 0001 01", "0001 0000 00FF 01"]
)
def test_a_header_that_is_not_modbus_is_bad(header: str) -> None:
    with pytest.raises(BadFrame):
        body_length(bytes.fromhex(header))


@given(pdu=st.binary(min_size=1, max_size=253))
def test_any_bytes_are_a_request_a_refusal_or_bad(pdu: bytes) -> None:
    try:
        request = parse_request(frame(pdu))
    except BadFrame:
        return
    assert isinstance(request, ReadRequest | WriteRequest | ExceptionCode)


def test_answers_are_laid_out_as_the_protocol_says() -> None:
    one = frame(bytes.fromhex("06 B7FC 0001"))
    many = frame(bytes.fromhex("10 B88F 0002 04 0000 0BB8"))
    assert read_answer((1, 0xFFFF)) == bytes.fromhex("03 04 0001 FFFF")
    assert write_answer(one) == bytes.fromhex("06 B7FC 0001")
    assert write_answer(many) == bytes.fromhex("10 B88F 0002")
    assert exception_answer(one, ExceptionCode.NO_PERMISSION) == b"\x86\x80"
    assert wrap(0x1FFFF, 3, b"\x86\x80") == bytes.fromhex("FFFF 0000 0003 03 86 80")
