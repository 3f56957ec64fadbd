"""What the inverter measures: registers 32000 to 37202, and its clock."""

from .grid import (
    PHASES,
    frequency_hz,
    line_voltage_v,
    phase_voltages_v,
    whole_powers,
)
from .image import Image
from .image_identity import tracker_count
from .noise import Channel, hashed
from .snapshot import Snapshot
from .witness import COMMANDED_OFF, NO_LIGHT, ON_GRID, POWER_LIMITED

MAX_STRINGS = 24
_STRING_VOLTAGE_V = 420.0
_NOISE_VOLTAGE_V = 3.0
"""What strings show at night."""


def lay_inverter(image: Image, snapshot: Snapshot) -> None:
    """Lay down everything the inverter measures and counts."""
    _lay_state(image, snapshot)
    _lay_strings(image, snapshot)
    _lay_ac(image, snapshot)
    _lay_health(image, snapshot)
    _lay_counters(image, snapshot)
    _lay_rare(image, snapshot)
    image.u32(40000, snapshot.local_s)


def _lay_state(image: Image, snapshot: Snapshot) -> None:
    """Lay down the state bits and the alarms."""
    truth = snapshot.truth
    state = {ON_GRID: 0b0110, POWER_LIMITED: 0b1110, COMMANDED_OFF: 1 << 8}
    image.bits(32000, state.get(truth.device_status, 0b0001))
    image.bits(32001, 0)
    image.bits(32002, 0b111 if truth.pv_w else 0b101)
    image.bits(32003, 0, words=2)
    for offset, alarm in enumerate(snapshot.condition.alarms):
        image.bits(32008 + offset, alarm)
    active = sum(alarm.bit_count() for alarm in snapshot.condition.alarms)
    image.u32(32172, active)
    image.u32(32174, active)


def _lay_strings(image: Image, snapshot: Snapshot) -> None:
    """Lay down voltage and current of each string; absent ones read the marker."""
    truth, strings = snapshot.truth, snapshot.parameters.pv.string_count
    for index in range(MAX_STRINGS):
        voltage_v = current_a = None
        if index < strings:
            part = hashed(snapshot.parameters.seed, Channel.STRING, index)
            sunny = truth.pv_w > 0.0
            voltage_v = (_STRING_VOLTAGE_V if sunny else _NOISE_VOLTAGE_V) + 8.0 * part
            current_a = truth.pv_w / strings / voltage_v
        image.i16(32016 + 2 * index, voltage_v, 10)
        image.i16(32017 + 2 * index, current_a, 100)


def _lay_ac(image: Image, snapshot: Snapshot) -> None:
    """Lay down powers, voltages and currents of the AC side."""
    truth, parameters = snapshot.truth, snapshot.parameters
    ac_w, _ = whole_powers(truth.ac_w, truth.load_w)
    image.i32(32064, truth.pv_w)
    for phase in range(PHASES):
        _lay_phase(image, snapshot, phase, ac_w)
    image.i32(32078, truth.peak_today_w)
    image.i32(32080, ac_w)
    image.i32(32082, 0)
    image.i16(32084, 1, 1000)
    image.u16(32085, frequency_hz(parameters.seed, snapshot.at_s), 100)
    image.i32(32095, ac_w)


def _lay_phase(image: Image, snapshot: Snapshot, phase: int, ac_w: int) -> None:
    """Lay down one phase; with a single one the line voltage is the grid's."""
    three = snapshot.parameters.three_phase
    voltages = phase_voltages_v(snapshot.parameters.seed, snapshot.at_s)
    voltage_v = line_v = current_a = None
    if three:
        voltage_v = voltages[phase]
        line_v = line_voltage_v(voltages, phase)
        current_a = ac_w / PHASES / voltage_v
    elif phase == 0:
        voltage_v = line_v = voltages[phase]
        current_a = ac_w / voltage_v
    image.u16(32066 + phase, line_v, 10)
    image.u16(32069 + phase, voltage_v, 10)
    image.i32(32072 + 2 * phase, current_a, 1000)


def _lay_health(image: Image, snapshot: Snapshot) -> None:
    """Lay down efficiency, temperature, status and when it began."""
    truth = snapshot.truth
    inflow_w = truth.pv_w + truth.battery_w
    efficiency = 100.0 * truth.ac_w / inflow_w if truth.ac_w > 0.0 else 0.0
    awake = truth.device_status != NO_LIGHT
    image.u16(32086, efficiency, 100)
    image.i16(32087, truth.inverter_temperature_c, 10)
    image.u16(32088, 3.0 if awake else 0.0, 1000)
    image.u16(32089, truth.device_status)
    image.u16(32090, 0)
    image.u32(32091, snapshot.started_local_s)
    image.u32(32093, snapshot.stopped_local_s)


def _lay_counters(image: Image, snapshot: Snapshot) -> None:
    """Lay down the energy counters."""
    truth = snapshot.truth
    image.u32(32106, truth.yield_kwh, 100)
    image.u32(32108, truth.pv_kwh, 100)
    image.u32(32110, snapshot.local_s)
    image.u32(32112, truth.yield_hour_kwh, 100)
    image.u32(32114, truth.yield_today_kwh, 100)
    image.u32(32116, truth.yield_month_kwh, 100)
    image.u32(32118, truth.yield_year_kwh, 100)
    trackers = tracker_count(snapshot.parameters.pv.string_count)
    for index in range(10):
        fitted = index < trackers
        share = truth.pv_kwh / trackers if fitted else None
        image.u32(32212 + 2 * index, share, 100)


def _lay_rare(image: Image, snapshot: Snapshot) -> None:
    """Lay down bus voltages, echoes of adjustments and optimizers."""
    image.u16(32176, 2 * _STRING_VOLTAGE_V * 0.9, 10)
    for address in (32177, 32178, 32179, 32180, 32181):
        image.i16(address, _STRING_VOLTAGE_V / 2, 10)
    image.u16(32182, _STRING_VOLTAGE_V)
    image.u16(32183, 0)
    image.u16(32190, 0)
    image.i16(32191, -_STRING_VOLTAGE_V / 2, 10)
    image.u16(35300, 0)
    image.u32(35301, 0)
    image.u16(35303, 0)
    image.u16(35304, 0)
    image.i32(35305, 0)
    image.u16(35307, 0)
    if snapshot.parameters.quirks.optimizers:
        for address in (37200, 37201, 37202):
            image.u16(address, 0)
