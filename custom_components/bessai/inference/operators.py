"""Every operator that the engine of our own knows, by domain and name."""

from collections.abc import Mapping

from .activations import ACTIVATIONS
from .choosing import CHOOSING
from .elementwise import ELEMENTWISE
from .kernel import Operator
from .learning import LEARNING
from .products import PRODUCTS
from .shaping import SHAPING

LEARNING_DOMAIN = "ai.onnx.ml"
OPERATORS: Mapping[str, Mapping[str, Operator]] = {
    "": {**ACTIVATIONS, **CHOOSING, **ELEMENTWISE, **PRODUCTS, **SHAPING},
    LEARNING_DOMAIN: LEARNING,
}
OPSETS = {"": range(7, 27), LEARNING_DOMAIN: range(1, 6)}
"""Versions that were looked at: a later one may mean something else by a name."""
