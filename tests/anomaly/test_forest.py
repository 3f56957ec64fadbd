"""The isolation forest: scikit-learn's scores, and documents that are refused."""

from collections.abc import Callable
from copy import deepcopy
import json
import time
from typing import Any

from hypothesis import example, given, settings, strategies as st
import numpy as np
import pytest

from custom_components.bessai.anomaly.forest import (
    TREES,
    Forest,
    Trees,
    UnreadableForest,
    average_path,
    fit,
    grow,
)

from .sklearn_trees import RECORD, WIDTH, as_forest, grown_elsewhere, some_rows

ROWS = np.clip(some_rows(600, 1), -4.0, 2.0).tolist()
FOREST = fit(ROWS, 7)


def small_document() -> dict[str, Any]:
    """Return a forest of two trees that cut twice and once."""
    trees = Trees(
        features=np.array([[0, 1, -1], [1, -1, -1]]),
        cuts=np.array([[0.5, 0.0, 0.0], [1.0, 0.0, 0.0]]),
        paths=np.array([[2.0, 2.0, 1.0, 0.0], [1.5, 0.0, 1.0, 0.0]]),
        samples=4,
    )
    return Forest(trees, 2, centre=0.4, threshold=0.6).document()


def test_a_forest_of_scikit_learn_scores_the_same_here() -> None:
    """As it was recorded, where scikit-learn is not installed."""
    grown = json.loads(RECORD.read_text(encoding="utf-8"))
    scores = as_forest(grown).scores(grown["rows"])
    assert np.abs(scores - np.array(grown["scores"])).max() < 1e-7


def test_a_forest_that_scikit_learn_grows_now_scores_the_same_here() -> None:
    pytest.importorskip("sklearn", reason="only in the group train-prices")
    for samples, seed in ((256, 1), (256, 2), (100, 3), (2, 4)):
        grown = grown_elsewhere(100, samples, seed)
        scores = as_forest(grown).scores(grown["rows"])
        assert np.abs(scores - np.array(grown["scores"])).max() < 1e-7


@pytest.mark.parametrize(
    ("samples", "length"), [(0, 0.0), (1, 0.0), (2, 1.0), (256, 10.244771)]
)
def test_the_average_path_is_that_of_the_paper(samples: int, length: float) -> None:
    assert average_path(samples) == pytest.approx(length, abs=1e-6)


def test_the_walk_goes_as_the_cuts_say() -> None:
    forest = Forest.restore(small_document())
    usual = 2 * average_path(4)
    expected = {(0.5, 0.0): 3.5, (0.5, 0.1): 3.5, (0.6, 1.1): 2.0, (0.0, 2.0): 3.0}
    for row, length in expected.items():
        assert forest.score(row) == pytest.approx(2.0 ** (-length / usual))


def test_what_is_far_from_all_rows_scores_higher() -> None:
    usual = FOREST.scores(ROWS)
    assert FOREST.score([-4.0, 2.0, 2.0, 2.0, 1.0]) > np.quantile(usual, 0.999)
    assert FOREST.score([2.0, -4.0, -4.0, -4.0, 0.5]) > FOREST.threshold


def test_a_residual_that_never_moved_is_seen_when_it_does() -> None:
    """Without background no tree would cut through it."""
    rows = [[row[0], row[1], -4.0] for row in ROWS]
    forest = fit(rows, 3)
    assert forest.score([0.0, 0.0, 2.0]) > forest.score([0.0, 0.0, -4.0]) + 0.1


def test_a_seed_gives_one_forest() -> None:
    assert fit(ROWS, 7).document() == FOREST.document()
    assert fit(ROWS, 8).document() != FOREST.document()


def test_rows_that_are_all_alike_have_a_forest_too() -> None:
    forest = fit([[0.0, 1.0]] * 60, 1)
    assert forest.centre < forest.threshold
    assert forest.score([0.0, 1.0]) < forest.threshold


def test_rows_that_differ_by_less_than_cuts_are_rounded_to_are_told_apart() -> None:
    rows = np.array([[1e-6 * (i % 7)] for i in range(300)])
    trees = grow(rows, np.random.default_rng(1))
    assert (trees.features[:, 0] == 0).all()
    ways = Forest(trees, 1, centre=0.0, threshold=1.0).scores(rows[:7])
    assert len(set(ways.tolist())) > 1


def test_every_row_it_grew_on_ends_in_a_leaf() -> None:
    trees = FOREST.trees
    assert trees.paths.shape == (TREES, 256)
    assert 0.0 < FOREST.centre < FOREST.threshold < 1.0
    # A way of 0 would be a leaf without rows.
    assert FOREST.scores(ROWS).max() < 0.9


