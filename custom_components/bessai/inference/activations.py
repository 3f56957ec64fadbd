"""Operators that bend: what networks have between their layers."""

from collections.abc import Mapping
from math import erf, sqrt
from typing import Any

import numpy as np

from .budget import Array
from .calls import Function, of_one, pairwise, slow, unary
from .kernel import FLOATS, NUMBERS, Built, Call, Operator, row

_ERF = np.frompyfunc(erf, 1, 1)
_HALF_ROOT = sqrt(0.5)
_SELU_ALPHA, _SELU_GAMMA = 1.67326319217681884765625, 1.05070102214813232421875


def _sigmoid(x: Array) -> Any:
    return np.reciprocal(1 + np.exp(-x))  # which is right where exp overflows, too


def _softplus(x: Array) -> Any:
    return np.logaddexp(x, x.dtype.type(0))


def _softsign(x: Array) -> Any:
    return x / (1 + np.abs(x))


def _erf(x: Array) -> Array:
    return np.asarray(_ERF(x)).astype(x.dtype)


def _relu(x: Array) -> Any:
    return np.maximum(x, x.dtype.type(0))


def _leaky_relu(call: Call) -> Built:
    alpha = call.real("alpha", 0.01)
    return of_one(call, lambda x: np.where(x < 0, x * alpha, x))


def _elu(call: Call) -> Built:
    alpha = call.real("alpha", 1.0)
    return of_one(
        call, lambda x: np.where(x < 0, alpha * np.expm1(np.minimum(x, 0)), x)
    )


def _selu(call: Call) -> Built:
    alpha, gamma = call.real("alpha", _SELU_ALPHA), call.real("gamma", _SELU_GAMMA)
    return of_one(
        call,
        lambda x: gamma * np.where(x < 0, alpha * np.expm1(np.minimum(x, 0)), x),
    )


def _hard_sigmoid(call: Call) -> Built:
    alpha, beta = call.real("alpha", 0.2), call.real("beta", 0.5)
    return of_one(call, lambda x: np.clip(x * alpha + beta, 0, 1))


def _hard_swish(x: Array) -> Any:
    return x * np.clip(x / 6 + 0.5, 0, 1)


def _gelu(call: Call) -> Built:
    kinds: Mapping[str, Function] = {
        "none": lambda x: x * (0.5 * (1 + _erf(x * _HALF_ROOT))),
        "tanh": lambda x: (
            0.5 * x * (1 + np.tanh(sqrt(2 / np.pi) * (x + 0.044715 * x * x * x)))
        ),
    }
    kind = call.text("approximate", "none")
    if kind not in kinds:
        raise call.refused(f"attribute approximate is {kind}")
    return slow(call, kinds[kind])


def _prelu(call: Call) -> Built:
    def function(x: Array, slope: Array) -> Array:
        np.broadcast_to(slope, x.shape)  # the slope alone may be stretched
        return np.where(x < 0, x * slope, x)

    return Built(kernel=pairwise(function), dtypes=(call.same_dtype(FLOATS),))


ACTIVATIONS: Mapping[str, Operator] = {
    "Elu": row(_elu, 1, 1, since=6),
    "Erf": row(lambda call: slow(call, _erf), 1, 1),
    "Gelu": row(_gelu, 1, 1, since=20),
    "HardSigmoid": row(_hard_sigmoid, 1, 1, since=6),
    "HardSwish": unary(_hard_swish),
    "LeakyRelu": row(_leaky_relu, 1, 1, since=6),
    "PRelu": row(_prelu, 2, 2, since=9),
    "Relu": unary(_relu, NUMBERS),
    "Selu": row(_selu, 1, 1, since=6),
    "Sigmoid": unary(_sigmoid),
    "Softplus": unary(_softplus),
    "Softsign": unary(_softsign),
}
