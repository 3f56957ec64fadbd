"""Out of whatever a device sends, only the answer is taken."""

from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.device.link import BrokenAnswer, NotPermitted
from custom_components.bessai.device.modbus_frames import (
    AnswerStream,
    private_answer,
    private_request,
)

READ_TWO = bytes.fromhex("0001 0000 0006 01 03 7d00 0002")
ANSWER = bytes.fromhex("0001 0000 0007 01 03 04 0001 ffff")
LATE = bytes.fromhex("0000 0000 0005 01 03 02 0009")
WRITE = bytes.fromhex("0001 0000 0006 01 06 b7fc 0001")
WRITE_ANSWER = bytes.fromhex("0001 0000 0006 01 06 b7fc 0001")
PRIVATE = bytes.fromhex("fde9 0000 0005 01 41 24 01 00")
PRIVATE_ANSWER = bytes.fromhex("fde9 0000 0006 01 41 24 02 0102")
PRIVATE_REFUSAL = bytes.fromhex("fde9 0000 0003 01 c1 80")
REFUSAL = bytes.fromhex("0001 0000 0003 01 83 02")


def stream(request: bytes = READ_TWO) -> AnswerStream:
    answers = AnswerStream()
    answers.expect(request)
    return answers


@pytest.mark.parametrize(
    ("request_frame", "answer"),
    [
        (READ_TWO, ANSWER),
        (READ_TWO, REFUSAL),
        (WRITE, WRITE_ANSWER),
        (PRIVATE, PRIVATE_ANSWER),
        (PRIVATE, PRIVATE_REFUSAL),
        (PRIVATE[:8], PRIVATE_ANSWER),
    ],
)
def test_the_answer_is_found(request_frame: bytes, answer: bytes) -> None:
    assert list(stream(request_frame).feed(answer)) == [answer]


@given(cuts=st.lists(st.integers(0, len(LATE + ANSWER)), max_size=8))
def test_the_answer_is_found_in_any_pieces(cuts: list[int]) -> None:
    answers, whole = stream(), LATE + ANSWER
    edges = [0, *sorted(cuts), len(whole)]
    found = [
        frame
        for start, end in pairwise(edges)
        for frame in answers.feed(whole[start:end])
    ]
    assert found == [ANSWER]


def test_the_answer_is_taken_once() -> None:
    assert list(stream().feed(ANSWER + ANSWER)) == [ANSWER]


def test_the_rest_of_a_late_answer_completes_it_after_the_next_request() -> None:
    answers = AnswerStream()
    answers.expect(bytes(2) + READ_TWO[2:])
    assert list(answers.feed(LATE[:5])) == []
    answers.expect(READ_TWO)
    assert list(answers.feed(LATE[5:] + ANSWER)) == [ANSWER]


def test_an_answer_that_is_no_longer_awaited_is_passed_over() -> None:
    answers = stream()
    answers.give_up()
    assert list(answers.feed(ANSWER)) == []


def test_what_nobody_asked_for_is_passed_over() -> None:
    assert list(AnswerStream().feed(ANSWER)) == []


def test_any_unit_may_answer_for_unit_0() -> None:
    answers = stream(READ_TWO[:6] + bytes(1) + READ_TWO[7:])
    assert list(answers.feed(ANSWER)) == [ANSWER]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("0001 0000 0007 05 03 04 0001 ffff", "unit 5 answered for unit 1"),
        ("0001 0000 0007 01 04 04 0001 ffff", "the answer is to function 0x04"),
        ("0001 0000 0005 01 03 02 0001", "the answer does not fit: 02 00 01"),
        ("0001 0000 0007 01 03 02 0001 ffff", "does not fit"),
        ("0001 0000 0003 01 03 04", "does not fit"),
        ("0001 0000 0004 01 83 02 00", "does not fit"),
        ("0001 0000 0002 01 83", "an answer of 2 bytes does not exist"),
        ("0001 0000 00ff 01 03", "an answer of 255 bytes does not exist"),
        ("4854 5450 2f31 2e31", "what came is not Modbus"),
    ],
)
def test_what_cannot_be_the_answer_ends_the_connection(answer: str, text: str) -> None:
    with pytest.raises(BrokenAnswer, match=text):
        list(stream().feed(bytes.fromhex(answer)))


@pytest.mark.parametrize(
    "answer", ["0001 0000 0006 01 06 b7fd 0001", "0001 0000 0005 01 06 b7fc 00"]
)
def test_a_write_is_answered_with_its_own_address(answer: str) -> None:
    with pytest.raises(BrokenAnswer, match="does not fit"):
        list(stream(WRITE).feed(bytes.fromhex(answer)))


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("fde9 0000 0004 01 c1 80 00", "does not fit"),
        ("fde9 0000 0006 01 42 24 02 0102", "the answer is to function 0x42"),
        ("fde9 0000 0006 02 41 24 02 0102", "unit 2 answered for unit 1"),
        ("fde9 0000 0002 01 41", "an answer of 2 bytes does not exist"),
    ],
)
def test_a_private_function_is_answered_by_itself_and_whoever_was_asked(
    answer: str, text: str
) -> None:
    with pytest.raises(BrokenAnswer, match=text):
        list(stream(PRIVATE).feed(bytes.fromhex(answer)))


def test_a_private_function_is_asked_and_answered_as_it_likes() -> None:
    assert private_request(0xFDE9, 1, 0x41, b"\x24\x01\x00") == PRIVATE
    assert private_answer(PRIVATE_ANSWER, "") == bytes.fromhex("24 02 0102")
    with pytest.raises(NotPermitted, match=r"unit 1, function 0x41: .*consent"):
        private_answer(PRIVATE_REFUSAL, "unit 1, function 0x41")


@given(data=st.binary(max_size=300))
def test_hostile_bytes_raise_our_error_or_nothing(data: bytes) -> None:
    answers = stream()
    try:
        found = list(answers.feed(data))
    except BrokenAnswer:
        return
    assert all(frame[:2] == READ_TWO[:2] for frame in found)
