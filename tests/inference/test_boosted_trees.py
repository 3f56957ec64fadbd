"""Trees of our own: they find steps and medians, and the same each time."""

import numpy as np
import pytest

from custom_components.bessai.inference.boosted_trees import TreeSettings, grow

SETTINGS = TreeSettings(trees=60, depth=3, rate=0.2, fewest_rows=10)


def table(rows: int = 2000, columns: int = 4) -> np.ndarray[tuple[int, int]]:
    return np.random.default_rng(1).normal(size=(rows, columns))


def test_a_step_that_no_line_follows_is_found() -> None:
    rows = table()
    wanted = np.where((rows[:, 0] > 0.3) & (rows[:, 1] < 0), 5.0, -1.0)
    said = grow(rows, wanted, SETTINGS).predict(rows)
    line = rows @ np.linalg.lstsq(rows, wanted, rcond=None)[0]
    assert np.abs(said - wanted).mean() < np.abs(line - wanted).mean() / 3


def test_it_is_the_median_that_is_learned_not_the_mean() -> None:
    rows = table()
    wanted = np.where(np.arange(len(rows)) % 4 == 0, 100.0, 1.0)
    said = grow(rows, wanted, SETTINGS).predict(rows)
    assert np.median(said) == pytest.approx(1.0, abs=0.01)


def test_rows_never_seen_are_answered_within_what_was() -> None:
    rows = table()
    said = grow(rows, rows[:, 0], SETTINGS).predict(table() * 1e6)
    assert np.abs(said).max() <= np.abs(rows[:, 0]).max()


def test_same_data_give_the_same_trees() -> None:
    rows = table()
    first, second = (grow(rows, rows[:, 2], SETTINGS).predict(rows) for _ in range(2))
    assert np.array_equal(first, second)


def test_a_row_alone_is_answered_as_among_others() -> None:
    rows = table()
    trees = grow(rows, rows[:, 0] ** 2, SETTINGS)
    alone = [trees.predict(rows[index : index + 1])[0] for index in range(20)]
    assert alone == pytest.approx(trees.predict(rows)[:20].tolist())


def test_constant_features_and_targets_are_no_trouble() -> None:
    rows = np.ones((100, 3))
    said = grow(rows, np.full(100, 2.0), SETTINGS).predict(rows)
    assert said == pytest.approx(np.full(100, 2.0), rel=1e-4)
    assert grow(table(), np.zeros(2000), SETTINGS).predict(table()).any() == 0


def test_fewer_rows_than_a_leaf_needs_are_not_cut() -> None:
    rows = table(15)
    said = grow(rows, rows[:, 0], SETTINGS).predict(rows)
    assert len(set(said.tolist())) == 1
