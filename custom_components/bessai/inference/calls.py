"""How functions of arrays become operators."""

from collections.abc import Callable, Sequence
from typing import Any

from .budget import Array, Budget, broadcast
from .kernel import FLOATS, Built, Call, Dtype, Kernel, Operator, row

type Function = Callable[..., Any]

_SLOW = 50
"""Times as long as numpy takes for an element."""


def unary(function: Function, allowed: frozenset[Dtype] = FLOATS) -> Operator:
    """Return the operator of a function of one array."""

    def build(call: Call) -> Built:
        return of_one(call, function, allowed)

    return row(build, 1, 1)


def slow(call: Call, function: Function) -> Built:
    """Build a call of a function of one array that Python computes, not numpy."""

    def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
        budget.spend(_SLOW * inputs[0].size)
        return (function(inputs[0]),)

    return Built(kernel=kernel, dtypes=(call.dtype(0, FLOATS),))


def of_one(call: Call, function: Function, allowed: frozenset[Dtype] = FLOATS) -> Built:
    """Build a call of a function of one array, whose result has the same type."""
    return Built(
        kernel=lambda inputs, _: (function(inputs[0]),),
        dtypes=(call.dtype(0, allowed),),
    )


def pairwise(function: Function) -> Kernel:
    """Return what stretches arrays to one shape, unless that is too large."""

    def kernel(inputs: Sequence[Array], budget: Budget) -> tuple[Array, ...]:
        broadcast(inputs, budget)
        return (function(*inputs),)

    return kernel
