"""Who hands messages to a cloud, and the three ways in which that fails."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from ..core.errors import BessaiError
from .parcel import Parcel


class FailureReason(StrEnum):
    """Why messages were not taken: a closed list, each with words for people."""

    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    QUOTA = "quota"
    INTERNAL = "internal"
    PERMISSION = "permission"
    CREDENTIALS = "credentials"
    TOPIC = "topic"
    PRECONDITION = "precondition"
    CONTENT = "content"
    TOO_LARGE = "too_large"

    @property
    def text(self) -> str:
        """What happened, as the second half of a sentence."""
        return _WORDS[self][0]

    @property
    def remedy(self) -> str:
        """What somebody can do about it, as a sentence."""
        return _WORDS[self][1]


_KEPT = "Messages are kept and sent later; nothing needs to be done."
_WORDS = {
    FailureReason.UNAVAILABLE: ("the service cannot be reached", _KEPT),
    FailureReason.TIMEOUT: ("the service did not answer in time", _KEPT),
    FailureReason.QUOTA: (
        "the quota of the project is used up",
        "Messages are kept and sent later. If it stays so, ask for a higher quota.",
    ),
    FailureReason.INTERNAL: ("the service has a fault of its own", _KEPT),
    FailureReason.PERMISSION: (
        "the account may not publish to the topic",
        "Grant it the role Pub/Sub Publisher on the topic.",
    ),
    FailureReason.CREDENTIALS: (
        "the key is not accepted",
        "Upload a new key of the service account.",
    ),
    FailureReason.TOPIC: (
        "the topic does not exist",
        "Create the topic again, or choose another one in the options.",
    ),
    FailureReason.PRECONDITION: (
        "the topic does not take messages in its present state",
        "Look at the topic in the cloud console; its encryption key may be disabled.",
    ),
    FailureReason.CONTENT: (
        "the service refuses the content of a message",
        "If the topic has a schema, compare it with the one of this version.",
    ),
    FailureReason.TOO_LARGE: (
        "a message or request is larger than the service takes",
        "Report it: no message of ours should be so large.",
    ),
}


class PublishError(BessaiError):
    """Messages that were not taken, or of which we cannot know.

    The text is for people and never holds anything of a key.
    """

    def __init__(self, reason: FailureReason, detail: str | None = None) -> None:
        """Take the reason, and what the service said of it in addition."""
        super().__init__(f"{reason.text}: {detail}" if detail else reason.text)
        self.reason = reason


class PassingFailure(PublishError):  # noqa: N818 - named after what happened
    """It may go well by itself later: try again."""


class LastingFailure(PublishError):  # noqa: N818 - named after what happened
    """It will not go well until somebody acts: stop sending, keep what comes."""


class RefusedContent(PublishError):  # noqa: N818 - named after what happened
    """Something among the messages is not taken; the others may be.

    A caller finds it by halving the batch and lays it aside.
    """


class Publisher(Protocol):
    """A cloud's topic, as the forwarder needs it."""

    async def publish(self, parcels: Sequence[Parcel]) -> None:
        """Hand over messages in one request; all are acknowledged on return.

        Raises:
            PassingFailure: If it is worth trying again. They may have arrived all the
                same: receivers tell repeated ones by their ``event_id``.
            LastingFailure: If somebody has to act first.
            RefusedContent: If one of them is not taken; none was then.
        """

    async def check(self) -> None:
        """Find out whether the topic is there and we may publish; publishes nothing.

        Raises:
            PassingFailure: If that cannot be found out now.
            LastingFailure: If somebody has to act first.
        """

    async def close(self) -> None:
        """Let go of the connection; the publisher is not used any more."""
