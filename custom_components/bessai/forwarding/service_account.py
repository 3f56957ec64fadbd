"""The key of a Google service account, as its owner uploads it: checked, never shown.

Source of the fields: the JSON that "Create key" of the cloud console downloads, and
what google-auth reads of it. google-auth itself looks neither at the type nor at whose
address the token comes from, so that is done here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
import json
import re
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ..core.errors import BessaiError

MOST_BYTES = 20_000
"""Real ones have 2,400."""

FILE = "file"
"""The name of the whole in errors."""

_TYPE = "service_account"
_SHORTEST_KEY_BITS = 2048
_PROJECT = re.compile(r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]")
_EMAIL = re.compile(r"[a-z0-9][a-z0-9.-]*@[a-z0-9.-]+\.gserviceaccount\.com")
_KEY_ID = re.compile(r"[0-9A-Za-z_-]{1,128}")
_TOKEN_URI = re.compile(
    r"https://(oauth2\.googleapis\.com|www\.googleapis\.com|accounts\.google\.com)/[\w/.-]*",
    re.ASCII,
)


class KeyFault(StrEnum):
    """What is wrong with a file or one of its fields."""

    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    WRONG_TYPE = "wrong_type"
    MISSING = "missing"
    MALFORMED = "malformed"
    NOT_GOOGLE = "not_google"
    NOT_A_KEY = "not_a_key"

    @property
    def text(self) -> str:
        """It in words, to be read behind the name of the field."""
        return _WORDS[self]


_WORDS = {
    KeyFault.TOO_LARGE: f"has more than {MOST_BYTES} bytes; a key has about 2,400",
    KeyFault.NOT_JSON: "is not a JSON object",
    KeyFault.WRONG_TYPE: f'is not "{_TYPE}"; create a key of a service account',
    KeyFault.MISSING: "is missing, or is not a text",
    KeyFault.MALFORMED: "does not look like one",
    KeyFault.NOT_GOOGLE: "is not an address of Google's with https",
    KeyFault.NOT_A_KEY: f"is not an RSA key of {_SHORTEST_KEY_BITS} bits or more",
}


class ServiceAccountError(BessaiError):
    """A file that is no usable key; names the field, never what is in it."""

    def __init__(self, name: str, fault: KeyFault) -> None:
        """Take the name of the field, or :data:`FILE`."""
        super().__init__(f"{name} {fault.text}")
        self.field = name
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccount:
    """A key that can sign; its ``repr`` shows whose it is and nothing of it."""

    project_id: str
    client_email: str
    private_key_id: str = field(repr=False)
    private_key: str = field(repr=False)
    """PEM."""

    token_uri: str

    def as_info(self) -> dict[str, str]:
        """Return the fields as Google names them: to be kept, and for google-auth."""
        return {
            "type": _TYPE,
            "project_id": self.project_id,
            "client_email": self.client_email,
            "private_key_id": self.private_key_id,
            "private_key": self.private_key,
            "token_uri": self.token_uri,
        }


def read_service_account(upload: bytes) -> ServiceAccount:
    """Return the key in an uploaded file.

    Takes tens of milliseconds, because the key is checked: not for an event loop.

    Raises:
        ServiceAccountError: If it is no key of a service account.
    """
    if len(upload) > MOST_BYTES:
        raise ServiceAccountError(FILE, KeyFault.TOO_LARGE)
    info = _json(upload)
    if not isinstance(info, dict):
        raise ServiceAccountError(FILE, KeyFault.NOT_JSON)
    return parse_service_account(info)


def parse_service_account(info: Mapping[str, Any]) -> ServiceAccount:
    """Return the key in an object of JSON, kept or uploaded; as slow as reading it.

    Fields that are not needed are left behind.

    Raises:
        ServiceAccountError: If it is no key of a service account.
    """
    if _text(info, "type") != _TYPE:
        raise ServiceAccountError("type", KeyFault.WRONG_TYPE)
    account = ServiceAccount(
        project_id=_shaped(info, "project_id", _PROJECT),
        client_email=_shaped(info, "client_email", _EMAIL),
        private_key_id=_shaped(info, "private_key_id", _KEY_ID),
        private_key=_text(info, "private_key"),
        token_uri=_shaped(info, "token_uri", _TOKEN_URI, KeyFault.NOT_GOOGLE),
    )
    if not _is_rsa_key(account.private_key):
        raise ServiceAccountError("private_key", KeyFault.NOT_A_KEY)
    return account


def _json(upload: bytes) -> Any:
    # Not raised from here: the error of the parser carries the whole document along.
    try:
        return json.loads(upload)
    except ValueError, RecursionError:
        return None


def _text(info: Mapping[str, Any], name: str) -> str:
    value = info.get(name)
    if not isinstance(value, str) or not value:
        raise ServiceAccountError(name, KeyFault.MISSING)
    return value


def _shaped(
    info: Mapping[str, Any],
    name: str,
    shape: re.Pattern[str],
    fault: KeyFault = KeyFault.MALFORMED,
) -> str:
    value = _text(info, name)
    if not shape.fullmatch(value):
        raise ServiceAccountError(name, fault)
    return value


def _is_rsa_key(pem: str) -> bool:
    # A key with a password is a TypeError.
    try:
        key = load_pem_private_key(pem.encode(errors="replace"), password=None)
    except ValueError, TypeError, UnsupportedAlgorithm:
        return False
    return isinstance(key, RSAPrivateKey) and key.key_size >= _SHORTEST_KEY_BITS
