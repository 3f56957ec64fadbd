"""Names that several files of the integration share."""

import logging
from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "bessai"
LOGGER: Final = logging.getLogger(__package__)

PLATFORMS: Final = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CALENDAR,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
)

CONF_KIND: Final = "kind"
CONF_UNIT_ID: Final = "unit_id"
CONF_MANAGER: Final = "manager"
"""EMMA or SmartLogger, if the survey met one beside the inverter."""
CONF_PV_PEAK_KW: Final = "pv_peak_kw"
CONF_BATTERY_KWH: Final = "battery_kwh"
CONF_TIME_FACTOR: Final = "time_factor"
CONF_SERIAL_NUMBER: Final = "serial_number"

SECTION_FORWARDING: Final = "forwarding"
"""Of the options. Named here, as whoever does not forward loads nothing else of it."""

KIND_HUAWEI: Final = "huawei"
KIND_SIMULATED: Final = "simulated"

DEFAULT_PORT: Final = 502

DOCUMENTATION: Final = "https://github.com/bessai-ha/bessai"
