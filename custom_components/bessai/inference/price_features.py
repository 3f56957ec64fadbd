"""What a model of prices can be told of each hour that it is asked for.

Two sets: numbers as they are, among them the eleven of an older design, and prices
``scaled`` by the week before, which fit every market and currency. Everything is known
when the forecast is made: where a price of an hour or a day ago is not known yet, it is
the last known price at that hour of the day.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from .feature import Feature
from .price_history import HOURS, WEEK, Floats
from .price_week import Weeks, scale_of_weeks

SOC_PCT = 50.0
"""Told to models that ask for it; what a battery holds moves no market."""

ELEVEN = (
    *("soc_pct", "hour", "weekday", "mean_24h", "std_24h", "is_peak", "is_solar"),
    *("lag_1h", "lag_24h", "lag_168h", "is_weekend"),
)
"""The set of the older design."""

SCALED = (
    *("scaled_1d", "scaled_2d", "scaled_3d", "scaled_7d"),
    *("scaled_hour_before", "scaled_hour_after", "scaled_last"),
    *("scaled_mean_7d", "scaled_median_7d", "scaled_min_7d", "scaled_max_7d"),
    *("scaled_day_mean", "scaled_day_min", "scaled_day_max", "scaled_day_change"),
    *("relative_level", "hour", "weekday", "is_weekend"),
)
"""The set to be preferred."""

_PEAK_H = range(18, 23)
_SOLAR_H = range(9, 17)
_WEEKEND = 5
_UNITS = {
    "soc_pct": "%",
    "hour": "h",
    **dict.fromkeys(
        ("mean_24h", "std_24h", "lag_1h", "lag_24h", "lag_168h"), "per_kwh"
    ),
}

FEATURES: Mapping[str, Feature] = {
    name: Feature(name=name, unit=_UNITS.get(name, ""))
    for name in dict.fromkeys((*ELEVEN, *SCALED))
}
"""Docs/price_forecast.md tells what each is."""


def columns_of(weeks: Weeks) -> Mapping[str, Floats]:
    """Return each feature of the hours after each week, (rows, 24)."""
    hour = (weeks.hour + np.arange(HOURS)) % HOURS
    later = (weeks.hour + np.arange(HOURS)) // HOURS
    weekday = (weeks.weekday[:, None] + later) % WEEK
    shape = weekday.shape
    return {
        "soc_pct": np.full(shape, SOC_PCT),
        "hour": np.broadcast_to(hour.astype(np.float64), shape),
        "weekday": weekday.astype(np.float64),
        "is_peak": np.broadcast_to(np.isin(hour, _PEAK_H).astype(np.float64), shape),
        "is_solar": np.broadcast_to(np.isin(hour, _SOLAR_H).astype(np.float64), shape),
        "is_weekend": (weekday >= _WEEKEND).astype(np.float64),
        **_as_they_are(weeks),
        **_scaled(weeks),
    }


def rows_of(weeks: Weeks) -> Iterator[Mapping[str, float]]:
    """Yield the features of each hour after the first week, by name."""
    columns = {name: values[0].tolist() for name, values in columns_of(weeks).items()}
    for hour in range(HOURS):
        yield {name: values[hour] for name, values in columns.items()}


def _as_they_are(weeks: Weeks) -> dict[str, Floats]:
    last = weeks.prices[:, -1]
    return {
        "mean_24h": _all_day(last.mean(axis=1)),
        "std_24h": _all_day(last.std(axis=1)),
        "lag_1h": np.roll(last, 1, axis=1),
        "lag_24h": last,
        "lag_168h": weeks.prices[:, -WEEK],
    }


def _scaled(weeks: Weeks) -> dict[str, Floats]:
    """Return prices as spreads of the last seven days above their mean."""
    scale = scale_of_weeks(weeks)
    scaled = (weeks.prices - scale.middle) / scale.spread
    last = scaled[:, -1]
    day_mean = last.mean(axis=1)
    return {
        "scaled_1d": last,
        "scaled_2d": scaled[:, -2],
        "scaled_3d": scaled[:, -3],
        "scaled_7d": scaled[:, -WEEK],
        "scaled_hour_before": np.roll(last, 1, axis=1),
        "scaled_hour_after": np.roll(last, -1, axis=1),
        "scaled_last": _all_day(last[:, -1]),
        "scaled_mean_7d": scaled.mean(axis=1),
        "scaled_median_7d": np.median(scaled, axis=1),
        "scaled_min_7d": scaled.min(axis=1),
        "scaled_max_7d": scaled.max(axis=1),
        "scaled_day_mean": _all_day(day_mean),
        "scaled_day_min": _all_day(last.min(axis=1)),
        "scaled_day_max": _all_day(last.max(axis=1)),
        "scaled_day_change": _all_day(day_mean - scaled[:, -2].mean(axis=1)),
        "relative_level": _all_day(np.arcsinh(scale.middle / scale.spread)[:, 0, 0]),
    }


def _all_day(values: Floats) -> Floats:
    return np.repeat(values[:, None], HOURS, axis=1)
