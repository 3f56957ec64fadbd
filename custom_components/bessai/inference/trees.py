"""Decision trees, all of an ensemble at once.

Trees are checked when they are built: every node but the root has one parent, every
node is reached, and none lies too deep. So a walk of as many steps as the deepest
tree has levels ends in a leaf.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .budget import Array, Budget
from .errors import ModelRefused, Refusal

DEEPEST = 64
MOST_NODES = 400_000


class Mode(IntEnum):
    """How a node compares a feature (first) to its value; numbered as by ONNX."""

    LESS_OR_EQUAL = 0
    LESS = 1
    GREATER_OR_EQUAL = 2
    GREATER = 3
    EQUAL = 4
    NOT_EQUAL = 5
    LEAF = 255


COMPARISONS: Mapping[int, Any] = {
    Mode.LESS_OR_EQUAL: np.less_equal,
    Mode.LESS: np.less,
    Mode.GREATER_OR_EQUAL: np.greater_equal,
    Mode.GREATER: np.greater,
    Mode.EQUAL: np.equal,
    Mode.NOT_EQUAL: np.not_equal,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """All nodes of all trees, one a place; children are places, too."""

    modes: NDArray[np.uint8]
    features: NDArray[np.int64]
    values: Array
    if_true: NDArray[np.int64]
    if_false: NDArray[np.int64]
    missing_is_true: NDArray[np.bool]
    """Where a feature that is not a number leads."""


class Forest:
    """Trees that are ready to be walked."""

    def __init__(self, nodes: Nodes, roots: NDArray[np.int64]) -> None:
        """Check the trees.

        Raises:
            ModelRefused: If they are no trees, or too large, or too deep.
        """
        self.roots = roots
        self.leaf = nodes.modes == Mode.LEAF
        self.depth = _depth(nodes, self.leaf, roots)
        places = np.arange(len(self.leaf))
        self._feature = np.where(self.leaf, 0, nodes.features)
        if self._feature.min() < 0:
            raise tree_refused("a feature that is not there")
        self.features = int(self._feature.max()) + 1
        # A leaf leads to itself, whatever it compares.
        children = np.stack(
            (
                np.where(self.leaf, places, nodes.if_false),
                np.where(self.leaf, places, nodes.if_true),
            ),
            axis=1,
        )
        self._children = children.astype(np.int32).ravel()
        self._value = nodes.values
        self._mode = nodes.modes
        kinds = sorted({int(mode) for mode in np.unique(nodes.modes[~self.leaf])})
        self._comparisons = [(kind, COMPARISONS[kind]) for kind in kinds]
        self._missing = nodes.missing_is_true & ~self.leaf
        self._any_missing = bool(self._missing.any())

    def leaves(self, x: Array, budget: Budget) -> NDArray[np.intp]:
        """Return the leaf that each row (first axis) reaches in each tree (second).

        Raises:
            ModelRefused: If that is too much.
            IndexError: If there are fewer columns than features.
        """
        rows, columns = x.shape
        if columns < self.features:
            raise IndexError(f"{columns} columns for {self.features} features")
        budget.allow((rows, len(self.roots)), 4 * self.depth + 1)
        flat, first = (
            np.ascontiguousarray(x).ravel(),
            columns * np.arange(rows)[:, None],
        )
        at: Array = np.broadcast_to(self.roots, (rows, len(self.roots)))
        for _ in range(self.depth):
            values = flat.take(self._feature.take(at) + first)
            at = self._children.take(2 * at + self._goes(values, at))
        return at

    def _goes(self, values: Array, at: Array) -> NDArray[np.bool]:
        limits = self._value.take(at)
        if len(self._comparisons) == 1:
            goes = self._comparisons[0][1](values, limits)
        else:
            modes, goes = self._mode.take(at), np.zeros(at.shape, np.bool)
            for kind, comparison in self._comparisons:
                goes |= (modes == kind) & comparison(values, limits)
        if self._any_missing:
            goes = goes | (self._missing.take(at) & np.isnan(values))
        result: NDArray[np.bool] = goes
        return result


def _depth(nodes: Nodes, leaf: NDArray[np.bool], roots: NDArray[np.int64]) -> int:
    """Return how many steps lead to the deepest leaf; refuse what is no tree."""
    count = len(leaf)
    if not 0 < count <= MOST_NODES:
        raise ModelRefused(Refusal.TOO_LARGE, f"{count} nodes of trees")
    inner = np.flatnonzero(~leaf)
    children = np.concatenate((nodes.if_true[inner], nodes.if_false[inner]))
    parents = np.bincount(np.concatenate((children, roots)), minlength=count)
    if not np.all(parents == 1):
        raise tree_refused("nodes that are no tree")
    level, seen, depth = roots, len(roots), 0
    while len(level := level[~leaf[level]]):
        level = np.concatenate((nodes.if_true[level], nodes.if_false[level]))
        depth, seen = depth + 1, seen + len(level)
        if depth > DEEPEST:
            raise ModelRefused(Refusal.TOO_LARGE, f"trees deeper than {DEEPEST}")
    if seen != count:
        raise tree_refused("a circle")
    return depth


def tree_refused(detail: str) -> ModelRefused:
    """Return what says that trees are not as they have to be."""
    return ModelRefused(Refusal.UNSUPPORTED, f"trees: {detail}")
