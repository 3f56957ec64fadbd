"""Chance without a generator: noise that is a function of seed and time.

The same instant always looks the same, in whatever steps it was reached.
"""

from enum import IntEnum

_MASK = 2**64 - 1


class Channel(IntEnum):
    """What a noise is for, so that no two things vary alike."""

    DAY_OF_CLOUDS = 1
    CLOUD_FIELD = 2
    CLOUD_EDGE = 3
    AMBIENT = 4
    HOUSE = 5
    FRIDGE = 6
    PHASE_A = 7
    PHASE_B = 8
    VOLTAGE = 9
    FREQUENCY = 10
    STRING = 11
    GARBAGE = 12
    APPLIANCE = 32
    """And upwards: two for each appliance."""


def hashed(seed: int, channel: int, index: int) -> float:
    """Return a number in [0, 1) that depends on the three in no visible way.

    Source: the finaliser of SplitMix64 (public domain).
    """
    mixed = (
        seed * 0x9E3779B97F4A7C15
        + channel * 0xD1B54A32D192ED03
        + index * 0x8CB92BA72F3D8DD7
    ) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return float((mixed ^ (mixed >> 31)) >> 11) / float(1 << 53)


def smooth(seed: int, channel: int, at_s: float, period_s: float) -> float:
    """Return noise in [0, 1) that takes about ``period_s`` to change."""
    place = at_s / period_s
    index = int(place // 1)
    part = place - index
    eased = part * part * (3.0 - 2.0 * part)
    first = hashed(seed, channel, index)
    return first + (hashed(seed, channel, index + 1) - first) * eased
