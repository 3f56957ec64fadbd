"""Arrays of what the shipped policy sees: one code at run time and in training.

There is no currency and no size of battery in them: prices are told in units of their
own spread, energies in units of the battery's range. They begin with the running
quarter hour and reach 24 hours ahead, whatever the length of the price's intervals.
"""

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]

PER_HOUR, AHEAD = 4, 96
"""Quarters in an hour, and those looked ahead."""

_PRICES, _ENERGIES = 24, 12
"""Prices are told by the hour, energies by two hours."""

LEAST_SPREAD = 1e-6
"""Per kWh: only where all prices are 0."""

MOST_LEVEL, MOST_PRICE = 20.0, 15.0
"""These never bind, but for rounding."""

MOST_ENERGY, MOST_WEAR, MOST_HOURS = 4.0, 5.0, 48.0
_LEAST_KW = 1e-6


def _numbered(name: str, count: int) -> tuple[str, ...]:
    return tuple(f"{name}_{i:02}" for i in range(count))


PRICE_NAMES = (
    *_numbered("import_price_z", _PRICES),
    *_numbered("export_price_z", _PRICES),
    *("price_level", "wear_z"),
)
"""Columns of :func:`price_columns`."""

ENERGY_NAMES = (
    *_numbered("deficit_share", _ENERGIES),
    *_numbered("surplus_share", _ENERGIES),
)
"""Columns of :func:`energy_columns`."""

BATTERY_NAMES = ("charge_hours", "discharge_hours", "one_way_loss_pct")
"""Columns of :func:`battery_columns`."""

PUBLISHED_NAME = "published_hours"
"""For how long from now on prices are certain."""

STORED_NAME = "stored_share"
"""Of the battery's range, 0 to 1."""


def price_columns(import_price: Array, export_price: Array, wear_cost: Array) -> Array:
    """Return what a policy sees of prices, a row for each row.

    Args:
        import_price: Per kWh, by quarter hour, 96 of them from the running one on.
        export_price: Likewise.
        wear_cost: Per kWh through the terminals, one for each row.
    """
    bought, sold = hourly(import_price), hourly(export_price)
    mean, spread = scales(bought, sold)
    level = np.clip(mean / spread, -MOST_LEVEL, MOST_LEVEL)
    wear = np.minimum(wear_cost / spread, MOST_WEAR)
    both = np.concatenate([bought, sold], axis=1)
    z = np.clip((both - mean[:, None]) / spread[:, None], -MOST_PRICE, MOST_PRICE)
    return np.column_stack([z, level, wear])


def scales(import_price: Array, export_price: Array) -> tuple[Array, Array]:
    """Return mean and spread of prices, each row for itself; per kWh.

    The spread is 1.25 times the mean distance from the mean, which is the standard
    deviation of what has no spikes, of what varies more. It is never so small beside
    the gap between buying and selling, or the price itself, that noise would look
    large: a flat tariff has prices too.
    """
    mean = import_price.mean(axis=1)
    gap = np.abs(mean - export_price.mean(axis=1))
    level = np.abs(import_price).mean(axis=1)
    candidates = (
        _deviation(import_price),
        _deviation(export_price),
        0.25 * gap,
        0.05 * level,
        np.full_like(mean, LEAST_SPREAD),
    )
    return mean, np.max(candidates, axis=0)


def _deviation(prices: Array) -> Array:
    distances = np.abs(prices - prices.mean(axis=1)[:, None])
    deviation: Array = 1.25 * distances.mean(axis=1)
    return deviation


def energy_columns(net_load_kw: Array, range_kwh: Array) -> Array:
    """Return what house and sun are expected to need and to leave over.

    Args:
        net_load_kw: House minus panels by quarter hour, 96 from the running one on.
        range_kwh: Of the battery, one for each row.

    Returns:
        Deficits, then surpluses, of two hours each, as shares of the range.
    """
    need, left = np.maximum(net_load_kw, 0.0), np.maximum(-net_load_kw, 0.0)
    quarters = AHEAD // _ENERGIES
    kwh = [
        part.reshape(len(part), _ENERGIES, quarters).sum(axis=2) / PER_HOUR
        for part in (need, left)
    ]
    shares: Array = np.concatenate(kwh, axis=1) / range_kwh[:, None]
    return np.minimum(shares, MOST_ENERGY)


def battery_columns(
    range_kwh: Array, charge_kw: Array, discharge_kw: Array, efficiency: Array
) -> Array:
    """Return how fast batteries are, h from end to end, and what they lose, %.

    Args:
        range_kwh: Of what may be stored, one for each row, like all here.
        charge_kw: At the terminals.
        discharge_kw: At the terminals.
        efficiency: Of both ways together.
    """
    lasts_h = [
        np.minimum(range_kwh / np.maximum(power_kw, _LEAST_KW), MOST_HOURS)
        for power_kw in (charge_kw, discharge_kw)
    ]
    return np.column_stack([*lasts_h, 100.0 * (1.0 - np.sqrt(efficiency))])


def hourly(quarters: Array) -> Array:
    """Return means of hours, 24 a row, of 96 quarter hours a row."""
    rows = len(quarters)
    means: Array = quarters.reshape(rows, _PRICES, PER_HOUR).mean(axis=2)
    return means
