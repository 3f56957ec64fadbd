"""The profile that BESSAI brings along: is it right, and is it cheap to read.

The tables here were written by hand from the facts, not from the profile.
"""

from collections.abc import Collection, Mapping
from typing import Any

import pytest

from custom_components.bessai.core.bounds import Bounds
from custom_components.bessai.core.observation import CounterSource, Flow
from custom_components.bessai.core.setpoint import Direction
from custom_components.bessai.core.telemetry import Value
from custom_components.bessai.device.codec import decode, encode
from custom_components.bessai.device.control_profile import Steps
from custom_components.bessai.device.profile import SafeSpan
from custom_components.bessai.device.read_plan import plan_reads
from custom_components.bessai.device.register import (
    UNIT_SUFFIXES,
    Access,
    Certainty,
    Counter,
    Group,
    Register,
    Sign,
)

from .profile_builders import REGISTRY, huawei_document, huawei_profile, schema

PROFILE = huawei_profile()
assert PROFILE.safety is not None
assert PROFILE.control is not None
assert PROFILE.plausibility is not None
SAFETY, CONTROL = PROFILE.safety, PROFILE.control
PLAUSIBILITY = PROFILE.plausibility
CHARGE, DISCHARGE = Direction.CHARGE, Direction.DISCHARGE
COPY = REGISTRY.parent / "custom_components" / "bessai" / "profiles"

PLUS, MINUS, ABS = Sign.AS_READ, Sign.NEGATED, Sign.ABSOLUTE

