"""What is wrong with a plant, as far as it is not the link."""

from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """Addresses, both ends included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantCondition:
    """The state of health of a plant; all defaults together are a sound one."""

    battery_follows: bool = True
    """False: the battery stays idle, whatever it is told."""

    battery_asleep: bool = False
    """Only a forcible charge wakes the battery."""

    meter_online: bool = True
    """False: 37100 is 0, reading meter values closes the connection, and the inverter
    cannot follow the load."""

    inverter_silent: bool = False
    """The inverter's unit id does not answer at all."""

    alarms: tuple[int, int, int] = (0, 0, 0)
    """The words of 32008 to 32010."""

    clock_offset_s: float = 0.0
    """How far the inverter's clock is fast, s."""

    serial_number: str | None = None
    """Another inverter's serial number."""

    stuck: bool = False
    """Measurements keep the words they have when this is switched on."""

    no_values: bool = False
    """Measurements read as the markers for *no value*."""

    garbage: bool = False
    """Measurements read as random words."""

    absent: tuple[Span, ...] = ()
    """Addresses that are illegal."""


SOUND = PlantCondition()
