"""A house, its panels, and forecasts of them that err as real ones do.

The errors are those of the planning study: the load is the mean of the last seven days,
smoothed; the sun is 70 % of the true day, smoothed, times a log-normal error of the
day (sigma 0.30), and 30 % of the mean of the last week; inside the day both are
corrected by the error of the last hour, which fades.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from math import exp
import random
from statistics import fmean

from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.power_forecast import PowerForecast, PowerStep
from custom_components.bessai.replay.series import PowerSeries
from custom_components.bessai.simulator.household import House, load_w
from custom_components.bessai.simulator.parameters import HouseholdParameters
from custom_components.bessai.simulator.sun import Site, available_pv_w

QUARTER = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
DAY = 96
WEEK = 7
"""Days that a forecast learns from."""

LOAD_NOISE = 0.20
PV_SIGMA = 0.30
TRUE_SHARE = 0.7
FADING_QUARTERS = 8.0
PEAK_W = 5400.0
LATITUDE = 50.0

INVERTER = 0.984
"""What comes through the simulated inverter at 2 to 5 kW of its 10."""

PV_BAND = (0.6, 1.4)
LOAD_BAND = (0.85, 1.15)
"""How far a whole day may be off: p10 and p90, relative to p50."""


@dataclass(frozen=True, kw_only=True)
class Home:
    """What house and panels do, minute by minute, from a week before the start."""

    load: PowerSeries
    pv: PowerSeries
    """What the panels offer."""

    @cached_property
    def pv_in_the_house(self) -> PowerSeries:
        """What comes of it through the inverter."""
        values_w = [value_w * INVERTER for value_w in self.pv.values_w]
        return replace(self.pv, values_w=values_w)


def live(start: datetime, days: int, seed: int = 1) -> Home:
    """Return a home from a week before ``start``, a UTC midnight or near it, on.

    Args:
        start: When what is looked at begins; aware.
        days: How long that lasts; two more days can be forecast.
        seed: Of its weather and habits.
    """
    began = start - timedelta(days=WEEK + 1)
    minutes = (days + WEEK + 3) * 1440
    house = House(seed=seed, parameters=HouseholdParameters())
    site = Site(
        seed=seed,
        peak_w=PEAK_W,
        latitude_deg=LATITUDE,
        noon_s=12 * 3600,
        cloudiness=None,
    )
    local_s = 3600.0
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    noise = [max(0.2, 1 + dice.gauss(0, LOAD_NOISE)) for _ in range(minutes // 15)]
    moments = [began.timestamp() + 60.0 * i + 30.0 for i in range(minutes)]
    return Home(
        load=PowerSeries(
            start=began,
            period=MINUTE,
            values_w=[
                load_w(house, at_s, at_s + local_s) * noise[i // 15]
                for i, at_s in enumerate(moments)
            ],
        ),
        pv=PowerSeries(
            start=began,
            period=MINUTE,
            values_w=[available_pv_w(site, at_s) for at_s in moments],
        ),
    )


class RoughForecast:
    """Forecasts a home with plausible errors."""

    def __init__(self, home: Home, seed: int = 7) -> None:
        """Draw the errors of all days."""
        self._start = home.load.start
        self._load = _quarters(home.load)
        self._pv = _quarters(home.pv_in_the_house)
        dice = random.Random(seed)  # noqa: S311 - nothing secret
        self._errors = [
            exp(dice.gauss(-(PV_SIGMA**2) / 2, PV_SIGMA))
            for _ in range(len(self._pv) // DAY + 1)
        ]
        self._usual: dict[int, tuple[list[float], list[float]]] = {}

    @cached_property
    def _smooth_pv(self) -> list[float]:
        return _smoothed(self._pv, 3)

    def at(self, now: datetime, until: datetime) -> tuple[PowerForecast, PowerForecast]:
        """Return the forecasts of load and sun from this quarter on."""
        first = (now - self._start) // QUARTER
        last = min((until - self._start) // QUARTER, len(self._pv))
        day = first // DAY
        past = range(first - 4, first)
        load_error = fmean(self._load[q] - self._load_at(q, day) for q in past)
        expected = fmean(self._pv_at(q, day) for q in past)
        ratio = fmean(self._pv[q] for q in past) / expected if expected > 50 else 1.0
        ratio = min(max(ratio, 0.3), 2.5)
        load, pv = [], []
        for q in range(first, last):
            fading = exp(-(q - first) / FADING_QUARTERS)
            load.append(max(0.0, self._load_at(q, day) + load_error * fading))
            pv.append(self._pv_at(q, day) * (1 + (ratio - 1) * fading))
        start = self._start + first * QUARTER
        return (
            _forecast("load", start, load, LOAD_BAND),
            _forecast("sun", start, pv, PV_BAND),
        )

    def _usual_day(self, day: int) -> tuple[list[float], list[float]]:
        """Return the mean day of load and sun of the week before a day."""
        if day not in self._usual:
            load, pv = (
                [
                    fmean(s[d * DAY + q] for d in range(day - WEEK, day))
                    for q in range(DAY)
                ]
                for s in (self._load, self._pv)
            )
            self._usual[day] = _smoothed(load, 4), pv
        return self._usual[day]

    def _load_at(self, quarter: int, day: int) -> float:
        return self._usual_day(day)[0][quarter % DAY]

    def _pv_at(self, quarter: int, day: int) -> float:
        true = self._smooth_pv[quarter] * self._errors[quarter // DAY]
        return (
            TRUE_SHARE * true
            + (1 - TRUE_SHARE) * self._usual_day(day)[1][quarter % DAY]
        )


def _quarters(series: PowerSeries) -> list[float]:
    values = series.values_w
    return [fmean(values[i : i + 15]) for i in range(0, len(values), 15)]


def _smoothed(values: Sequence[float], width: int) -> list[float]:
    """Return the running mean over as many neighbours on both sides, round the end."""
    count = len(values)
    return [
        fmean(values[(i + k) % count] for k in range(-width, width + 1))
        for i in range(count)
    ]


def _forecast(
    source: str, start: datetime, values_w: Sequence[float], band: tuple[float, float]
) -> PowerForecast:
    return PowerForecast(
        source=source,
        steps=tuple(
            PowerStep(
                interval=Interval(
                    start=start + i * QUARTER, end=start + (i + 1) * QUARTER
                ),
                p10_w=value_w * band[0],
                p50_w=value_w,
                p90_w=value_w * band[1],
            )
            for i, value_w in enumerate(values_w)
        ),
    )
