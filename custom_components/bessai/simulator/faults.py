"""What can go wrong with a plant and its link: the scenarios."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from .condition import SOUND, PlantCondition, Span


class Scenario(StrEnum):
    """One way of going wrong, switched on while the simulator runs."""

    NONE = "none"
    REFUSED_CONNECTION = "refused_connection"
    KICKED_CONNECTION = "kicked_connection"
    SLOW_ANSWERS = "slow_answers"
    LATE_ANSWERS = "late_answers"
    BUSY = "busy"
    DEVICE_FAILURE = "device_failure"
    NO_PERMISSION = "no_permission"
    HALF_FRAMES = "half_frames"
    WRONG_TRANSACTION = "wrong_transaction"
    DROPPED_BETWEEN_WRITES = "dropped_between_writes"
    STUCK_VALUES = "stuck_values"
    SENTINELS = "sentinels"
    ABSENT_REGISTERS = "absent_registers"
    GARBAGE_VALUES = "garbage_values"
    BATTERY_DOES_NOT_FOLLOW = "battery_does_not_follow"
    BATTERY_ASLEEP = "battery_asleep"
    METER_OFFLINE = "meter_offline"
    CLOCK_JUMP = "clock_jump"
    INVERTER_ASLEEP = "inverter_asleep"
    ALARM = "alarm"
    SWAPPED_INVERTER = "swapped_inverter"


DESCRIPTIONS: Mapping[Scenario, str] = MappingProxyType(
    {
        Scenario.NONE: "Everything works",
        Scenario.REFUSED_CONNECTION: "Nobody listens on the port",
        Scenario.KICKED_CONNECTION: "A rival client takes the link every few seconds",
        Scenario.SLOW_ANSWERS: "Every answer takes seconds",
        Scenario.LATE_ANSWERS: "Every third answer comes after the client gave up",
        Scenario.BUSY: "Every request is answered with busy (exception 6)",
        Scenario.DEVICE_FAILURE: "Every request fails (exception 4)",
        Scenario.NO_PERMISSION: "Every write is forbidden (exception 0x80)",
        Scenario.HALF_FRAMES: "Answers come in two halves, or only the first half",
        Scenario.WRONG_TRANSACTION: "Answers carry another transaction's number",
        Scenario.DROPPED_BETWEEN_WRITES: "The link drops at each second write",
        Scenario.STUCK_VALUES: "Measurements no longer change",
        Scenario.SENTINELS: "Measurements read as the markers for no value",
        Scenario.ABSENT_REGISTERS: "Optional registers are illegal addresses",
        Scenario.GARBAGE_VALUES: "Measurements are random words",
        Scenario.BATTERY_DOES_NOT_FOLLOW: "The battery stays idle, whatever it is told",
        Scenario.BATTERY_ASLEEP: "The battery sleeps until a forcible charge",
        Scenario.METER_OFFLINE: "The meter is lost; asking for it closes the link",
        Scenario.CLOCK_JUMP: "The inverter's clock is 27 hours fast",
        Scenario.INVERTER_ASLEEP: "The inverter is silent, as at night",
        Scenario.ALARM: "Alarms are active",
        Scenario.SWAPPED_INVERTER: "Another inverter answers: other serial number",
    }
)
"""Each scenario in one line, for people."""

OPTIONAL_REGISTERS = (
    Span(35300, 35307),
    Span(37200, 37202),
    Span(37764, 37764),
    Span(37920, 37928),
    Span(38452, 38463),
    Span(42900, 42900),
    Span(43006, 43006),
    Span(47954, 48019),
)
"""What is known to be missing on some model or firmware."""

CONDITIONS: Mapping[Scenario, PlantCondition] = MappingProxyType(
    {
        Scenario.STUCK_VALUES: PlantCondition(stuck=True),
        Scenario.SENTINELS: PlantCondition(no_values=True),
        Scenario.ABSENT_REGISTERS: PlantCondition(absent=OPTIONAL_REGISTERS),
        Scenario.GARBAGE_VALUES: PlantCondition(garbage=True),
        Scenario.BATTERY_DOES_NOT_FOLLOW: PlantCondition(battery_follows=False),
        Scenario.BATTERY_ASLEEP: PlantCondition(battery_asleep=True),
        Scenario.METER_OFFLINE: PlantCondition(meter_online=False),
        Scenario.CLOCK_JUMP: PlantCondition(clock_offset_s=27 * 3600.0),
        Scenario.INVERTER_ASLEEP: PlantCondition(inverter_silent=True),
        # Low insulation resistance (major), optimizer fault (warning).
        Scenario.ALARM: PlantCondition(alarms=(0, 1 << 2, 1 << 0)),
        Scenario.SWAPPED_INVERTER: PlantCondition(serial_number="BS2301009999"),
    }
)
"""The scenarios that lie in the plant; the others lie in the link."""


def condition_of(scenario: Scenario) -> PlantCondition:
    """Return what a scenario means for the plant."""
    return CONDITIONS.get(scenario, SOUND)
