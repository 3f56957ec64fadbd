"""Whether messages reach the cloud, how many wait, and how many were given up."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import UnitOfInformation

from .forwarding_entity import ForwardingEntity
from .forwarding_figures import Figures
from .runtime import BessaiRuntime

if TYPE_CHECKING:
    from .forwarder import Forwarder


@dataclass(frozen=True, kw_only=True)
class CloudSensorDescription(SensorEntityDescription):
    """A sensor over the figures of the forwarder."""

    value_fn: Callable[[Figures], int | datetime | None]


CLOUD_SENSORS: Final = (
    CloudSensorDescription(
        key="cloud_last_acknowledged",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda figures: figures.acknowledged_at,
    ),
    CloudSensorDescription(
        key="cloud_backlog",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda figures: figures.backlog,
    ),
    CloudSensorDescription(
        key="cloud_oldest_unsent",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda figures: figures.oldest_unsent,
    ),
    CloudSensorDescription(
        key="cloud_dropped",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda figures: figures.dropped,
    ),
    CloudSensorDescription(
        key="cloud_bytes_today",
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.BYTES,
        suggested_unit_of_measurement=UnitOfInformation.KILOBYTES,
        suggested_display_precision=0,
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda figures: figures.bytes_today,
    ),
    CloudSensorDescription(
        key="cloud_parked",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda figures: figures.parked,
    ),
)


def cloud_sensors(
    runtime: BessaiRuntime, forwarder: Forwarder
) -> Iterator[CloudSensor]:
    """Yield the sensors of a plant that forwards."""
    for description in CLOUD_SENSORS:
        yield CloudSensor(runtime, forwarder, description)


class CloudSensor(ForwardingEntity, SensorEntity):
    """Shows one figure of the forwarder."""

    entity_description: CloudSensorDescription

    def __init__(
        self,
        runtime: BessaiRuntime,
        forwarder: Forwarder,
        description: CloudSensorDescription,
    ) -> None:
        """Follow the forwarder."""
        super().__init__(runtime, forwarder, description.key)
        self.entity_description = description

    @property
    @override
    def native_value(self) -> int | datetime | None:
        """Return the figure as it stands now."""
        return self.entity_description.value_fn(self.forwarder.figures)


class CloudConnectedBinarySensor(ForwardingEntity, BinarySensorEntity):
    """On while the last request was answered well."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY

    def __init__(self, runtime: BessaiRuntime, forwarder: Forwarder) -> None:
        """Follow the forwarder."""
        super().__init__(runtime, forwarder, "cloud_connected")

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether messages are taken; ``None`` before the first."""
        return self.forwarder.figures.is_connected

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return why they are not: a word for automations."""
        reason = self.forwarder.figures.reason
        return {"reason": None if reason is None else reason.value}
