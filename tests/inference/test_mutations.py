"""Damaged files: refused, or run within bounds, and nothing else."""

from itertools import islice
from typing import Any

import numpy as np
import pytest

from custom_components.bessai.inference.engines import open_engines
from custom_components.bessai.inference.errors import ModelRefused

from .exported import exported
from .mutations import mutations

# Of each exporter and kind; 250 of each, 2,000 in all.
SPOILT = (
    "skl2onnx_forest_20",
    "skl2onnx_gbm_200x3_q90",
    "skl2onnx_imputer_minmax_ridge",
    "skl2onnx_mlp_relu_scaler",
    "torch_dynamo_modern",
    "torch_dynamo_batches",
    "torch_torchscript_modern",
    "torch_torchscript_normalised",
)
EACH = 250


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", SPOILT)
def test_damage_is_refused_or_harmless(name: str) -> None:
    outcomes = [_outcome(data) for data in islice(mutations(exported(name), 5), EACH)]
    assert outcomes.count("refused") > EACH // 4
    assert set(outcomes) <= {"refused", "failed", "answered"}


def _outcome(data: bytes) -> str:
    """Open and run with our own engine; what it raises besides fails the test."""
    try:
        engine = open_engines(data, only_numpy=True).engine
    except ModelRefused:
        return "refused"
    given: dict[str, Any] = {
        spec.name: np.ones(_shape(spec.shape or ()), spec.dtype)
        for spec in engine.inputs
    }
    try:
        engine.run(given)
    except ModelRefused:
        return "failed"
    return "answered"


def _shape(shape: tuple[int | None, ...]) -> list[int]:
    """Return lengths of inputs that fit, but for very long ones."""
    return [min(length or 2, 1000) for length in shape]


def test_mutations_are_the_same_each_time() -> None:
    first, again = (list(islice(mutations(b"some bytes", 1), 20)) for _ in range(2))
    assert first == again
    assert b"some bytes" not in first
