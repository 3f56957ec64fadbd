"""What the statuses of gRPC mean to who publishes, by their names.

Source: google/rpc/code.proto, the error codes of Pub/Sub's reference, and gRPC's
mapping of HTTP statuses, which is what a proxy in between is seen as.
"""

from .publisher import (
    FailureReason,
    LastingFailure,
    PassingFailure,
    PublishError,
    RefusedContent,
)

_LONGEST_DETAIL = 200
"""Characters; enough for the sentence of Google's that says what to do."""

_TOO_LARGE = "larger than max"
"""What a server of gRPC says, under RESOURCE_EXHAUSTED, of a request that is too large
for it; of a quota it says "quota"."""

_MEANINGS: dict[str, tuple[type[PublishError], FailureReason]] = {
    "CANCELLED": (PassingFailure, FailureReason.UNAVAILABLE),
    "UNKNOWN": (PassingFailure, FailureReason.INTERNAL),
    "INVALID_ARGUMENT": (RefusedContent, FailureReason.CONTENT),
    "DEADLINE_EXCEEDED": (PassingFailure, FailureReason.TIMEOUT),
    "NOT_FOUND": (LastingFailure, FailureReason.TOPIC),
    "ALREADY_EXISTS": (PassingFailure, FailureReason.INTERNAL),
    "PERMISSION_DENIED": (LastingFailure, FailureReason.PERMISSION),
    "RESOURCE_EXHAUSTED": (PassingFailure, FailureReason.QUOTA),
    "FAILED_PRECONDITION": (LastingFailure, FailureReason.PRECONDITION),
    "ABORTED": (PassingFailure, FailureReason.UNAVAILABLE),
    "OUT_OF_RANGE": (RefusedContent, FailureReason.CONTENT),
    # Pub/Sub has these methods; a portal that answers HTTP 404 to all has not.
    "UNIMPLEMENTED": (PassingFailure, FailureReason.UNAVAILABLE),
    "INTERNAL": (PassingFailure, FailureReason.INTERNAL),
    "UNAVAILABLE": (PassingFailure, FailureReason.UNAVAILABLE),
    "DATA_LOSS": (PassingFailure, FailureReason.INTERNAL),
    "UNAUTHENTICATED": (LastingFailure, FailureReason.CREDENTIALS),
}
_UNHEARD_OF = (PassingFailure, FailureReason.INTERNAL)
"""A later gRPC may know more statuses; trying again does no harm."""


def failure_of(status: str, detail: str) -> PublishError:
    """Return what a status means for a request to publish.

    Args:
        status: Its name in gRPC, in capitals.
        detail: What the service said with it; shortened to a line.
    """
    words = " ".join(detail.split())[:_LONGEST_DETAIL]
    if status == "RESOURCE_EXHAUSTED" and _TOO_LARGE in words:
        return RefusedContent(FailureReason.TOO_LARGE, words)
    kind, reason = _MEANINGS.get(status, _UNHEARD_OF)
    return kind(reason, words)
