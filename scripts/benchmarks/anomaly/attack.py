"""What an attack or fault is to the bench, and how strong it is, by truth alone."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from custom_components.bessai.core.telemetry import Value
from custom_components.bessai.simulator.truth import PlantTruth

from .home import Home
from .life import Life
from .shown import FLOW_KEYS, Shown

SURE = 2.0
"""Strength of what is either there or not."""

LEAST_SOC_PCT = 3.0
_LEAST_POWER_W = 400.0
_LEAST_SHARE = 0.1


@dataclass(slots=True, kw_only=True)
class Stage:
    """What an attacker has at hand."""

    home: Home
    life: Life
    chance: Random
    past: deque[Shown]
    """What was shown before, oldest first; never empty."""

    past_times_s: Sequence[float]
    past_identity: Mapping[str, Value]
    at_s: float
    begun_s: float

    @property
    def minutes(self) -> float:
        """For how long it has been going on."""
        return (self.at_s - self.begun_s) / 60.0

    @property
    def truth(self) -> PlantTruth:
        """What is physically so."""
        return self.life.truth


class Attack:
    """One event; it may act on the plant, on what is shown of it, or on both."""

    name: ClassVar[str]
    physical: ClassVar[bool] = False
    """Whether our own commands have to keep out of the way."""

    breaks: ClassVar[bool] = False
    """Whether the connection breaks when it ends."""

    def begin(self, stage: Stage) -> None:
        """Choose what to do; called at the first poll."""

    def act(self, stage: Stage) -> None:
        """Do something to the plant; called before each poll."""

    def spoof(self, shown: Shown, stage: Stage) -> None:
        """Change what is shown."""

    def end(self, stage: Stage) -> None:
        """Leave the plant as it was."""

    def strength(self, honest: Shown, shown: Shown, stage: Stage) -> float:
        """Return how far this poll is from the truth; 1 is the least that counts."""
        raise NotImplementedError


def least_power_w(home: Home) -> float:
    """Return the least error of a power that counts, W."""
    return min(_LEAST_POWER_W, _LEAST_SHARE * home.maximum_power_w)


def power_strength(shown: Shown, stage: Stage) -> float:
    """Return how wrong the worst power is."""
    truth = stage.truth
    true_w = (truth.pv_w, truth.battery_w, truth.ac_w, truth.grid_w)
    told_w = (shown.numbers.get(key) for key in FLOW_KEYS.values())
    errors = (
        abs(told - true)
        for told, true in zip(told_w, true_w, strict=True)
        if told is not None
    )
    return max(errors, default=0.0) / least_power_w(stage.home)


def number_strength(
    honest: Shown, shown: Shown, keys: Sequence[str], least: float
) -> float:
    """Return how wrong the worst of some numbers is."""
    errors = (
        abs(shown.numbers[key] - honest.numbers[key])
        for key in keys
        if key in honest.numbers and key in shown.numbers
    )
    return max(errors, default=0.0) / least


def state_strength(honest: Shown, shown: Shown, stage: Stage) -> float:
    """Return how wrong powers and state of charge are, the worse of both."""
    soc = number_strength(honest, shown, ("soc_pct",), LEAST_SOC_PCT)
    return max(power_strength(shown, stage), soc)
