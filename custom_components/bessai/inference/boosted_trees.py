"""Regression by many small trees, in numpy: each lessens what the ones before left.

For the median, not the mean: the gradient is the sign of the error, and a leaf answers
the median of the errors in it. Every tree has the same depth and is kept as arrays, one
cut per node, so that all rows go down a level at once. Rows and columns are drawn for
each tree by a generator with a fixed seed: the same data give the same trees.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .price_history import Floats

type Codes = NDArray[np.uint8]
"""Between which cuts of a feature a value lies, from 0."""

type Numbers = NDArray[np.intp]

BINS = 32
"""Cuts are looked for between so many quantiles of a feature."""

_SEED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeSettings:
    """What the trees may be."""

    trees: int = 160
    depth: int = 4
    rate: float = 0.05
    """So much of what a leaf says is believed."""

    fewest_rows: int = 24
    """In a leaf, of the rows that were drawn."""

    rows_drawn: float = 0.3
    columns_drawn: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BoostedTrees:
    """Trees that were grown, of the same depth."""

    edges: tuple[Floats, ...]
    """Per feature: where its codes change."""

    features: tuple[Numbers, ...]
    """Per level (trees, nodes of the level): which feature is asked."""

    cuts: tuple[Numbers, ...]
    """Per level (trees, nodes of the level): a row with a larger code goes right."""

    leaves: Floats
    """(trees, leaves)"""

    def predict(self, rows: Floats) -> Floats:
        """Return what to add to the base of each row, (rows, features)."""
        return self.answers(_codes(rows, self.edges))

    def answers(self, codes: Codes) -> Floats:
        """Return the same from codes, (rows, features)."""
        row = np.arange(len(codes))[:, None] * codes.shape[1]
        tree = np.arange(len(self.leaves))
        node = np.zeros((len(codes), len(self.leaves)), dtype=np.intp)
        for features, cuts in zip(self.features, self.cuts, strict=True):
            at = tree * features.shape[1] + node
            is_right = np.take(codes, row + np.take(features, at)) > np.take(cuts, at)
            node = 2 * node + is_right
        at = tree * self.leaves.shape[1] + node
        answers: Floats = np.take(self.leaves, at).sum(axis=1)
        return answers


def grow(rows: Floats, targets: Floats, settings: TreeSettings) -> BoostedTrees:
    """Return trees that say the targets, (rows,), from the features, (rows, features).

    Targets are told relative to a base of the caller's, where there is one.
    """
    cuts = np.linspace(0, 1, BINS + 1)[1:-1]
    edges = tuple(np.unique(np.quantile(column, cuts)) for column in rows.T)
    codes = _codes(rows, edges)
    chance = np.random.default_rng(_SEED)
    left, trees = targets.copy(), []
    for _ in range(settings.trees):
        drawn = np.flatnonzero(chance.random(len(rows)) < settings.rows_drawn)
        count = max(1, round(rows.shape[1] * settings.columns_drawn))
        columns = chance.permutation(rows.shape[1])[:count]
        tree = _grow_one(codes[drawn], left[drawn], columns, settings)
        trees.append(replace(tree, edges=edges))
        left -= tree.answers(codes)
    return _together(trees)


def _together(trees: Sequence[BoostedTrees]) -> BoostedTrees:
    levels = range(len(trees[0].cuts))
    return BoostedTrees(
        edges=trees[0].edges,
        features=tuple(np.vstack([t.features[i] for t in trees]) for i in levels),
        cuts=tuple(np.vstack([t.cuts[i] for t in trees]) for i in levels),
        leaves=np.vstack([tree.leaves for tree in trees]),
    )


def _codes(rows: Floats, edges: tuple[Floats, ...]) -> Codes:
    columns = [
        np.searchsorted(edge, column, side="right")
        for edge, column in zip(edges, rows.T, strict=True)
    ]
    return np.stack(columns, axis=1).astype(np.uint8)


def _grow_one(
    codes: Codes, left: Floats, columns: Numbers, settings: TreeSettings
) -> BoostedTrees:
    """Return a tree that lessens what is left of the targets."""
    chosen = codes[:, columns].T + BINS * np.arange(len(columns))[:, None]
    is_above = left > 0
    node = np.zeros(len(codes), dtype=np.intp)
    every = np.arange(len(codes))
    features, cuts = [], []
    for level in range(settings.depth):
        column, cut = _best_cuts(
            chosen + node * (BINS * len(columns)), is_above, 2**level, settings
        )
        features.append(columns[column][None])
        cuts.append(cut[None])
        node = 2 * node + (codes[every, columns[column][node]] > cut[node])
    leaves = settings.rate * _medians(left, node, 2**settings.depth)
    return BoostedTrees(
        edges=(), features=tuple(features), cuts=tuple(cuts), leaves=leaves[None]
    )


def _best_cuts(
    keys: Numbers, is_above: NDArray[np.bool_], nodes: int, settings: TreeSettings
) -> tuple[Numbers, Numbers]:
    """Return the column and the code after which to cut, for each node.

    Args:
        keys: (columns, rows), of node, column and code in one number.
        is_above: (rows,), where the target is underrated.
        nodes: Of this level.
        settings: Which cuts are allowed.
    """
    shape = nodes, len(keys), BINS
    length = nodes * len(keys) * BINS
    count = np.bincount(keys.ravel(), minlength=length).reshape(shape).cumsum(2)
    above = np.bincount(keys[:, is_above].ravel(), minlength=length)
    gradient = 2.0 * above.reshape(shape).cumsum(2) - count
    rest, rest_gradient = count[..., -1:] - count, gradient[..., -1:] - gradient
    gain = gradient**2 / np.maximum(count, 1) + rest_gradient**2 / np.maximum(rest, 1)
    gain[np.minimum(count, rest) < settings.fewest_rows] = 0.0
    best = gain.reshape(nodes, -1).argmax(axis=1)
    column, cut = np.divmod(best, BINS)
    is_cut = gain.reshape(nodes, -1)[np.arange(nodes), best] > 0
    return column, np.where(is_cut, cut, BINS)


def _medians(values: Floats, group: Numbers, groups: int) -> Floats:
    """Return the median of the values of each group, 0 of an empty one."""
    order = np.argsort(values)
    # Small numbers are sorted by counting; the order of the values stays.
    order = order[np.argsort(group[order].astype(np.uint8), kind="stable")]
    count = np.bincount(group, minlength=groups)
    middle = np.cumsum(count) - count + count // 2
    found = values[order][np.minimum(middle, len(values) - 1)]
    return np.where(count > 0, found, 0.0)