# key, address, type, gain, sign, unit
FACTS = [
    ("model", 30000, "STRING", 1, PLUS, None),
    ("serial_number", 30015, "STRING", 1, PLUS, None),
    ("software_version", 30050, "STRING", 1, PLUS, None),
    ("model_id", 30070, "UINT16", 1, PLUS, None),
    ("pv_string_count", 30071, "UINT16", 1, PLUS, None),
    ("mppt_count", 30072, "UINT16", 1, PLUS, None),
    ("rated_power_w", 30073, "UINT32", 1, PLUS, "W"),
    ("maximum_active_power_w", 30075, "UINT32", 1, PLUS, "W"),
    ("state_1", 32000, "BITS16", 1, PLUS, None),
    ("state_2", 32002, "BITS16", 1, PLUS, None),
    ("state_3", 32003, "BITS32", 1, PLUS, None),
    ("alarm_1", 32008, "BITS16", 1, PLUS, None),
    ("alarm_3", 32010, "BITS16", 1, PLUS, None),
    ("pv1_voltage_v", 32016, "INT16", 10, PLUS, "V"),
    ("pv1_current_a", 32017, "INT16", 100, PLUS, "A"),
    ("pv24_voltage_v", 32062, "INT16", 10, PLUS, "V"),
    ("pv24_current_a", 32063, "INT16", 100, PLUS, "A"),
    ("pv_power_w", 32064, "INT32", 1, PLUS, "W"),
    ("ac_l12_voltage_v", 32066, "UINT16", 10, PLUS, "V"),
    ("ac_l1_voltage_v", 32069, "UINT16", 10, PLUS, "V"),
    ("ac_l3_voltage_v", 32071, "UINT16", 10, PLUS, "V"),
    ("ac_l1_current_a", 32072, "INT32", 1000, PLUS, "A"),
    ("ac_l3_current_a", 32076, "INT32", 1000, PLUS, "A"),
    ("ac_power_w", 32080, "INT32", 1, PLUS, "W"),
    ("power_factor", 32084, "INT16", 1000, PLUS, None),
    ("ac_frequency_hz", 32085, "UINT16", 100, PLUS, "Hz"),
    ("efficiency_pct", 32086, "UINT16", 100, PLUS, "%"),
    ("inverter_temperature_c", 32087, "INT16", 10, PLUS, "°C"),
    ("insulation_resistance_mohm", 32088, "UINT16", 1000, PLUS, "MΩ"),
    ("device_status", 32089, "ENUM16", 1, PLUS, None),
    ("fault_code", 32090, "UINT16", 1, PLUS, None),
    ("ac_energy_kwh", 32106, "UINT32", 100, PLUS, "kWh"),
    ("pv_energy_kwh", 32108, "UINT32", 100, PLUS, "kWh"),
    ("statistics_time_s", 32110, "UINT32", 1, PLUS, "s"),
    ("ac_energy_today_kwh", 32114, "UINT32", 100, PLUS, "kWh"),
    ("mppt10_energy_kwh", 32230, "UINT32", 100, PLUS, "kWh"),
    ("battery_1_status", 37000, "ENUM16", 1, PLUS, None),
    ("battery_1_power_w", 37001, "INT32", 1, MINUS, "W"),
    ("battery_1_soc_pct", 37004, "UINT16", 10, PLUS, "%"),
    ("battery_working_mode", 37006, "ENUM16", 1, PLUS, None),
    ("battery_1_current_a", 37021, "INT16", 10, MINUS, "A"),
    ("battery_1_temperature_c", 37022, "INT16", 10, PLUS, "°C"),
    ("battery_max_charge_power_w", 37046, "UINT32", 1, PLUS, "W"),
    ("battery_max_discharge_power_w", 37048, "UINT32", 1, PLUS, "W"),
    ("meter_status", 37100, "ENUM16", 1, PLUS, None),
    ("grid_l1_voltage_v", 37101, "INT32", 10, PLUS, "V"),
    ("grid_l3_current_a", 37111, "INT32", 100, MINUS, "A"),
    ("grid_power_w", 37113, "INT32", 1, MINUS, "W"),
    ("grid_power_factor", 37117, "INT16", 1000, PLUS, None),
    ("grid_frequency_hz", 37118, "INT16", 100, PLUS, "Hz"),
    ("grid_export_energy_kwh", 37119, "INT32", 100, ABS, "kWh"),
    ("grid_import_energy_kwh", 37121, "INT32", 100, PLUS, "kWh"),
    ("meter_type", 37125, "ENUM16", 1, PLUS, None),
    ("grid_l31_voltage_v", 37130, "INT32", 10, PLUS, "V"),
    ("grid_l2_power_w", 37134, "INT32", 1, MINUS, "W"),
    ("battery_2_soc_pct", 37738, "UINT16", 10, PLUS, "%"),
    ("battery_2_status", 37741, "ENUM16", 1, PLUS, None),
    ("battery_2_power_w", 37743, "INT32", 1, MINUS, "W"),
    ("battery_2_temperature_c", 37752, "INT16", 10, PLUS, "°C"),
    ("battery_2_discharge_energy_kwh", 37755, "UINT32", 100, PLUS, "kWh"),
    ("battery_rated_capacity_kwh", 37758, "UINT32", 1000, PLUS, "kWh"),
    ("soc_pct", 37760, "UINT16", 10, PLUS, "%"),
    ("battery_status", 37762, "ENUM16", 1, PLUS, None),
    ("battery_bus_voltage_v", 37763, "UINT16", 10, PLUS, "V"),
    ("battery_current_a", 37764, "INT16", 10, MINUS, "A"),
    ("battery_power_w", 37765, "INT32", 1, MINUS, "W"),
    ("battery_charge_energy_kwh", 37780, "UINT32", 100, PLUS, "kWh"),
    ("battery_discharge_energy_kwh", 37782, "UINT32", 100, PLUS, "kWh"),
    ("battery_charge_energy_today_kwh", 37784, "UINT32", 100, PLUS, "kWh"),
    ("battery_discharge_energy_today_kwh", 37786, "UINT32", 100, PLUS, "kWh"),
    ("battery_1_pack_3_power_w", 38317, "INT32", 1, MINUS, "W"),
    ("battery_2_pack_1_soc_pct", 38355, "UINT16", 10, PLUS, "%"),
    ("battery_2_pack_3_discharge_energy_kwh", 38450, "UINT32", 100, PLUS, "kWh"),
    ("battery_1_pack_1_temperature_max_c", 38452, "INT16", 10, PLUS, "°C"),
    ("battery_2_pack_3_temperature_min_c", 38463, "INT16", 10, PLUS, "°C"),
    ("inverter_clock_s", 40000, "UINT32", 1, PLUS, "s"),
    ("active_power_limit_relative_pct", 40125, "INT16", 10, PLUS, "%"),
    ("active_power_limit_w", 40126, "UINT32", 1, PLUS, "W"),
    ("battery_1_product", 47000, "ENUM16", 1, PLUS, None),
    ("charge_power_limit_w", 47075, "UINT32", 1, PLUS, "W"),
    ("discharge_power_limit_w", 47077, "UINT32", 1, PLUS, "W"),
    ("charge_cutoff_soc_pct", 47081, "UINT16", 10, PLUS, "%"),
    ("discharge_cutoff_soc_pct", 47082, "UINT16", 10, PLUS, "%"),
    ("forcible_duration_min", 47083, "UINT16", 1, PLUS, "min"),
    ("forced_power_w", 47084, "INT32", 1, MINUS, "W"),
    ("working_mode_setting", 47086, "ENUM16", 1, PLUS, None),
    ("charge_from_grid_enabled", 47087, "UINT16", 1, PLUS, None),
    ("grid_charge_cutoff_soc_pct", 47088, "UINT16", 10, PLUS, "%"),
    ("battery_2_product", 47089, "ENUM16", 1, PLUS, None),
    ("forcible_command", 47100, "ENUM16", 1, PLUS, None),
    ("forcible_target_soc_pct", 47101, "UINT16", 10, PLUS, "%"),
    ("backup_reserve_soc_pct", 47102, "UINT16", 10, PLUS, "%"),
    ("grid_charge_power_w", 47242, "UINT32", 1, PLUS, "W"),
    ("forcible_end_condition", 47246, "ENUM16", 1, PLUS, None),
    ("forcible_charge_power_w", 47247, "UINT32", 1, PLUS, "W"),
    ("forcible_discharge_power_w", 47249, "UINT32", 1, PLUS, "W"),
    ("tou_periods", 47255, "WORDS", 1, PLUS, None),
    ("active_power_control_mode", 47415, "ENUM16", 1, PLUS, None),
    ("feed_in_limit_w", 47416, "INT32", 1, PLUS, "W"),
    ("feed_in_limit_relative_pct", 47418, "INT16", 10, PLUS, "%"),
    ("remote_control_mode", 47589, "ENUM16", 1, PLUS, None),
    ("battery_2_pack_3_number", 47755, "UINT16", 1, PLUS, None),
    ("peak_shaving_mode", 47954, "ENUM16", 1, PLUS, None),
    ("emma_present", 48020, "UINT16", 1, PLUS, None),
]

