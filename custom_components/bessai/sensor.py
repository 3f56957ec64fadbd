"""Every value of the plant as a sensor, and how well the plant answers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    MAX_LENGTH_STATE_STATE,
    PERCENTAGE,
    EntityCategory,
    UnitOfTime,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .anomaly_sensors import anomaly_sensors
from .comparison_sensors import comparison_sensors
from .control_sensors import control_sensors
from .core.telemetry import Telemetry, Value
from .descriptions import describe
from .device.bookkeeping import ALARMS
from .device.link_statistics import LinkStatistics
from .device.quantity import Quantity
from .device.register import Counter
from .devices import INVERTER, MANAGER
from .entity import BessaiEntity, async_add_as_they_appear, coordinator_of
from .plan_sensors import plan_sensors
from .policy_sensors import policy_sensors
from .runtime import BessaiConfigEntry, BessaiRuntime
from .settlement_sensors import settlement_sensors

PARALLEL_UPDATES = 0

NO_ALARM: Final = "none"

LISTED: Final = "values"


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BessaiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a sensor for everything the plant has a value for."""
    async_add_as_they_appear(entry, async_add_entities, _build)
    runtime = entry.runtime_data
    if runtime.control is not None:
        async_add_entities(control_sensors(runtime, runtime.control))
    if runtime.planner is not None:
        async_add_entities(plan_sensors(runtime, runtime.planner, runtime.settlement))
    if runtime.planner is not None and runtime.policy is not None:
        async_add_entities(policy_sensors(runtime, runtime.planner, runtime.policy))
    if runtime.settlement is not None:
        async_add_entities(settlement_sensors(runtime, runtime.settlement))
    if runtime.comparison is not None:
        async_add_entities(comparison_sensors(runtime, runtime.comparison))
    if runtime.anomaly is not None:
        async_add_entities(anomaly_sensors(runtime, runtime.anomaly))
    if runtime.forwarder is not None:
        from .forwarding_sensors import cloud_sensors  # noqa: PLC0415 - loaded with it

        async_add_entities(cloud_sensors(runtime, runtime.forwarder))


def _build(runtime: BessaiRuntime) -> Iterable[BessaiEntity]:
    for quantity in runtime.driver.quantities():
        yield QuantitySensor(runtime, quantity)
    if runtime.driver.has(ALARMS):
        yield AlarmSensor(runtime)
    yield DataAgeSensor(runtime)
    for description in LINK_SENSORS:
        yield LinkSensor(runtime, description)


