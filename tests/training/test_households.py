"""Forecasts of the trainer are those of the benchmarks, in arrays."""

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
import pytest
from scripts.benchmarks.rough_forecast import DAY, QUARTER, WEEK, Home, RoughForecast
from scripts.training.households import Errors, Household, smoothed

from custom_components.bessai.replay.series import PowerSeries

START = datetime(2020, 3, 1, tzinfo=UTC)
DAYS = WEEK + 4


def _home() -> Home:
    dice = np.random.default_rng(1)
    quarters = np.repeat(np.arange(DAYS * DAY), 15)
    sun = 3000.0 * np.maximum(0.0, -np.cos(quarters / DAY * 2 * np.pi))
    load = np.repeat(dice.uniform(200.0, 1500.0, DAYS * DAY), 15)
    minute = timedelta(minutes=1)
    return Home(
        load=PowerSeries(start=START, period=minute, values_w=load.tolist()),
        pv=PowerSeries(start=START, period=minute, values_w=sun.tolist()),
    )


@pytest.mark.parametrize("quarter", [0, 30, 50, 95])
def test_they_foresee_what_the_benchmarks_foresee(quarter: int) -> None:
    home = _home()
    rough = RoughForecast(home)
    household = Household(
        load_kw=_quarters_kw(home.load),
        pv_kw=_quarters_kw(home.pv_in_the_house),
        errors=Errors(),
        day_errors=np.array(rough._errors[:DAYS]),
    )
    at = (WEEK + 1) * DAY + quarter
    now = START + at * QUARTER
    load, pv = rough.at(now, now + DAY * QUARTER)
    theirs = [a.p50_w - b.p50_w for a, b in zip(load.steps, pv.steps, strict=True)]
    ours = household.expected_net_kw(np.array([at]))[0]
    assert 1000 * ours == pytest.approx(theirs)


def _quarters_kw(series: PowerSeries) -> NDArray[np.float64]:
    return np.asarray(np.reshape(series.values_w, (-1, 15)).mean(axis=1) / 1000)


def test_the_mean_of_neighbours_goes_round_the_end() -> None:
    assert smoothed(np.array([3.0, 0.0, 0.0, 6.0]), 1).tolist() == [3.0, 1.0, 2.0, 3.0]


def test_a_household_has_whole_days() -> None:
    with pytest.raises(ValueError, match="whole days"):
        Household(
            load_kw=np.ones(100),
            pv_kw=np.ones(100),
            errors=Errors(),
            day_errors=np.ones(1),
        )