# key, words as they travel, value in our unit and sign
READINGS = [
    ("model", [0x5355, 0x4E32, 0x3030, 0x3000, *[0] * 11], "SUN2000"),
    ("device_status", [0x0200], "on_grid"),
    ("device_status", [0x0300], "shutdown_fault"),
    ("device_status", [0xA000], "standby_no_irradiation"),
    ("device_status", [0x0999], "unknown (0x0999)"),
    ("state_1", [0b110], ("grid_connected", "grid_connected_normally")),
    ("state_3", [0, 1], ("off_grid",)),
    ("alarm_1", [0x0080], ("grid_loss",)),
    ("alarm_2", [0x0210], ("device_fault", "battery_abnormal")),
    ("alarm_3", [0x0010], ("battery_reverse_connection",)),
    ("shutdown_time_s", [0xFFFF, 0xFFFF], None),
    ("inverter_temperature_c", [0xFFCE], -5.0),
    ("battery_power_w", [0x0000, 0x07D0], -2000),  # charging
    ("battery_power_w", [0xFFFF, 0xF830], 2000),  # discharging
    ("grid_power_w", [0x0000, 0x01F4], -500),  # exporting
    ("grid_power_w", [0xFFFF, 0xFE0C], 500),  # importing
    ("grid_export_energy_kwh", [0xFFFF, 0xFF9C], 1.0),
    ("battery_rated_capacity_kwh", [0x0000, 0x3A98], 15.0),
    ("soc_pct", [505], 50.5),
    ("battery_status", [2], "running"),
    ("battery_working_mode", [1], "forcible_charge_discharge"),
    ("battery_working_mode", [4], "maximise_self_consumption"),
    ("meter_status", [1], "normal"),
    ("meter_type", [1], "three_phase"),
    ("battery_1_product", [2], "luna2000"),
    ("forcible_command", [2], "discharge"),
    ("forcible_end_condition", [0], "duration"),
    ("active_power_control_mode", [5], "zero_export"),
    ("remote_control_mode", [0xFFFF], None),
]

# key, smallest and largest value that may be written
LIMITS: list[tuple[str, float, float]] = [
    ("charge_cutoff_soc_pct", 90, 100),
    ("discharge_cutoff_soc_pct", 0, 20),
    ("grid_charge_cutoff_soc_pct", 20, 100),
    ("backup_reserve_soc_pct", 0, 100),
    ("forcible_target_soc_pct", 0, 100),
    ("forcible_duration_min", 0, 1440),
    ("charge_from_grid_enabled", 0, 1),
    ("active_power_limit_relative_pct", 0, 100),
    ("feed_in_limit_relative_pct", 0, 100),
]

