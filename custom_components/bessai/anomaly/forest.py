"""An isolation forest: how soon random cuts set a row apart from those it grew on.

The one file of this folder that needs numpy: it is imported where a forest is at hand.
Trees lie in arrays as if all were complete, the children of node ``n`` being ``2n + 1``
and ``2n + 2``, so that no document can make a walk go astray or round in circles.

Source: Liu, Ting and Zhou, *Isolation Forest*, ICDM 2008; scores are those of
scikit-learn's ``IsolationForest`` (``-score_samples``) on the same trees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import math
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BessaiError
from .row_store import HIGHEST, LOWEST, Columns, RowStore

TREES = 100
SAMPLES = 256
LEAST_ROWS = 16
"""Fewer to grow on, or to be measured by, are none."""

HELD_OUT = 0.3
"""Share of the rows, the youngest, that the threshold is found by."""

BACKGROUND = 0.02
"""Share of rows that are drawn anywhere: without them there would be no cuts where no
row ever was, and none through a residual that never moved."""

CAUTION = 0.35
"""The threshold lies above the highest of the rows held out, by this part of how far
that is from the median. Ten minutes of a smoothed score stayed below the highest itself
in each of twenty weeks of random residuals; seasons are not in those."""

DEEPEST, MOST_TREES, MOST_FEATURES, MOST_SAMPLES = 10, 400, 64, 1024

type Floats = NDArray[np.float64]
type Places = NDArray[np.intp]


class UnreadableForest(BessaiError):  # noqa: N818 - named after what happened
    """A document that was not written by :meth:`Forest.document`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trees:
    """Complete trees of one depth; a row goes right where it is above a cut."""

    features: Places
    """``(trees, 2 ** depth - 1)``: what a node cuts; -1: nothing, all go left."""

    cuts: Floats
    """The same shape: where it cuts."""

    paths: Floats
    """``(trees, 2 ** depth)``: how long the way to a leaf is, with what it would be on
    average through the samples that are still together there."""

    samples: int
    """How many rows each tree grew on."""


