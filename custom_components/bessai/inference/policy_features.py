"""What a dispatch policy may be told, as numbers: at run time and when it is trained.

Plain values for simple models, and the vectors of the shipped one.
"""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import NamedTuple

import numpy as np

from ..core.interval import Interval
from ..core.policy_observation import PolicyObservation
from ..core.power_forecast import PowerForecast
from ..core.price_curve import PriceCurve, PriceStep
from ..core.units import hours, kw
from .feature import Feature
from .policy_columns import (
    AHEAD,
    BATTERY_NAMES,
    ENERGY_NAMES,
    MOST_HOURS,
    PRICE_NAMES,
    PUBLISHED_NAME,
    STORED_NAME,
    Array,
    battery_columns,
    energy_columns,
    hourly,
    price_columns,
    scales,
)

QUARTER, DAY = timedelta(minutes=15), timedelta(hours=24)

_UNITS = {
    "soc_pct": "%",
    "temp_c": "°C",
    "hour": "h",
    "weekday": "",
    "import_price": "per_kwh",
    "export_price": "per_kwh",
    "pv_kw": "kW",
    **dict.fromkeys((*PRICE_NAMES, *ENERGY_NAMES, STORED_NAME), ""),
    PUBLISHED_NAME: "h",
    "charge_hours": "h",
    "discharge_hours": "h",
    "one_way_loss_pct": "%",
}
FEATURES: Mapping[str, Feature] = {
    **{name: Feature(name=name, unit=unit) for name, unit in _UNITS.items()},
    "power_kw": Feature(name="power_kw", unit="kW", is_signed_power=True),
    "net_load_kw": Feature(name="net_load_kw", unit="kW"),
}
"""The vocabulary of cards of dispatch policies.

``power_kw`` is the battery's, positive when discharging until a card says otherwise.
``net_load_kw`` is house minus panels. ``hour`` is local, 0 to 24 with fractions;
``weekday`` 0 on Mondays.
"""


class PriceScale(NamedTuple):
    """What prices of the next 24 hours are measured by, per kWh."""

    mean: float
    """Of import prices."""

    spread: float
    """Above 0."""


def observe(observation: PolicyObservation) -> dict[str, float]:
    """Return all features that are known; the others are left out."""
    known = {**_plain(observation), **_battery(observation)}
    known.update(stored_features(observation, observation.stored_kwh))
    prices = _prices_ahead(observation)
    if prices is not None:
        wear = np.array([observation.battery.wear_cost])
        columns = price_columns(*prices, wear)
        known.update(zip(PRICE_NAMES, columns[0].tolist(), strict=True))
    net_load_kw = _net_load_ahead(observation)
    if net_load_kw is not None:
        columns = energy_columns(net_load_kw, np.array([_range_kwh(observation)]))
        known.update(zip(ENERGY_NAMES, columns[0].tolist(), strict=True))
    return {name: value for name, value in known.items() if isfinite(value)}


def price_scale(observation: PolicyObservation) -> PriceScale | None:
    """Return by what prices are scaled, ``None`` where there is no price for now.

    A value of stored energy is ``mean + spread · answer``, per kWh.
    """
    prices = _prices_ahead(observation)
    if prices is None:
        return None
    mean, spread = scales(*map(hourly, prices))
    return PriceScale(float(mean[0]), float(spread[0]))


def _range_kwh(observation: PolicyObservation) -> float:
    return observation.battery.max_kwh - observation.battery.min_kwh


def stored_features(
    observation: PolicyObservation, stored_kwh: float
) -> dict[str, float]:
    """Return the features that change with what the battery has stored."""
    share = (stored_kwh - observation.battery.min_kwh) / _range_kwh(observation)
    return {
        "soc_pct": 100.0 * stored_kwh / observation.capacity_kwh,
        STORED_NAME: min(max(share, 0.0), 1.0),
    }


