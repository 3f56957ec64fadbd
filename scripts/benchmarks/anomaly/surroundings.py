"""Sun, air and household of a home, with what its owner buys later."""

from typing import NamedTuple

from custom_components.bessai.simulator.household import House, load_w
from custom_components.bessai.simulator.sun import Site, ambient_c, available_pv_w

from .chance import chance_of
from .home import Home

_DAY_S, _HOUR_S = 86_400.0, 3_600.0
_NOON_H = 13.0


class Weather(NamedTuple):
    """What the plant cannot choose."""

    pv_w: float
    """What the panels offer."""

    load_w: float
    ambient_c: float


class Surroundings:
    """Told the time in order; draws what flickers from a seed."""

    def __init__(self, home: Home) -> None:
        self._chance = chance_of("surroundings", home.seed)
        pv = home.parameters.pv
        offset = home.start.astimezone(home.zone).utcoffset()
        self._site = Site(
            seed=home.seed,
            peak_w=pv.peak_w,
            latitude_deg=pv.latitude_deg,
            noon_s=_NOON_H * _HOUR_S - (offset.total_seconds() if offset else 0.0),
            cloudiness=None,
        )
        self._house = House(seed=home.seed, parameters=home.parameters.household)
        self._start_s = home.start.timestamp()
        self._flicker = self._air_c = 0.0
        self._minute = -1.0
        self._large = home.parameters.rated_power_w >= 10_000.0
        self._heat_pump_day = self._chance.uniform(8.0, 17.0)
        self._car_day = self._chance.uniform(15.0, 28.0)
        self._switched: tuple[float, float] = (0.0, 0.0)
        """Until when the heat pump runs like this, and its power."""

    def at(self, at_s: float, local_s: float) -> Weather:
        """Return what surrounds the plant; ``local_s``: on the site's wall clock."""
        sunny = available_pv_w(self._site, at_s)
        if sunny:
            self._flicker = 0.9 * self._flicker + self._chance.gauss(0.0, 0.02)
            sunny *= min(max(1.0 + self._flicker, 0.3), 1.15)
        used = load_w(self._house, at_s, local_s)
        used += self._chance.gauss(0.0, 6.0 + 0.01 * used)
        day = (at_s - self._start_s) / _DAY_S
        if day > self._heat_pump_day:
            used += self._heat_pump_w(at_s)
        if day > self._car_day:
            used += self._car_w(local_s)
        return Weather(
            min(sunny, self._site.peak_w), max(used, 40.0), self.ambient_c(at_s)
        )

    def ambient_c(self, at_s: float) -> float:
        """Return the temperature of the air, °C; it changes by the minute."""
        minute = at_s // 60.0
        if minute != self._minute:
            self._minute, self._air_c = minute, ambient_c(self._site, at_s)
        return self._air_c

    def _heat_pump_w(self, at_s: float) -> float:
        """Return the power of a heat pump that switches on and off."""
        until_s, power_w = self._switched
        if at_s >= until_s:
            most_w = 2_800.0 if self._large else 1_400.0
            runs = power_w == 0.0 and self._chance.random() < 0.6
            power_w = self._chance.uniform(0.4, 1.0) * most_w if runs else 0.0
            self._switched = at_s + self._chance.uniform(600.0, 3_000.0), power_w
        return power_w

    def _car_w(self, local_s: float) -> float:
        """Return the power of a car that is charged on half of the evenings."""
        day, second = divmod(local_s, _DAY_S)
        habits = chance_of("car", self._site.seed, day)
        begins_s = habits.uniform(18.0, 21.0) * _HOUR_S
        lasts_s = habits.uniform(1.0, 2.9) * _HOUR_S
        if habits.random() < 0.5 or not begins_s <= second < begins_s + lasts_s:
            return 0.0
        return 7_200.0 if self._large else 2_300.0
