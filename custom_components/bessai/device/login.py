"""The login of the installer: Huawei's private function 0x41.

Over the network an inverter may want it before it takes a write. Both sides prove that
they know the password, and neither sends it. What follows the function code:

========  ==========================================================================
request   ``24 01 00``
answer    ``24``, length 17, their challenge (16 bytes), one byte that nobody explains
request   ``25``, length, our challenge (16 bytes), length of the user's name, name,
          length 32, HMAC-SHA256 of their challenge
answer    ``25``, length, status (0: accepted), length 32, HMAC-SHA256 of ours
========  ==========================================================================

The key of both is the SHA-256 of the password; a length counts the bytes that follow.
Source: ``huawei_facts.md`` 2.6; layout verified by an independent client. What a real
inverter puts into the answer to a wrong password is not known: any status but 0 is
taken for a refusal.
"""

from dataclasses import dataclass, field
from hashlib import sha256
import hmac
from typing import Protocol

from .link import (
    IllegalAddress,
    IllegalFunction,
    IllegalValue,
    LinkError,
    NotPermitted,
)

FUNCTION = 0x41
ASK_CHALLENGE, LOG_IN = 0x24, 0x25
CHALLENGE_BYTES = 16
ACCEPTED = 0

LONGEST_USER = 64
"""Bytes; with more, a request would soon be longer than Modbus allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """With what to log in; no ``repr`` and no error of ours shows the password."""

    user: str
    password: str = field(repr=False)
    keep_alive: int | None = None
    """Address of the register that keeps the rights alive when 1 is written to it;
    ``None`` where the profile has none."""


class LoginRefused(LinkError):  # noqa: N818 - named after what happened
    """The device does not accept user and password; after some it locks the account."""


class LoginUnproven(LoginRefused):
    """The device accepted, but did not prove that it knows the password itself."""


class LoginUnsupported(LinkError):  # noqa: N818 - named after what happened
    """The device, or the path to it, offers no login."""


class PrivateUnit(Protocol):
    """As much of a unit on a link as logging in needs."""

    async def private(self, function: int, payload: bytes) -> bytes:
        """Return what a function of the vendor's own answers after its code."""


async def log_in(unit: PrivateUnit, login: Login, challenge: bytes) -> None:
    """Obtain the rights of a user for the connection that the unit is on.

    Nobody else may use the unit meanwhile, or their challenge would replace ours.

    Args:
        unit: Held by the caller until this is done.
        login: Who, with which password.
        challenge: 16 bytes that nobody could foresee.

    Raises:
        LoginRefused: Not to be tried again soon: some wrong passwords lock the account.
        LoginUnsupported: If there is no login here.
        LinkError: If it could not be carried out now.
    """
    if len(login.user.encode()) > LONGEST_USER:
        raise LoginRefused(f"a user's name has at most {LONGEST_USER} bytes")
    theirs = await _ask_challenge(unit)
    request = login_request(login, theirs, challenge)
    try:
        answer = await unit.private(FUNCTION, request)
    except (NotPermitted, IllegalValue) as error:
        raise LoginRefused(str(error)) from error
    check_answer(answer, login, challenge)


async def login_is_offered(unit: PrivateUnit) -> bool:
    """Return whether logging in could help; also ``False`` if nobody can tell now."""
    try:
        await _ask_challenge(unit)
    except LinkError:
        return False
    return True


async def _ask_challenge(unit: PrivateUnit) -> bytes:
    try:
        answer = await unit.private(FUNCTION, bytes([ASK_CHALLENGE, 1, 0]))
    except (IllegalFunction, IllegalAddress, IllegalValue) as error:
        raise LoginUnsupported(f"no login is offered: {error}") from error
    challenge = _content(answer, ASK_CHALLENGE)[:CHALLENGE_BYTES]
    if len(challenge) < CHALLENGE_BYTES:
        raise LoginUnsupported("no login is offered: the answer is no challenge")
    return challenge


def login_request(login: Login, theirs: bytes, ours: bytes) -> bytes:
    """Return the request that logs in.

    Args:
        login: Its user's name has at most :data:`LONGEST_USER` bytes.
        theirs: The challenge of the device.
        ours: The challenge to the device.
    """
    user, proof = login.user.encode(), _proof(login, theirs)
    content = b"".join((ours, bytes([len(user)]), user, bytes([len(proof)]), proof))
    return bytes([LOG_IN, len(content)]) + content


def check_answer(answer: bytes, login: Login, ours: bytes) -> None:
    """Return if the device accepted the login and proved that it knows the password.

    Args:
        answer: To :func:`login_request`.
        login: What was sent.
        ours: The challenge that was sent.

    Raises:
        LoginRefused: If either is not so.
    """
    content = _content(answer, LOG_IN)
    if not content or content[0] != ACCEPTED:
        status = content[:1].hex() or "none"
        raise LoginRefused(f"user and password are not accepted (status {status})")
    if not hmac.compare_digest(content[2:], _proof(login, ours)):
        raise LoginUnproven("the device does not prove that it knows the password")


def _content(answer: bytes, asked: int) -> bytes:
    """Return what an answer contains, empty if it is not the one that was asked for."""
    head, content = answer[:2], answer[2:]
    return content if head == bytes([asked, len(content)]) else b""


def _proof(login: Login, challenge: bytes) -> bytes:
    key = sha256(login.password.encode()).digest()
    return hmac.digest(key, challenge, "sha256")
