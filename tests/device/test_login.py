"""Both sides prove that they know the password, and neither tells it."""

from hashlib import sha256
import hmac

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.device.link import (
    Busy,
    DeviceFailure,
    LinkError,
    NoAnswer,
    refusal,
)
from custom_components.bessai.device.login import (
    LONGEST_USER,
    Login,
    LoginRefused,
    LoginUnproven,
    LoginUnsupported,
    log_in,
    login_is_offered,
)

from .login_door import CHALLENGE, PASSWORD, Door, desk

LOGIN = Login(user="installer", password=PASSWORD)
THEIRS = bytes(range(100, 116))


def proof(challenge: bytes, password: str = PASSWORD) -> bytes:
    return hmac.digest(sha256(password.encode()).digest(), challenge, "sha256")


class Scripted:
    """A unit that answers what the test says, or raises it."""

    def __init__(self, *answers: bytes | LinkError) -> None:
        self.answers = list(answers)
        self.asked: list[bytes] = []

    async def private(self, function: int, payload: bytes) -> bytes:
        assert function == 0x41
        self.asked.append(payload)
        answer = self.answers.pop(0)
        if isinstance(answer, LinkError):
            raise answer
        return answer


def told(sub_function: int, *content: bytes) -> bytes:
    """Return an answer whose length is right."""
    whole = b"".join(content)
    return bytes([sub_function, len(whole)]) + whole


CHALLENGED = told(0x24, THEIRS, b"\0")


async def test_the_right_password_opens_the_door() -> None:
    door = Door(desk())
    await log_in(door, LOGIN, CHALLENGE)
    door.desk.check_rights()


async def test_the_frames_have_the_layout_that_the_field_uses() -> None:
    unit = Scripted(CHALLENGED, told(0x25, b"\0\x20", proof(CHALLENGE)))
    await log_in(unit, LOGIN, CHALLENGE)
    asked, sent = unit.asked
    assert asked == bytes.fromhex("24 01 00")
    assert sent[:2] == bytes.fromhex("25 3b")
    assert sent[2:18] == CHALLENGE
    assert sent[18:28] == b"\x09installer"
    assert sent[28:] == b"\x20" + proof(THEIRS)


@pytest.mark.parametrize(
    "login",
    [
        Login(user="installer", password="0000000a"),
        Login(user="installer", password=""),
        Login(user="user", password=PASSWORD),
        Login(user="", password=PASSWORD),
        Login(user="x" * LONGEST_USER, password=PASSWORD),
    ],
    ids=["password", "no password", "user", "no user", "long user"],
)
async def test_whoever_is_not_the_installer_stays_outside(login: Login) -> None:
    door = Door(desk())
    with pytest.raises(LoginRefused, match="not accepted"):
        await log_in(door, login, CHALLENGE)
    assert len(door.asked) == 2


async def test_a_name_that_fits_no_frame_is_not_sent() -> None:
    door = Door(desk())
    with pytest.raises(LoginRefused, match="at most 64 bytes"):
        await log_in(door, Login(user="ü" * 33, password=PASSWORD), CHALLENGE)
    assert door.asked == []


@pytest.mark.parametrize("code", [0x03, 0x80])
async def test_a_login_may_be_refused_by_an_exception(code: int) -> None:
    unit = Scripted(CHALLENGED, refusal(code, "host:502, unit 1"))
    with pytest.raises(LoginRefused, match="host:502, unit 1"):
        await log_in(unit, LOGIN, CHALLENGE)


@pytest.mark.parametrize(
    "answer",
    [
        told(0x25, b"\1\0"),
        told(0x25, b"\1"),
        told(0x25, b"\1\x20", proof(CHALLENGE)),
        told(0x25),
        told(0x24, b"\0\x20", proof(CHALLENGE)),
        told(0x25, b"\0\x20", proof(CHALLENGE)) + b"\0",
        b"\x25",
        b"",
    ],
    ids=["refused", "short", "proven", "empty", "other", "long", "cut", "nothing"],
)
async def test_only_what_says_accepted_is_taken_for_that(answer: bytes) -> None:
    with pytest.raises(LoginRefused):
        await log_in(Scripted(CHALLENGED, answer), LOGIN, CHALLENGE)


@pytest.mark.parametrize(
    "content",
    [b"\0\x20" + proof(CHALLENGE, "other"), b"\0\x20" + proof(THEIRS), b"\0\0", b"\0"],
    ids=["another password", "another challenge", "no proof", "status only"],
)
async def test_a_device_that_does_not_know_the_password_is_found_out(
    content: bytes,
) -> None:
    with pytest.raises(LoginUnproven, match="does not prove"):
        await log_in(Scripted(CHALLENGED, told(0x25, content)), LOGIN, CHALLENGE)


@pytest.mark.parametrize(
    "answer",
    [
        refusal(0x01),
        refusal(0x02),
        refusal(0x03),
        told(0x24, THEIRS[:15]),
        told(0x25, THEIRS, b"\0"),
        CHALLENGED[:-1],
        b"\0",
    ],
    ids=["function", "address", "value", "short", "other", "cut", "nothing"],
)
async def test_a_device_without_a_login_is_told_apart(
    answer: bytes | LinkError,
) -> None:
    unit = Scripted(answer, answer)
    with pytest.raises(LoginUnsupported, match="no login is offered"):
        await log_in(unit, LOGIN, CHALLENGE)
    assert not await login_is_offered(unit)


@pytest.mark.parametrize("error", [Busy(6), DeviceFailure(4), NoAnswer("silence")])
async def test_what_may_pass_is_no_answer_to_the_login(error: LinkError) -> None:
    with pytest.raises(type(error)):
        await log_in(Scripted(error), LOGIN, CHALLENGE)
    with pytest.raises(type(error)):
        await log_in(Scripted(CHALLENGED, error), LOGIN, CHALLENGE)
    assert not await login_is_offered(Scripted(error))


async def test_whether_a_login_is_offered_is_found_out_without_one() -> None:
    door = Door(desk())
    assert await login_is_offered(door)
    assert door.asked == [bytes.fromhex("41 24 01 00")]
    assert not await login_is_offered(Door(desk(password=None)))


@given(first=st.binary(max_size=60), second=st.binary(max_size=60))
async def test_hostile_answers_raise_our_errors_only(
    first: bytes, second: bytes
) -> None:
    for answers in ((first, second), (CHALLENGED, second)):
        with pytest.raises((LoginRefused, LoginUnsupported)):
            await log_in(Scripted(*answers), LOGIN, CHALLENGE)


async def test_the_password_is_nowhere_to_be_read() -> None:
    assert PASSWORD not in repr(LOGIN)
    unit = Scripted(CHALLENGED, told(0x25, b"\1\0"))
    with pytest.raises(LoginRefused) as caught:
        await log_in(unit, LOGIN, CHALLENGE)
    assert PASSWORD not in str(caught.value)
    assert not [sent for sent in unit.asked if PASSWORD.encode() in sent]
