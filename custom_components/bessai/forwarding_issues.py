"""What only a person can put right about forwarding to the cloud."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from .runtime import BessaiConfigEntry
from .texts import Texts

if TYPE_CHECKING:
    from .forwarding.publisher import FailureReason
    from .forwarding_options import ForwardingOptions

CLOUD_REFUSES: Final = "cloud_refuses"
CLOUD_PACKAGE_MISSING: Final = "cloud_package_missing"
CLOUD_PARKED: Final = "cloud_parked"
CLOUD_STORAGE: Final = "cloud_storage"

FORWARDING_ISSUES: Final = (
    CLOUD_REFUSES,
    CLOUD_PACKAGE_MISSING,
    CLOUD_PARKED,
    CLOUD_STORAGE,
)

FIXABLE_ISSUES: Final = frozenset({CLOUD_PARKED})
"""Those that lead to a dialog, see ``repairs.py``."""


def reason_text(texts: Texts, reason: FailureReason) -> str:
    """Return why messages are not taken, as a sentence."""
    return texts.say(f"cloud_reason_{reason}")


def remedy_text(texts: Texts, reason: FailureReason) -> str:
    """Return what somebody can do about it, as a sentence."""
    return texts.say(f"cloud_remedy_{reason}")


def forwarding_troubles(
    entry: BessaiConfigEntry,
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the key of each issue, and what its text is filled with."""
    runtime = entry.runtime_data
    forwarder = runtime.forwarder
    if forwarder is None:
        return
    from .forwarding_options import (  # noqa: PLC0415 - loaded with the forwarder
        ForwardingOptions,
    )

    figures = forwarder.figures
    options = ForwardingOptions.from_mapping(entry.options)
    topic = {"topic": options.topic_path}
    if (problem := forwarder.cloud.package_problem) is not None:
        yield CLOUD_PACKAGE_MISSING, {"reason": problem}
    elif (trouble := figures.trouble) is not None and not _is_asked(
        options, trouble.reason
    ):
        yield (
            CLOUD_REFUSES,
            {
                **topic,
                "reason": reason_text(runtime.texts, trouble.reason),
                "remedy": remedy_text(runtime.texts, trouble.reason),
                "detail": trouble.detail,
            },
        )
    if figures.parked:
        yield CLOUD_PARKED, {**topic, "count": str(figures.parked)}
    if figures.storage_error is not None:
        yield CLOUD_STORAGE, {"reason": figures.storage_error}


def is_cloud_untried(entry: BessaiConfigEntry, name: str) -> bool:
    """Return whether it cannot be told yet if something is wrong about the cloud."""
    forwarder = entry.runtime_data.forwarder
    if name not in FORWARDING_ISSUES or forwarder is None:
        return False
    if name in {CLOUD_PARKED, CLOUD_STORAGE}:
        return forwarder.figures.outbox is None
    return forwarder.figures.is_connected is None


def _is_asked(options: ForwardingOptions, reason: FailureReason) -> bool:
    """Return whether a dialog already asks for what is missing."""
    from .forwarding.publisher import FailureReason  # noqa: PLC0415 - loaded, too
    from .forwarding_options import Authentication  # noqa: PLC0415

    is_key = options.authentication is Authentication.KEY
    return is_key and reason is FailureReason.CREDENTIALS
