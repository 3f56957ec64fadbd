"""The models in the fixtures, each as an exporter wrote it."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parents[1] / "fixtures" / "models"
EXPORTED = tuple(sorted(path.stem for path in FOLDER.glob("*.onnx")))


def exported(name: str) -> bytes:
    """Return a file."""
    return (FOLDER / f"{name}.onnx").read_bytes()


def rows(count: int, columns: int, seed: int = 1) -> NDArray[Any]:
    """Return inputs like those that the models were fitted to."""
    return np.random.default_rng(seed).normal(size=(count, columns)).astype(np.float32)
