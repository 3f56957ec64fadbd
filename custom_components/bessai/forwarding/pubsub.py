"""How Pub/Sub is reached, as values; the way to a publisher without importing google.

The import of the adapter takes a second and thirty megabytes, and needs a package that
is installed where somebody forwards: it happens in :func:`build_publisher` only.
"""

from dataclasses import dataclass

from .publisher import LastingFailure, Publisher
from .service_account import ServiceAccount


@dataclass(frozen=True, slots=True)
class AmbientCredentials:
    """Google's application default credentials: what the machine itself has."""


@dataclass(frozen=True, slots=True)
class Emulator:
    """A server that asks for no credentials; the connection is not encrypted."""

    address: str
    """``host:port``."""


Access = ServiceAccount | AmbientCredentials | Emulator


class PermissionUnknown(LastingFailure):
    """The topic may exist and take messages; this account may not find that out."""


def build_publisher(topic: str, access: Access) -> Publisher:
    """Return a publisher; meant for an executor. It connects when it is first used.

    Args:
        topic: ``projects/<project>/topics/<topic>``.
        access: Who publishes, and where.

    Raises:
        ImportError: If the package is not installed, or does not fit this machine.
        LastingFailure: If there are no credentials.
    """
    from .pubsub_publisher import open_publisher  # noqa: PLC0415 - see above

    return open_publisher(topic, access)