class Forest:
    """Trees that are ready to be walked, and what of their scores is usual."""

    def __init__(
        self, trees: Trees, width: int, *, centre: float, threshold: float
    ) -> None:
        """Take trees that are sound.

        Args:
            trees: Each node of theirs cuts a feature below ``width``, or none.
            width: How many features a row has.
            centre: The median score of sound rows.
            threshold: The score above which a row is unusual.
        """
        self.trees, self.width = trees, width
        self.centre, self.threshold = centre, threshold
        count, nodes = trees.features.shape
        self._depth = nodes.bit_length()
        cutless = trees.features < 0
        # Places in the flat arrays below; a tree without cuts leads left for ever.
        self._roots: Places = np.arange(count) * nodes
        self._step: Places = 1 - self._roots
        self._feature: Places = np.where(cutless, 0, trees.features).ravel()
        self._cut: Floats = np.where(cutless, np.inf, trees.cuts).ravel()
        self._path: Floats = trees.paths.ravel()
        self._leaves: Places = np.arange(count) * (nodes + 1) - self._roots - nodes
        self._usual_path = count * average_path(trees.samples)

    def scores(self, rows: Any) -> Floats:
        """Return a score for each row, 0 to 1: the higher, the sooner it is alone.

        Args:
            rows: ``(rows, width)``; compared in single precision, as trees are grown.
        """
        with np.errstate(over="ignore"):
            wide = np.asarray(rows, np.float32).astype(np.float64)
        # Places in the flat row, too: taking from one dimension costs half.
        values = wide.ravel()
        first = np.arange(len(wide))[:, None] * self.width
        node = np.broadcast_to(self._roots, (len(wide), len(self._roots)))
        for _ in range(self._depth):
            value = values.take(self._feature.take(node) + first)
            node = 2 * node + self._step + (value > self._cut.take(node))
        length = self._path.take(node + self._leaves).sum(axis=1)
        scores: Floats = np.exp2(-length / self._usual_path)
        return scores

    def score(self, row: Sequence[float]) -> float:
        """Return the score of one row, which has as many features as the forest."""
        return float(self.scores([row])[0])

    def document(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        return {
            "width": self.width,
            "samples": self.trees.samples,
            "centre": self.centre,
            "threshold": self.threshold,
            "features": self.trees.features.tolist(),
            "cuts": self.trees.cuts.tolist(),
            "paths": self.trees.paths.tolist(),
        }

    @classmethod
    def restore(cls, document: Mapping[str, Any]) -> Self:
        """Return the forest of a document.

        Raises:
            UnreadableForest: If it is not one of :meth:`document`.
        """
        try:
            width = _whole(document["width"], MOST_FEATURES)
            samples = _whole(document["samples"], MOST_SAMPLES)
            centre, threshold = _marks(document["centre"], document["threshold"])
            trees = Trees(
                features=_features(_table(document["features"]), width),
                cuts=_table(document["cuts"]),
                paths=_table(document["paths"]),
                samples=max(2, samples),
            )
            _check_shapes(trees)
        except (
            *(ArithmeticError, AttributeError, LookupError),
            *(RecursionError, TypeError, ValueError),
        ) as err:
            raise UnreadableForest(f"stored forest is not readable: {err!r}") from err
        return cls(trees, width, centre=centre, threshold=threshold)


def average_path(samples: int) -> float:
    """Return the mean way to a leaf in a tree of random cuts through so many rows.

    Source: equation 1 of the paper; as scikit-learn, 1 for two rows.
    """
    if samples <= 2:
        return float(max(0, samples - 1))
    harmonic = math.log(samples - 1.0) + float(np.euler_gamma)
    return 2.0 * harmonic - 2.0 * (samples - 1.0) / samples


def learn(store: RowStore, seed: int) -> tuple[Columns, Forest]:
    """Return a forest of the rows of a store, and what it looks at.

    Raises:
        ValueError: If there are too few rows, or nothing that most of them have.
    """
    columns, rows = store.table()
    return columns, fit(rows, seed)


def fit(rows: Sequence[Sequence[float]], seed: int) -> Forest:
    """Return a forest of rows of a sound plant, oldest first; the same for a seed.

    Raises:
        ValueError: If there are too few rows, or they have no columns.
    """
    known = np.asarray(rows, np.float64)
    grown = round(len(known) * (1.0 - HELD_OUT))
    if known.ndim != 2 or min(grown, len(known) - grown) < LEAST_ROWS:
        raise ValueError(f"rows of shape {known.shape}")
    random = np.random.default_rng(seed)
    width = known.shape[1]
    somewhere = (math.ceil(BACKGROUND * grown), width)
    background = random.uniform(LOWEST, HIGHEST, somewhere)
    trees = grow(np.concatenate((known[:grown], background)), random)
    judged = Forest(trees, width, centre=0.0, threshold=1.0).scores(known[grown:])
    centre, highest = float(np.median(judged)), float(judged.max())
    # The floor keeps the two apart if all rows are alike.
    threshold = highest + max(CAUTION * (highest - centre), 0.01)
    return Forest(trees, width, centre=centre, threshold=threshold)


def grow(rows: Floats, random: np.random.Generator) -> Trees:
    """Return trees of random cuts, each through a part of the rows.

    All trees grow at once, level by level. Where rows can no longer be told apart they
    go left together, down to the lowest level.
    """
    count = min(SAMPLES, len(rows))
    depth = math.ceil(math.log2(count))
    picked = [random.choice(len(rows), count, replace=False) for _ in range(TREES)]
    data = rows.astype(np.float32)[np.concatenate(picked)]
    tree = np.repeat(np.arange(TREES), count)
    node = np.zeros(len(data), np.intp)
    length = np.zeros(len(data))
    features = np.full((TREES, 2**depth - 1), -1, np.intp)
    cuts = np.zeros(features.shape)
    for _ in range(depth):
        order, starts, group = _groups(tree * len(features[0]) + node)
        feature, cut = _cut_anywhere(data[order], starts, random)
        firsts = order[starts]
        features[tree[firsts], node[firsts]] = feature
        cuts[tree[firsts], node[firsts]] = np.where(feature < 0, 0.0, cut)
        is_cut = feature[group] >= 0
        is_right = is_cut & (data[np.arange(len(data)), feature[group]] > cut[group])
        node = 2 * node + 1 + is_right
        length += is_cut
    leaf = node - (2**depth - 1)
    together = np.zeros((TREES, 2**depth), np.intp)
    np.add.at(together, (tree, leaf), 1)
    further = np.array([average_path(number) for number in range(count + 1)])
    paths = np.zeros(together.shape)
    # Six decimals are a hundred millionth of a score, and half of a document.
    paths[tree, leaf] = np.round(length + further[together[tree, leaf]], 6)
    return Trees(features=features, cuts=cuts, paths=paths, samples=count)


def _groups(keys: Places) -> tuple[Places, Places, Places]:
    """Return an order by key, where each key starts in it, and the group of each."""
    order = np.argsort(keys, kind="stable")
    is_first = np.diff(keys[order], prepend=-1) > 0
    group = np.empty(len(keys), np.intp)
    group[order] = np.cumsum(is_first) - 1
    return order, np.flatnonzero(is_first), group


def _cut_anywhere(
    data: NDArray[np.float32], starts: Places, random: np.random.Generator
) -> tuple[Places, Floats]:
    """Return a random feature of each group in which it differs, and where to cut it.

    The feature is -1 where all rows of a group are the same.
    """
    low = np.minimum.reduceat(data, starts).astype(np.float64)
    high = np.maximum.reduceat(data, starts).astype(np.float64)
    differs = high > low
    feature = np.where(differs, random.random(low.shape), -1.0).argmax(axis=1)
    place = np.arange(len(low)), feature
    low, high = low[place], high[place]
    cut = np.round(low + (high - low) * random.random(len(low)), 4)
    # Rounded, it may have left the rows that it is to part.
    cut = np.where((cut < low) | (cut >= high), low, cut)
    return np.where(differs[place], feature, -1), cut


def _whole(value: Any, most: int) -> int:
    if type(value) is not int or not 1 <= value <= most:
        raise ValueError(f"not a number from 1 to {most}: {value!r}")
    return value


def _marks(centre: Any, threshold: Any) -> tuple[float, float]:
    """Return the two; NaN fails every comparison."""
    if not (0.0 <= float(centre) < float(threshold) <= 2.0):
        raise ValueError(f"{centre} and {threshold}")
    return float(centre), float(threshold)


def _table(value: Any) -> Floats:
    """Return rows of finite numbers of the same length; a word is no number."""
    if not isinstance(value, list) or len(value) > MOST_TREES:
        raise ValueError("no list of trees, or too many")
    table = np.asarray(value)
    if table.ndim != 2 or table.dtype.kind not in "iuf" or not np.isfinite(table).all():
        raise ValueError(f"{table.dtype} of shape {table.shape}")
    return table.astype(np.float64)


def _features(table: Floats, width: int) -> Places:
    # Before the cast: there are numbers that no integer holds.
    if (table < -1).any() or (table >= width).any() or (table % 1).any():
        raise ValueError("a cut through a feature that is not there")
    return table.astype(np.intp)


def _check_shapes(trees: Trees) -> None:
    count, nodes = trees.features.shape
    depth = nodes.bit_length()
    if nodes != 2**depth - 1 or not 1 <= depth <= DEEPEST:
        raise ValueError(f"{nodes} nodes a tree")
    if trees.cuts.shape != (count, nodes) or trees.paths.shape != (count, nodes + 1):
        raise ValueError("tables that do not fit each other")
    longest = depth + average_path(trees.samples)
    if (trees.paths < 0.0).any() or (trees.paths > longest + 1e-6).any():
        raise ValueError("a way that is longer than its tree")
