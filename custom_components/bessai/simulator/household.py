"""What the house uses, by the time of its day."""

from dataclasses import dataclass
import math
from typing import NamedTuple

from .noise import Channel, hashed, smooth
from .parameters import HouseholdParameters

_DAY_MINUTES = 1440


class Appliance(NamedTuple):
    """Something that runs at most once a day."""

    watts: float
    minutes: int
    earliest: int
    """First minute of the day at which it may start."""

    latest: int
    chance: float
    """Part of the days on which it runs."""


APPLIANCES = (
    Appliance(2000.0, 4, 390, 450, 0.9),  # kettle, breakfast
    Appliance(1100.0, 6, 400, 480, 0.8),  # toaster, coffee
    Appliance(2100.0, 25, 690, 750, 0.6),  # hob, lunch
    Appliance(2000.0, 35, 600, 900, 0.4),  # washing machine, heating water
    Appliance(2400.0, 45, 1050, 1140, 0.7),  # oven, dinner
    Appliance(1800.0, 5, 960, 1080, 0.6),  # kettle, afternoon
    Appliance(1900.0, 30, 1170, 1290, 0.5),  # dishwasher
    Appliance(800.0, 90, 540, 1020, 0.25),  # tumble dryer with a heat pump
)
"""All end before midnight, so a day can be judged by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The household and the seed of its habits."""

    seed: int
    parameters: HouseholdParameters


def load_w(house: House, at_s: float, local_s: float) -> float:
    """Return the power the house uses, W, positive.

    Args:
        house: Whose habits.
        at_s: Seconds since the epoch, UTC.
        local_s: The same instant on the wall clock, as seconds since its epoch.
    """
    parameters = house.parameters
    day, minute = divmod(local_s / 60.0, _DAY_MINUTES)
    hour = minute / 60.0
    morning = 0.45 * math.exp(-(((hour - 7.4) / 1.1) ** 2))
    evening = math.exp(-(((hour - 19.6) / 1.9) ** 2))
    wobble = 0.75 + 0.5 * smooth(house.seed, Channel.HOUSE, at_s, 1500.0)
    steady = parameters.base_w + parameters.peak_w * (morning + evening)
    if not parameters.appliances:
        return steady * wobble
    return steady * wobble + _switched_w(house.seed, int(day), int(minute))


def _switched_w(seed: int, day: int, minute: int) -> float:
    """Return what runs in this minute: the fridge's compressor and appliances."""
    first = int(hashed(seed, Channel.FRIDGE, 0) * 45)
    total = 85.0 if (day * _DAY_MINUTES + minute + first) % 45 < 15 else 0.0
    for index, appliance in enumerate(APPLIANCES):
        if not appliance.earliest <= minute < appliance.latest + appliance.minutes:
            continue
        channel = Channel.APPLIANCE + 2 * index
        if hashed(seed, channel, day) >= appliance.chance:
            continue
        window = appliance.latest - appliance.earliest
        start = appliance.earliest + int(hashed(seed, channel + 1, day) * window)
        if start <= minute < start + appliance.minutes:
            total += appliance.watts
    return total
