"""What surrounds the plant: sun, house and air, or what a test holds fixed instead."""

from .household import House, load_w
from .inverter_clock import InverterClock
from .modes import local_minute
from .overrides import Overrides
from .parameters import PlantParameters
from .physics import Surroundings
from .sun import Site, ambient_c, available_pv_w

_HOUR_S = 3600.0


class Environment:
    """Sun, weather, air and household of one site, all functions of time."""

    def __init__(
        self, parameters: PlantParameters, clock: InverterClock, start_s: float
    ) -> None:
        self._clock = clock
        self._house = House(seed=parameters.seed, parameters=parameters.household)
        pv = parameters.pv
        self._site = Site(
            seed=parameters.seed,
            peak_w=pv.peak_w if pv.string_count else 0.0,
            latitude_deg=pv.latitude_deg,
            # The sun knows no summer time: its noon is fixed from the start on.
            noon_s=pv.solar_noon_h * _HOUR_S - clock.utc_offset_s(start_s),
            cloudiness=pv.cloudiness,
        )
        self.overrides = Overrides()

    def ambient_c(self, at_s: float) -> float:
        """Return the temperature of the air, °C."""
        held = self.overrides.ambient_c
        return ambient_c(self._site, at_s) if held is None else held

    def at(self, at_s: float, local_s: float) -> Surroundings:
        """Return what surrounds the plant.

        Args:
            at_s: Seconds since 1970, UTC.
            local_s: The same instant on the inverter's wall clock.
        """
        held = self.overrides
        return Surroundings(
            offered_w=(
                available_pv_w(self._site, at_s) if held.pv_w is None else held.pv_w
            ),
            load_w=(
                load_w(self._house, at_s, local_s)
                if held.load_w is None
                else held.load_w
            ),
            ambient_c=self.ambient_c(at_s),
            when=local_minute(local_s),
        )
