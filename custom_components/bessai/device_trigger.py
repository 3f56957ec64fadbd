"""Lets automations begin with safety events and findings, without naming an entity."""

from typing import Final

from homeassistant.components.device_automation import DEVICE_TRIGGER_BASE_SCHEMA
from homeassistant.components.homeassistant.triggers import event as event_trigger
from homeassistant.const import (
    CONF_DEVICE_ID,
    CONF_DOMAIN,
    CONF_EVENT_DATA,
    CONF_PLATFORM,
    CONF_TYPE,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant
from homeassistant.helpers.trigger import TriggerActionType, TriggerInfo
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .audit import EVENT_CONTROL
from .audit_entry import AuditKind
from .const import DOMAIN
from .core.safety_event import SafetyEventKind
from .manager_device import async_check_manager, async_is_manager

FINDING_OUTCOMES: Final = {"finding_raised": "raised", "finding_cleared": "cleared"}
"""What happens to findings, and what the audit trail calls it."""

TYPES: Final = (*(kind.value for kind in SafetyEventKind), *FINDING_OUTCOMES)

TRIGGER_SCHEMA: Final = DEVICE_TRIGGER_BASE_SCHEMA.extend(
    {vol.Required(CONF_TYPE): vol.In(TYPES)}
)


async def async_validate_trigger_config(
    hass: HomeAssistant, config: ConfigType
) -> ConfigType:
    """Check that the device has such events."""
    checked: ConfigType = TRIGGER_SCHEMA(config)
    async_check_manager(hass, checked[CONF_DEVICE_ID])
    return checked


async def async_get_triggers(
    hass: HomeAssistant, device_id: str
) -> list[dict[str, str]]:
    """Return the triggers of an energy manager; other devices have none."""
    if not async_is_manager(hass, device_id):
        return []
    return [
        {
            CONF_PLATFORM: "device",
            CONF_DEVICE_ID: device_id,
            CONF_DOMAIN: DOMAIN,
            CONF_TYPE: kind,
        }
        for kind in TYPES
    ]


async def async_attach_trigger(
    hass: HomeAssistant,
    config: ConfigType,
    action: TriggerActionType,
    trigger_info: TriggerInfo,
) -> CALLBACK_TYPE:
    """Wait for the event on the bus; its ``trigger.event.data`` says why or what."""
    event_config = event_trigger.TRIGGER_SCHEMA(
        {
            CONF_PLATFORM: "event",
            event_trigger.CONF_EVENT_TYPE: EVENT_CONTROL,
            CONF_EVENT_DATA: {
                CONF_DEVICE_ID: config[CONF_DEVICE_ID],
                **_entry_of(config[CONF_TYPE]),
            },
        }
    )
    return await event_trigger.async_attach_trigger(
        hass, event_config, action, trigger_info, platform_type="device"
    )


def _entry_of(trigger_type: str) -> dict[str, str]:
    """Return what the entries of the audit trail say that a trigger waits for."""
    outcome = FINDING_OUTCOMES.get(trigger_type)
    if outcome is not None:
        return {"kind": AuditKind.FINDING.value, "outcome": outcome}
    return {"kind": AuditKind.EVENT.value, "what": trigger_type}
