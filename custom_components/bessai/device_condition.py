"""Lets automations ask whether the battery is blocked or commanded, or all is well."""

from typing import Final

from homeassistant.const import (
    CONF_CONDITION,
    CONF_DEVICE_ID,
    CONF_DOMAIN,
    CONF_TYPE,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.condition import ConditionCheckerType
from homeassistant.helpers.config_validation import DEVICE_CONDITION_BASE_SCHEMA
from homeassistant.helpers.typing import ConfigType, TemplateVarsType
import voluptuous as vol

from .const import DOMAIN
from .manager_device import async_check_manager, async_is_manager, async_runtime_of
from .runtime import BessaiRuntime


def is_blocked(plant: BessaiRuntime | None) -> bool:
    """Return whether commands are blocked: also where nobody could carry them out."""
    return plant is None or plant.control is None or bool(plant.control.blocks)


def is_commanded(plant: BessaiRuntime | None) -> bool:
    """Return whether a command is in force."""
    control = None if plant is None else plant.control
    return control is not None and control.command is not None


def has_findings(plant: BessaiRuntime | None) -> bool:
    """Return whether something is off; where nobody looks, nothing is found."""
    monitor = None if plant is None else plant.anomaly
    return monitor is not None and bool(monitor.findings)


CHECKS: Final = {
    "is_blocked": is_blocked,
    "is_commanded": is_commanded,
    "has_findings": has_findings,
}

CONDITION_SCHEMA: Final = DEVICE_CONDITION_BASE_SCHEMA.extend(
    {vol.Required(CONF_TYPE): vol.In(CHECKS)}
)


async def async_validate_condition_config(
    hass: HomeAssistant, config: ConfigType
) -> ConfigType:
    """Check that the device can be asked."""
    checked: ConfigType = CONDITION_SCHEMA(config)
    async_check_manager(hass, checked[CONF_DEVICE_ID])
    return checked


async def async_get_conditions(
    hass: HomeAssistant, device_id: str
) -> list[dict[str, str]]:
    """Return the conditions of an energy manager; other devices have none."""
    if not async_is_manager(hass, device_id):
        return []
    return [
        {
            CONF_CONDITION: "device",
            CONF_DEVICE_ID: device_id,
            CONF_DOMAIN: DOMAIN,
            CONF_TYPE: check,
        }
        for check in CHECKS
    ]


@callback
def async_condition_from_config(
    hass: HomeAssistant, config: ConfigType
) -> ConditionCheckerType:
    """Return what answers the question at any time."""
    check, device_id = CHECKS[config[CONF_TYPE]], config[CONF_DEVICE_ID]

    @callback
    def answer(hass: HomeAssistant, variables: TemplateVarsType) -> bool:
        return check(async_runtime_of(hass, device_id))

    return answer
