"""Operators that work on whole axes: products, sums, extremes, normalisation."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .budget import Array, Budget
from .kernel import FLOAT32, FLOATS, INT64, NUMBERS, Built, Call, Operator, row

type Function = Callable[..., Any]


def _matmul(call: Call) -> Built:
    return Built(kernel=_product, dtypes=(call.same_dtype(NUMBERS),))


def _product(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
    a, b = inputs
    rows = a.shape[-2:-1]
    columns = b.shape[-1:] if b.ndim > 1 else ()
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    budget.allow((*batch, *rows, *columns), a.shape[-1])
    return (np.asarray(np.matmul(a, b)),)


def _gemm(call: Call) -> Built:
    dtype = call.same_dtype(FLOATS)
    alpha, beta = call.real("alpha", 1.0), call.real("beta", 1.0)
    across_a, across_b = (bool(call.integer(name, 0)) for name in ("transA", "transB"))
    biased = call.operand(2) is not None

    def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
        a = inputs[0].T if across_a else inputs[0]
        b = inputs[1].T if across_b else inputs[1]
        (rows, depth), (_, columns) = a.shape, b.shape
        budget.allow((rows, columns), depth)
        result = a @ b
        if alpha != 1:
            result *= alpha
        if biased:
            result += inputs[2] if beta == 1 else inputs[2] * beta
        return (result,)

    return Built(kernel=kernel, dtypes=(dtype,))


def _reduce(
    function: Function, by_input_since: int, allowed: Any = NUMBERS
) -> Operator:
    def build(call: Call) -> Built:
        dtype = call.dtype(0, allowed)
        keep = bool(call.integer("keepdims", 1))
        by_input = call.opset >= by_input_since
        lazy = by_input and bool(call.integer("noop_with_empty_axes", 0))
        fixed = None if by_input else call.integers("axes")
        if not by_input and len(call.operands) > 1:
            raise call.refused("inputs of a later version")
        given = call.operand(1) is not None
        if given:
            call.dtype(1, frozenset((INT64,)))

        def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
            x = inputs[0]
            budget.spend(x.size)
            axes = tuple(inputs[1].ravel().tolist()) if given else fixed
            chosen = axes or (() if lazy else None)  # numpy takes None for all axes
            return (np.asarray(function(x, chosen, keep)).astype(dtype),)

        return Built(kernel=kernel, dtypes=(dtype,))

    return Operator(build=build, inputs=(1, 2))


def _arg_max(call: Call) -> Built:
    axis, keep = call.integer("axis", 0), bool(call.integer("keepdims", 1))
    call.only("select_last_index", value=0, default=0)
    call.dtype(0, NUMBERS)
    return Built(
        kernel=lambda inputs, _: (
            np.asarray(np.argmax(inputs[0], axis, keepdims=keep), np.int64),
        ),
        dtypes=(INT64,),
    )


def _softmax(x: Array) -> Any:
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _log_softmax(x: Array) -> Any:
    down = x - x.max(axis=-1, keepdims=True)
    return down - np.log(np.exp(down).sum(axis=-1, keepdims=True))


def _along_axis(function: Function) -> Operator:
    def build(call: Call) -> Built:
        # At first, all axes from this one on were taken for one.
        flat = call.opset < 13
        axis = call.integer("axis", 1 if flat else -1)

        def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
            x = inputs[0]
            budget.spend(2 * x.size)
            if flat:
                rows = int(np.prod(x.shape[: axis % x.ndim]))
                return (function(x.reshape(rows, -1)).reshape(x.shape),)
            return (np.moveaxis(function(np.moveaxis(x, axis, -1)), -1, axis),)

        return Built(kernel=kernel, dtypes=(call.dtype(0, FLOATS),))

    return Operator(build=build, inputs=(1, 1))


def _layer_normalization(call: Call) -> Built:
    dtype = call.same_dtype(frozenset({FLOAT32}))
    axis, epsilon = call.integer("axis", -1), call.real("epsilon", 1e-5)
    call.only("stash_type", value=1, default=1)
    biased = call.operand(2) is not None

    def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
        x = inputs[0]
        budget.spend(4 * x.size)
        axes = tuple(range(axis % x.ndim, x.ndim))
        centred = x - x.mean(axes, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axes, keepdims=True) + epsilon)
        result = centred / spread * np.broadcast_to(inputs[1], x.shape)
        return (result + np.broadcast_to(inputs[2], x.shape) if biased else result,)

    return Built(kernel=kernel, dtypes=(dtype,))


def _batch_normalization(call: Call) -> Built:
    dtype = call.same_dtype(FLOATS)
    epsilon = call.real("epsilon", 1e-5)
    call.real("momentum", 0.9)  # matters in training only
    call.only("training_mode", value=0, default=0)

    def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
        x = inputs[0]
        shape = (-1,) + (1,) * (x.ndim - 2)
        scale, bias, mean, variance = (each.reshape(shape) for each in inputs[1:])
        if scale.shape[0] != x.shape[1]:
            raise ValueError(scale.shape)
        budget.spend(4 * x.size)
        return ((x - mean) / np.sqrt(variance + epsilon) * scale + bias,)

    return Built(kernel=kernel, dtypes=(dtype,))


def _squares(x: Array, axes: Any, keep: bool) -> Any:  # noqa: FBT001 - as numpy
    return np.sum(x * x, axes, keepdims=keep)


PRODUCTS: Mapping[str, Operator] = {
    "ArgMax": row(_arg_max, 1, 1),
    "BatchNormalization": row(_batch_normalization, 5, 5, since=9),
    "Gemm": row(_gemm, 2, 3, since=7),
    "LayerNormalization": row(_layer_normalization, 2, 3, since=17),
    "LogSoftmax": _along_axis(_log_softmax),
    "MatMul": row(_matmul, 2, 2),
    "ReduceL2": _reduce(lambda *a: np.sqrt(_squares(*a)), 18, FLOATS),
    "ReduceMax": _reduce(lambda x, axes, keep: np.max(x, axes, keepdims=keep), 18),
    "ReduceMean": _reduce(
        lambda x, axes, keep: np.mean(x, axes, keepdims=keep), 18, FLOATS
    ),
    "ReduceMin": _reduce(lambda x, axes, keep: np.min(x, axes, keepdims=keep), 18),
    "ReduceProd": _reduce(lambda x, axes, keep: np.prod(x, axes, keepdims=keep), 18),
    "ReduceSum": _reduce(lambda x, axes, keep: np.sum(x, axes, keepdims=keep), 13),
    "ReduceSumSquare": _reduce(_squares, 18),
    "Softmax": _along_axis(_softmax),
}
