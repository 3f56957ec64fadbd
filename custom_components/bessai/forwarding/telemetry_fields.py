"""What of a poll goes to the cloud: a fixed list, whatever else a profile reads.

No serial numbers, no versions, no settings but the two that say who is in charge. The
keys are those of profiles and of what is derived from them, so a plant of any make
that has them is told in the same words. A new key also wants a line in
``schemas/json/telemetry.schema.json``.
"""

from typing import Final

NUMBERS: Final = (
    "pv_power_w",
    "battery_power_w",
    "grid_power_w",
    "load_power_w",
    "ac_power_w",
    "grid_l1_power_w",
    "grid_l2_power_w",
    "grid_l3_power_w",
    "battery_1_power_w",
    "battery_2_power_w",
    "battery_max_charge_power_w",
    "battery_max_discharge_power_w",
    "soc_pct",
    "battery_1_soc_pct",
    "battery_2_soc_pct",
    "battery_rated_capacity_kwh",
    "battery_stored_energy_kwh",
    "battery_bus_voltage_v",
    "battery_current_a",
    "inverter_temperature_c",
    "battery_temperature_max_c",
    "battery_1_temperature_c",
    "battery_2_temperature_c",
    "grid_frequency_hz",
    "grid_l1_voltage_v",
    "grid_l2_voltage_v",
    "grid_l3_voltage_v",
    "pv_energy_kwh",
    "pv_energy_today_kwh",
    "load_energy_kwh",
    "load_energy_today_kwh",
    "ac_energy_kwh",
    "grid_import_energy_kwh",
    "grid_export_energy_kwh",
    "battery_charge_energy_kwh",
    "battery_charge_energy_today_kwh",
    "battery_discharge_energy_kwh",
    "battery_discharge_energy_today_kwh",
)
"""The unit is what the key ends in; signs as everywhere."""

WORDS: Final = (
    "device_status",
    "battery_status",
    "meter_status",
    "battery_working_mode",
    "working_mode_setting",
    "forcible_command",
)
"""Names of enum values of the profile."""

ALARMS: Final = ("alarm_1", "alarm_2", "alarm_3")
"""Words whose bits are alarms; told as one list."""
