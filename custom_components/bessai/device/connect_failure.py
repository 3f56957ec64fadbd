"""Why a TCP connection could not be made, in words for the owner."""

import socket

from .link import LinkDown


def link_down(endpoint: str, error: Exception, timeout_s: float) -> LinkDown:
    """Return the error that says what stood in the way.

    Args:
        endpoint: Host and port as a person writes them.
        error: What the event loop raised; a group when the name has several
            addresses.
        timeout_s: How long was waited.
    """
    if isinstance(error, ExceptionGroup):
        error = _most_telling(error)
    refused = isinstance(error, ConnectionRefusedError)
    return LinkDown(f"{endpoint}: {_reason(error, timeout_s)}", refused=refused)


def _most_telling(group: ExceptionGroup[Exception]) -> Exception:
    """Return the refusal of a host that is there, else the first error."""
    refusals = group.subgroup(ConnectionRefusedError)
    return (refusals or group).exceptions[0]


def _reason(error: Exception, timeout_s: float) -> str:
    match error:
        case ConnectionRefusedError():
            return "the host refuses the connection"
        case TimeoutError():
            return f"no connection within {timeout_s:g} s"
        case socket.gaierror() | ValueError():
            return "the name of the host cannot be resolved"
        case OSError(strerror=str(text)):
            return f"no connection: {text}"
        case _:
            return f"no connection: {error}"
