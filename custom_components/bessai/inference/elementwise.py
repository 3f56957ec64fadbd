"""Operators that work on each element by itself."""

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from .budget import Array, Budget
from .calls import Function, pairwise, unary
from .kernel import ANY, BOOL, FLOATS, NUMBERS, Built, Call, Dtype, Operator, row


def _binary(
    function: Function,
    allowed: frozenset[Dtype] = NUMBERS,
    result: Dtype | None = None,
) -> Operator:
    def build(call: Call) -> Built:
        dtype = call.same_dtype(allowed)
        return Built(kernel=pairwise(function), dtypes=(result or dtype,))

    return Operator(build=build, inputs=(2, 2), since=7)


def _variadic(function: Function, allowed: frozenset[Dtype] = FLOATS) -> Operator:
    def build(call: Call) -> Built:
        if None in call.operands:
            raise call.refused("an input is missing")
        dtype = call.same_dtype(allowed)
        return Built(kernel=pairwise(function), dtypes=(dtype,))

    return Operator(build=build, inputs=(1, 64), since=8)


def _div(call: Call) -> Built:
    dtype = call.same_dtype(NUMBERS)
    if dtype in FLOATS:
        return Built(kernel=pairwise(np.divide), dtypes=(dtype,))
    divisor = call.operands[1]
    # What engines do with a zero differs; one of them ends the whole process.
    if divisor is None or divisor.constant is None or not np.all(divisor.constant > 0):
        raise call.refused("integers by what is not a positive constant")
    return Built(kernel=pairwise(_whole_quotient), dtypes=(dtype,))


def _whole_quotient(x: Array, y: Array) -> Array:
    """Round towards zero, as C does."""
    return np.where(x < 0, -(-x // y), x // y)


def _pow(call: Call) -> Built:
    base, exponent = call.dtype(0, FLOATS), call.dtype(1, NUMBERS)
    if exponent == base:
        return Built(kernel=pairwise(np.power), dtypes=(base,))
    return Built(
        kernel=pairwise(lambda x, y: np.power(x, y.astype(base))), dtypes=(base,)
    )


def _where(call: Call) -> Built:
    call.dtype(0, frozenset({BOOL}))
    dtype = call.dtype(1)
    if call.dtype(2) != dtype:
        raise call.refused("inputs of different types")
    return Built(kernel=pairwise(np.where), dtypes=(dtype,))


def _is_nan(call: Call) -> Built:
    call.dtype(0, FLOATS)
    return Built(kernel=lambda inputs, _: (np.isnan(inputs[0]),), dtypes=(BOOL,))


def _clip(call: Call) -> Built:
    dtype = call.same_dtype(NUMBERS)
    if call.opset < 11:
        return _clip_by_attributes(call, dtype)
    has_low, has_high = (call.operand(index) is not None for index in (1, 2))

    def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
        result = inputs[0]
        if has_low:
            result = np.maximum(result, inputs[1].reshape(()))
        if has_high:
            result = np.minimum(result, inputs[2].reshape(()))
        return (result,)

    return Built(kernel=kernel, dtypes=(dtype,))


def _clip_by_attributes(call: Call, dtype: Dtype) -> Built:
    limits = np.finfo(np.float32)
    low = call.real("min", float(limits.min))
    high = call.real("max", float(limits.max))
    if len(call.operands) > 1 or dtype not in FLOATS:
        raise call.refused("inputs of a later version")
    return Built(
        kernel=lambda inputs, _: (np.minimum(np.maximum(inputs[0], low), high),),
        dtypes=(dtype,),
    )


def _reduced(function: Function) -> Function:
    return lambda *arrays: reduce(function, arrays)


def _mean(*arrays: Array) -> Any:
    return reduce(np.add, arrays) / arrays[0].dtype.type(len(arrays))


_LOGICAL = frozenset({BOOL})
ELEMENTWISE: Mapping[str, Operator] = {
    "Abs": unary(np.abs, NUMBERS),
    "Add": _binary(np.add),
    "And": _binary(np.logical_and, _LOGICAL),
    "Ceil": unary(np.ceil),
    "Clip": row(_clip, 1, 3, since=6),
    "Div": row(_div, 2, 2, since=7),
    "Equal": _binary(np.equal, ANY, BOOL),
    "Exp": unary(np.exp),
    "Floor": unary(np.floor),
    "Greater": _binary(np.greater, NUMBERS, BOOL),
    "GreaterOrEqual": _binary(np.greater_equal, NUMBERS, BOOL),
    "IsNaN": row(_is_nan, 1, 1, since=9),
    "Less": _binary(np.less, NUMBERS, BOOL),
    "LessOrEqual": _binary(np.less_equal, NUMBERS, BOOL),
    "Log": unary(np.log),
    "Max": _variadic(_reduced(np.maximum), NUMBERS),
    "Mean": _variadic(_mean),
    "Min": _variadic(_reduced(np.minimum), NUMBERS),
    "Mul": _binary(np.multiply),
    "Neg": unary(np.negative, NUMBERS),
    "Not": unary(np.logical_not, _LOGICAL),
    "Or": _binary(np.logical_or, _LOGICAL),
    "Pow": row(_pow, 2, 2, since=7),
    "Reciprocal": unary(np.reciprocal),
    "Round": unary(np.rint),
    "Sign": unary(np.sign, NUMBERS),
    "Sqrt": unary(np.sqrt),
    "Sub": _binary(np.subtract),
    "Sum": _variadic(_reduced(np.add)),
    "Tanh": unary(np.tanh),
    "Where": row(_where, 3, 3, since=9),
    "Xor": _binary(np.logical_xor, _LOGICAL),
}
