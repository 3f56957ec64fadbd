"""Trains a model of prices: three quantiles by boosted trees, in one ONNX file.

Needs numpy, scikit-learn, skl2onnx and onnx, and what ``rows.py`` wrote; nothing of the
integration. The last days of the series are not taught, and tell what the model does.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
import json
from pathlib import Path
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
import onnx
from onnx import TensorProto, helper
from skl2onnx import to_onnx  # type: ignore[import-not-found, unused-ignore]
from sklearn.ensemble import (  # type: ignore[import-not-found, unused-ignore]
    GradientBoostingRegressor,
)

QUANTILES = (0.1, 0.5, 0.9)
HELD_OUT = 0.2
"""Of the days, the latest, unless another day is named."""

SETTINGS = {
    "n_estimators": 150,
    "max_depth": 4,
    "learning_rate": 0.08,
    "subsample": 0.5,
    "min_samples_leaf": 40,
    "max_features": 0.6,
    "random_state": 5,
}
OPSETS = {"": 17, "ai.onnx.ml": 3}
"""Old enough for every engine that is in use."""

IR_VERSION = 8
GOLDEN_ROWS = 5
EXACT = ("hour", "weekday", "is_weekend", "is_peak", "is_solar", "soc_pct")
RANGES = {"hour": (0.0, 23.0), "weekday": (0.0, 6.0), "soc_pct": (0.0, 100.0)}

type Floats = NDArray[np.float64]


def main() -> int:
    """Return the exit status."""
    arguments = _arguments()
    with np.load(arguments.rows) as found:
        data = dict(found)
    taught = _taught(data["day"], arguments.until)
    width = data["rows"].shape[2]
    rows = data["rows"][:taught].reshape(-1, width).astype(np.float32)
    targets = data["targets"][:taught].ravel()
    models = []
    for quantile in QUANTILES:
        print(f"learning {quantile:g} from {len(rows)} hours", file=sys.stderr)
        model = GradientBoostingRegressor(loss="quantile", alpha=quantile, **SETTINGS)
        models.append(model.fit(rows, targets))
    graph = together(models, width)
    card = build_card(arguments, data, taught, models)
    card["sha256"] = sha256(graph).hexdigest()
    arguments.model.write_bytes(graph)
    text = json.dumps(card, indent=1, ensure_ascii=False)
    arguments.model.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    print(json.dumps(card["metrics"], indent=1))
    return 0


def _arguments() -> Namespace:
    parser = ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("rows", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--until", type=date.fromisoformat, help="not taught any more")
    parser.add_argument("--source", default="not stated", help="of the prices")
    parser.add_argument("--licence", default="not stated", help="of the model")
    return parser.parse_args()


def _taught(days: NDArray[np.int64], until: date | None) -> int:
    """Return how many days are taught; those after them are held out."""
    if until is None:
        return round(len(days) * (1 - HELD_OUT))
    taught = int(np.searchsorted(days, (until - date(1970, 1, 1)).days))
    if not 0 < taught < len(days):
        raise SystemExit(f"train_prices: --until {until} leaves nothing on one side")
    return taught


def together(models: Sequence[Any], width: int) -> bytes:
    """Return one model, (rows, features) to (rows, 3), of one for each quantile."""
    nodes, initializers, answers = [], [], []
    for number, model in enumerate(models):
        single = to_onnx(
            model, np.zeros((1, width), np.float32), target_opset=OPSETS
        ).graph
        names = {single.input[0].name: "features"}
        for node in single.node:
            for name in node.output:
                names[name] = f"{name}_{number}"
        names |= {one.name: f"{one.name}_{number}" for one in single.initializer}
        for node in single.node:
            node.input[:] = [names[name] for name in node.input]
            node.output[:] = [names[name] for name in node.output]
            node.name = f"{node.name}_{number}"
            nodes.append(node)
        for one in single.initializer:
            one.name = names[one.name]
            initializers.append(one)
        answers.append(names[single.output[0].name])
    nodes.append(helper.make_node("Concat", answers, ["quantiles"], axis=1))
    graph = helper.make_graph(
        nodes,
        "bessai_prices",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info("quantiles", TensorProto.FLOAT, [None, 3])],
        initializers,
    )
    whole = helper.make_model(
        graph,
        producer_name="scripts/train_prices",
        opset_imports=[helper.make_opsetid(*pair) for pair in OPSETS.items()],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(whole)
    data: bytes = whole.SerializeToString()
    return data


def build_card(
    arguments: Namespace,
    data: dict[str, NDArray[Any]],
    taught: int,
    models: Sequence[Any],
) -> dict[str, Any]:
    """Return the card, but for the hash."""
    rows = data["rows"].reshape(-1, data["rows"].shape[2]).astype(np.float32)
    said = np.stack([model.predict(rows) for model in models], axis=1)
    picked = np.linspace(0, len(rows) - 1, GOLDEN_ROWS).astype(int)
    low, high = float(said.min()), float(said.max())
    unit = str(data["unit"])
    return {
        "bessai_model_card": 1,
        "name": f"{arguments.model.stem}, quantile trees",
        "version": "1.0.0",
        "purpose": "price_forecast",
        "sha256": "",
        "inputs": [
            _input(str(name), str(unit), rows[:, column])
            for column, (name, unit) in enumerate(
                zip(data["names"], data["units"], strict=True)
            )
        ],
        "output": {
            "kind": "price_quantiles",
            "unit": unit,
            "quantiles": list(QUANTILES),
            "range": [low - (high - low), high + (high - low)],
        },
        "horizon_h": 24,
        "steps_min": [60],
        "training": {
            "data": arguments.source,
            "from": _date(data["day"][0]),
            "to": _date(data["day"][taught - 1]),
            "notes": "scripts/train_prices: scikit-learn GradientBoostingRegressor, "
            "three quantiles; metrics are of the days after the training",
        },
        "metrics": _metrics(data, said, taught),
        "licence": arguments.licence,
        "golden": [
            {"inputs": rows[row].tolist(), "output": said[row].tolist()}
            for row in picked
        ],
    }


def _input(name: str, unit: str, values: NDArray[np.float32]) -> dict[str, Any]:
    """Return a column: the range is twice as wide again on each side as was taught."""
    low, high = float(values.min()), float(values.max())
    if name in EXACT:
        low, high = RANGES.get(name, (0.0, 1.0))
    else:
        low, high = low - (high - low), high + (high - low)
    return {
        "feature": name,
        "unit": unit,
        "range": [low, high],
        "offset": 0,
        "scale": 1,
    }


def _metrics(
    data: dict[str, NDArray[Any]], said: Floats, taught: int
) -> dict[str, Any]:
    """Return what it does on the days that it was not taught."""
    scale = data["spread"][taught:] if str(data["unit"]) == "normalised" else 1.0
    came = data["targets"][taught:]
    low, middle, high = (
        np.sort(said, axis=1).reshape(-1, 24, 3)[taught:].transpose(2, 0, 1)
    )
    return {
        "days_held_out": len(came),
        "mae_per_kwh": float((np.abs(came - middle) * scale).mean()),
        "coverage": float(((came >= low) & (came <= high)).mean()),
    }


def _date(day: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=int(day))).isoformat()


if __name__ == "__main__":
    sys.exit(main())