# Volatile: what a dispatch rewrites all the time. All else that is written is stored.
COMMANDS = {
    *("forcible_command", "forcible_duration_min", "forcible_end_condition"),
    *("forcible_charge_power_w", "forcible_discharge_power_w"),
    *("forcible_target_soc_pct", "startup_command", "shutdown_command"),
}

# An inverter with two strings, one battery of three packs and a three-phase meter.
HOME: dict[str, Value] = {
    "pv_string_count": 2,
    "mppt_count": 2,
    "battery_1_product": "luna2000",
    "battery_2_product": "none",
    "battery_1_pack_1_number": 1,
    "battery_1_pack_2_number": 2,
    "battery_1_pack_3_number": 3,
    "meter_status": "normal",
    "meter_type": "three_phase",
}


def needed(groups: Collection[Group], values: Mapping[str, Value]) -> list[Register]:
    """Return the registers of groups that a plant has and that may be read now."""
    return [
        register
        for group in groups
        for register in PROFILE.registers.values()
        if register.group is group
        and register.readable
        and all(
            condition is None or condition.holds(values)
            for condition in (
                PROFILE.parts[register.part].when,
                PROFILE.blocks[register.block].when,
                PROFILE.blocks[register.block].gate,
                register.when,
            )
        )
    ]


def requests(
    *groups: Group,
    spans: tuple[SafeSpan, ...] = PROFILE.proven_spans,
    **changes: Value,
) -> list[str]:
    """Return the requests for groups, as start and count."""
    reads = plan_reads(needed(groups, HOME | changes), spans, 125)
    return [f"{read.start}x{read.count}" for read in reads]


def test_profile_satisfies_the_schema() -> None:
    assert [error.message for error in schema().iter_errors(huawei_document())] == []


def test_schema_is_itself_valid() -> None:
    schema().check_schema(schema().schema)


def test_bundled_copy_is_the_file_that_people_edit() -> None:
    name = "huawei_sun2000.json"
    assert (COPY / name).read_bytes() == (REGISTRY / name).read_bytes()


def test_registers_stand_in_order_of_address_one_a_line() -> None:
    """So that a changed register is one changed line."""
    addresses = [register["address"] for register in huawei_document()["registers"]]
    assert addresses == sorted(addresses)
    lines = (REGISTRY / "huawei_sun2000.json").read_text(encoding="utf-8").splitlines()
    assert sum('"address": ' in line for line in lines) == len(addresses)


@pytest.mark.parametrize(
    ("key", "address", "kind", "gain", "sign", "unit"), FACTS, ids=lambda fact: fact
)
def test_register_is_where_the_facts_say(
    key: str, address: int, kind: str, gain: int, sign: Sign, unit: str | None
) -> None:
    register = PROFILE.registers[key]
    assert register.address == address
    assert (register.type, register.gain) == (kind, gain)
    assert (register.sign, register.unit) == (sign, unit)


def test_keys_differ_in_more_than_their_unit() -> None:
    """An entity is called by its key without the unit."""
    names = [
        key.removesuffix(UNIT_SUFFIXES[register.unit]) if register.unit else key
        for key, register in PROFILE.registers.items()
    ]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(("key", "words", "value"), READINGS)
def test_words_mean_what_the_facts_say(
    key: str, words: list[int], value: Value
) -> None:
    assert decode(PROFILE.registers[key], words) == value


@pytest.mark.parametrize(("key", "low", "high"), LIMITS)
def test_setting_has_the_limits_of_the_facts(key: str, low: float, high: float) -> None:
    register = PROFILE.registers[key]
    assert (register.minimum, register.maximum) == (low, high)
    assert encode(register, high) == (round(high * register.gain),)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("tou_periods", 43),
        ("fixed_charge_periods", 41),
        ("lg_tou_price_periods", 41),
        ("peak_shaving_periods", 64),
        ("serial_number", 10),
        ("battery_1_pack_2_serial_number", 10),
        ("battery_1_software_version", 15),
    ],
)
def test_texts_and_tables_are_as_long_as_the_facts_say(key: str, words: int) -> None:
    assert PROFILE.registers[key].words == words


def test_one_fast_poll_is_four_requests_with_proven_spans() -> None:
    assert requests(Group.READINGS) == ["32000x20", "32064x52", "37100x39", "37758x30"]


def test_guard_makes_it_seven() -> None:
    fast = requests(Group.READINGS, Group.GUARD)
    assert len(fast) == 7
    assert {"37000x23", "37046x4", "38452x6"} < set(fast)


