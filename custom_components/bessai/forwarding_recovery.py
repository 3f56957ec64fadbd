"""Tells an owner that a file of messages was damaged, and what was saved of it.

It has happened and is over, so nothing clears it but the owner who has read it; it is
there after a restart, too, since it was most likely a power cut.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOCUMENTATION, DOMAIN
from .forwarding.outbox_values import Recovery
from .runtime import BessaiConfigEntry
from .texts import Texts

if TYPE_CHECKING:
    from .forwarder import Forwarder

CLOUD_RECOVERED: Final = "cloud_recovered"


@callback
def async_watch_for_recovery(
    hass: HomeAssistant, entry: BessaiConfigEntry, forwarder: Forwarder
) -> Callable[[], None]:
    """Raise the issue each time that a file was replaced; return what ends that."""
    told: Recovery | None = None

    @callback
    def look() -> None:
        nonlocal told
        recovery = forwarder.recovery
        if recovery is None or recovery == told:
            return
        told = recovery
        _async_report(hass, entry, recovery)

    return forwarder.async_add_listener(look)


@callback
def async_forget_recovery(hass: HomeAssistant, entry_id: str) -> None:
    """Clear the issue of a plant that is being removed, with its files."""
    ir.async_delete_issue(hass, DOMAIN, _issue_id(entry_id))


def _async_report(
    hass: HomeAssistant, entry: BessaiConfigEntry, recovery: Recovery
) -> None:
    issue_id = _issue_id(entry.entry_id)
    # Whoever ignored the last one has not read of this one.
    ir.async_delete_issue(hass, DOMAIN, issue_id)
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=True,
        is_persistent=True,
        learn_more_url=(
            f"{DOCUMENTATION}/blob/main/docs/troubleshooting.md#{CLOUD_RECOVERED}"
        ),
        severity=ir.IssueSeverity.WARNING,
        translation_key=CLOUD_RECOVERED,
        translation_placeholders={
            "plant": entry.title,
            **_words(entry.runtime_data.texts, recovery),
        },
    )


def _words(texts: Texts, recovery: Recovery) -> dict[str, str]:
    lost = recovery.lost
    unknown = texts.say("cloud_recovery_unknown")
    return {
        "cause": texts.say(f"cloud_recovery_{recovery.cause}"),
        "detail": recovery.detail,
        "rescued": str(recovery.rescued),
        "lost": unknown if lost is None else str(lost),
        "file": recovery.set_aside,
    }


def _issue_id(entry_id: str) -> str:
    return f"{CLOUD_RECOVERED}_{entry_id}"
