"""Operators that move, cut, choose or make elements, and compute none."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .budget import Array, Budget
from .kernel import ANY, FLOAT32, INT32, INT64, Built, Call, Dtype, Operator, row
from .onnx_fields import DTYPES

_INDEX: frozenset[Dtype] = frozenset((INT32, INT64))
_LENGTHS: frozenset[Dtype] = frozenset((INT64,))
_FAR = np.iinfo(np.int32).max


def _one(call: Call, function: Callable[[Array], Array], *, dtype: Any = None) -> Built:
    return Built(
        kernel=lambda inputs, _: (function(inputs[0]),),
        dtypes=(dtype or call.dtype(0),),
    )


def _identity(call: Call) -> Built:
    return _one(call, lambda x: x)


def _dropout(call: Call) -> Built:
    """Pass on what comes: it drops nothing but in training."""
    if call.has("ratio"):
        call.real("ratio")
    if call.has("seed"):
        call.integer("seed")
    training = call.operand(2)
    if training is not None and (training.constant is None or training.constant.any()):
        raise call.refused("training")
    return _identity(call)


def _cast(call: Call) -> Built:
    call.only("saturate", value=1, default=1)  # of types that are not supported
    dtype = DTYPES.get(call.integer("to"))
    if dtype not in ANY:
        raise call.refused(f"to {dtype}")
    return _one(call, lambda x: x.astype(dtype), dtype=dtype)


def _reshape(call: Call) -> Built:
    call.dtype(1, _LENGTHS)
    copies = not call.integer("allowzero", 0)

    def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
        x, lengths = inputs
        shape = lengths.tolist()
        if copies and 0 in shape:
            shape = [length or x.shape[axis] for axis, length in enumerate(shape)]
        return (x.reshape(shape),)

    return Built(kernel=kernel, dtypes=(call.dtype(0),))


def _flatten(call: Call) -> Built:
    axis = call.integer("axis", 1)

    def flatten(x: Array) -> Array:
        if not -x.ndim <= axis <= x.ndim:
            raise IndexError(axis)
        rows = int(np.prod(x.shape[:axis] if axis != x.ndim else x.shape))
        return x.reshape(rows, x.size // max(rows, 1))

    return _one(call, flatten)


def _axes(call: Call, since: int) -> Callable[[Sequence[Array]], tuple[int, ...]]:
    """Return what tells the axes: an attribute, later an input."""
    if call.opset < since:
        if len(call.operands) > 1:
            raise call.refused("inputs of a later version")
        axes = call.integers("axes") or ()
        return lambda _: axes
    if call.operand(1) is None:
        return lambda _: ()
    call.dtype(1, _LENGTHS)
    return lambda inputs: tuple(inputs[1].ravel().tolist())


def _squeeze(call: Call) -> Built:
    axes = _axes(call, 13)
    return Built(
        kernel=lambda inputs, _: (np.squeeze(inputs[0], axes(inputs) or None),),
        dtypes=(call.dtype(0),),
    )


def _unsqueeze(call: Call) -> Built:
    axes = _axes(call, 13)
    return Built(
        kernel=lambda inputs, _: (np.expand_dims(inputs[0], axes(inputs)),),
        dtypes=(call.dtype(0),),
    )


def _transpose(call: Call) -> Built:
    axes = call.integers("perm")
    return _one(call, lambda x: np.transpose(x, axes))


def _shape(call: Call) -> Built:
    start = call.integer("start", 0)
    end = call.integer("end", _FAR)
    return _one(call, lambda x: np.array(x.shape[start:end], np.int64), dtype=INT64)


def _constant(call: Call) -> Built:
    value = _value(call)
    return Built(kernel=lambda *_: (value,), dtypes=(value.dtype,), constant=value)


def _value(call: Call) -> Array:
    if call.has("value"):
        return call.array("value")
    if call.has("value_float"):
        return np.array(call.real("value_float"), np.float32)
    if call.has("value_int"):
        return np.array(call.integer("value_int"), np.int64)
    if call.has("value_floats"):
        return call.array("value_floats", np.float32)
    if call.has("value_ints"):
        return call.array("value_ints", np.int64)
    raise call.refused("no value, or a text")


def _constant_of_shape(call: Call) -> Built:
    value = call.array("value") if call.has("value") else np.zeros(1, FLOAT32)
    if value.size != 1:
        raise call.refused("attribute value has not one element")
    call.dtype(0, _LENGTHS)

    def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
        shape = inputs[0].tolist()
        budget.allow(shape)
        return (np.full(shape, value.reshape(()), value.dtype),)

    return Built(kernel=kernel, dtypes=(value.dtype,))


def _expand(call: Call) -> Built:
    call.dtype(1, _LENGTHS)

    def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
        x = inputs[0]
        shape = np.broadcast_shapes(x.shape, tuple(inputs[1].tolist()))
        budget.allow(shape)
        return (np.broadcast_to(x, shape),)

    return Built(kernel=kernel, dtypes=(call.dtype(0),))


SHAPING: Mapping[str, Operator] = {
    "Cast": row(_cast, 1, 1, since=6),
    "Constant": row(_constant, 0, 0),
    "ConstantOfShape": row(_constant_of_shape, 1, 1, since=9),
    "Dropout": row(_dropout, 1, 3, since=7),
    "Expand": row(_expand, 2, 2, since=8),
    "Flatten": row(_flatten, 1, 1),
    "Identity": row(_identity, 1, 1),
    "Reshape": row(_reshape, 2, 2, since=5),
    "Shape": row(_shape, 1, 1),
    "Squeeze": row(_squeeze, 1, 2),
    "Transpose": row(_transpose, 1, 1),
    "Unsqueeze": row(_unsqueeze, 1, 2),
}
