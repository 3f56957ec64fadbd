"""Which registers of a device family the safety rules look at, and how to read them."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..core.bounds import Bounds
from .condition import Condition

LIMIT_NAMES = (
    "soc_min_pct",
    "soc_max_pct",
    "battery_temperature_max_c",
    "battery_derate_from_c",
    "charge_temperature_min_c",
    "discharge_temperature_min_c",
    "inverter_temperature_max_c",
    "hold_reserve_soc_pct",
)
"""The limits that an owner may move, each within bounds of the profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusWords:
    """What the words of a status register mean for commands."""

    key: str
    ready: frozenset[str]
    """A word that is in no set is *not ready*, an unknown one too."""

    asleep: frozenset[str] = frozenset()
    limited: frozenset[str] = frozenset()
    """Ready words that say that the device may not give what it could."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockingAlarms:
    """Which alarms forbid any command; a bit without a severity always does."""

    keys: tuple[str, ...]
    """Bit registers that all have to be known."""

    severities: frozenset[str]
    names: frozenset[str]
    """Alarms that forbid commands whatever their severity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyProfile:
    """Keys of the registers that the guard needs, by what they tell it."""

    soc: str
    battery_power: str
    pv_power: str
    battery_temperatures_min: tuple[str, ...]
    """One for each sensor; those that a plant does not have count as nothing."""

    battery_temperatures_max: tuple[str, ...]
    inverter_temperature: str
    charge_limit: str
    """What the battery can take at present."""

    discharge_limit: str
    inverter: StatusWords
    forbidding_bits: Mapping[str, frozenset[str]]
    """Key of a bit register to the bits that make the inverter not ready."""

    battery: StatusWords
    alarms: BlockingAlarms
    commanded: Condition
    """Whether a forcible command is in force."""

    managers: Mapping[str, Condition]
    """Name of a device that overrides commands to what shows its presence."""

    capacity: str
    maximum_power: str
    stored_charge_limit: str
    stored_discharge_limit: str
    charge_cutoff: str
    discharge_cutoff: str
    reserve: str | None
    """A state of charge below which nothing is discharged either."""

    grid_charge: str
    limits: Mapping[str, Bounds]
    """Each of :data:`LIMIT_NAMES` to how far an owner may move it."""
