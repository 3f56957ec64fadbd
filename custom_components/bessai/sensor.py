"""Every value of the plant as a sensor.

What a sensor is called, which class and unit it has and whether it is shown from the
start follows from its key and unit; the tables below hold what does not.
"""

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
    UnitOfApparentPower,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfFrequency,
    UnitOfPower,
    UnitOfReactiveEnergy,
    UnitOfReactivePower,
    UnitOfTemperature,
    UnitOfTime,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .core.telemetry import Telemetry, Value
from .device.bookkeeping import ALARMS
from .device.link_statistics import LinkStatistics
from .device.quantity import Quantity
from .device.register import Counter
from .devices import INVERTER, MANAGER
from .entity import BessaiEntity, async_add_as_they_appear, coordinator_of
from .runtime import BessaiConfigEntry, BessaiRuntime

PARALLEL_UPDATES = 0

NO_ALARM: Final = "none"

LISTED: Final = "values"


@dataclass(frozen=True, slots=True)
class UnitClass:
    """What Home Assistant calls a value in one of our units."""

    native_unit: str | None
    device_class: SensorDeviceClass | None
    precision: int | None = None


UNITS: Final = {
    "W": UnitClass(UnitOfPower.WATT, SensorDeviceClass.POWER, 0),
    "kW": UnitClass(UnitOfPower.KILO_WATT, SensorDeviceClass.POWER, 1),
    "var": UnitClass(
        UnitOfReactivePower.VOLT_AMPERE_REACTIVE, SensorDeviceClass.REACTIVE_POWER, 0
    ),
    "VA": UnitClass(
        UnitOfApparentPower.VOLT_AMPERE, SensorDeviceClass.APPARENT_POWER, 0
    ),
    "V": UnitClass(UnitOfElectricPotential.VOLT, SensorDeviceClass.VOLTAGE, 1),
    "A": UnitClass(UnitOfElectricCurrent.AMPERE, SensorDeviceClass.CURRENT, 2),
    "Hz": UnitClass(UnitOfFrequency.HERTZ, SensorDeviceClass.FREQUENCY, 2),
    "°C": UnitClass(UnitOfTemperature.CELSIUS, SensorDeviceClass.TEMPERATURE, 1),
    "%": UnitClass(PERCENTAGE, None, 0),
    "kWh": UnitClass(UnitOfEnergy.KILO_WATT_HOUR, SensorDeviceClass.ENERGY, 2),
    "kvarh": UnitClass(
        UnitOfReactiveEnergy.KILO_VOLT_AMPERE_REACTIVE_HOUR,
        SensorDeviceClass.REACTIVE_ENERGY,
        2,
    ),
    "s": UnitClass(UnitOfTime.SECONDS, SensorDeviceClass.DURATION, 0),
    "min": UnitClass(UnitOfTime.MINUTES, SensorDeviceClass.DURATION, 0),
}
"""A unit that Home Assistant has no class for is shown as it is."""

CLASSES: Final = {
    "soc": SensorDeviceClass.BATTERY,
    "battery_stored_energy": SensorDeviceClass.ENERGY_STORAGE,
    "battery_rated_capacity": SensorDeviceClass.ENERGY_STORAGE,
    "battery_usable_capacity": SensorDeviceClass.ENERGY_STORAGE,
    "power_factor": SensorDeviceClass.POWER_FACTOR,
    "grid_power_factor": SensorDeviceClass.POWER_FACTOR,
}
"""Where the unit alone says too little."""

NOT_MEASURED: Final = (
    SensorDeviceClass.ENERGY,
    SensorDeviceClass.REACTIVE_ENERGY,
    SensorDeviceClass.TIMESTAMP,
)

EVERYDAY: Final = frozenset(
    {
        "soc",
        "battery_power",
        "battery_charge_power",
        "battery_discharge_power",
        "battery_status",
        "battery_working_mode",
        "battery_temperature_max",
        "battery_1_temperature",
        "battery_2_temperature",
        "battery_1_pack_n_temperature_max",
        "battery_2_pack_n_temperature_max",
        "battery_charge_energy",
        "battery_discharge_energy",
        "battery_charge_energy_today",
        "battery_discharge_energy_today",
        "battery_rated_capacity",
        "battery_usable_capacity",
        "battery_stored_energy",
        "battery_full_cycles",
        "battery_max_charge_power",
        "battery_max_discharge_power",
        "pv_power",
        "pvn_power",
        "pvn_voltage",
        "pvn_current",
        "pv_energy",
        "pv_energy_today",
        "ac_power",
        "ac_energy",
        "ac_energy_today",
        "ac_l1_voltage",
        "ac_l2_voltage",
        "ac_l3_voltage",
        "ac_l1_current",
        "ac_l2_current",
        "ac_l3_current",
        "ac_frequency",
        "power_factor",
        "efficiency",
        "inverter_temperature",
        "insulation_resistance",
        "device_status",
        "fault_code",
        "grid_power",
        "grid_import_power",
        "grid_export_power",
        "grid_import_energy",
        "grid_export_energy",
        "grid_l1_power",
        "grid_l2_power",
        "grid_l3_power",
        "grid_l1_voltage",
        "grid_l2_voltage",
        "grid_l3_voltage",
        "grid_l1_current",
        "grid_l2_current",
        "grid_l3_current",
        "grid_frequency",
        "meter_status",
        "load_power",
        "load_energy",
        "load_energy_today",
    }
)
"""Shown from the start; everything else waits in the list of entities."""


def describe(quantity: Quantity) -> SensorEntityDescription:
    """Return how Home Assistant should show a quantity."""
    unit = UNITS.get(quantity.unit or "", UnitClass(quantity.unit, None))
    if quantity.is_local_time:
        unit = UnitClass(None, SensorDeviceClass.TIMESTAMP)
    everyday = quantity.kind in EVERYDAY
    return SensorEntityDescription(
        key=quantity.name,
        translation_key=quantity.kind,
        device_class=_device_class(quantity, unit),
        state_class=_state_class(quantity, unit),
        native_unit_of_measurement=unit.native_unit,
        suggested_display_precision=unit.precision,
        entity_registry_enabled_default=everyday,
        entity_category=None if everyday else EntityCategory.DIAGNOSTIC,
    )


def _device_class(quantity: Quantity, unit: UnitClass) -> SensorDeviceClass | None:
    if quantity.options is not None:
        return SensorDeviceClass.ENUM
    return CLASSES.get(quantity.kind, unit.device_class)


def _state_class(quantity: Quantity, unit: UnitClass) -> SensorStateClass | None:
    """Return whether to keep statistics, and which.

    Energy that is not a counter of ours (of this month, say) gets none: Home Assistant
    takes energy as a counter only.
    """
    if quantity.counter is not None:
        return SensorStateClass.TOTAL_INCREASING
    if quantity.unit is None or quantity.is_setting:
        return None
    if _device_class(quantity, unit) in NOT_MEASURED:
        return None
    return SensorStateClass.MEASUREMENT


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BessaiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a sensor for everything the plant has a value for."""
    async_add_as_they_appear(entry, async_add_entities, _build)


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
    def available(self) -> bool:
        """Return whether the alarm words were answered."""
        return super().available and ALARMS in self.coordinator.data.values

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