def _battery(observation: PolicyObservation) -> dict[str, float]:
    battery = observation.battery
    efficiency = battery.charge_efficiency * battery.discharge_efficiency
    columns = battery_columns(
        np.array([_range_kwh(observation)]),
        np.array([battery.charge_kw]),
        np.array([battery.discharge_kw]),
        np.array([efficiency]),
    )
    return dict(zip(BATTERY_NAMES, columns[0].tolist(), strict=True))


def _plain(observation: PolicyObservation) -> dict[str, float]:
    local = observation.now.astimezone(observation.zone)
    known: dict[str, float | None] = {
        "power_kw": observation.battery_power_kw,
        "temp_c": observation.battery_temperature_c,
        "hour": local.hour + local.minute / 60 + local.second / 3600,
        "weekday": float(local.weekday()),
        "net_load_kw": observation.net_load_kw,
        "pv_kw": observation.pv_kw,
    }
    curve = observation.prices
    step = None if curve is None else curve.at(observation.now)
    if curve is not None and step is not None:
        ahead_h = hours(curve.known_until - observation.now)
        known["import_price"] = step.import_price
        known["export_price"] = step.export_price
        known[PUBLISHED_NAME] = min(max(ahead_h, 0.0), MOST_HOURS)
    return {name: value for name, value in known.items() if value is not None}


def _quarters(now: datetime) -> list[datetime]:
    """Return the starts of the running quarter hour and of those after it."""
    utc = now.astimezone(UTC)
    first = utc.replace(minute=utc.minute // 15 * 15, second=0, microsecond=0)
    return [first + i * QUARTER for i in range(AHEAD)]


def _prices_ahead(observation: PolicyObservation) -> tuple[Array, Array] | None:
    """Return import and export prices by quarter hour, each one row."""
    curve = observation.prices
    if curve is None or curve.at(observation.now) is None:
        return None
    moments = [max(one, observation.now) for one in _quarters(observation.now)]
    found = [_step_at(curve, moment) for moment in moments]
    pairs = np.array(
        [
            (np.nan, np.nan) if step is None else (step.import_price, step.export_price)
            for step in found
        ]
    )
    pairs = np.where(np.isnan(pairs), np.nanmean(pairs, axis=0), pairs)
    return pairs[None, :, 0], pairs[None, :, 1]


def _step_at(curve: PriceCurve, moment: datetime) -> PriceStep | None:
    """Return the prices of a moment, or those of the same time on an earlier day."""
    while moment >= curve.end:
        moment -= DAY
    if moment < curve.start:
        return None
    index = bisect_right(curve.steps, moment, key=_start_of) - 1
    return curve.steps[index]


def _start_of(step: PriceStep) -> datetime:
    return step.interval.start


def _net_load_ahead(observation: PolicyObservation) -> Array | None:
    """Return house minus panels by quarter hour, kW, one row; ``None``: not known.

    The forecast of the load has to reach 24 hours ahead. Where none of the sun reaches,
    no sun is expected, as in plans: many sources leave out the nights.
    """
    starts = _quarters(observation.now)
    quarters = [Interval(start=one, end=one + QUARTER) for one in starts]
    load_w = [_mean_w(observation.load, one, observation.now) for one in quarters]
    if any(one is None for one in load_w):
        return None
    pv_w = [_mean_w(observation.pv, one, observation.now) or 0.0 for one in quarters]
    return np.array([[kw((a or 0.0) - b) for a, b in zip(load_w, pv_w, strict=True)]])


def _mean_w(
    forecast: PowerForecast | None, quarter: Interval, now: datetime
) -> float | None:
    """Return the mean of a quarter hour, of the running one also of its rest alone."""
    if forecast is None:
        return None
    mean_w = forecast.mean_w(quarter)
    if mean_w is None and quarter.has(now):
        mean_w = forecast.mean_w(Interval(start=now, end=quarter.end))
    return mean_w
