"""The guard's answer to a wish, with its reasons."""

from dataclasses import dataclass
from enum import StrEnum

from .setpoint import Release, Wish


class Reason(StrEnum):
    """Why the guard, or the dispatcher, did not do as it was asked: a closed list.

    Each has a text of the same name for people, in which ``{value}`` is what was found
    and ``{limit}`` what it was compared with.
    """

    CONTROL_OFF = "control_off"
    INVALID_POWER = "invalid_power"
    TELEMETRY_MISSING = "telemetry_missing"
    TELEMETRY_STALE = "telemetry_stale"
    TELEMETRY_IMPLAUSIBLE = "telemetry_implausible"
    SOC_LOW = "soc_low"
    SOC_HIGH = "soc_high"
    DISCHARGE_CUTOFF = "discharge_cutoff"
    CHARGE_CUTOFF = "charge_cutoff"
    BATTERY_HOT = "battery_hot"
    BATTERY_COLD = "battery_cold"
    INVERTER_HOT = "inverter_hot"
    NOT_ON_GRID = "not_on_grid"
    BATTERY_NOT_READY = "battery_not_ready"
    BATTERY_ASLEEP = "battery_asleep"
    ALARM = "alarm"
    MANAGER_PRESENT = "manager_present"
    FOREIGN_COMMAND = "foreign_command"
    STORED_LIMIT = "stored_limit"
    HOLD_RESERVE = "hold_reserve"
    NO_POWER_LEFT = "no_power_left"
    TARGET_REACHED = "target_reached"
    HEARTBEAT_LOST = "heartbeat_lost"
    COMMAND_FAILED = "command_failed"
    NOT_FOLLOWING = "not_following"
    """The battery does not do what the plant was told."""
    ENDED_BY_PLANT = "ended_by_plant"
    """The plant or its app ended the command before we did."""
    LEASE_LAPSED = "lease_lapsed"
    """It could not be renewed in time, and the plant ended it by itself."""
    FINDING = "finding"
    BATTERY_LIMIT = "battery_limit"
    """Clamped to what the battery allows at present."""
    OWNER_CAP = "owner_cap"
    """Clamped to what the owner allows."""
    DERATED = "derated"
    """Clamped because the battery is warm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One reason with the numbers that make it plain."""

    reason: Reason
    value: float | str | None = None
    limit: float | str | None = None


class Outcome(StrEnum):
    """What became of a wish."""

    APPROVED = "approved"
    CLAMPED = "clamped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The guard's answer."""

    outcome: Outcome
    wish: Wish | Release
    """What may be done: as wished, with less power, or nothing."""

    grounds: tuple[Ground, ...] = ()
    """Why it was clamped or refused; empty if approved."""


def refused(*grounds: Ground) -> Verdict:
    """Return the verdict that nothing may be done."""
    return Verdict(outcome=Outcome.REFUSED, wish=Release(), grounds=grounds)
