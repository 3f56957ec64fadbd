"""How Home Assistant should show a quantity: class, unit, and whether from the start.

What follows from key and unit is computed; the tables hold what does not.
"""

from dataclasses import dataclass
from typing import Final

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
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

from .device.quantity import Quantity


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
