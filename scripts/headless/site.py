"""The simulated home: where it stands, what time it has, and its past."""

from dataclasses import dataclass
from datetime import datetime, timedelta
import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from custom_components.bessai.simulator.parameters import (
    Identity,
    PlantParameters,
    PvParameters,
)
from custom_components.bessai.simulator.plant import SimulatedPlant

DEFAULT_ZONE = "Europe/Berlin"
NO_PLACE = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "Zulu", "Universal"})
"""What a machine says that was never told where it is."""

NOON_AHEAD = timedelta(hours=1)
PAST = timedelta(days=7)
"""What the Energy dashboard has to show from the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A home of which everything follows from these few values, at any time.

    So it needs no memory: stopped and started again it stands as if it had run on.
    """

    time_zone: str
    born: str
    """When the simulation begins, ISO 8601 with an offset: a local midnight."""
    solar_noon_h: float
    """When the sun is highest, hour of the wall clock."""
    serial_number: str = "BS2301000001"
    latitude: float = 48.14
    longitude: float = 11.58
    country: str = "DE"
    currency: str = "EUR"

    def build_plant(self) -> SimulatedPlant:
        """Return the plant as it stood when the simulation began."""
        parameters = PlantParameters(
            time_zone=ZoneInfo(self.time_zone),
            identity=Identity(serial_number=self.serial_number),
            pv=PvParameters(latitude_deg=self.latitude, solar_noon_h=self.solar_noon_h),
        )
        return SimulatedPlant(parameters, datetime.fromisoformat(self.born))


def new_site(now: datetime) -> Site:
    """Return a home in the machine's time zone, with sun whenever this is tried."""
    name = _machine_zone() or DEFAULT_ZONE
    local = now.astimezone(ZoneInfo(name))
    noon = local + NOON_AHEAD
    born = local.replace(hour=0, minute=0, second=0, microsecond=0) - PAST
    return Site(
        time_zone=name,
        born=born.isoformat(),
        solar_noon_h=round(noon.hour + noon.minute / 60, 2),
    )


def _machine_zone() -> str | None:
    """Return the machine's zone as a name that Home Assistant knows."""
    _, _, linked = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")
    for name in (os.environ.get("TZ", ""), linked):
        if name and name not in NO_PLACE and _is_zone(name):
            return name
    return None


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except ZoneInfoNotFoundError, ValueError:
        return False
    return True
