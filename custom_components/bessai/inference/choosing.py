"""Operators that put arrays together, and take them apart."""

from collections.abc import Mapping, Sequence

import numpy as np

from .budget import Array, Budget
from .kernel import INT32, INT64, Built, Call, Dtype, Operator, row

_INDEX: frozenset[Dtype] = frozenset((INT32, INT64))
_FAR = np.iinfo(np.int32).max
"""From here on, engines take the end of a cut for the end of the axis."""


def _concat(call: Call) -> Built:
    axis = call.integer("axis")
    if None in call.operands:
        raise call.refused("an input is missing")

    def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
        budget.allow((sum(each.size for each in inputs),))
        return (np.concatenate(inputs, axis),)

    return Built(kernel=kernel, dtypes=(call.same_dtype(),))


def _split(call: Call) -> Built:
    axis, count = call.integer("axis", 0), call.outputs
    fixed = call.integers("split") if call.opset < 13 else None
    if call.opset >= 18 and call.integer("num_outputs", count) != count:
        raise call.refused("another number of outputs")
    given = call.operand(1) is not None
    if given:
        call.dtype(1, frozenset((INT64,)))

    def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
        x = inputs[0]
        length = x.shape[axis]
        each = -(-length // count)
        sizes = inputs[1].tolist() if given else fixed or [each] * (count - 1)
        if given or fixed:
            if len(sizes) != count or sum(sizes) != length or min(sizes) < 0:
                raise ValueError(sizes)
            sizes = sizes[:-1]
        return tuple(np.split(x, np.cumsum(sizes), axis))

    return Built(kernel=kernel, dtypes=(call.dtype(0),) * count)


def _slice(call: Call) -> Built:
    given = [call.operand(index) is not None for index in range(5)]
    for index in range(1, 5):
        if given[index]:
            call.dtype(index, _INDEX)

    def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
        x, starts, ends = inputs[0], inputs[1].tolist(), inputs[2].tolist()
        axes = inputs[3].tolist() if given[3] else range(len(starts))
        steps = inputs[4].tolist() if given[4] else [1] * len(starts)
        cuts = [slice(None)] * x.ndim
        for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
            cuts[axis] = _cut(x.shape[axis], start, end, step)
        return (x[tuple(cuts)],)

    return Built(kernel=kernel, dtypes=(call.dtype(0),))


def _cut(length: int, start: int, end: int, step: int) -> slice:
    """Return a slice as Python means it, to whom before the first is the last."""
    if step > 0:
        return slice(start, end, step)
    if end >= _FAR:
        raise ValueError("back to the end")  # engines differ on where that is
    start, end = (each + length if each < 0 else each for each in (start, end))
    return slice(max(start, 0), None if end < 0 else end, step)


def _gather(call: Call) -> Built:
    axis = call.integer("axis", 0)
    call.dtype(1, _INDEX)

    def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
        x, indices = inputs
        each = x.size // max(x.shape[axis], 1)
        budget.allow((each, indices.size))
        return (np.take(x, indices, axis),)

    return Built(kernel=kernel, dtypes=(call.dtype(0),))


CHOOSING: Mapping[str, Operator] = {
    "Concat": row(_concat, 1, 256, since=4),
    "Gather": row(_gather, 2, 2),
    "Slice": row(_slice, 3, 5, since=10),
    "Split": row(_split, 1, 2, since=2, outputs=256),
}
