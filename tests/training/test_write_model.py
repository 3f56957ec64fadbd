"""What the trainer writes is what the product loads."""

import json
from pathlib import Path

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray
import pytest
from scripts.training.columns import NAMES
from scripts.training.scaling import OFFSETS, SCALES
from scripts.training.write_model import answer, build_card, build_onnx, write

from custom_components.bessai.inference.model_card import Purpose, StoredValueOutput
from custom_components.bessai.inference.model_loader import load_model
from custom_components.bessai.inference.model_shelf import ModelShelf
from custom_components.bessai.inference.policy_features import FEATURES

HIDDEN = 64


def _weights() -> list[NDArray[np.float32]]:
    dice = default_rng(4)
    shapes = ((len(NAMES), HIDDEN), (HIDDEN,), (HIDDEN, HIDDEN), (HIDDEN,))
    shapes_out: tuple[tuple[int, ...], ...] = ((HIDDEN, 1), (1,))
    return [
        dice.normal(0, 0.1, shape).astype(np.float32)
        for shape in (*shapes, *shapes_out)
    ]


@pytest.mark.parametrize("only_numpy", [True, False])
def test_the_product_loads_and_asks_it(tmp_path: Path, only_numpy: bool) -> None:
    weights = _weights()
    golden = default_rng(5).uniform(0.0, 0.5, (4, len(NAMES))).astype(np.float32)
    data = build_onnx(weights)
    card = build_card(data, weights, golden, {"share": 0.91234}, "a test")
    write(tmp_path / "policy.onnx", data, card)
    file = ModelShelf(tmp_path, tmp_path).read("policy.onnx")
    model = load_model(file, Purpose.DISPATCH_POLICY, FEATURES, only_numpy=only_numpy)
    assert isinstance(model.card.output, StoredValueOutput)
    assert model.card.metrics == {"share": 0.9123}
    row = golden[0].astype(np.float64) * SCALES + OFFSETS
    asked = model.ask([dict(zip(NAMES, row.tolist(), strict=True))])
    assert asked == pytest.approx(answer(weights, golden[:1]), abs=1e-4)


def test_the_card_is_as_it_was_built(tmp_path: Path) -> None:
    """It is written with a line for each input, for those who read it."""
    weights = _weights()
    golden = np.zeros((3, len(NAMES)), np.float32)
    data = build_onnx(weights)
    card = build_card(data, weights, golden, {}, "")
    write(tmp_path / "new" / "policy.onnx", data, card)
    text = (tmp_path / "new" / "policy.json").read_text(encoding="utf-8")
    assert json.loads(text) == card
    assert text.count("\n") > len(NAMES)
