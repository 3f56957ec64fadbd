"""Ensembles of random trees, as ``ai.onnx.ml`` lists them."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from onnx import helper

from .graphs import model

FEATURES = 4
BRANCHES = (
    *("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE"),
    *("BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"),
)
F32 = np.dtype(np.float32)


@dataclass
class Trees:
    """Attributes that grow node by node."""

    rng: np.random.Generator
    modes: tuple[str, ...] = ("BRANCH_LEQ",)
    targets: int = 1
    lists: dict[str, list[Any]] = field(default_factory=dict)

    def node(
        self, tree: int, number: int, mode: str, children: tuple[int, int]
    ) -> None:
        """Add a node."""
        row = {
            "nodes_treeids": tree,
            "nodes_nodeids": number,
            "nodes_modes": mode,
            "nodes_featureids": int(self.rng.integers(FEATURES)),
            "nodes_values": float(np.float32(np.rint(self.rng.normal(0, 2)))),
            "nodes_truenodeids": children[0],
            "nodes_falsenodeids": children[1],
            "nodes_missing_value_tracks_true": int(self.rng.integers(2)),
        }
        self._add(row)

    def grow(self, tree: int, depth: int) -> None:
        """Add a whole tree of random form."""
        free, waiting = 1, [(0, depth)]
        while waiting:
            number, left = waiting.pop(0)
            if not left or self.rng.random() < 0.15:
                self.leaf(tree, number)
                continue
            mode = str(self.rng.choice(self.modes))
            self.node(tree, number, mode, (free, free + 1))
            waiting += [(free, left - 1), (free + 1, left - 1)]
            free += 2

    def leaf(self, tree: int, number: int) -> None:
        """Add a leaf that says something of each target."""
        self.node(tree, number, "LEAF", (0, 0))
        for target in range(self.targets):
            row = {
                "target_treeids": tree,
                "target_nodeids": number,
                "target_ids": target,
                "target_weights": float(np.float32(self.rng.normal())),
            }
            self._add(row)

    def _add(self, row: dict[str, Any]) -> None:
        for name, value in row.items():
            self.lists.setdefault(name, []).append(value)

    def attributes(self, **more: Any) -> dict[str, Any]:
        """Return everything."""
        return {**self.lists, "n_targets": self.targets, **more}


def random_trees(
    seed: int,
    count: int = 5,
    depth: int = 4,
    modes: tuple[str, ...] = ("BRANCH_LEQ",),
    targets: int = 1,
) -> Trees:
    """Return some trees."""
    trees = Trees(np.random.default_rng(seed), modes, targets)
    for tree in range(count):
        trees.grow(tree, depth)
    return trees


def chain(depth: int) -> Trees:
    """Return one tree that goes down on one side only."""
    trees = Trees(np.random.default_rng(1))
    for level in range(depth):
        trees.node(0, 2 * level, "BRANCH_LEQ", (2 * level + 1, 2 * level + 2))
        trees.leaf(0, 2 * level + 1)
    trees.leaf(0, 2 * depth)
    return trees


def tree_model(attributes: dict[str, Any], dtype: np.dtype[Any] = F32) -> bytes:
    """Return the file of one ensemble."""
    node = helper.make_node(
        "TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", **attributes
    )
    return model([node], {"x": dtype}, {"y": F32})
