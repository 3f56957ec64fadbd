"""The fields of the options about forwarding."""

from typing import Any

from homeassistant.const import UnitOfTime
from homeassistant.helpers.selector import (
    BooleanSelector,
    FileSelector,
    FileSelectorConfig,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import voluptuous as vol

from .forwarding.message import MessageType
from .forwarding_options import (
    CONF_AUTHENTICATION,
    CONF_EMULATOR,
    CONF_ENABLED,
    CONF_KEY_FILE,
    CONF_KINDS,
    CONF_ORDERING,
    CONF_PERIOD,
    CONF_PROJECT,
    CONF_SITE_ID,
    CONF_TOPIC,
    DEFAULT_PERIOD_S,
    LONGEST_PERIOD_S,
    SHORTEST_PERIOD_S,
    Authentication,
)
from .judged_number import JudgedNumber

KEY_FILE = FileSelector(FileSelectorConfig(accept=".json,application/json"))

KEY_SCHEMA = vol.Schema({vol.Required(CONF_KEY_FILE): KEY_FILE})
"""Of the dialog that asks for another key."""


def forwarding_fields() -> dict[vol.Marker, Any]:
    """Return the fields of the section about forwarding."""
    every_kind = [kind.value for kind in MessageType]
    return {
        vol.Optional(CONF_ENABLED, default=False): BooleanSelector(),
        vol.Optional(CONF_PROJECT): TextSelector(),
        vol.Optional(CONF_TOPIC): TextSelector(),
        vol.Optional(CONF_AUTHENTICATION, default=Authentication.KEY.value): (
            SelectSelector(
                SelectSelectorConfig(
                    options=[way.value for way in Authentication],
                    mode=SelectSelectorMode.DROPDOWN,
                    translation_key="authentication",
                )
            )
        ),
        vol.Optional(CONF_KEY_FILE): KEY_FILE,
        vol.Optional(CONF_EMULATOR): TextSelector(),
        vol.Optional(CONF_KINDS, default=every_kind): SelectSelector(
            SelectSelectorConfig(
                options=every_kind,
                multiple=True,
                mode=SelectSelectorMode.LIST,
                translation_key="message_kind",
            )
        ),
        vol.Optional(CONF_PERIOD, default=DEFAULT_PERIOD_S): JudgedNumber(
            NumberSelectorConfig(
                min=SHORTEST_PERIOD_S,
                max=LONGEST_PERIOD_S,
                step=1,
                mode=NumberSelectorMode.BOX,
                unit_of_measurement=UnitOfTime.SECONDS,
            )
        ),
        vol.Optional(CONF_ORDERING, default=False): BooleanSelector(),
        vol.Optional(CONF_SITE_ID): TextSelector(),
    }
