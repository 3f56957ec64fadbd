"""Plants that are valid by default, one override per test."""

from datetime import UTC, datetime, timedelta
from typing import Any

from custom_components.bessai.simulator.overrides import Overrides
from custom_components.bessai.simulator.parameters import (
    BatteryParameters,
    FirmwareQuirks,
    PlantParameters,
)
from custom_components.bessai.simulator.plant import SimulatedPlant

START = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
NIGHT = Overrides(pv_w=0.0, load_w=500.0, ambient_c=20.0)
DAY = Overrides(pv_w=4000.0, load_w=500.0, ambient_c=20.0)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

STOP, CHARGE, DISCHARGE = 0, 1, 2


def plant(
    *,
    start: datetime = START,
    overrides: Overrides = NIGHT,
    quirks: FirmwareQuirks | None = None,
    battery: BatteryParameters | None = None,
    **parameters: Any,
) -> SimulatedPlant:
    """Return a plant whose sun and load are held, half full."""
    built = SimulatedPlant(
        PlantParameters(
            quirks=quirks or FirmwareQuirks(),
            battery=battery or BatteryParameters(),
            **parameters,
        ),
        start,
    )
    built.overrides = overrides
    return built


def pass_time(of: SimulatedPlant, duration: timedelta) -> None:
    """Let time pass for a plant."""
    of.advance(of.at + duration)


def words_of(value: int, count: int = 1) -> tuple[int, ...]:
    """Return a number as the words that are written for it."""
    return tuple(value >> 16 * (count - 1 - i) & 0xFFFF for i in range(count))


def number_of(words: tuple[int, ...], *, signed: bool = False) -> int:
    """Return the number that words make."""
    data = b"".join(word.to_bytes(2) for word in words)
    return int.from_bytes(data, signed=signed)


def read_number(
    of: SimulatedPlant, address: int, count: int = 1, *, signed: bool = False
) -> int:
    """Return the raw number of a register of the inverter."""
    return number_of(of.read(1, address, count), signed=signed)


def read_text(of: SimulatedPlant, address: int, count: int, unit_id: int = 1) -> str:
    """Return a text register."""
    data = b"".join(word.to_bytes(2) for word in of.read(unit_id, address, count))
    return data.partition(b"\0")[0].decode("ascii")


def command(
    of: SimulatedPlant, what: int, power_w: int = 2000, minutes: int = 10
) -> None:
    """Give a forcible command in the order the field uses."""
    power = 47249 if what == DISCHARGE else 47247
    of.write(1, power, words_of(power_w, 2))
    of.write(1, 47083, (minutes,))
    of.write(1, 47246, (0,))
    of.write(1, 47100, (what,))
