"""Offsets and scales of the shipped policy's inputs, as its card states them."""

import numpy as np

from .columns import COLUMNS, NAMES

RANGES = {
    "import_price_z": (-COLUMNS.MOST_PRICE, COLUMNS.MOST_PRICE),
    "export_price_z": (-COLUMNS.MOST_PRICE, COLUMNS.MOST_PRICE),
    "price_level": (-COLUMNS.MOST_LEVEL, COLUMNS.MOST_LEVEL),
    "wear_z": (0.0, COLUMNS.MOST_WEAR),
    "published_hours": (0.0, COLUMNS.MOST_HOURS),
    "deficit_share": (0.0, COLUMNS.MOST_ENERGY),
    "surplus_share": (0.0, COLUMNS.MOST_ENERGY),
    "charge_hours": (0.0, COLUMNS.MOST_HOURS),
    "discharge_hours": (0.0, COLUMNS.MOST_HOURS),
    "one_way_loss_pct": (0.0, 100.0),
    "stored_share": (0.0, 1.0),
}
"""What the features can be, by their names without numbers."""

_SCALING = {
    "export_price_z": (-2.0, 2.0),
    "price_level": (0.0, 5.0),
    "wear_z": (0.0, 0.5),
    "published_hours": (24.0, 12.0),
    "deficit_share": (0.0, 0.25),
    "surplus_share": (0.0, 0.5),
    "charge_hours": (2.0, 2.0),
    "discharge_hours": (2.0, 2.0),
    "one_way_loss_pct": (5.0, 5.0),
    "stored_share": (0.5, 0.5),
}


def plain(name: str) -> str:
    """Return a feature's name without its number."""
    stem, _, number = name.rpartition("_")
    return stem if number.isdigit() else name


OFFSETS = np.array([_SCALING.get(plain(n), (0.0, 1.0))[0] for n in NAMES], np.float32)
SCALES = np.array([_SCALING.get(plain(n), (0.0, 1.0))[1] for n in NAMES], np.float32)
