"""What one run of a model may cost: a hostile one ends with an error, not the home."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ModelRefused, Refusal

type Array = NDArray[Any]

MOST_RESULT = 4_000_000
"""Elements of one result: as many as a file may bring along."""

MOST_WORK = 64_000_000
"""Elements written and products added in one run: about a second, whatever they are."""

MOST_KEPT = 8_000_000
"""Elements of all results that are in memory at a time."""


class Budget:
    """What one run may still cost."""

    __slots__ = ("kept", "left")

    def __init__(self) -> None:
        """Begin with all of it."""
        self.left, self.kept = MOST_WORK, 0

    def spend(self, work: int) -> None:
        """Count work before it is done.

        Raises:
            ModelRefused: If it is too much.
        """
        self.left -= work
        if self.left < 0:
            raise ModelRefused(Refusal.FAILED, "too much to compute")

    def allow(self, shape: Sequence[int], each: int = 1) -> None:
        """Count a result of this shape, so much work an element, before it is made.

        Raises:
            ModelRefused: If it is too large, or too much.
        """
        if (size := prod(shape)) > MOST_RESULT:
            raise ModelRefused(Refusal.FAILED, f"a result of {size} elements")
        self.spend(size * max(each, 1))

    def keep(self, result: Array) -> None:
        """Count a result that was made.

        Raises:
            ModelRefused: If it is too large, or there are too many.
        """
        self.kept += result.size
        if result.size > MOST_RESULT or self.kept > MOST_KEPT:
            raise ModelRefused(Refusal.FAILED, "too much to keep in memory")
        self.spend(result.size)

    def release(self, result: Array) -> None:
        """Count a result that is not needed any more."""
        self.kept -= result.size


def broadcast(arrays: Sequence[Array], budget: Budget) -> None:
    """Make sure that what comes of arrays together is not too large.

    Raises:
        ModelRefused: If it is.
        ValueError: If they do not fit together.
    """
    if prod(array.size for array in arrays) > MOST_RESULT:
        budget.allow(np.broadcast_shapes(*(array.shape for array in arrays)))
