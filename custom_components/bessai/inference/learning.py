"""Operators of ``ai.onnx.ml``: what scikit-learn and its like are exported to."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from .budget import Array, Budget
from .kernel import ANY, FLOAT32, INT64, NUMBERS, Built, Call, Operator
from .tree_operators import TREE_OPERATORS

_FLOAT32_ONLY = frozenset({FLOAT32})
_MOST_TARGETS = 1024


def _scaler(call: Call) -> Built:
    offset, scale = call.array("offset", np.float32), call.array("scale", np.float32)
    call.dtype(0, NUMBERS)

    def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
        x = inputs[0]
        if {offset.size, scale.size} - {1, x.shape[-1]}:
            raise ValueError(x.shape)
        return (((x - offset) * scale).astype(np.float32, copy=False),)

    return Built(kernel=kernel, dtypes=(FLOAT32,))


def _normalizer(call: Call) -> Built:
    norm = call.text("norm", "MAX")
    sizes: Mapping[str, Callable[[Array], Array]] = {
        "L1": lambda x: np.abs(x).sum(axis=-1, keepdims=True),
        "L2": lambda x: np.sqrt((x * x).sum(axis=-1, keepdims=True)),
    }
    if norm not in sizes:  # engines differ on what the largest of negative ones is
        raise call.refused(f"norm {norm}")
    size = sizes[norm]
    call.dtype(0, _FLOAT32_ONLY)

    def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
        length = size(inputs[0])
        return (inputs[0] / np.where(length == 0, np.float32(1), length),)

    return Built(kernel=kernel, dtypes=(FLOAT32,))


def _imputer(call: Call) -> Built:
    dtype = call.dtype(0, frozenset({FLOAT32, INT64}))
    if dtype == FLOAT32:
        new: Array = call.array("imputed_value_floats", np.float32)
        old: float = call.real("replaced_value_float", 0.0)
    else:
        new = call.array("imputed_value_int64s", np.int64)
        old = call.integer("replaced_value_int64", 0)

    def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
        x = inputs[0]
        if new.size not in {1, x.shape[-1]}:
            raise ValueError(x.shape)
        return (np.where(np.isnan(x) if old != old else x == old, new, x),)  # noqa: PLR0124 - not a number

    return Built(kernel=kernel, dtypes=(dtype,))


def _linear_regressor(call: Call) -> Built:
    targets = call.integer("targets", 1)
    weights = call.array("coefficients", np.float32)
    bias = call.array("intercepts", np.float32)
    if not 0 < targets <= _MOST_TARGETS or weights.size % targets:
        raise call.refused(f"{weights.size} coefficients for {targets} targets")
    if bias.size not in {0, targets}:
        raise call.refused(f"{bias.size} intercepts for {targets} targets")
    if (transform := call.text("post_transform", "NONE")) != "NONE":
        raise call.refused(f"post_transform {transform}")
    call.dtype(0, _FLOAT32_ONLY)
    columns = weights.reshape(targets, -1).T

    def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
        rows, depth = inputs[0].shape
        budget.allow((rows, targets), depth)
        result = inputs[0] @ columns
        return (result + bias if bias.size else result,)

    return Built(kernel=kernel, dtypes=(FLOAT32,))


def _array_feature_extractor(call: Call) -> Built:
    dtype = call.dtype(0, ANY)
    call.dtype(1, frozenset({INT64}))

    def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
        x, columns = np.atleast_2d(inputs[0]), inputs[1].ravel()
        if columns.min(initial=0) < 0:
            raise IndexError(columns)
        budget.allow((x.size // max(x.shape[-1], 1), columns.size))
        return (x.take(columns, axis=-1),)

    return Built(kernel=kernel, dtypes=(dtype,))


def _row(build: Callable[[Call], Built], count: int) -> Operator:
    return Operator(build=build, inputs=(count, count))


LEARNING: Mapping[str, Operator] = {
    "ArrayFeatureExtractor": _row(_array_feature_extractor, 2),
    "Imputer": _row(_imputer, 1),
    "LinearRegressor": _row(_linear_regressor, 1),
    "Normalizer": _row(_normalizer, 1),
    "Scaler": _row(_scaler, 1),
    **TREE_OPERATORS,
}
