"""Numbers of the fields and types of ONNX files.

Source: onnx.proto of ONNX 1.23, IR versions 3 to 13.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

import numpy as np

MODEL = frozenset({*range(1, 9), 14, 20, 25, 26})
OPSET = ENTRY = frozenset({1, 2})
GRAPH = frozenset({1, 2, 5, *range(10, 17)})
NODE = frozenset(range(1, 11))
ATTRIBUTE = frozenset({*range(1, 12), 13, 14, 15, *range(20, 24)})
TENSOR = frozenset(range(1, 17)) - {15}
VALUE = frozenset(range(1, 5))
TYPE = frozenset({1, 4, 5, 6, 7, 8, 9})
TENSOR_TYPE = frozenset({1, 2})
SHAPE = frozenset({1})
DIMENSION = frozenset({1, 2, 3})


class AttributeType(IntEnum):
    """Kinds of attributes that are read; all others are refused."""

    FLOAT = 1
    INT = 2
    STRING = 3
    TENSOR = 4
    FLOATS = 6
    INTS = 7
    STRINGS = 8


ATTRIBUTE_FIELDS = {
    AttributeType.FLOAT: 2,
    AttributeType.INT: 3,
    AttributeType.STRING: 4,
    AttributeType.TENSOR: 5,
    AttributeType.FLOATS: 7,
    AttributeType.INTS: 8,
    AttributeType.STRINGS: 9,
}

DTYPES: Mapping[int, np.dtype[Any]] = {
    1: np.dtype("<f4"),
    2: np.dtype("u1"),
    6: np.dtype("<i4"),
    7: np.dtype("<i8"),
    9: np.dtype("?"),
    11: np.dtype("<f8"),
}
"""Of elements, by their number; small integers serve only as attributes."""

TYPED_DATA = {1: 4, 2: 5, 6: 5, 7: 7, 9: 5, 11: 10}
"""In which field the elements are where they are not raw bytes."""
