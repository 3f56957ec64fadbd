"""The homes that the monitor is tried on: drawn by a seed, never told to it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from custom_components.bessai.simulator.parameters import (
    BatteryParameters,
    FirmwareQuirks,
    HouseholdParameters,
    Identity,
    PlantParameters,
    PvParameters,
)
from custom_components.bessai.simulator.thermal import Body

from .chance import chance_of


class Night(StrEnum):
    """What an inverter tells while it sleeps."""

    AWAKE = "awake"
    """Live values, as by day."""

    STILL = "still"
    """The last values."""

    SILENT = "silent"
    """Nothing; the plant cannot be reached."""


class Place(NamedTuple):
    """Where, and from when: summer time begins or ends three weeks later."""

    zone: str
    latitude_deg: float
    start: datetime


class Size(NamedTuple):
    """How big a home is."""

    rated_w: float
    peak_w: float
    capacity_kwh: float
    battery_w: float
    three_phase: bool
    base_w: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkManner:
    """How the plant is reached."""

    median_s: float
    spread: float
    """Standard deviation of the logarithm of a poll's median time."""

    busy_per_day: float
    """How often the dongle is busy with something else for a while."""

    missing: float
    """Share of the polls that fail."""

    periods_s: tuple[int, ...]
    """Poll periods, one of them for each hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """One home with what only the bench knows of it."""

    seed: int
    start: datetime
    zone: ZoneInfo
    parameters: PlantParameters
    told_kwh: float
    """Rated capacity, which the real one differs from."""

    cells: Body
    cell_loss: float
    """Share of the battery's power that warms the cells."""

    link: LinkManner
    night: Night
    wakes_with_zeros: bool
    """Whether counters may read 0 for minutes after waking up."""

    clock_drift_s_per_day: float
    soc_drift_pct_per_day: float
    """How fast the state of charge goes wrong until it is calibrated."""

    @property
    def battery(self) -> BatteryParameters:
        """The battery; every home here has one."""
        battery = self.parameters.battery
        if battery is None:
            raise ValueError("a home without a battery")
        return battery

    @property
    def maximum_power_w(self) -> float:
        """Most AC power of the inverter."""
        return 1.1 * self.parameters.rated_power_w


_PLACES = (
    Place("Europe/Madrid", 40.4, datetime(2026, 3, 8, tzinfo=UTC)),
    Place("Europe/Berlin", 52.5, datetime(2026, 10, 4, tzinfo=UTC)),
    Place("America/Santiago", -33.4, datetime(2026, 3, 15, tzinfo=UTC)),
)
_SIZES = (
    Size(10_000.0, 8_000.0, 10.0, 5_000.0, three_phase=True, base_w=280.0),
    Size(15_000.0, 13_500.0, 20.0, 10_000.0, three_phase=True, base_w=450.0),
    Size(5_000.0, 4_600.0, 5.0, 2_500.0, three_phase=False, base_w=160.0),
)
_NIGHTS = (Night.STILL, Night.AWAKE, Night.SILENT)


def build_home(seed: int) -> Home:
    """Return the home of a seed: 1, 2 and 3 differ in place, size, link and night."""
    chance = chance_of("home", seed)
    place, size = _PLACES[(seed - 1) % 3], _SIZES[(seed - 1) % 3]
    zone = ZoneInfo(place.zone)
    return Home(
        seed=seed,
        start=place.start,
        zone=zone,
        parameters=_parameters(seed, place, size, chance),
        told_kwh=size.capacity_kwh,
        cells=Body(
            0.12 * 10.0 / size.capacity_kwh * chance.uniform(0.7, 1.3),
            chance.uniform(8_000.0, 18_000.0),
        ),
        cell_loss=chance.uniform(0.02, 0.045),
        link=_slow(chance) if seed % 2 == 0 else _fast(chance),
        night=_NIGHTS[(seed - 1) % 3],
        wakes_with_zeros=chance.random() < 0.7,
        clock_drift_s_per_day=chance.uniform(-2.0, 2.0),
        soc_drift_pct_per_day=chance.uniform(0.3, 1.5) * chance.choice((-1, 1)),
    )


def _parameters(seed: int, place: Place, size: Size, chance: Random) -> PlantParameters:
    return PlantParameters(
        seed=seed,
        time_zone=ZoneInfo(place.zone),
        identity=Identity(serial_number=f"BS23{seed:08d}"),
        rated_power_w=size.rated_w,
        three_phase=size.three_phase,
        pv=PvParameters(peak_w=size.peak_w, latitude_deg=place.latitude_deg),
        household=HouseholdParameters(
            base_w=size.base_w, peak_w=size.base_w * chance.uniform(2.0, 4.0)
        ),
        battery=BatteryParameters(
            capacity_kwh=size.capacity_kwh * chance.uniform(0.9, 1.1),
            charge_power_w=size.battery_w,
            discharge_power_w=size.battery_w,
            charge_efficiency=chance.uniform(0.88, 0.98),
            discharge_efficiency=chance.uniform(0.88, 0.98),
        ),
        quirks=FirmwareQuirks(response_s=chance.uniform(2.0, 8.0)),
    )


def _fast(chance: Random) -> LinkManner:
    return LinkManner(
        median_s=chance.uniform(0.06, 0.15),
        spread=0.2,
        busy_per_day=2.0,
        missing=0.003,
        periods_s=(10,),
    )


def _slow(chance: Random) -> LinkManner:
    """Return the manner of a dongle that is reached by radio."""
    return LinkManner(
        median_s=chance.uniform(0.35, 0.8),
        spread=0.4,
        busy_per_day=6.0,
        missing=0.015,
        periods_s=(10, 10, 10, 20, 30, 60),
    )
