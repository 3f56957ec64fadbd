"""Cards and models for tests: right unless a test says otherwise."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from hashlib import sha256
import json
from types import MappingProxyType
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from custom_components.bessai.inference.feature import Feature

GATEWAY = {
    "soc_pct": Feature(name="soc_pct", unit="%"),
    "power_kw": Feature(name="power_kw", unit="kW", is_signed_power=True),
    "temp_c": Feature(name="temp_c", unit="°C"),
    "hour": Feature(name="hour", unit="h"),
}
"""What the model of the older gateway was told."""

WEIGHTS = ((-0.06,), (0.1,), (0.0,), (0.02,))
BIAS = (3.0,)
"""Charges an empty battery, discharges a full one; + is charging."""

GOLDEN = [
    {"inputs": [10, 0, 20, 12], "output": [2.64], "means": "charge"},
    {"inputs": [95, -1, 20, 18], "output": [-2.44], "means": "discharge"},
    {"inputs": [52, 0, 25, 6], "output": [0.0], "means": "rest"},
]


def linear_model(
    weights: Sequence[Sequence[float]] = WEIGHTS,
    bias: Sequence[float] = BIAS,
    *,
    rows: int | None = None,
    dtype: int = TensorProto.FLOAT,
) -> bytes:
    """Return a model of one product of matrices: (inputs, outputs)."""
    numbers = helper.tensor_dtype_to_np_dtype(dtype)
    matrix = np.array(weights, numbers)
    return graph_model(
        [helper.make_node("Gemm", ["x", "weights", "bias"], ["y"])],
        {"weights": matrix, "bias": np.array(bias, numbers)},
        [rows, matrix.shape[0]],
        dtype=dtype,
    )


def graph_model(
    nodes: Sequence[onnx.NodeProto],
    constants: dict[str, np.ndarray[Any, Any]],
    shape: Sequence[int | None] | None,
    *,
    outputs: Sequence[str] = ("y",),
    dtype: int = TensorProto.FLOAT,
    opsets: Mapping[str, int] = MappingProxyType({"": 17}),
) -> bytes:
    """Return a model of an input ``x`` of a shape; the outputs tell none."""
    graph = helper.make_graph(
        list(nodes),
        "test",
        [helper.make_tensor_value_info("x", dtype, shape)],
        [helper.make_tensor_value_info(name, dtype, None) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    imports = [helper.make_opsetid(*one) for one in opsets.items()]
    model = helper.make_model(graph, ir_version=8, opset_imports=imports)
    return bytes(model.SerializeToString())


def card_document(data: bytes = b"", **changes: Any) -> dict[str, Any]:
    """Return the card of the older gateway's model, for a file of these bytes."""
    document = {
        "bessai_model_card": 1,
        "name": "Gateway",
        "version": "1.0.0",
        "purpose": "dispatch_policy",
        "sha256": sha256(data).hexdigest(),
        "inputs": [
            column("soc_pct", "%", 0, 100),
            column("power_kw", "kW", -10, 10, sign="charging"),
            column("temp_c", "°C", -20, 60),
            column("hour", "h", 0, 24),
        ],
        "output": {
            "kind": "power",
            "unit": "kW",
            "sign": "charging",
            "range": [-10, 10],
        },
        "horizon_h": 0,
        "steps_min": [15, 60],
        "training": {"data": "made up", "from": "2020-01-01", "to": "2020-12-31"},
        "metrics": {"saving_pct": 91.5},
        "licence": "Apache-2.0",
        "golden": GOLDEN,
    }
    return deepcopy(document | changes)


def column(
    feature: str, unit: str, low: float, high: float, **changes: Any
) -> dict[str, Any]:
    """Return an input of a card, not scaled."""
    ends = [low, high]
    plain = {"feature": feature, "unit": unit, "range": ends, "offset": 0, "scale": 1}
    return plain | changes


def sealed(data: bytes, document: dict[str, Any], **more: str) -> bytes:
    """Return a model with its card inside, and its hash in the card."""
    model = onnx.ModelProto.FromString(data)
    digits = "0" * 64
    text = json.dumps(document | {"sha256": digits})
    helper.set_model_props(model, {"bessai_model_card": text, **more})
    bare = bytes(model.SerializeToString())
    return bare.replace(digits.encode(), sha256(bare).hexdigest().encode())