def test_accepted_trials_make_it_three_and_five() -> None:
    spans = PROFILE.safe_spans
    readings = requests(Group.READINGS, spans=spans)
    assert readings == ["32000x116", "37100x39", "37758x30"]
    assert len(requests(Group.READINGS, Group.GUARD, spans=spans)) == 5


@pytest.mark.parametrize("strings", [1, 2, 3, 6, 24])
def test_number_of_strings_costs_at_most_one_request(strings: int) -> None:
    readings = requests(Group.READINGS, pv_string_count=strings)
    assert len(readings) <= 5
    trial = requests(Group.READINGS, spans=PROFILE.safe_spans, pv_string_count=strings)
    assert len(trial) == 3


def test_second_battery_costs_one_request_of_the_guard() -> None:
    guard = requests(
        Group.GUARD,
        battery_2_product="luna2000",
        battery_2_pack_1_number=1,
        battery_2_pack_2_number=2,
        battery_2_pack_3_number=3,
    )
    assert guard == ["37000x23", "37046x4", "37738x15", "38452x12"]


def test_lost_meter_is_asked_for_its_status_only() -> None:
    """Some inverters close the connection when its values are read then."""
    readings = requests(Group.READINGS, meter_status="offline")
    assert readings == ["32000x20", "32064x52", "37100x1", "37758x30"]


def test_single_phase_meter_has_no_other_phases() -> None:
    keys = {
        r.key for r in needed([Group.READINGS], HOME | {"meter_type": "single_phase"})
    }
    assert "grid_l1_voltage_v" in keys
    assert not keys & {"grid_l2_voltage_v", "grid_l3_power_w", "grid_l12_voltage_v"}


def test_plant_without_a_battery_is_not_asked_for_one() -> None:
    keys = requests(Group.READINGS, Group.GUARD, battery_1_product="none")
    assert keys == ["32000x20", "32064x52", "37100x39"]


def test_dispatch_reads_back_in_three_requests() -> None:
    """F4 of the facts."""
    keys = [
        *("discharge_power_limit_w", "forcible_duration_min", "working_mode_setting"),
        *("forcible_command", "forcible_end_condition", "forcible_charge_power_w"),
        *("charge_power_limit_w", "grid_charge_cutoff_soc_pct"),
        *("forcible_discharge_power_w", "backup_reserve_soc_pct"),
    ]
    registers = [PROFILE.registers[key] for key in keys]
    assert len(plan_reads(registers, PROFILE.proven_spans, 125)) == 3


@pytest.mark.parametrize("address", [37799, 37814, 42900, 43006, 47589, 47956])
def test_register_that_may_fail_alone_is_read_alone(address: int) -> None:
    (register,) = (r for r in PROFILE.registers.values() if r.address == address)
    assert register.alone
    everything = plan_reads(PROFILE.registers.values(), PROFILE.safe_spans, 125)
    assert [read.count for read in everything if read.start == address] == [
        register.words
    ]


def test_write_only_registers_are_listed_and_never_read() -> None:
    listed = {
        register.address
        for register in PROFILE.registers.values()
        if register.access is Access.WRITE
    }
    assert listed == {40199, 40200, 40201, 49999}
    everything = plan_reads(PROFILE.registers.values(), PROFILE.safe_spans, 125)
    assert not {
        address
        for address in listed
        for read in everything
        if read.start <= address < read.start + read.count
    }


def test_only_what_is_certain_is_written() -> None:
    writable = [one for one in PROFILE.registers.values() if one.writable]
    assert {one.certainty for one in writable} == {Certainty.CERTAIN}
    disputed = [
        one for one in PROFILE.registers.values() if one.certainty is Certainty.DISPUTED
    ]
    assert {one.access for one in disputed} == {Access.READ}


def test_single_sources_are_optional() -> None:
    required = {
        register.key
        for register in PROFILE.registers.values()
        if register.certainty is Certainty.SINGLE_SOURCE
        and register.readable
        and not register.optional
    }
    assert required == set()


def test_what_is_written_and_is_no_command_is_a_stored_setting() -> None:
    written = {key: one for key, one in PROFILE.registers.items() if one.writable}
    assert {key for key, one in written.items() if not one.persistent} == COMMANDS


@pytest.mark.parametrize(
    "key", ["grid_code", "switch_to_off_grid", "backup_voltage", "inverter_clock_s"]
)
def test_settings_of_the_installer_are_not_ours(key: str) -> None:
    register = PROFILE.registers[key]
    assert register.access is Access.INSTALLER
    assert not register.writable


