"""Turns a file into a model that can be asked, or says why it cannot.

Nothing of a file is believed: the card has to be right, the bytes those that the card
was written for, the features ones that we know, and the answers those of the card's
golden vectors, on each engine that is at hand.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from .card_node import parse_json
from .card_parser import parse_card
from .engines import OpenedModel, open_engines
from .errors import ModelRefused, Refusal
from .feature import Feature
from .golden_check import check_cost, check_engines_agree, check_golden, check_sign
from .model_card import CardInput, ModelCard, PowerSign, Purpose
from .model_runner import ModelRunner
from .model_shelf import ModelFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

CARD_KEY = "bessai_model_card"
"""Of the model's metadata, for a card inside the file."""


class LoadedModel:
    """A model that has shown that it is what its card says.

    Not to be used by two threads at a time.
    """

    def __init__(self, card: ModelCard, runner: ModelRunner) -> None:
        self._card, self._runner = card, runner

    @property
    def card(self) -> ModelCard:
        """What it says of itself."""
        return self._card

    @property
    def backend(self) -> str:
        """``numpy`` or ``onnxruntime``."""
        return self._runner.backend

    def ask(self, rows: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
        """Return the answers, ``(rows, columns)``, in the unit and sign of the card.

        Args:
            rows: By feature, in the units and signs of the vocabulary; a row may have
                more than the model wants.

        Raises:
            ModelRefused: If a feature is missing or beyond its range, if it cannot be
                computed, or if an answer is not finite or beyond the range.
        """
        if not rows:
            return np.empty((0, self._card.columns))
        scaled = [[_scaled(one, row) for one in self._card.inputs] for row in rows]
        return self._runner.answer(np.array(scaled))


def load_model(
    file: ModelFile,
    purpose: Purpose,
    features: Mapping[str, Feature],
    *,
    only_numpy: bool = False,
) -> LoadedModel:
    """Return a model that can be asked; blocking.

    A card beside the model counts alone, also where there is another inside: an owner
    can write one for a model of others without touching their file.

    Args:
        file: As the shelf has read it.
        purpose: What it is to be used for.
        features: What can be computed for this purpose, by name.
        only_numpy: Use our own engine even where there is a faster one.

    Raises:
        ModelRefused: With the first reason found.
    """
    card = _verified_card(file)
    if card.purpose is not purpose:
        raise ModelRefused(Refusal.WRONG_PURPOSE, f"{card.purpose}, not {purpose}")
    for at, one in enumerate(card.inputs):
        _check_feature(f"inputs[{at}]", one, features)
    opened = open_engines(
        file.data,
        only_numpy=only_numpy,
        vet=lambda own: check_cost(card, ModelRunner(own, card)),
    )
    if card.graph_sha256 not in {None, opened.graph_sha256}:
        raise ModelRefused(
            Refusal.WRONG_HASH, f"of the graph: {_short(opened.graph_sha256)}"
        )
    return LoadedModel(card, _proven(card, opened))


def _verified_card(file: ModelFile) -> ModelCard:
    """Return the card of a file whose bytes are those the card was written for."""
    if file.card_document is not None:
        card = parse_card(file.card_document)
        _check_hash(card, file.data)
        return card
    # Our own reader only: nothing else is shown a file that is not verified.
    text = open_engines(file.data, only_numpy=True).metadata.get(CARD_KEY)
    if text is None:
        raise ModelRefused(Refusal.NO_CARD, "neither beside the model nor inside")
    card = parse_card(parse_json(text.encode()))
    # A file cannot hold its own hash, so it is taken with the digits as zeros.
    digits = card.sha256.encode()
    if file.data.count(digits) != 1:
        raise ModelRefused(Refusal.WRONG_HASH, "the hash is not in the file just once")
    _check_hash(card, file.data.replace(digits, b"0" * len(digits)))
    return card


def _check_hash(card: ModelCard, data: bytes) -> None:
    found = sha256(data).hexdigest()
    if card.sha256 != found:
        raise ModelRefused(
            Refusal.WRONG_HASH, f"{_short(found)}, in the card {_short(card.sha256)}"
        )


def _short(digits: str) -> str:
    return f"{digits[:12]}…"


def _check_feature(path: str, one: CardInput, features: Mapping[str, Feature]) -> None:
    feature = features.get(one.feature)
    if feature is None:
        raise _bad_card(f"{path}.feature", f"{one.feature!r} is not known")
    if one.unit != feature.unit:
        raise _bad_card(
            f"{path}.unit", f"{one.unit!r}, but {one.feature} is in {feature.unit!r}"
        )
    if feature.is_signed_power and one.sign is None:
        raise _bad_card(f"{path}.sign", "is missing: does + mean charging?")
    if one.sign is not None and not feature.is_signed_power:
        raise _bad_card(f"{path}.sign", f"{one.feature} is no power of the battery")


def _bad_card(path: str, reason: str) -> ModelRefused:
    return ModelRefused(Refusal.BAD_CARD, f"{path}: {reason}")


def _proven(card: ModelCard, opened: OpenedModel) -> ModelRunner:
    runner = ModelRunner(opened.engine, card)
    check_golden(card, runner)
    if opened.reference is not opened.engine:
        reference = ModelRunner(opened.reference, card)
        check_engines_agree(card, runner, reference)
    check_sign(card, runner)
    return runner


def _scaled(one: CardInput, row: Mapping[str, float]) -> float:
    """Return a feature as the model wants it."""
    value = row.get(one.feature)
    if value is None:
        raise ModelRefused(Refusal.MISSING_INPUT, one.feature)
    if not isfinite(value):
        raise ModelRefused(Refusal.NOT_FINITE, one.feature)
    if one.sign is PowerSign.CHARGING:
        value = -value
    if not one.low <= value <= one.high:
        raise ModelRefused(
            Refusal.OUT_OF_RANGE,
            f"{one.feature} {value:g} {one.unit} is not from {one.low:g} to "
            f"{one.high:g}",
        )
    return one.scaled(value)
