"""Which model is believed, and between what limits."""

import numpy as np
import pytest

from custom_components.bessai.inference.price_mixture import (
    MODELS,
    TREE_DAYS,
    anchor_of,
    limits_of,
    weights_of,
)


def errors(days: int, *sizes: float) -> np.ndarray[tuple[int, int, int]]:
    """Return errors of each model, of one size at all hours."""
    found: np.ndarray[tuple[int, int, int]] = np.empty((days, MODELS, 24))
    found[:] = np.array(sizes)[:, None]
    return found


def test_trees_count_as_much_as_the_linear_models_together() -> None:
    weights = weights_of(errors(45, 1.0, 1.0, 1.0, 1.0))
    assert weights.shape == (MODELS, 24)
    assert weights[-1] == pytest.approx(weights[:-1].sum(axis=0))


def test_a_tenth_more_error_halves_the_weight() -> None:
    weights = weights_of(errors(45, 1.1, 1.0, 1.0, 1.0))
    assert weights[0] / weights[1] == pytest.approx(np.full(24, 0.4665), rel=1e-3)


def test_errors_count_at_their_hour_and_its_neighbours() -> None:
    found = errors(45, 1.0, 1.0, 1.0, 1.0)
    found[:, 0, 12] = -9.0
    weights = weights_of(found)
    assert [hour for hour in range(24) if weights[0, hour] < 0.5] == [11, 12, 13]


@pytest.mark.parametrize("days", [0, 6])
def test_few_days_say_nothing(days: int) -> None:
    usual = weights_of(errors(45, 1.0, 1.0, 1.0, 1.0))
    assert np.array_equal(weights_of(errors(days, 5.0, 1.0, 1.0, 1.0)), usual)


def test_days_without_trees_are_not_compared() -> None:
    found = errors(12, 5.0, 1.0, 1.0, 1.0)
    found[:6, -1] = np.nan
    usual = weights_of(errors(45, 1.0, 1.0, 1.0, 1.0))
    assert np.array_equal(weights_of(found), usual)


def test_models_that_were_never_off_are_all_believed() -> None:
    weights = weights_of(errors(45, 0.0, 0.0, 0.0, 0.0))
    assert np.isfinite(weights).all()
    assert (weights > 0).all()


def test_trees_are_grown_every_four_weeks() -> None:
    anchors = {anchor_of(day) for day in range(20_000, 20_000 + 2 * TREE_DAYS)}
    assert len(anchors) in {2, 3}
    assert all(0 <= day - anchor_of(day) < TREE_DAYS for day in range(20_000, 20_100))


def test_forecasts_stay_near_the_range_of_eight_weeks() -> None:
    known = np.full((100, 24), 0.2)
    known[0], known[60], known[70] = 9.0, -0.1, 0.4
    assert limits_of(known) == pytest.approx((-0.15, 0.45))


def test_where_nothing_was_negative_nothing_will_be() -> None:
    known = np.full((100, 24), 0.3)
    known[70] = 0.01
    assert limits_of(known) == pytest.approx((0.0, 0.329))
    known[0, 0] = -0.01  # long ago, but it can be
    assert limits_of(known) == pytest.approx((-0.019, 0.329))
