"""What the plausibility monitor sees of a plant at one poll, whatever its make.

Powers have our signs (``design.md`` 4): towards the house is positive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .bounds import Range
from .command import Write
from .plant_state import Readiness
from .setpoint import Wish
from .telemetry import Value


class Flow(StrEnum):
    """A power that is measured."""

    PV = "pv"
    """DC power of the panels, not negative."""

    BATTERY = "battery"
    """At the battery's terminals, positive when discharging."""

    AC = "ac"
    """Inverter to house, negative when it draws."""

    GRID = "grid"
    """At the meter, positive when importing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterSource:
    """Which power an energy counter counts."""

    flow: Flow
    sign: int
    """1: the positive part of the flow is counted, -1: the negative part."""

    daily: bool = False
    """Whether it starts again from 0 each day, by the plant's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """What is known beforehand of a kind of plant, from its profile."""

    bounds: Mapping[str, Range] = field(default_factory=dict)
    """Key of a number to what the equipment can have, by its datasheet."""

    restless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name of a device (``inverter``, ``meter``, ``battery``) to keys of numbers that
    it measures anew with noise: together they never stand still while it is awake."""

    counters: Mapping[str, CounterSource] = field(default_factory=dict)
    """Key of an energy counter, kWh, to what it counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One poll; ``None`` and missing keys: the plant did not say it, or was not asked.

    A state that is not fast is as old as its last poll.
    """

    at: datetime
    """When the poll began, by the clock on the wall, which may be set; aware, UTC."""

    uptime_s: float
    """The same by a clock that nobody sets; passes at the plant's pace."""

    utc_offset_s: float
    """How far the site's wall clock is ahead of UTC at ``at``, s."""

    powers: Mapping[Flow, float | None]
    """W."""

    grid_phases_w: tuple[float, ...] | None = None
    """Each phase of the meter, W; positive when importing."""

    soc_pct: float | None = None
    battery_temperature_c: float | None = None
    """Of the warmest sensor."""

    inverter_temperature_c: float | None = None
    capacity_kwh: float | None = None
    """Rated."""

    maximum_power_w: float | None = None
    """Most AC power of the inverter."""

    charge_limit_w: float | None = None
    discharge_limit_w: float | None = None
    """What the battery can take and give at present, not negative."""

    discharge_floor_pct: float | None = None
    """State of charge below which the plant gives nothing by itself."""

    charge_ceiling_pct: float | None = None
    inverter: Readiness | None = None
    """Asleep also while it stands by: what it measures may stand still then."""

    inverter_status: str | None = None
    battery: Readiness | None = None
    limited: bool | None = None
    """Whether the inverter says that it may not give what it could."""

    commanded: bool | None = None
    """Whether the plant says that a forcible command is in force."""

    self_consuming: bool | None = None
    """Whether the plant says that it works for self-consumption."""

    calibrating: bool | None = None
    """Whether the battery says that it recalibrates its state of charge."""

    numbers: Mapping[str, float] = field(default_factory=dict)
    """Every number read in this poll, by key; counters as they were read, before
    anything was held back as unbelievable."""

    plant_clock_s: float | None = None
    """The plant's own wall clock as seconds since 1970 on that clock; only at polls
    that asked for it."""

    identity: Mapping[str, Value] | None = None
    """Serial number, model, firmware, rated power … by key; ``None``: not asked."""

    stranger: str | None = None
    """Serial number of another device that answered instead; nothing else counts."""

    settings: Mapping[str, Value] | None = None
    """The control registers that are watched, by key; ``None``: not asked."""

    writes: tuple[Write, ...] = ()
    """What we wrote since the last observation, in order; those that failed may or
    may not have arrived."""

    wish: Wish | None = None
    """What we have commanded and what is in force; ``None``: nothing."""

    wish_age_s: float = 0.0
    """Since when, plant's seconds."""

    response_s: float | None = None
    """Median time of the requests of this poll, s of our clock."""

    reconnected: bool = False
    """Whether the connection is another one than at the last observation."""

    failed: frozenset[str] = frozenset()
    """Blocks that did not answer."""
