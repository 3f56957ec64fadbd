"""Keys of service accounts that never were Google's, and a certificate for TLS."""

from datetime import UTC, datetime, timedelta
from functools import cache
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
import grpc  # type: ignore[import-untyped]

EMAIL = "bessai@a-project.iam.gserviceaccount.com"
KEY_ID = "0123456789abcdef0123456789abcdef01234567"


@cache
def private_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return the same key each time; making one takes a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def pem(key: rsa.RSAPrivateKey) -> str:
    """Return a key as Google writes it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def key_file(**changes: object) -> dict[str, object]:
    """Return what the console downloads, with changes; ``None`` leaves a field out."""
    info: dict[str, object] = {
        "type": "service_account",
        "project_id": "a-project",
        "private_key_id": KEY_ID,
        "private_key": pem(private_key()),
        "client_email": EMAIL,
        "client_id": "103456789012345678901",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "client_x509_cert_url": "https://www.googleapis.com/robot/v1/metadata/x509/x",
        "universe_domain": "googleapis.com",
        **changes,
    }
    return {name: value for name, value in info.items() if value is not None}


def secrets() -> tuple[str, ...]:
    """Return what of the key must be seen nowhere: each line of it, and its name."""
    lines = pem(private_key()).splitlines()
    return (KEY_ID, "PRIVATE KEY", *lines[1:-1])


@cache
def certificate() -> bytes:
    """Return a certificate of 127.0.0.1 that vouches for itself, PEM."""
    key, now = private_key(), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    host = x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([host]), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )


def server_credentials() -> grpc.ServerCredentials:
    """Return what a server on 127.0.0.1 proves itself with."""
    pair = (pem(private_key()).encode(), certificate())
    return grpc.ssl_server_credentials([pair])
