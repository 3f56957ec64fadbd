"""An uploaded key: taken, or refused by the name of the field that is wrong."""

import json
import traceback
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given, settings, strategies as st
import pytest

from custom_components.bessai.forwarding.service_account import (
    FILE,
    MOST_BYTES,
    KeyFault,
    ServiceAccountError,
    parse_service_account,
    read_service_account,
)

from .keys import EMAIL, KEY_ID, key_file, pem, private_key, secrets

GOOD = key_file()
NEEDED = (
    "type",
    "project_id",
    "private_key_id",
    "private_key",
    "client_email",
    "token_uri",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


def upload(**changes: object) -> bytes:
    return json.dumps(key_file(**changes), indent=2).encode()


def fault_of(content: bytes) -> tuple[str, KeyFault]:
    with pytest.raises(ServiceAccountError) as caught:
        read_service_account(content)
    return caught.value.field, caught.value.fault


def elliptic() -> str:
    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        .decode()
    )


def locked() -> str:
    return (
        private_key()
        .private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")
        )
        .decode()
    )


def test_a_key_of_google_is_taken() -> None:
    account = read_service_account(upload())
    assert account.project_id == "a-project"
    assert account.client_email == EMAIL
    assert account.as_info() == {name: GOOD[name] for name in NEEDED}


def test_what_is_kept_is_read_again() -> None:
    account = read_service_account(upload())
    assert parse_service_account(account.as_info()) == account


def test_its_representation_shows_nothing_of_the_key() -> None:
    shown = repr(read_service_account(upload()))
    assert EMAIL in shown
    assert not [secret for secret in secrets() if secret in shown]


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_field_is_named(name: str) -> None:
    assert fault_of(upload(**{name: None})) == (name, KeyFault.MISSING)


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("value", [7, "", [], {"a": 1}, True])
def test_what_is_no_text_is_missing(name: str, value: object) -> None:
    assert fault_of(upload(**{name: value})) == (name, KeyFault.MISSING)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("type", "authorized_user", KeyFault.WRONG_TYPE),
        ("type", "external_account", KeyFault.WRONG_TYPE),
        ("project_id", "a project", KeyFault.MALFORMED),
        ("project_id", "a-project/topics/x", KeyFault.MALFORMED),
        ("project_id", "a-project\n", KeyFault.MALFORMED),
        ("client_email", "somebody@example.com", KeyFault.MALFORMED),
        ("client_email", "x@gserviceaccount.com.example.com", KeyFault.MALFORMED),
        ("private_key_id", "a b", KeyFault.MALFORMED),
        ("token_uri", "http://oauth2.googleapis.com/token", KeyFault.NOT_GOOGLE),
        ("token_uri", "https://example.com/token", KeyFault.NOT_GOOGLE),
        ("token_uri", "https://oauth2.googleapis.com.evil/x", KeyFault.NOT_GOOGLE),
        ("token_uri", "https://oauth2.googleapis.com@evil/x", KeyFault.NOT_GOOGLE),
        ("private_key", "no key", KeyFault.NOT_A_KEY),
        ("private_key", "\udcff", KeyFault.NOT_A_KEY),
    ],
)
def test_a_wrong_field_is_named(name: str, value: str, fault: KeyFault) -> None:
    assert fault_of(upload(**{name: value})) == (name, fault)


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(pem(private_key())[:-200], id="cut"),
        pytest.param(pem(private_key(1024)), id="short"),
        pytest.param(elliptic(), id="elliptic"),
        pytest.param(locked(), id="locked"),
    ],
)
def test_a_key_that_cannot_sign_as_google_wants_is_none(key: str) -> None:
    assert fault_of(upload(private_key=key)) == ("private_key", KeyFault.NOT_A_KEY)


@pytest.mark.parametrize(
    "project", ["a-project", "example.com:a-project", "abcdef", "a" * 30]
)
@pytest.mark.parametrize(
    "token_uri",
    [
        "https://oauth2.googleapis.com/token",
        "https://accounts.google.com/o/oauth2/token",
        "https://www.googleapis.com/oauth2/v4/token",
    ],
)
def test_all_that_google_writes_is_taken(project: str, token_uri: str) -> None:
    account = read_service_account(upload(project_id=project, token_uri=token_uri))
    assert account.project_id == project


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"{", b"[]", b"7", b"null", b"[" * MOST_BYTES],
    ids=["nothing", "bytes", "brace", "list", "number", "null", "brackets"],
)
def test_what_is_no_object_is_not_json(content: bytes) -> None:
    assert fault_of(content) == (FILE, KeyFault.NOT_JSON)


def test_a_film_is_not_parsed() -> None:
    assert fault_of(b" " * (MOST_BYTES + 1)) == (FILE, KeyFault.TOO_LARGE)


@pytest.mark.parametrize("fault", KeyFault)
def test_every_fault_is_told_behind_the_name_of_the_field(fault: KeyFault) -> None:
    text = str(ServiceAccountError("private_key", fault))
    assert text.startswith("private_key ")
    assert len(text) > 20


@pytest.mark.parametrize(
    "content",
    [
        upload()[:-3],
        upload(type="authorized_user"),
        upload(token_uri="https://example.com/token"),
        upload(private_key=pem(private_key())[:-100]),
        json.dumps([GOOD]).encode(),
    ],
    ids=["cut", "type", "token_uri", "private_key", "list"],
)
def test_no_error_carries_the_key_along(content: bytes) -> None:
    with pytest.raises(ServiceAccountError) as caught:
        read_service_account(content)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    shown = "".join(traceback.format_exception(error)) + repr(vars(error))
    assert not [secret for secret in secrets() if secret in shown]
    assert KEY_ID not in shown


@settings(max_examples=50)
@given(content=st.binary(max_size=200) | JSON.map(lambda v: json.dumps(v).encode()))
def test_any_file_is_refused_in_our_words(content: bytes) -> None:
    assert isinstance(fault_of(content)[1], KeyFault)


@settings(max_examples=50)
@given(name=st.sampled_from(NEEDED), value=JSON)
def test_any_value_in_any_field_is_taken_or_refused_by_its_name(
    name: str, value: Any
) -> None:
    named = None
    try:
        parse_service_account({**GOOD, name: value})
    except ServiceAccountError as error:
        named = error.field
    assert named in {None, name}
