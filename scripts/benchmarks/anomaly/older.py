"""The older detector and a plain isolation forest, on the same polls."""

from collections.abc import Iterable
import os
from pathlib import Path
import subprocess
import sys
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from .raw_rows import SIGNALS, RawRows
from .scoring import Alarm, episodes

type Scores = npt.NDArray[np.float64]

OLDER_THRESHOLD = 0.65
_FOREST_SHARE, _TIME_SHARE = 0.4, 0.6
_ROOT = Path(__file__).parents[3]
_PYTHONS = (
    os.environ.get("ANOMALY_PYTHON", ""),
    str(_ROOT / ".venv-train-prices/bin/python"),
)
"""Where scikit-learn may be, if not here; ``scripts/train_prices`` makes the latter."""

_WEEK_S = 604_800.0
_HALVINGS = 24


def forest_scores(raw: RawRows, taught: int) -> Scores | None:
    """Return the forest's score of each row; ``None``: scikit-learn is nowhere.

    Args:
        raw: All rows of a home.
        taught: How many of the first ones are of a sound plant, to learn from.
    """
    rows = np.frombuffer(raw.values, dtype=np.float32).reshape(-1, len(SIGNALS))
    with TemporaryDirectory() as folder:
        source, target = Path(folder, "rows.npz"), Path(folder, "scores.npy")
        np.savez(source, rows=rows, taught=np.array(taught))
        for python in (sys.executable, *filter(None, _PYTHONS)):
            if not Path(python).exists():
                continue
            code = Path(__file__).with_name("forests.py")
            done = subprocess.run(
                [python, str(code), str(source), str(target)],
                check=False,
                capture_output=True,
            )
            if done.returncode == 0:
                scores: Scores = np.load(target).astype(np.float64)
                return scores
    return None


def older_scores(raw: RawRows, forest: Scores, taught: int) -> Scores:
    """Return ``0.4 forest + 0.6 z / (z + 1)``, z of the response time alone."""
    rows = np.frombuffer(raw.values, dtype=np.float32).reshape(-1, len(SIGNALS))
    times = rows[:, -1].astype(np.float64)
    usual, spread = times[:taught].mean(), max(times[:taught].std(), 1e-9)
    z = np.abs(times - usual) / spread
    scores: Scores = _FOREST_SHARE * forest + _TIME_SHARE * z / (z + 1.0)
    return scores


def alarms_of(
    times_s: Iterable[float], scores: Scores, threshold: float
) -> list[Alarm]:
    """Return when scores begin to be beyond a threshold."""
    beyond = scores > threshold
    begins = beyond & ~np.concatenate(([False], beyond[:-1]))
    times = np.asarray(times_s)
    return [Alarm(float(at_s), "score") for at_s in times[begins]]


def calibrated(times_s: Iterable[float], scores: Scores) -> float:
    """Return the threshold with about one episode a week on sound polls.

    It is set on the very weeks that it is judged by, which flatters it.
    """
    times = np.asarray(times_s)
    weeks = max((times[-1] - times[0]) / _WEEK_S, 1e-9)
    low, high = float(scores.min()), float(scores.max())
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        if len(episodes(alarms_of(times, scores, middle))) > weeks:
            low = middle
        else:
            high = middle
    return high
