"""Judges a model and its card as Home Assistant would."""

from collections.abc import Mapping

from custom_components.bessai.inference import policy_features, price_features
from custom_components.bessai.inference.errors import ModelRefused, Refusal
from custom_components.bessai.inference.feature import Feature
from custom_components.bessai.inference.model_card import Purpose
from custom_components.bessai.inference.model_loader import LoadedModel, load_model
from custom_components.bessai.inference.model_shelf import ModelFile

FEATURES: Mapping[Purpose, Mapping[str, Feature]] = {
    Purpose.DISPATCH_POLICY: policy_features.FEATURES,
    Purpose.PRICE_FORECAST: price_features.FEATURES,
}


def load(file: ModelFile) -> LoadedModel:
    """Return the model, for whatever its card says that it is for.

    Raises:
        ModelRefused: With the first reason found.
    """
    for purpose, features in FEATURES.items():
        try:
            return load_model(file, purpose, features)
        except ModelRefused as err:
            if err.refusal is not Refusal.WRONG_PURPOSE:
                raise
    raise ModelRefused(Refusal.WRONG_PURPOSE)
