"""The installer's login as one connection knows it: private function 0x41.

Written from the facts (``huawei_facts.md`` 2.6), not from the driver, so that each
checks the other. The layout was verified by an independent client that logs in here.
"""

from collections.abc import Callable
import hashlib
import hmac

from .errors import ExceptionCode, RegisterFault

LOGIN = 0x41
KEEP_ALIVE = 49999
USER = b"installer"

_ASK, _LOG_IN = b"\x24", b"\x25"
_ACCEPTED, _REFUSED = 0, 1
_CHALLENGE_BYTES = 16


class LoginDesk:
    """Gives out rights to write, and takes them back."""

    def __init__(
        self,
        password: str | None,
        nonce: bytes,
        lapse_s: float,
        clock: Callable[[], float],
    ) -> None:
        """Begin a connection without rights.

        Args:
            password: Of the installer; ``None``: everybody may write, nobody log in.
            nonce: What this connection's challenges come from.
            lapse_s: How long rights last that nobody keeps alive.
            clock: Seconds that never go back.
        """
        self._password = password
        self._nonce = nonce
        self._lapse_s = lapse_s
        self._clock = clock
        self._challenge = b""
        self._kept_at: float | None = None

    def check_rights(self) -> None:
        """Raise unless this connection may write now."""
        if self._password is None:
            return
        if self._kept_at is None or self._clock() - self._kept_at > self._lapse_s:
            self._kept_at = None
            raise RegisterFault(ExceptionCode.NO_PERMISSION)

    def note_write(self, address: int) -> None:
        """Note a write that was carried out: one register keeps the rights alive."""
        if address == KEEP_ALIVE:
            self._kept_at = self._clock()

    def answer(self, body: bytes) -> bytes:
        """Return the protocol data unit that answers what follows the function code.

        Raises:
            RegisterFault: If there is no login, or it is asked for something else.
        """
        if self._password is None:
            raise RegisterFault(ExceptionCode.ILLEGAL_FUNCTION)
        asked = body[:1]
        if asked == _ASK:
            content = self._new_challenge() + b"\0"
        elif asked == _LOG_IN:
            content = self._judge(body[2:], self._password)
        else:
            raise RegisterFault(ExceptionCode.ILLEGAL_VALUE)
        return bytes([LOGIN]) + asked + bytes([len(content)]) + content

    def _new_challenge(self) -> bytes:
        """Return what the client has to prove itself with; each holds for one try."""
        self._nonce = hashlib.sha256(self._nonce).digest()
        self._challenge = self._nonce[:_CHALLENGE_BYTES]
        return self._challenge

    def _judge(self, content: bytes, password: str) -> bytes:
        """Return the answer to a login, and give the rights if it is right."""
        theirs, user, proof = _taken_apart(content)
        key = hashlib.sha256(password.encode()).digest()
        wanted = hmac.digest(key, self._challenge, "sha256")
        good = bool(self._challenge) and user == USER
        self._challenge = b""
        if not good or not hmac.compare_digest(proof, wanted):
            self._kept_at = None
            return bytes([_REFUSED, 0])
        self._kept_at = self._clock()
        ours = hmac.digest(key, theirs, "sha256")
        return bytes([_ACCEPTED, len(ours)]) + ours


def _taken_apart(content: bytes) -> tuple[bytes, bytes, bytes]:
    """Return challenge, user and proof of a login; empty ones where it is too short."""
    theirs, rest = content[:_CHALLENGE_BYTES], content[_CHALLENGE_BYTES:]
    length = rest[0] if rest else 0
    user, rest = rest[1 : 1 + length], rest[1 + length :]
    return theirs, user, rest[1:]
