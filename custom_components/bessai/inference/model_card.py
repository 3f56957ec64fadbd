"""What a model says of itself: what it wants, what it answers, how it was made.

Made by ``card_parser.parse_card`` and valid by construction; docs/models.md explains
each field to those who write one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Purpose(StrEnum):
    """What a model is for."""

    DISPATCH_POLICY = "dispatch_policy"
    PRICE_FORECAST = "price_forecast"


class PowerSign(StrEnum):
    """What the battery does where a number of the model is positive."""

    CHARGING = "charging"
    DISCHARGING = "discharging"


class PowerUnit(StrEnum):
    """Of an answered power."""

    KW = "kW"
    W = "W"
    SHARE = "share"
    """Of the battery's limit of charging or of discharging, -1 to 1."""


class PriceUnit(StrEnum):
    """Of answered prices."""

    NORMALISED = "normalised"
    """By the mean and spread of the past, as the features of prices define them."""

    PER_KWH = "per_kwh"


class Meaning(StrEnum):
    """What a golden answer has the battery do: the second word on the sign."""

    CHARGE = "charge"
    DISCHARGE = "discharge"
    REST = "rest"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardInput:
    """A column of the model's input.

    The model is given ``(value - offset) / scale``, where the value counts as ``sign``
    says. It is not asked beyond ``low`` to ``high``, which are before scaling.
    """

    feature: str
    unit: str
    low: float
    high: float
    offset: float
    scale: float
    """Not zero."""

    sign: PowerSign | None
    """For powers of the battery only."""

    def scaled(self, value: float) -> float:
        """Return a value, counted as ``sign`` says, as the model wants it."""
        return (value - self.offset) / self.scale


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerOutput:
    """A power of the battery; the range is in that unit, counted as ``sign`` says."""

    unit: PowerUnit
    sign: PowerSign
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredValueOutput:
    """What one more stored kWh is worth.

    Counted from the mean import price of the next 24 h, in units of their spread.
    """

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceOutput:
    """Prices that are not exceeded with the probabilities of ``quantiles``."""

    unit: PriceUnit
    quantiles: tuple[float, ...]
    low: float
    high: float


type CardOutput = PowerOutput | StoredValueOutput | PriceOutput


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What the model has learned from."""

    data: str
    start: date
    end: date
    """Both included."""

    notes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenVector:
    """Inputs, as the model gets them, and what it has to answer."""

    inputs: tuple[float, ...]
    output: tuple[float, ...]
    means: Meaning | None
    """For answered powers only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """Everything that we rely on when we use a model."""

    name: str
    version: str
    purpose: Purpose
    sha256: str
    graph_sha256: str | None
    inputs: tuple[CardInput, ...]
    """In the order of the columns; no feature twice."""

    output: CardOutput
    horizon_h: int
    """How far ahead it looks or speaks; 0: only at the present."""

    steps_min: tuple[int, ...]
    """Lengths of the intervals that it was made for."""

    training: Training
    metrics: Mapping[str, float]
    licence: str
    golden: tuple[GoldenVector, ...]

    @property
    def columns(self) -> int:
        """How many numbers it answers for each row."""
        if isinstance(self.output, PriceOutput):
            return len(self.output.quantiles)
        return 1