def test_serial_numbers_and_keys_are_secret() -> None:
    secret = {key for key, one in PROFILE.registers.items() if one.secret}
    assert secret == {
        *(key for key in PROFILE.registers if key.endswith("serial_number")),
        "registration_key",
    }


def test_totals_count_and_other_energies_do_not() -> None:
    energies = {
        key: one.counter
        for key, one in PROFILE.registers.items()
        if one.unit == "kWh" and one.counter is not Counter.LIFETIME
    }
    daily = {key for key, counter in energies.items() if counter is Counter.DAILY}
    assert all(key.endswith("_today_kwh") for key in daily)
    assert energies.keys() - daily == {
        *("battery_rated_capacity_kwh", "ac_energy_hour_kwh"),
        *("ac_energy_month_kwh", "ac_energy_year_kwh"),
    }


def test_every_alarm_has_its_number_and_severity() -> None:
    ids = [alarm.id for alarm in PROFILE.alarms.values()]
    assert len(ids) == len(set(ids)) == 48
    majors = {name for name, one in PROFILE.alarms.items() if one.severity == "major"}
    assert {"grid_loss", "active_islanding", "battery_reverse_connection"} <= majors
    assert PROFILE.alarms["battery_abnormal"].id == 2068
    assert PROFILE.alarms["battery_abnormal"].severity == "minor"
    assert PROFILE.alarms["off_grid_output_overload"].id == 2077


@pytest.mark.parametrize(
    ("model", "fits"),
    [
        ("SUN2000-10KTL-M1", True),
        ("SmartHEMS-SA", False),
        ("EMMA-A02", False),
        ("SmartLogger3000", False),
        ("SDongleA-05", False),
    ],
)
def test_inverter_is_told_from_what_else_answers(model: str, *, fits: bool) -> None:
    identity = PROFILE.identity
    assert bool(identity.match.search(model)) is fits
    refused = any(pattern.search(model) for pattern in identity.refuse.values())
    assert refused is not fits


def test_spans_of_the_facts_are_there() -> None:
    proven = {(span.start, span.count) for span in PROFILE.proven_spans}
    assert proven >= {
        *((30000, 71), (30000, 83), (32000, 11), (32000, 20), (32016, 48)),
        *((32064, 52), (32066, 50), (37000, 23), (37046, 4), (37052, 10)),
        *((37100, 38), (37101, 37), (37113, 25), (37200, 3), (37700, 10)),
        *((37738, 15), (37758, 30), (37760, 24), (37760, 28), (38452, 6)),
        *((38458, 6), (40125, 3), (47075, 14), (47075, 27), (47101, 6)),
        *((47242, 58), (47415, 4)),
    }
    assert all((38200 + 42 * pack, 10) in proven for pack in range(6))
    assert all((38229 + 42 * pack, 13) in proven for pack in range(6))
    trial = {(span.start, span.count) for span in PROFILE.trial_spans}
    assert trial >= {(32000, 116), (37000, 70), (37100, 39), (38452, 12)}


@pytest.mark.parametrize("table", ["enums", "bits"])
def test_every_table_is_used(table: str) -> None:
    field: dict[str, str] = {"enums": "enum", "bits": "bits"}
    document: dict[str, Any] = huawei_document()
    used = {register.get(field[table]) for register in document["registers"]}
    assert document[table].keys() <= used


def addresses(steps: Steps) -> list[int]:
    """Return where a sequence writes, in order."""
    return [PROFILE.registers[step.key].address for step in steps]


def test_a_command_is_written_as_the_field_does() -> None:
    assert addresses(CONTROL.begin[CHARGE]) == [47247, 47083, 47246, 47100]
    assert addresses(CONTROL.begin[DISCHARGE]) == [47249, 47083, 47246, 47100]
    for direction in Direction:
        assert addresses(CONTROL.renew[direction]) == [47083, 47100]
        constants = [step.value for step in CONTROL.begin[direction]][2:]
        assert constants == ["duration", direction.value]
    assert addresses(CONTROL.stop) == [47100]
    assert addresses(CONTROL.clear) == [47247, 47249, 47083]


def test_nothing_but_these_registers_is_ever_written() -> None:
    sequences = (*CONTROL.begin.values(), *CONTROL.renew.values())
    steps = [step for one in (*sequences, CONTROL.stop, CONTROL.clear) for step in one]
    switches = [*CONTROL.hold.values(), CONTROL.grid_charge]
    keys = {step.key for step in steps} | {switch.key for switch in switches}
    assert {PROFILE.registers[key].address for key in keys} == {
        *(47075, 47077, 47083, 47087, 47100, 47246, 47247, 47249),
    }


