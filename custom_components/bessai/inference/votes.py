"""What the leaves of trees say, put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .budget import Array, Budget
from .errors import ModelRefused, Refusal
from .trees import Forest, tree_refused

MOST_WEIGHTS = 1_000_000
"""Nodes times targets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """What leaves say of targets, and how it is put together."""

    targets: int
    leaves: NDArray[np.int64]
    """The place of the leaf, of each vote."""

    ids: NDArray[np.int64]
    """The target."""

    weights: Array
    aggregate: str
    """``SUM``, ``AVERAGE``, ``MIN`` or ``MAX``."""

    base: Sequence[float]
    """Added to each target; empty: nothing."""


class Tally:
    """Puts together what leaves say."""

    def __init__(self, forest: Forest, votes: Votes) -> None:
        """Check the votes.

        Raises:
            ModelRefused: If they are not of leaves and targets that are there.
        """
        count = len(forest.leaf)
        if not 0 < votes.targets <= MOST_WEIGHTS // count:
            raise ModelRefused(Refusal.TOO_LARGE, f"{votes.targets} targets")
        if not len(votes.leaves) == len(votes.ids) == len(votes.weights):
            raise tree_refused("lists of different lengths")
        if not np.all((votes.ids >= 0) & (votes.ids < votes.targets)):
            raise tree_refused("a target that is not there")
        if not forest.leaf[votes.leaves].all():
            raise tree_refused("a weight of what is no leaf")
        if len(votes.base) not in {0, votes.targets}:
            raise tree_refused("base values for other targets")
        if votes.aggregate not in {"SUM", "AVERAGE", "MIN", "MAX"}:
            raise tree_refused(f"aggregate function {votes.aggregate}")
        self._aggregate, self._trees = votes.aggregate, len(forest.roots)
        self._base = np.array(votes.base, np.float64) if votes.base else None
        self._weights = np.zeros((count, votes.targets), np.float64)
        np.add.at(self._weights, (votes.leaves, votes.ids), votes.weights)
        given = np.bincount(votes.leaves * votes.targets + votes.ids)
        if votes.aggregate in {"MIN", "MAX"} and not (
            given.max() == 1 and given.sum() == forest.leaf.sum() * votes.targets
        ):
            raise tree_refused("leaves that say nothing of a target")

    def count(self, leaves: NDArray[np.intp], budget: Budget) -> Any:
        """Return the result of each row (first axis) and target (second)."""
        budget.allow((*leaves.shape, self._weights.shape[1]))
        said = self._weights.take(leaves, axis=0)
        if self._aggregate == "MIN":
            result = said.min(axis=1)
        elif self._aggregate == "MAX":
            result = said.max(axis=1)
        else:
            result = said.sum(axis=1)
        if self._aggregate == "AVERAGE":
            result = result / self._trees
        return result if self._base is None else result + self._base
