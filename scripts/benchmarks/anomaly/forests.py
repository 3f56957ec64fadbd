"""Scores of scikit-learn's isolation forest: ``forests.py ROWS.npz SCORES.npy``.

Runs where scikit-learn is, which need not be where the integration is: it imports
nothing of it. ``ROWS.npz`` has ``rows`` (polls, signals), and ``taught``: how many of
the first ones are learned from.
"""

import sys
from typing import Any

import numpy as np

_MOST_TAUGHT = 20_000
_BATCH = 100_000


def main(source: str, target: str) -> None:
    """Write a score for each row, 0 to 1, 1 being the strangest."""
    from sklearn.ensemble import (  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415 - only where it is
        IsolationForest,
    )

    with np.load(source) as given:
        rows, taught = given["rows"], int(given["taught"])
    step = max(taught // _MOST_TAUGHT, 1)
    forest: Any = IsolationForest(n_estimators=100, random_state=1)
    forest.fit(rows[:taught:step])
    scores = [
        -forest.score_samples(rows[start : start + _BATCH])
        for start in range(0, len(rows), _BATCH)
    ]
    np.save(target, np.concatenate(scores).astype(np.float32))


if __name__ == "__main__":
    main(*sys.argv[1:])
