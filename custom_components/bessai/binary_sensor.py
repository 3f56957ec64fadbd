"""Yes or no: is something wrong, is the inverter on the grid."""

from collections.abc import Iterable
from typing import Any, override

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .anomaly_entity import AnomalyEntity
from .anomaly_monitor import AnomalyMonitor
from .control_binary_sensors import control_binary_sensors
from .device.bookkeeping import ALARMS
from .device.register import Bit
from .devices import INVERTER
from .entity import BessaiEntity, async_add_as_they_appear
from .finding_words import words_of
from .runtime import BessaiConfigEntry, BessaiRuntime

PARALLEL_UPDATES = 0

STATE_KEY = "state_1"
ON_GRID = "grid_connected"


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BessaiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of a plant."""
    async_add_as_they_appear(entry, async_add_entities, _build)
    runtime = entry.runtime_data
    if runtime.control is not None:
        async_add_entities(control_binary_sensors(runtime, runtime.control))
    if runtime.anomaly is not None:
        async_add_entities([AnomalyBinarySensor(runtime, runtime.anomaly)])
    if (forwarder := runtime.forwarder) is not None:
        from .forwarding_sensors import (  # noqa: PLC0415 - loaded with the forwarder
            CloudConnectedBinarySensor,
        )

        async_add_entities([CloudConnectedBinarySensor(runtime, forwarder)])


def _build(runtime: BessaiRuntime) -> Iterable[BessaiEntity]:
    if runtime.driver.has(ALARMS):
        yield AlarmBinarySensor(runtime)
    if runtime.driver.has(STATE_KEY):
        yield GridConnectedBinarySensor(runtime)


class AlarmBinarySensor(BessaiEntity, BinarySensorEntity):
    """On while the inverter reports an alarm; the attribute names them."""

    _attr_device_class = BinarySensorDeviceClass.PROBLEM
    _attr_translation_key = "alarm"
    _shown_key = ALARMS

    def __init__(self, runtime: BessaiRuntime) -> None:
        """Belong to the inverter."""
        super().__init__(runtime, "alarm", INVERTER)
        self._bits = runtime.driver.profile.alarms

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether any alarm is active."""
        names = self.coordinator.data.names(ALARMS)
        return None if names is None else bool(names)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Name the active alarms, the gravest first."""
        names = self.coordinator.data.names(ALARMS) or ()
        return {"alarms": [self._describe(name) for name in names]}

    def _describe(self, name: str) -> dict[str, Any]:
        bit = self._bits.get(name, Bit(name=name))
        return {"name": name, "id": bit.id, "severity": bit.severity}


class GridConnectedBinarySensor(BessaiEntity, BinarySensorEntity):
    """On while the inverter is connected to the grid."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_translation_key = "grid_connected"
    _shown_key = STATE_KEY

    def __init__(self, runtime: BessaiRuntime) -> None:
        """Belong to the inverter."""
        super().__init__(runtime, "grid_connected", INVERTER)

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether the inverter says that it is on the grid."""
        names = self.coordinator.data.names(STATE_KEY)
        return None if names is None else ON_GRID in names


class AnomalyBinarySensor(AnomalyEntity, BinarySensorEntity):
    """On while anything is found that is off about the plant."""

    _attr_device_class = BinarySensorDeviceClass.PROBLEM
    _attr_translation_key = "anomaly"

    def __init__(self, runtime: BessaiRuntime, monitor: AnomalyMonitor) -> None:
        """Follow the monitor."""
        super().__init__(runtime, monitor, "anomaly")

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether a finding stands; ``None`` before the first look."""
        return None if self.monitor.judgement is None else bool(self.monitor.findings)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what is found: kinds for automations, names for people."""
        words = words_of(self.runtime.driver.profile, self.runtime.texts)
        findings = self.monitor.findings
        return {
            "kinds": list(dict.fromkeys(one.kind.value for one in findings)),
            "findings": [words.name(one) for one in findings],
        }
