"""Models of prices for tests, through the real loader and engine."""

from collections.abc import Sequence

import numpy as np

from custom_components.bessai.inference.model_card import Purpose
from custom_components.bessai.inference.model_loader import LoadedModel, load_model
from custom_components.bessai.inference.model_shelf import ModelFile
from custom_components.bessai.inference.price_features import FEATURES

from .card_builders import card_document, column, linear_model

HALVES = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
"""Of yesterday and of a week ago."""


def loaded(
    weights: Sequence[Sequence[float]] = HALVES,
    bias: Sequence[float] = (-0.5, 0.0, 0.5),
    *,
    unit: str = "normalised",
    features: Sequence[str] = ("scaled_1d", "scaled_7d"),
    reach: float = 1000.0,
    taught_to: str = "2020-12-31",
) -> LoadedModel:
    """Return a linear model of prices that its card describes rightly."""
    data = linear_model(weights, bias)
    golden = [
        {
            "inputs": [at] * len(features),
            "output": (np.array(bias) + at * np.sum(weights, axis=0)).tolist(),
        }
        for at in (-min(1.0, reach), 0.0, min(2.0, reach))
    ]
    document = card_document(
        data,
        name="Halves",
        purpose="price_forecast",
        inputs=[column(name, FEATURES[name].unit, -reach, reach) for name in features],
        output={
            "kind": "price_quantiles",
            "unit": unit,
            "quantiles": [0.1, 0.5, 0.9],
            "range": [-1e4, 1e4],
        },
        training={"data": "none", "from": "2020-01-01", "to": taught_to},
        golden=golden,
    )
    file = ModelFile(name="halves.onnx", data=data, card_document=document)
    return load_model(file, Purpose.PRICE_FORECAST, FEATURES)
