"""Sentences for the activity view about what was commanded, and what safety said."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.components.logbook.const import (
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .audit import EVENT_CONTROL
from .audit_entry import AuditEntry, AuditKind, parse_entry
from .const import DOMAIN
from .texts import Texts, async_loaded_texts, show_number

ICON: Final = "mdi:home-battery"

KEYS: Final[Mapping[AuditKind, str]] = {
    AuditKind.COMMAND: "log_{what}_{outcome}",
    AuditKind.RELEASE: "log_release_{outcome}",
    AuditKind.EVENT: "log_{what}",
    AuditKind.MODE: "log_mode",
    AuditKind.ALLOW: "log_{what}",
    AuditKind.FINDING: "log_finding_{outcome}",
}
"""The text of each kind of entry, among the common ones."""

MODE_NAME: Final = "entity.select.dispatch_mode.state.{}"

type Describe = Callable[[Event[dict[str, Any]]], dict[str, str]]


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Describe], None],
) -> None:
    """Tell the logbook how to word our events."""

    @callback
    def describe(event: Event[dict[str, Any]]) -> dict[str, str]:
        entry_id = event.data.get(ATTR_CONFIG_ENTRY_ID, "")
        plant = hass.config_entries.async_get_entry(entry_id)
        return {
            LOGBOOK_ENTRY_NAME: plant.title if plant else "BESSAI",
            LOGBOOK_ENTRY_MESSAGE: _sentence(event.data, async_loaded_texts(hass)),
            LOGBOOK_ENTRY_ICON: ICON,
        }

    async_describe_event(DOMAIN, EVENT_CONTROL, describe)


def _sentence(data: Mapping[str, Any], texts: Texts) -> str:
    """Return an entry in words; one of another version is shown as it is named."""
    try:
        entry = parse_entry(data)
        key = KEYS[entry.kind].format(what=entry.what, outcome=entry.outcome)
        said = texts.say(key, **_words(entry, texts))
    except KeyError, TypeError, ValueError:
        return str(data.get("what"))
    if entry.who is not None:
        said = f"{said} ({texts.say('log_by', who=entry.who)})"
    return f"{said}: {texts.grounds(entry.why)}" if entry.why else said


def _words(entry: AuditEntry, texts: Texts) -> dict[str, str]:
    """Return what the sentences are filled with."""
    detail = entry.detail
    mode = texts.name(MODE_NAME.format(entry.what), entry.what)
    return {
        "power": _power(detail.get("power_w")),
        "wished": _power(detail.get("wished_w")),
        "until": _clock_time(detail.get("expires_at")),
        "error": str(detail.get("error")),
        "mode": mode,
        "finding": _finding(entry, texts),
    }


def _finding(entry: AuditEntry, texts: Texts) -> str:
    """Return kind and subject of a finding."""
    kind = texts.name(f"common.finding_{entry.what}", entry.what)
    return f"{kind} ({texts.quantity(str(entry.detail.get('subject')))})"


def _power(power_w: float | None) -> str:
    return "" if power_w is None else show_number(round(power_w))


def _clock_time(when: str | None) -> str:
    """Return the time of day on the clocks of the home."""
    moment = dt_util.parse_datetime(when) if when else None
    return "" if moment is None else f"{dt_util.as_local(moment):%H:%M}"