@pytest.mark.parametrize("rows", [[], [[0.0]] * 40, [0.0] * 100])
def test_too_few_rows_are_no_forest(rows: Any) -> None:
    with pytest.raises(ValueError, match="shape"):
        fit(rows, 1)


def test_a_document_gives_the_same_forest() -> None:
    document = json.loads(json.dumps(FOREST.document()))
    again = Forest.restore(document)
    assert again.document() == FOREST.document()
    assert (again.scores(ROWS) == FOREST.scores(ROWS)).all()
    assert len(json.dumps(document)) < 500_000


def test_numbers_beyond_single_precision_are_only_far_away() -> None:
    assert 0.0 < FOREST.score([1e300, -1e300, float("inf"), float("nan"), 0.0]) < 1.0


def changed(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Return what replaces a part of a document."""
    return lambda document: document.__setitem__(key, value)


DAMAGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no trees": changed("features", []),
    "no list": changed("features", {"0": [0]}),
    "a missing part": lambda document: document.pop("cuts"),
    "too many trees": changed("features", [[0]] * 401),
    "a feature too high": changed("features", [[0, 2, -1], [1, -1, -1]]),
    "a feature too low": changed("features", [[0, -2, -1], [1, -1, -1]]),
    "half a feature": changed("features", [[0, 0.5, -1], [1, -1, -1]]),
    "a huge feature": changed("features", [[0, 10**30, -1], [1, -1, -1]]),
    "ragged": changed("cuts", [[0.5, 0.0], [1.0, 0.0, 0.0]]),
    "words": changed("cuts", [["0.5", "0", "0"], ["1", "0", "0"]]),
    "truths": changed("cuts", [[True, False, False]] * 2),
    "nothing": changed("cuts", [[None, 0.0, 0.0], [1.0, 0.0, 0.0]]),
    "NaN": changed("cuts", [[float("nan"), 0.0, 0.0], [1.0, 0.0, 0.0]]),
    "infinite": changed("paths", [[float("inf"), 2, 1, 0], [1, 0, 1, 0]]),
    "another shape": changed("cuts", [[0.5, 0.0, 0.0]]),
    "too few leaves": changed("paths", [[2.0, 2.0, 1.0], [1.5, 0.0, 1.0]]),
    "nodes of no tree": changed("features", [[0, 1], [1, -1]]),
    "too deep": changed("features", [[-1] * 2047] * 2),
    "a negative way": changed("paths", [[-1.0, 2.0, 1.0, 0.0], [1.5, 0.0, 1.0, 0.0]]),
    "an endless way": changed("paths", [[99.0, 2.0, 1.0, 0.0], [1.5, 0.0, 1.0, 0.0]]),
    "no width": changed("width", 0),
    "a true width": lambda document: document.update(width=True),
    "a wide width": changed("width", 65),
    "many samples": changed("samples", 10**9),
    "a centre above": changed("centre", 0.7),
    "no threshold": changed("threshold", float("nan")),
    "a word for one": changed("threshold", "high"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_document_is_refused(damage: Callable[[dict[str, Any]], Any]) -> None:
    document = deepcopy(small_document())
    damage(document)
    with pytest.raises(UnreadableForest, match="not readable"):
        Forest.restore(document)


@pytest.mark.parametrize("document", [None, [], "forest", {}])
def test_what_is_no_document_is_refused(document: Any) -> None:
    with pytest.raises(UnreadableForest):
        Forest.restore(document)


GARBAGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300)
@given(st.sampled_from(sorted(small_document())), GARBAGE)
@example("features", [[9.223372036854776e18]])
def test_whatever_is_put_into_a_document_it_scores_or_is_refused(
    key: str, value: Any
) -> None:
    document = {**small_document(), key: value}
    try:
        forest = Forest.restore(document)
    except UnreadableForest:
        return
    assert 0.0 <= forest.score([0.0] * forest.width) <= 1.0


def test_it_is_grown_and_asked_in_time() -> None:
    """Bars of a machine that others use, too: the work is a tenth of them."""
    rows = np.random.default_rng(1).normal(-1.0, 1.0, (4000, 24))
    began = time.process_time()
    forest = fit(rows.tolist(), 1)
    assert time.process_time() - began < 1.0
    row = rows[0].tolist()
    began = time.process_time()
    for _ in range(200):
        forest.score(row)
    assert (time.process_time() - began) / 200 < 0.0005
    assert forest.width == 24
    assert WIDTH == 5