def test_the_device_documents_no_heartbeat() -> None:
    assert CONTROL.heartbeat is None


@pytest.mark.parametrize(
    ("key", "address"),
    [
        (SAFETY.soc, 37760),
        (SAFETY.battery_power, 37765),
        (SAFETY.pv_power, 32064),
        (SAFETY.inverter_temperature, 32087),
        (SAFETY.charge_limit, 37046),
        (SAFETY.discharge_limit, 37048),
        (SAFETY.inverter.key, 32089),
        (SAFETY.battery.key, 37762),
        (SAFETY.capacity, 37758),
        (SAFETY.maximum_power, 30075),
        (SAFETY.stored_charge_limit, 47075),
        (SAFETY.stored_discharge_limit, 47077),
        (SAFETY.charge_cutoff, 47081),
        (SAFETY.discharge_cutoff, 47082),
        (SAFETY.reserve, 47102),
        (SAFETY.grid_charge, 47087),
        (CONTROL.hold[CHARGE].key, 47075),
        (CONTROL.hold[CHARGE].ceiling, 37046),
        (CONTROL.hold[DISCHARGE].key, 47077),
        (CONTROL.hold[DISCHARGE].ceiling, 37048),
    ],
)
def test_the_guard_looks_at_the_right_registers(key: str, address: int) -> None:
    assert PROFILE.registers[key].address == address


def test_every_temperature_of_the_battery_is_guarded() -> None:
    coldest = {
        PROFILE.registers[key].address for key in SAFETY.battery_temperatures_min
    }
    hottest = {
        PROFILE.registers[key].address for key in SAFETY.battery_temperatures_max
    }
    assert coldest == {37022, 37752, 38453, 38455, 38457, 38459, 38461, 38463}
    assert hottest == {37022, 37752, 38452, 38454, 38456, 38458, 38460, 38462}


def test_what_changes_fast_is_read_with_each_poll_of_the_guard() -> None:
    fast = (
        *(SAFETY.soc, SAFETY.battery_power, SAFETY.pv_power, SAFETY.charge_limit),
        *(SAFETY.discharge_limit, SAFETY.inverter_temperature, SAFETY.battery.key),
        *(SAFETY.inverter.key, *SAFETY.alarms.keys, *SAFETY.forbidding_bits),
        *(*SAFETY.battery_temperatures_min, *SAFETY.battery_temperatures_max),
        *SAFETY.commanded.keys,
    )
    groups = {PROFILE.registers[key].group for key in fast}
    assert groups == {Group.READINGS, Group.GUARD}


def test_an_inverter_is_ready_in_six_states() -> None:
    codes = PROFILE.registers["device_status"].enum or {}
    ready = {code for code, name in codes.items() if name in SAFETY.inverter.ready}
    assert ready == {0x0000, 0x0002, 0x0200, 0x0201, 0x0202, 0xA000}


def test_alarms_of_the_facts_forbid_commands() -> None:
    must_block = {
        *(2002, 2031, *range(2032, 2041), 2051, 2061, 2062, 2064, 2068, 2070),
        *(2071, 2072, 2077, 2069, 2082, 2088, 2090, 2003),
    }
    blocking = {
        alarm.id
        for name, alarm in PROFILE.alarms.items()
        if alarm.severity in SAFETY.alarms.severities or name in SAFETY.alarms.names
    }
    assert must_block <= blocking
    assert not blocking & {2012, 2013, 2066, 2075, 2081, 2015, 2094, 2063}


@pytest.mark.parametrize(
    ("name", "low", "default", "high"),
    [
        ("soc_min_pct", 0, 5, 50),
        ("soc_max_pct", 50, 98, 100),
        ("battery_temperature_max_c", 30, 45, 50),
        ("battery_derate_from_c", 25, 40, 50),
        ("charge_temperature_min_c", 0, 0, 15),
        ("discharge_temperature_min_c", -10, -10, 15),
        ("inverter_temperature_max_c", 60, 75, 85),
        ("hold_reserve_soc_pct", 10, 20, 90),
    ],
)
def test_limits_are_those_of_the_design(
    name: str, low: float, default: float, high: float
) -> None:
    assert SAFETY.limits[name] == Bounds(low=low, default=default, high=high)


def addresses_of(keys: Collection[str]) -> set[int]:
    """Return where registers are."""
    return {PROFILE.registers[key].address for key in keys}


