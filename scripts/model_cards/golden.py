"""Golden vectors: what a model answers today, to be told from what it may later."""

from typing import Any

import numpy as np

from custom_components.bessai.inference.card_node import CardNode
from custom_components.bessai.inference.card_parser import parse_inputs
from custom_components.bessai.inference.engine import Engine
from custom_components.bessai.inference.errors import ModelRefused, Refusal
from custom_components.bessai.inference.model_card import CardInput

from .todo import TODO

_WANTED = 5
_TRIES = 400
"""Inputs at random, of which the golden ones are chosen."""

type Inputs = tuple[CardInput, ...]


def golden_vectors(card: CardNode, engine: Engine) -> list[dict[str, Any]]:
    """Return vectors from the least answer to the largest; always the same ones.

    Of powers, what they mean is left to do: that is the second word on the sign, and
    only who made the model can say it.
    """
    inputs = parse_inputs(card.field("inputs"))
    random = np.random.default_rng(0)
    tried = []
    for _ in range(_TRIES):
        values = _values(inputs, random)
        tried.append((_answer(engine, inputs, values), values))
    tried.sort()
    is_power = card.field("output").field("kind").value == "power"
    return [
        _vector(inputs, *tried[at], is_power=is_power)
        for at in np.linspace(0, _TRIES - 1, _WANTED).astype(int)
    ]


def _values(inputs: Inputs, random: np.random.Generator) -> list[float]:
    """Return values within their ranges, of few digits."""
    values = []
    for one in inputs:
        value = float(f"{random.uniform(one.low, one.high):.4g}")
        values.append(min(max(value, one.low), one.high))
    return values


def _answer(engine: Engine, inputs: Inputs, values: list[float]) -> list[float]:
    spec = engine.inputs[0]
    row = np.array([_scaled(inputs, values)], spec.dtype)
    answers = engine.run({spec.name: row})[engine.outputs[0].name]
    numbers = answers.astype(float).ravel()
    if not np.isfinite(numbers).all():
        raise ModelRefused(Refusal.NOT_FINITE, f"the answer to {values}")
    return [float(f"{number:.7g}") for number in numbers]


def _scaled(inputs: Inputs, values: list[float]) -> list[float]:
    return [one.scaled(value) for one, value in zip(inputs, values, strict=True)]


def _vector(
    inputs: Inputs, output: list[float], values: list[float], *, is_power: bool
) -> dict[str, Any]:
    vector: dict[str, Any] = {"inputs": _scaled(inputs, values), "output": output}
    if is_power:
        vector["means"] = f"{TODO}: charge, discharge or rest"
    return vector
