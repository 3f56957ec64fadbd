"""What models of prices are told: aligned per hour, and nothing of the future."""

import numpy as np
import pytest

from custom_components.bessai.inference.price_features import (
    ELEVEN,
    FEATURES,
    SCALED,
    columns_of,
    rows_of,
)
from custom_components.bessai.inference.price_week import Weeks, weeks_before

THURSDAY = 0
"""1970-01-01"""

type Table = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def counted(days: int = 10) -> Table:
    """Return prices that tell their day and hour: 3.07 is the fourth day, 07:00."""
    return np.arange(days)[:, None] + np.arange(24) / 100


def after(values: Table, hour: int = 0) -> Weeks:
    """Return the week before the day that follows on the last one."""
    return weeks_before(values[-7:], len(values) - 7, hour)


def test_vocabulary_is_what_is_computed() -> None:
    columns = columns_of(after(counted()))
    assert columns.keys() == FEATURES.keys() == {*ELEVEN, *SCALED}
    assert all(feature.name == name for name, feature in FEATURES.items())
    assert not any(feature.is_signed_power for feature in FEATURES.values())
    assert {FEATURES[name].unit for name in SCALED} == {"", "h"}
    assert all(values.shape == (1, 24) for values in columns.values())


def test_eleven_are_aligned_with_each_hour() -> None:
    """The older design gave all 24 hours the same lags, and every day was a Monday."""
    rows = list(rows_of(after(counted())))
    assert [row["hour"] for row in rows] == list(range(24))
    assert {row["weekday"] for row in rows} == {6.0}  # Thursday and ten days: a Sunday
    assert {row["is_weekend"] for row in rows} == {1.0}
    assert [row["lag_24h"] for row in rows] == pytest.approx(counted()[-1].tolist())
    assert [row["lag_168h"] for row in rows] == pytest.approx(counted()[-7].tolist())
    assert [row["mean_24h"] for row in rows] == pytest.approx([9.115] * 24)
    spread = float(counted()[-1].std())
    assert [row["std_24h"] for row in rows] == pytest.approx([spread] * 24)
    assert [row["hour"] for row in rows if row["is_peak"]] == [18, 19, 20, 21, 22]
    assert [row["hour"] for row in rows if row["is_solar"]] == list(range(9, 17))
    assert {row["soc_pct"] for row in rows} == {50.0}


def test_hour_before_is_known_only_for_the_first_hour() -> None:
    """For the others it is the last known price at that hour of the day."""
    rows = list(rows_of(after(counted())))
    assert [row["lag_1h"] for row in rows] == pytest.approx(
        [9.23, *(9 + hour / 100 for hour in range(23))]
    )


def test_day_that_begins_in_the_afternoon_ends_on_the_next_weekday() -> None:
    rows = list(rows_of(after(counted(), hour=14)))
    assert [row["hour"] for row in rows] == [*range(14, 24), *range(14)]
    assert [row["weekday"] for row in rows] == [6.0] * 10 + [0.0] * 14
    assert [row["is_weekend"] for row in rows] == [1.0] * 10 + [0.0] * 14


def test_scaled_set_does_not_depend_on_level_and_currency() -> None:
    values = np.random.default_rng(4).normal(size=(7, 24))
    first, second = columns_of(after(values)), columns_of(after(900 * values + 4000))
    for name in SCALED:
        if name != "relative_level":
            assert second[name] == pytest.approx(first[name], rel=2e-2, abs=2e-2), name
    assert second["relative_level"][0, 0] > first["relative_level"][0, 0]


def test_scaled_prices_are_spreads_above_the_mean_of_the_week() -> None:
    values = np.random.default_rng(4).normal(size=(7, 24)) * 0.1 + 0.2
    columns = columns_of(after(values))
    scaled = (values - values.mean()) / values.std()
    assert columns["scaled_1d"][0] == pytest.approx(scaled[-1], rel=1e-2)
    assert columns["scaled_7d"][0] == pytest.approx(scaled[0], rel=1e-2)
    assert columns["scaled_last"][0] == pytest.approx(
        np.full(24, scaled[-1, -1]), rel=1e-2
    )
    assert columns["scaled_max_7d"][0] == pytest.approx(scaled.max(axis=0), rel=1e-2)
    assert columns["scaled_hour_after"][0, 0] == pytest.approx(scaled[-1, 1], rel=1e-2)


def test_features_of_a_day_do_not_know_that_day() -> None:
    values = np.random.default_rng(5).normal(size=(30, 24))
    changed = values.copy()
    changed[20:] = 99.0
    before, later = (weeks_before(one[:-1], THURSDAY, 0) for one in (values, changed))
    told, told_later = columns_of(before), columns_of(later)
    for name in FEATURES:  # the eighth day is the first that is told of
        assert np.array_equal(told[name][:14], told_later[name][:14]), name
    assert not np.array_equal(told["lag_24h"][14], told_later["lag_24h"][14])


def test_prices_that_never_change_are_no_trouble() -> None:
    for level in (0.0, 0.2):
        columns = columns_of(after(np.full((7, 24), level)))
        assert all(np.isfinite(values).all() for values in columns.values())
        assert columns["scaled_1d"] == pytest.approx(np.zeros((1, 24)), abs=1e-6)
