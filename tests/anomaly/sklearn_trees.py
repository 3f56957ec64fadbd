"""Trees of scikit-learn as our arrays, live where it is installed, and recorded.

Record anew with ``python -m tests.anomaly.sklearn_trees``, where scikit-learn of the
dependency group ``train-prices`` is installed beside the packages of the tests.
"""

from importlib import import_module
import json
from pathlib import Path
from typing import Any

import numpy as np

from custom_components.bessai.anomaly.forest import Forest, Trees, average_path

RECORD = Path(__file__).parent.parent / "fixtures" / "isolation_forest.json"
WIDTH = 5


def some_rows(count: int, seed: int) -> Any:
    """Return rows of which some columns belong together, one hardly moves."""
    random = np.random.default_rng(seed)
    rows = random.normal(0.0, 1.0, (count, WIDTH))
    rows[:, 1] += rows[:, 0]
    rows[:, 2] = np.rint(rows[:, 2])
    rows[:, 4] = random.random(count) < 0.02
    return np.round(rows, 3)


def grown_elsewhere(trees: int, samples: int, seed: int) -> dict[str, Any]:
    """Return what scikit-learn grows, and its scores of other rows."""
    ensemble: Any = import_module("sklearn.ensemble")
    theirs = ensemble.IsolationForest(
        n_estimators=trees, max_samples=samples, random_state=seed
    )
    theirs.fit(some_rows(1000, seed))
    rows = np.concatenate((some_rows(60, seed + 1), 3.0 * some_rows(20, seed + 2)))
    return {
        "samples": samples,
        "trees": [
            {
                "left": grown.children_left.tolist(),
                "right": grown.children_right.tolist(),
                "feature": grown.feature.tolist(),
                "threshold": grown.threshold.tolist(),
                "samples": grown.n_node_samples.tolist(),
            }
            for grown in (estimator.tree_ for estimator in theirs.estimators_)
        ],
        "rows": rows.tolist(),
        "scores": (-theirs.score_samples(rows)).tolist(),
    }


def as_forest(grown: dict[str, Any]) -> Forest:
    """Return the same trees in our arrays."""
    depth = int(np.ceil(np.log2(grown["samples"])))
    count = len(grown["trees"])
    features = np.full((count, 2**depth - 1), -1, np.intp)
    cuts = np.zeros(features.shape)
    paths = np.zeros((count, 2**depth))
    for number, tree in enumerate(grown["trees"]):
        waiting = [(0, 0, 0)]
        while waiting:
            theirs, ours, level = waiting.pop()
            if tree["left"][theirs] < 0:
                leaf = (ours + 1) * 2 ** (depth - level) - 2**depth
                further = average_path(tree["samples"][theirs])
                paths[number, leaf] = level + further
                continue
            features[number, ours] = tree["feature"][theirs]
            cuts[number, ours] = tree["threshold"][theirs]
            waiting += [
                (tree["left"][theirs], 2 * ours + 1, level + 1),
                (tree["right"][theirs], 2 * ours + 2, level + 1),
            ]
    trees = Trees(features=features, cuts=cuts, paths=paths, samples=grown["samples"])
    return Forest(trees, WIDTH, centre=0.4, threshold=0.6)


if __name__ == "__main__":
    RECORD.write_text(json.dumps(grown_elsewhere(12, 64, 5)) + "\n", encoding="utf-8")
