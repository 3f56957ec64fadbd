"""Operators of ``ai.onnx.ml`` that are ensembles of trees, in their two forms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .budget import Array, Budget
from .kernel import FLOAT32, FLOATS, Built, Call, Operator
from .trees import Forest, Mode, Nodes
from .votes import Tally, Votes

type Indices = NDArray[np.int64]

_MODES = {
    "BRANCH_LEQ": Mode.LESS_OR_EQUAL,
    "BRANCH_LT": Mode.LESS,
    "BRANCH_GTE": Mode.GREATER_OR_EQUAL,
    "BRANCH_GT": Mode.GREATER,
    "BRANCH_EQ": Mode.EQUAL,
    "BRANCH_NEQ": Mode.NOT_EQUAL,
    "LEAF": Mode.LEAF,
}
_HALF = 1 << 31
"""Numbers of trees and nodes are below this, so that two of them make one."""


def _regressor(call: Call) -> Built:
    """Build trees whose nodes are listed, each with its tree and number."""
    if (transform := call.text("post_transform", "NONE")) != "NONE":
        raise call.refused(f"post_transform {transform}")
    listed = _listed(call)
    forest = Forest(listed.nodes, listed.roots)
    votes = Votes(
        targets=call.integer("n_targets", 1),
        leaves=listed.places.of(
            call.array("target_treeids", np.int64),
            call.array("target_nodeids", np.int64),
        ),
        ids=call.array("target_ids", np.int64),
        weights=_reals(call, "target_weights"),
        aggregate=call.text("aggregate_function", "SUM"),
        base=tuple(_reals(call, "base_values").tolist()),
    )
    return _built(forest, Tally(forest, votes), call, FLOAT32)


def _built(forest: Forest, tally: Tally, call: Call, dtype: np.dtype[Any]) -> Built:
    call.dtype(0, FLOATS)

    def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
        counted = tally.count(forest.leaves(inputs[0], budget), budget)
        return (counted.astype(dtype),)

    return Built(kernel=kernel, dtypes=(dtype,))


class _Places:
    """Where a node of a tree is in the lists."""

    def __init__(self, call: Call, trees: Indices, ids: Indices) -> None:
        self._call = call
        keys = self._keys(trees, ids)
        self._order = np.argsort(keys, kind="stable")
        self._sorted = keys[self._order]
        if np.any(self._sorted[1:] == self._sorted[:-1]):
            raise call.refused("a node is there twice")

    def of(self, trees: Indices, ids: Indices) -> Indices:
        """Return the places of nodes, all of which have to be there."""
        keys = self._keys(trees, ids)
        found = np.searchsorted(self._sorted, keys).clip(max=len(self._sorted) - 1)
        if not np.array_equal(self._sorted[found], keys):
            raise self._call.refused("a node that is not there")
        places: Indices = self._order[found]
        return places

    def _keys(self, trees: Indices, ids: Indices) -> Indices:
        if len(trees) != len(ids):
            raise self._call.refused("lists of different lengths")
        for numbers in (trees, ids):
            if numbers.size and not 0 <= numbers.min() <= numbers.max() < _HALF:
                raise self._call.refused("numbers of nodes out of range")
        return trees * _HALF + ids


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    nodes: Nodes
    roots: Indices
    places: _Places


def _listed(call: Call) -> _Listed:
    trees = call.array("nodes_treeids", np.int64)
    modes = _modes(call)
    features = call.array("nodes_featureids", np.int64)
    values = _reals(call, "nodes_values")
    missing = call.array("nodes_missing_value_tracks_true", np.int64)
    _reals(call, "nodes_hitrates")  # how often says nothing of what
    count = len(trees)
    if not count or {len(modes), len(features), len(values)} != {count}:
        raise call.refused("lists of nodes of different lengths")
    if len(missing) not in {0, count}:
        raise call.refused("lists of nodes of different lengths")
    places = _Places(call, trees, call.array("nodes_nodeids", np.int64))
    inner = np.flatnonzero(modes != Mode.LEAF)
    nodes = Nodes(
        modes=modes,
        features=features,
        values=values,
        if_true=_children(call, "nodes_truenodeids", places, trees, inner),
        if_false=_children(call, "nodes_falsenodeids", places, trees, inner),
        missing_is_true=missing.astype(bool) if len(missing) else np.zeros(count, bool),
    )
    # The first of a tree is its root.
    roots = np.flatnonzero(np.diff(trees, prepend=-1))
    return _Listed(nodes=nodes, roots=roots, places=places)


def _modes(call: Call) -> NDArray[np.uint8]:
    names = call.texts("nodes_modes")
    if unknown := set(names) - _MODES.keys():
        raise call.refused(f"mode {min(unknown)}")
    return np.array([_MODES[name] for name in names], np.uint8)


def _children(
    call: Call, name: str, places: _Places, trees: Indices, inner: Indices
) -> Indices:
    given = call.array(name, np.int64)
    if len(given) != len(trees):
        raise call.refused("lists of nodes of different lengths")
    children = np.zeros(len(trees), np.int64)
    children[inner] = places.of(trees[inner], given[inner])
    return children


def _reals(call: Call, name: str) -> Array:
    """Return an attribute that may be a list of short or a tensor of long numbers."""
    long = f"{name}_as_tensor"
    if not call.has(long):
        return call.array(name, np.float32)
    if call.opset < 3 or call.has(name):
        raise call.refused(f"attribute {long}")
    return call.array(long).ravel()


TREE_OPERATORS: Mapping[str, Operator] = {
    "TreeEnsembleRegressor": Operator(build=_regressor, inputs=(1, 1)),
}