def test_the_monitor_watches_what_somebody_else_could_write() -> None:
    often = {47075, 47077, 47081, 47082, 47086, 47087, 47088}
    often |= {47242, 47246, 47247, 47249}
    assert addresses_of(PLAUSIBILITY.settings) == often
    assert addresses_of(PLAUSIBILITY.seldom) == {
        *(47101, 47102, 47299, 47415, 47416, 47418)
    }
    assert addresses_of(PLAUSIBILITY.identity) == {30000, 30015, 30050, 30073, 30075}
    assert PLAUSIBILITY.clock == "inverter_clock_s"


def test_the_monitor_does_not_watch_what_the_inverter_itself_ends() -> None:
    """47100 returns to 0 when the time of 47083 is over, or at the target."""
    watched = addresses_of((*PLAUSIBILITY.settings, *PLAUSIBILITY.seldom))
    assert not watched & {47083, 47100}
    written = {step.key for steps in CONTROL.begin.values() for step in steps}
    switches = {switch.key for switch in (*CONTROL.hold.values(), CONTROL.grid_charge)}
    assert addresses_of(written | switches) - watched == {47083, 47100}


def test_an_audit_is_three_requests_and_now_and_then_six() -> None:
    for keys, starts in (
        (PLAUSIBILITY.often, [(30000, 77), (47075, 14), (47242, 9)]),
        (
            (*PLAUSIBILITY.often, *PLAUSIBILITY.rarely),
            [(30000, 77), (40000, 2), (47075, 27), (47102, 1), (47242, 58), (47415, 4)],
        ),
    ):
        registers = [PROFILE.registers[key] for key in keys]
        reads = plan_reads(registers, PROFILE.proven_spans, 125)
        assert [(read.start, read.count) for read in reads] == starts


# address of a counter, what it counts
COUNTED = {
    32106: CounterSource(flow=Flow.AC, sign=1),
    32108: CounterSource(flow=Flow.PV, sign=1),
    32114: CounterSource(flow=Flow.AC, sign=1, daily=True),
    37119: CounterSource(flow=Flow.GRID, sign=-1),
    37121: CounterSource(flow=Flow.GRID, sign=1),
    37780: CounterSource(flow=Flow.BATTERY, sign=-1),
    37782: CounterSource(flow=Flow.BATTERY, sign=1),
    37784: CounterSource(flow=Flow.BATTERY, sign=-1, daily=True),
    37786: CounterSource(flow=Flow.BATTERY, sign=1, daily=True),
}


def test_counters_count_what_the_facts_say() -> None:
    counters = PLAUSIBILITY.counters.items()
    found = {PROFILE.registers[key].address: source for key, source in counters}
    assert found == COUNTED


def test_the_flows_of_the_monitor_are_where_the_facts_say() -> None:
    assert addresses_of([PLAUSIBILITY.ac_power, PLAUSIBILITY.grid_power]) == {
        *(32080, 37113)
    }
    assert addresses_of(PLAUSIBILITY.grid_phases) == {37132, 37134, 37136}


@pytest.mark.parametrize(
    ("key", "possible", "impossible"),
    [
        ("soc_pct", [0, 100], [100.1, -0.1, 6553.4]),
        ("ac_frequency_hz", [0, 49.9, 60.3], [500, 70.1]),
        ("grid_frequency_hz", [0, 50], [-1, 327.66]),
        ("ac_l1_voltage_v", [0, 230, 277], [2300]),
        ("ac_l12_voltage_v", [0, 230, 400, 800], [4000]),
        ("grid_l3_voltage_v", [0, 253], [-230, 2300]),
        ("pv24_voltage_v", [-3, 0, 1080, 1500], [3200]),
        ("battery_bus_voltage_v", [0, 355, 980], [7500]),
        ("inverter_temperature_c", [-25, 85], [410, -100]),
        ("battery_1_pack_3_temperature_min_c", [-20, 0, 60], [250]),
        ("power_factor", [-1, 0, 1], [1.1]),
        ("battery_power_w", [-10_000, 10_000], [2e6]),
    ],
)
def test_bounds_let_pass_what_the_equipment_can_have(
    key: str, possible: list[float], impossible: list[float]
) -> None:
    bounds = PLAUSIBILITY.bounds[key]
    assert all(value in bounds for value in possible)
    assert not [value for value in impossible if value in bounds]


def test_what_is_restless_is_read_in_each_poll() -> None:
    keys = [key for keys in PLAUSIBILITY.restless.values() for key in keys]
    assert {PROFILE.registers[key].group for key in keys} == {Group.READINGS}
    assert set(PLAUSIBILITY.restless) == {"inverter", "meter"}