class QuantitySensor(BessaiEntity, SensorEntity):
    """Shows one quantity of a plant."""

    _unrecorded_attributes = frozenset({LISTED})

    def __init__(self, runtime: BessaiRuntime, quantity: Quantity) -> None:
        """Follow the coordinator that reads the quantity."""
        super().__init__(runtime, quantity.name, quantity.part)
        self.coordinator = coordinator_of(runtime, quantity)
        self.entity_description = describe(quantity)
        self._quantity = quantity
        if quantity.index is not None:
            self._attr_translation_placeholders = {"number": str(quantity.index)}
        if quantity.kind not in runtime.translated:
            self._attr_name = quantity.title

    @property
    def _values(self) -> Mapping[str, Value]:
        """Return the latest values; the settings come a little after the start."""
        telemetry: Telemetry | None = self.coordinator.data
        return telemetry.values if telemetry else {}

    @property
    def _value(self) -> Value:
        key = self._quantity.key
        if self._quantity.counter is Counter.LIFETIME:
            return self._values.get(key, self.runtime.driver.counter(key))
        return self._values.get(key)

    @property
    @override
    def available(self) -> bool:
        """Return whether the plant answers; a lifetime counter keeps its reading.

        A daily one does not: by now it may be of another day.
        """
        if self._quantity.counter is Counter.LIFETIME:
            return self._value is not None
        return super().available and self._quantity.key in self._values

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the value as Home Assistant wants it."""
        value = self._value
        if isinstance(value, tuple):
            return _in_one_line(value)
        if self._quantity.is_local_time and isinstance(value, int | float):
            return _from_local_epoch(value)
        return value

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """List what does not fit into a state: the words of a table, many bits."""
        value = self._value
        return {LISTED: list(value)} if isinstance(value, tuple) else None

    @property
    @override
    def options(self) -> list[str] | None:
        """Return the names of an enum; a code that nobody knows stays visible."""
        if self._quantity.options is None:
            return None
        return _with_value(self._quantity.options, self._value)


def _with_value(options: Sequence[str], value: object) -> list[str]:
    """Return options among which the value is: Home Assistant takes no other."""
    if not isinstance(value, str) or value in options:
        return list(options)
    return [*options, value]


def _in_one_line(values: tuple[str, ...] | tuple[int, ...]) -> str:
    """Return a list as text, cut to what Home Assistant takes as a state."""
    text = ", ".join(map(str, values)) or NO_ALARM
    if len(text) <= MAX_LENGTH_STATE_STATE:
        return text
    return f"{text[: MAX_LENGTH_STATE_STATE - 1]}…"


def _from_local_epoch(seconds: float) -> datetime | None:
    """Return the moment that seconds of local time since 1970 stand for."""
    if not seconds:
        return None
    wall = datetime.fromtimestamp(seconds, UTC)
    return wall.replace(tzinfo=dt_util.get_default_time_zone())


class AlarmSensor(BessaiEntity, SensorEntity):
    """The gravest active alarm; the attribute lists all of them."""

    _attr_device_class = SensorDeviceClass.ENUM
    _attr_translation_key = "alarms"
    _shown_key = ALARMS

    def __init__(self, runtime: BessaiRuntime) -> None:
        """Offer every alarm that the profile knows."""
        super().__init__(runtime, "alarms", INVERTER)
        self._known = [NO_ALARM, *runtime.driver.profile.alarms]

    @property
    @override
    def options(self) -> list[str]:
        """Return the names of the alarms; a bit that nobody knows stays visible."""
        return _with_value(self._known, self.native_value)

    @property
    @override
    def native_value(self) -> str | None:
        """Return the name of the gravest alarm, or that there is none."""
        names = self.coordinator.data.names(ALARMS)
        if names is None:
            return None
        return names[0] if names else NO_ALARM

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """List all active alarms, the gravest first."""
        return {"active": list(self.coordinator.data.names(ALARMS) or ())}


class DataAgeSensor(BessaiEntity, SensorEntity):
    """How old the readings are: nothing while the plant answers, and then growing."""

    _attr_device_class = SensorDeviceClass.DURATION
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_native_unit_of_measurement = UnitOfTime.SECONDS
    _attr_state_class = SensorStateClass.MEASUREMENT
    _attr_suggested_display_precision = 0
    _attr_translation_key = "data_age"

    def __init__(self, runtime: BessaiRuntime) -> None:
        """Belong to the energy manager."""
        super().__init__(runtime, "data_age", MANAGER)

    @property
    @override
    def available(self) -> bool:
        """Return True: the age matters most while nothing answers."""
        return True

    @property
    @override
    def native_value(self) -> float | None:
        """Return the time since the last successful poll began, s.

        To ten seconds: what a poll takes is no news.
        """
        read_at = self.coordinator.last_read_at
        if read_at is None:
            return None
        age_s = (dt_util.utcnow() - read_at).total_seconds()
        return round(max(age_s, 0.0), -1)


@dataclass(frozen=True, kw_only=True)
class LinkSensorDescription(SensorEntityDescription):
    """A figure about the conversation with the plant."""

    value_fn: Callable[[LinkStatistics], float | None]


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000)


def _error_rate_pct(statistics: LinkStatistics) -> float | None:
    """Return the share of requests that failed since the link was opened."""
    if not statistics.requests:
        return None
    return round(100 * statistics.failed_requests / statistics.requests, 2)


LINK_SENSORS: Final = (
    LinkSensorDescription(
        key="link_latency",
        translation_key="link_latency",
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        device_class=SensorDeviceClass.DURATION,
        value_fn=lambda statistics: _milliseconds(statistics.latency_p50_s),
    ),
    LinkSensorDescription(
        key="link_latency_p95",
        translation_key="link_latency_p95",
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        device_class=SensorDeviceClass.DURATION,
        value_fn=lambda statistics: _milliseconds(statistics.latency_p95_s),
    ),
    LinkSensorDescription(
        key="link_error_rate",
        translation_key="link_error_rate",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=1,
        value_fn=_error_rate_pct,
    ),
    LinkSensorDescription(
        key="link_reconnects",
        translation_key="link_reconnects",
        entity_registry_enabled_default=False,
        value_fn=lambda statistics: statistics.reconnects,
    ),
)


class LinkSensor(BessaiEntity, SensorEntity):
    """Shows how the link behaves, also while it does not."""

    entity_description: LinkSensorDescription
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_state_class = SensorStateClass.MEASUREMENT

    def __init__(
        self, runtime: BessaiRuntime, description: LinkSensorDescription
    ) -> None:
        """Belong to the energy manager."""
        super().__init__(runtime, description.key, MANAGER)
        self.entity_description = description

    @property
    @override
    def available(self) -> bool:
        """Return True: a bad link is what these figures are for."""
        return True

    @property
    @override
    def native_value(self) -> float | None:
        """Return the figure as it stands."""
        return self.entity_description.value_fn(self.runtime.endpoint.statistics)
