"""Writes a trained policy as ONNX, and the card that says what it is."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
import onnx
from onnx import TensorProto, helper, numpy_helper

from .columns import COLUMNS, NAMES
from .scaling import OFFSETS, RANGES, SCALES, plain

VERSION = "1.0.0"
OPSET, IR_VERSION = 17, 8
"""Old enough for every engine that is in use."""

DIGITS = 6
"""Of a share or a price in units of its spread: more would be noise."""

_UNITS = {
    "published_hours": "h",
    "charge_hours": "h",
    "discharge_hours": "h",
    "one_way_loss_pct": "%",
}
_RANGE = (-20.0, 20.0)
"""Of the answer; prices themselves are never beyond 10."""

type Rows = NDArray[np.float32]


def build_onnx(weights: Sequence[NDArray[np.float32]]) -> bytes:
    """Return a model of three layers, from scaled features to a value."""
    names = ("w1", "b1", "w2", "b2", "w3", "b3")
    inputs = ("features", "hidden_1", "hidden_2")
    outputs = ("before_1", "before_2", "stored_value")
    nodes = []
    for layer, (taken, made) in enumerate(zip(inputs, outputs, strict=True), start=1):
        nodes.append(
            helper.make_node("Gemm", [taken, f"w{layer}", f"b{layer}"], [made])
        )
        if layer < len(inputs):
            nodes.append(helper.make_node("Relu", [made], [f"hidden_{layer}"]))
    graph = helper.make_graph(
        nodes,
        "bessai_policy",
        [_table("features", len(NAMES))],
        [_table("stored_value", 1)],
        [
            numpy_helper.from_array(np.asarray(array, np.float32), name)
            for name, array in zip(names, weights, strict=True)
        ],
    )
    model = helper.make_model(
        graph,
        producer_name="scripts/train_policy",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def _table(name: str, columns: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", columns])


def answer(weights: Sequence[NDArray[np.float32]], rows: Rows) -> Rows:
    """Return what a model of these weights answers to scaled rows."""
    w1, b1, w2, b2, w3, b3 = weights
    hidden = np.maximum(rows @ w1 + b1, 0)
    hidden = np.maximum(hidden @ w2 + b2, 0)
    return np.asarray(hidden @ w3 + b3)


def build_card(
    data: bytes,
    weights: Sequence[NDArray[np.float32]],
    golden: Rows,
    metrics: Mapping[str, float],
    notes: str,
) -> dict[str, object]:
    """Return the card of a model."""
    answers = answer(weights, golden)
    return {
        "bessai_model_card": 1,
        "name": "BESSAI policy",
        "version": VERSION,
        "purpose": "dispatch_policy",
        "sha256": sha256(data).hexdigest(),
        "inputs": [_input(at, name) for at, name in enumerate(NAMES)],
        "output": {
            "kind": "stored_value",
            "unit": "import_spread",
            "range": list(_RANGE),
        },
        "horizon_h": COLUMNS.AHEAD // COLUMNS.PER_HOUR,
        "steps_min": [15, 60],
        "training": {
            "data": "Bundesnetzagentur | SMARD.de, day-ahead prices DE-LU (CC BY 4.0); "
            "simulated homes of scripts/training",
            "from": "2020-01-01",
            "to": "2020-12-31",
            "notes": notes,
        },
        "metrics": {name: round(value, 4) for name, value in metrics.items()},
        "licence": "Apache-2.0",
        "golden": [
            {
                "inputs": [round(float(value), DIGITS) for value in row],
                "output": [round(float(value), DIGITS) for value in one],
            }
            for row, one in zip(golden, answers, strict=True)
        ],
    }


def _input(at: int, name: str) -> dict[str, object]:
    stem = plain(name)
    return {
        "feature": name,
        "unit": _UNITS.get(stem, ""),
        "range": list(RANGES[stem]),
        "offset": float(OFFSETS[at]),
        "scale": float(SCALES[at]),
    }


def write(path: Path, data: bytes, card: Mapping[str, object]) -> None:
    """Write a model, and its card beside it; long lists one a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    lines = []
    for name, value in card.items():
        text = json.dumps(value, ensure_ascii=False)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            items = (json.dumps(one, ensure_ascii=False) for one in value)
            text = "[\n    " + ",\n    ".join(items) + "\n  ]"
        lines.append(f"  {json.dumps(name)}: {text}")
    path.with_suffix(".json").write_text(
        "{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8"
    )
