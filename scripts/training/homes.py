"""Lets simulated homes and the market of a year be lived through once, for training.

Needs the product and its simulator, so the environment of development. What trains
needs neither, and reads what is written here: quarter hours in UTC.
"""

from datetime import date, timedelta
from pathlib import Path
import sys

import numpy as np
from numpy.typing import NDArray

from custom_components.bessai.replay.series import PowerSeries

from ..benchmarks import day_ahead
from ..benchmarks.rough_forecast import live

YEAR = 2020
SEEDS = range(1, 9)
"""Of homes; benchmarks use others."""

_WATTS, _MINUTES = 1000.0, 15


def main() -> int:
    """Write what is not there yet into the folder that is named; 25 s a home."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    _write_market(folder / "market.npz")
    for seed in SEEDS:
        path = folder / f"home_{seed}.npz"
        if not path.exists():
            print(f"home {seed} lives through {YEAR}", flush=True)
            _write_home(path, seed)
    return 0


def _write_home(path: Path, seed: int) -> None:
    start = day_ahead.midnight(date(YEAR, 1, 1))
    home = live(start, 366, seed)
    load_kw, pv_kw = _kw(home.load), _kw(home.pv_in_the_house)
    np.savez(path, load_kw=load_kw, pv_kw=pv_kw)


def _kw(series: PowerSeries) -> NDArray[np.float64]:
    minutes = np.asarray(series.values_w).reshape(-1, _MINUTES)
    return np.asarray(minutes.mean(axis=1) / _WATTS)


def _write_market(path: Path) -> None:
    """Write spot prices of the year, EUR/kWh, and what the clocks say."""
    spot = day_ahead.read_spot()
    moment, end = (day_ahead.midnight(date(year, 1, 1)) for year in (YEAR, YEAR + 1))
    prices, local = [], []
    while moment < end:
        prices.append(spot[moment])
        local.append(moment.astimezone(day_ahead.BERLIN).hour)
        moment += timedelta(hours=1)
    np.savez(path, spot=prices, local_hour=local)


if __name__ == "__main__":
    sys.exit(main())
