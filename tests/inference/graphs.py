"""Small models, made by the library of the format itself, and both engines on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper, numpy_helper

from custom_components.bessai.inference.errors import ModelRefused
from custom_components.bessai.inference.numpy_engine import NumpyEngine
from custom_components.bessai.inference.onnx_model import OnnxModel, parse_model
from custom_components.bessai.inference.onnxruntime_engine import OnnxruntimeEngine

type Array = NDArray[Any]

TOLERANCE = 1e-5
LATEST = 26
"""The last version of the operators that onnxruntime 1.31 takes."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One call of an operator."""

    operator: str
    inputs: Sequence[Array | None]
    """``None``: left out."""

    constant: Sequence[int] = ()
    """Which of the inputs are part of the model."""

    attributes: Mapping[str, Any] = field(default_factory=dict)
    opset: int = 21
    domain: str = ""
    dtypes: Sequence[np.dtype[Any]] = ()
    """Of the results; none: one of the type of the first input."""

    def names(self) -> list[str]:
        """Return the names of the inputs; empty for one that is left out."""
        return [
            "" if each is None else f"x{index}"
            for index, each in enumerate(self.inputs)
        ]

    def given(self) -> dict[str, Array]:
        """Return what the model is given when it runs."""
        return {
            f"x{index}": np.asarray(each)
            for index, each in enumerate(self.inputs)
            if each is not None and index not in self.constant
        }

    def model(self) -> bytes:
        """Return a file."""
        first = self.inputs[0] if self.inputs else None
        dtypes = self.dtypes or ([first.dtype] if first is not None else [])
        results = [f"y{index}" for index, _ in enumerate(dtypes)]
        node = helper.make_node(
            self.operator,
            self.names(),
            results,
            domain=self.domain,
            **self.attributes,
        )
        constants = {
            f"x{index}": np.asarray(each)
            for index in self.constant
            if (each := self.inputs[index]) is not None
        }
        outputs = dict(zip(results, dtypes, strict=True))
        given = {name: each.dtype for name, each in self.given().items()}
        if not given:  # each model has an input, if only one that nobody reads
            given = {"unused": np.dtype(np.float32)}
        return model([node], given, outputs, constants, self.opset)


def model(
    nodes: Sequence[NodeProto],
    inputs: Mapping[str, np.dtype[Any]],
    outputs: Mapping[str, np.dtype[Any]],
    constants: Mapping[str, Array] | None = None,
    opset: int = 21,
) -> bytes:
    """Return the file of a graph whose inputs and outputs have any shape."""
    file: bytes = proto(nodes, inputs, outputs, constants, opset).SerializeToString()
    return file


def proto(
    nodes: Sequence[NodeProto],
    inputs: Mapping[str, np.dtype[Any]],
    outputs: Mapping[str, np.dtype[Any]],
    constants: Mapping[str, Array] | None = None,
    opset: int = 21,
) -> ModelProto:
    """Return a graph, to be spoilt before it is written."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [_value(name, dtype) for name, dtype in inputs.items()],
        [_value(name, dtype) for name, dtype in outputs.items()],
        [
            numpy_helper.from_array(array, name)
            for name, array in (constants or {}).items()
        ],
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def _value(name: str, dtype: np.dtype[Any]) -> Any:
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return helper.make_tensor_value_info(name, kind, None)


def tensor_type(dtype: Any) -> int:
    """Return the number of a type of elements."""
    kind: int = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return kind


F32 = np.dtype(np.float32)


def both(data: bytes) -> tuple[OnnxruntimeEngine | None, NumpyEngine]:
    """Return the other engine, where it takes the model, and our own."""
    parsed: OnnxModel = parse_model(data)
    own = NumpyEngine(parsed)
    try:
        return OnnxruntimeEngine(data, parsed), own
    except ModelRefused:
        return None, own


def difference(one: Mapping[str, Array], other: Mapping[str, Array]) -> float:
    """Return the largest difference, relative to what is larger than 1.

    Where one has no finite number, the other has to have the same.
    """
    worst = 0.0
    assert one.keys() == other.keys()
    for name, left in one.items():
        right = other[name]
        assert left.shape == right.shape
        assert left.dtype == right.dtype
        if left.dtype.kind in "bi":
            worst = max(worst, float(np.any(left != right)))
            continue
        finite = np.isfinite(left)
        np.testing.assert_array_equal(left[~finite], right[~finite])
        scale = np.maximum(np.abs(left[finite]), 1)
        gap = np.abs(left[finite] - right[finite]) / scale
        worst = max(worst, float(gap.max(initial=0)))
    return worst
