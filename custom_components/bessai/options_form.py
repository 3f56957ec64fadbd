"""The form of the options: what can be chosen, and within which range."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from homeassistant.components.notify.const import DOMAIN as NOTIFY
from homeassistant.const import PERCENTAGE, UnitOfPower, UnitOfTemperature
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from .anomaly_options import (
    BLOCKABLE,
    CONF_BLOCKING,
    CONF_DETECT,
    SECTION_ANOMALY,
)
from .const import SECTION_FORWARDING
from .core.bounds import Bounds
from .judged_number import JudgedNumber
from .model_options import SECTION_MODELS
from .options import (
    CONF_CRITICAL,
    CONF_FINDINGS,
    CONF_TARGETS,
    SECTION_CONTROL,
    SECTION_NOTIFICATIONS,
    SECTION_SAFETY,
    Options,
)
from .price_form import price_sections
from .safety.limits import CAPS

UNITS: Final = {
    "_pct": PERCENTAGE,
    "_c": UnitOfTemperature.CELSIUS,
    "_w": UnitOfPower.WATT,
}
STEP_W: Final = 100

NO_TARGETS: Final = frozenset({"notify", "send_message"})
"""Actions of ``notify`` that have no recipient of their own."""


def options_schema(
    hass: HomeAssistant,
    bounds: Mapping[str, Bounds],
    shown: Mapping[str, Mapping[str, Any]],
    models: Mapping[vol.Marker, Any],
    cloud: Mapping[vol.Marker, Any],
    opened: str | None,
) -> vol.Schema:
    """Return the form, with the section folded out in which something is wrong.

    Args:
        hass: Knows whom to notify and which prices there are.
        bounds: Of the limits.
        shown: What the form will be filled with.
        models: The fields of the section about models.
        cloud: The fields of the section about forwarding.
        opened: Name of the section to fold out.
    """
    parts = {
        SECTION_CONTROL: {vol.Optional(cap): _cap_selector() for cap in CAPS},
        SECTION_SAFETY: {
            vol.Optional(name): _limit_selector(name, one)
            for name, one in bounds.items()
        },
        **price_sections(hass, shown),
        SECTION_MODELS: dict(models),
        SECTION_ANOMALY: {
            vol.Optional(CONF_DETECT, default=True): BooleanSelector(),
            vol.Optional(CONF_BLOCKING, default=list): _finding_selector(),
        },
        SECTION_FORWARDING: dict(cloud),
        SECTION_NOTIFICATIONS: {
            vol.Optional(CONF_TARGETS, default=list): _target_selector(hass),
            vol.Optional(CONF_CRITICAL, default=False): BooleanSelector(),
            vol.Optional(CONF_FINDINGS, default=False): BooleanSelector(),
        },
    }
    return vol.Schema(
        {
            vol.Required(name): section(
                vol.Schema(fields), {"collapsed": name != opened}
            )
            for name, fields in parts.items()
        }
    )


def suggested(options: Options) -> dict[str, dict[str, Any]]:
    """Return the choices in force, as the form takes them."""
    limits = {
        name: value
        for name, value in asdict(options.limits).items()
        if value is not None
    }
    return {
        SECTION_CONTROL: {name: limits[name] for name in limits.keys() & CAPS},
        SECTION_SAFETY: {name: limits[name] for name in limits.keys() - CAPS},
        SECTION_ANOMALY: options.anomaly.as_form(),
        SECTION_NOTIFICATIONS: {
            CONF_TARGETS: list(options.targets),
            CONF_CRITICAL: options.critical,
            CONF_FINDINGS: options.findings,
        },
    }


def _cap_selector() -> NumberSelector:
    return JudgedNumber(
        NumberSelectorConfig(
            min=0,
            step=STEP_W,
            mode=NumberSelectorMode.BOX,
            unit_of_measurement=UnitOfPower.WATT,
        )
    )


def _limit_selector(name: str, bounds: Bounds) -> NumberSelector:
    return JudgedNumber(
        NumberSelectorConfig(
            min=bounds.low,
            max=bounds.high,
            step=1,
            mode=NumberSelectorMode.BOX,
            unit_of_measurement=UNITS[name[name.rindex("_") :]],
        )
    )


def _finding_selector() -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=[kind.value for kind in BLOCKABLE],
            multiple=True,
            mode=SelectSelectorMode.LIST,
            translation_key="finding_kind",
        )
    )


def _target_selector(hass: HomeAssistant) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=async_targets(hass),
            multiple=True,
            custom_value=True,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )


@callback
def async_targets(hass: HomeAssistant) -> list[SelectOptionDict]:
    """Return the actions and entities that notify somebody; actions can do more."""
    actions = hass.services.async_services_for_domain(NOTIFY).keys() - NO_TARGETS
    found = {f"{NOTIFY}.{action}": f"{NOTIFY}.{action}" for action in sorted(actions)}
    for state in sorted(hass.states.async_all(NOTIFY), key=lambda one: one.name):
        found.setdefault(state.entity_id, f"{state.name} ({state.entity_id})")
    return [
        SelectOptionDict(value=value, label=label) for value, label in found.items()
    ]
