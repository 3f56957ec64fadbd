"""Writes what a model of prices learns from: features of each hour, and what came.

Run where the integration can be imported; the training itself needs only the file.
"""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
import sys

import numpy as np

from custom_components.bessai.core.errors import BessaiError
from custom_components.bessai.inference.price_features import (
    ELEVEN,
    FEATURES,
    SCALED,
    columns_of,
)
from custom_components.bessai.inference.price_history import WEEK
from custom_components.bessai.inference.price_week import scale_of_weeks, weeks_before

from .judge import PER_MWH
from .series import Series, read_series

SETS = {"scaled": SCALED, "eleven": ELEVEN}
"""Features, and with them the unit of the answer: normalised or per kWh."""

_FEWEST_DAYS = 120
_EPOCH = date(1970, 1, 1)


def main() -> int:
    """Return the exit status."""
    parser = ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("data", type=Path, help="prices per MWh")
    parser.add_argument("rows", type=Path)
    parser.add_argument("--market", help="which one, where there are several")
    parser.add_argument("--features", choices=SETS, default="scaled")
    arguments = parser.parse_args()
    try:
        series = _one(arguments.data, arguments.market)
        _write(series, arguments.features, arguments.rows)
    except (BessaiError, OSError, ValueError) as err:
        print(f"train_prices: {err}", file=sys.stderr)
        return 2
    return 0


def _one(data: Path, market: str | None) -> Series:
    found = {series.name: series for series in read_series(data)}
    if market is None and len(found) == 1:
        market = next(iter(found))
    if market not in found:
        raise ValueError(f"which one: --market {' | '.join(found)}?")
    return found[market]


def _write(series: Series, features: str, path: Path) -> None:
    """Write features (days, 24, features) and targets (days, 24) of known days."""
    if series.days < _FEWEST_DAYS:
        raise ValueError(f"{series.days} days are too few; {_FEWEST_DAYS} are needed")
    prices = series.prices / PER_MWH
    first_day = (series.first - _EPOCH).days
    weeks = weeks_before(prices, first_day, hour=0)
    came = prices[WEEK:]
    scale = scale_of_weeks(weeks)
    is_scaled = features == "scaled"
    columns = columns_of(weeks)
    rows = np.stack([columns[name] for name in SETS[features]], axis=2)[:-1]
    targets = (
        (came - scale.middle[:-1, 0]) / scale.spread[:-1, 0] if is_scaled else came
    )
    is_known = np.isfinite(rows).all(axis=(1, 2)) & np.isfinite(targets).all(axis=1)
    np.savez(
        path,
        names=np.array(SETS[features]),
        units=np.array([FEATURES[name].unit for name in SETS[features]]),
        unit="normalised" if is_scaled else "per_kwh",
        rows=rows[is_known],
        targets=targets[is_known],
        spread=np.broadcast_to(scale.spread[:-1, 0], came.shape)[is_known],
        day=(first_day + WEEK + np.arange(len(came)))[is_known],
    )


if __name__ == "__main__":
    sys.exit(main())
