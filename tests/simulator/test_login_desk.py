"""Who knows the password may write, for a while."""

from hashlib import sha256
import hmac

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.simulator.errors import ExceptionCode, RegisterFault
from custom_components.bessai.simulator.login_desk import KEEP_ALIVE, LoginDesk

PASSWORD = "00000a"
OURS = bytes(range(16))
LAPSE_S = 30.0


def proof(challenge: bytes, password: str = PASSWORD) -> bytes:
    return hmac.digest(sha256(password.encode()).digest(), challenge, "sha256")


class Client:
    """A connection with its desk and a clock that is set by hand."""

    def __init__(self, password: str | None = PASSWORD, nonce: bytes = b"") -> None:
        self.now = 0.0
        self.desk = LoginDesk(password, nonce, LAPSE_S, lambda: self.now)

    def challenge(self) -> bytes:
        answer = self.desk.answer(b"\x24\x01\x00")
        assert answer[:3] == b"\x41\x24\x11"
        assert len(answer) == 3 + 17
        return answer[3:19]

    def log_in(
        self,
        user: bytes = b"installer",
        password: str = PASSWORD,
        theirs: bytes | None = None,
    ) -> bytes:
        theirs = self.challenge() if theirs is None else theirs
        content = b"".join(
            (OURS, bytes([len(user)]), user, b"\x20", proof(theirs, password))
        )
        return self.desk.answer(bytes([0x25, len(content)]) + content)

    @property
    def may_write(self) -> bool:
        try:
            self.desk.check_rights()
        except RegisterFault as fault:
            return fault.code is not ExceptionCode.NO_PERMISSION
        return True


@pytest.fixture
def client() -> Client:
    return Client()


def test_nobody_may_write_before_the_login(client: Client) -> None:
    assert not client.may_write
    client.challenge()
    assert not client.may_write


def test_the_right_password_is_answered_with_a_proof_of_its_own(
    client: Client,
) -> None:
    assert client.log_in() == b"\x41\x25\x22\x00\x20" + proof(OURS)
    assert client.may_write


@pytest.mark.parametrize(
    ("user", "password"), [(b"installer", "wrong"), (b"user", PASSWORD)]
)
def test_the_wrong_one_is_not_and_ends_what_was(
    client: Client, user: bytes, password: str
) -> None:
    client.log_in()
    assert client.log_in(user, password) == b"\x41\x25\x02\x01\x00"
    assert not client.may_write


def test_a_challenge_holds_for_one_try(client: Client) -> None:
    theirs = client.challenge()
    client.log_in(password="wrong", theirs=theirs)
    client.log_in(theirs=theirs)
    assert not client.may_write
    client.log_in(theirs=b"")
    assert not client.may_write


def test_challenges_do_not_repeat() -> None:
    first, second = Client(nonce=b"1"), Client(nonce=b"2")
    seen = {one.challenge() for one in (first, second) for _ in range(5)}
    assert len(seen) == 10


def test_rights_lapse_unless_they_are_kept_alive(client: Client) -> None:
    client.log_in()
    client.now += LAPSE_S
    assert client.may_write
    client.desk.note_write(47100)
    client.now += 1
    assert not client.may_write
    client.log_in()
    client.now += LAPSE_S
    client.desk.note_write(KEEP_ALIVE)
    client.now += LAPSE_S
    assert client.may_write


def test_without_a_password_everybody_may_write_and_nobody_log_in() -> None:
    client = Client(password=None)
    assert client.may_write
    with pytest.raises(RegisterFault) as caught:
        client.challenge()
    assert caught.value.code is ExceptionCode.ILLEGAL_FUNCTION


@pytest.mark.parametrize("body", [b"", b"\x05\x01\x00"])
def test_other_private_functions_are_not_served(client: Client, body: bytes) -> None:
    with pytest.raises(RegisterFault) as caught:
        client.desk.answer(body)
    assert caught.value.code is ExceptionCode.ILLEGAL_VALUE


@given(content=st.binary(max_size=80))
def test_what_is_no_login_gives_no_rights(content: bytes) -> None:
    client = Client()
    client.challenge()
    assert client.desk.answer(b"\x25" + content) == b"\x41\x25\x02\x01\x00"
    assert not client.may_write
