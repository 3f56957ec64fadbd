"""3,000 damaged files: none is believed that answers otherwise than the whole one."""

from collections.abc import Mapping
from hashlib import sha256
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import helper
import pytest

from custom_components.bessai.inference.engines import open_engines
from custom_components.bessai.inference.errors import ModelRefused, Refusal
from custom_components.bessai.inference.feature import Feature
from custom_components.bessai.inference.model_card import Purpose
from custom_components.bessai.inference.model_loader import LoadedModel, load_model
from custom_components.bessai.inference.model_shelf import ModelFile

from ..source import ROOT
from .card_builders import card_document, column, graph_model, linear_model, sealed
from .mutations import mutations

COPIES = 250
"""Of each model with each kind of card: 3,000 in all."""

EXPORTED = ("skl2onnx_mlp_relu_scaler", "torch_dynamo_mlp_64x64")
FEATURES = {f"x{at}": Feature(name=f"x{at}", unit="") for at in range(32)}


def network(activation: str) -> bytes:
    """Return 4 → 16 → 1, with a scaler before it."""
    random = np.random.default_rng(7)
    layers = [random.normal(size=(4, 16)), random.normal(size=(16, 1))]
    nodes = [
        helper.make_node("Sub", ["x", "mean"], ["centred"]),
        helper.make_node("Gemm", ["centred", "w0", "b0"], ["h0"]),
        helper.make_node(activation, ["h0"], ["h1"]),
        helper.make_node("MatMul", ["h1", "w1"], ["y"]),
    ]
    constants = {
        "mean": np.array([0.1, 0.2, 0.3, 0.4], np.float32),
        "w0": layers[0].astype(np.float32),
        "b0": random.normal(size=16).astype(np.float32),
        "w1": layers[1].astype(np.float32),
    }
    return graph_model(nodes, constants, [None, 4])


def tree() -> bytes:
    """Return a sum of two small trees."""
    nodes = helper.make_node(
        "TreeEnsembleRegressor",
        ["x"],
        ["y"],
        domain="ai.onnx.ml",
        n_targets=1,
        nodes_treeids=[0, 0, 0, 1, 1, 1],
        nodes_nodeids=[0, 1, 2, 0, 1, 2],
        nodes_featureids=[0, 0, 0, 2, 0, 0],
        nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"] * 2,
        nodes_values=[0.5, 0.0, 0.0, -0.5, 0.0, 0.0],
        nodes_truenodeids=[1, 0, 0, 1, 0, 0],
        nodes_falsenodeids=[2, 0, 0, 2, 0, 0],
        target_treeids=[0, 0, 1, 1],
        target_nodeids=[1, 2, 1, 2],
        target_ids=[0, 0, 0, 0],
        target_weights=[-1.0, 2.0, 0.25, -0.75],
    )
    return graph_model([nodes], {}, [None, 4], opsets={"": 17, "ai.onnx.ml": 3})


MODELS: Mapping[str, bytes] = {
    "linear": linear_model(((0.5,), (-1,), (2,), (0.1,)), (1,)),
    "relu": network("Relu"),
    "tanh": network("Tanh"),
    "tree": tree(),
    **{
        name: (ROOT / f"tests/fixtures/models/{name}.onnx").read_bytes()
        for name in EXPORTED
    },
}


def document(data: bytes) -> dict[str, Any]:
    """Return the card of a model, with what it answers as golden vectors."""
    opened = open_engines(data, only_numpy=True)
    engine = opened.engine
    width = (engine.inputs[0].shape or ())[1] or 0
    rows = np.random.default_rng(3).uniform(-2, 2, (5, width)).round(3)
    told = {engine.inputs[0].name: rows.astype(np.float32)}
    answers = engine.run(told)[engine.outputs[0].name]
    return card_document(
        data,
        graph_sha256=opened.graph_sha256,
        inputs=[column(name, "", -2, 2) for name in list(FEATURES)[:width]],
        output={"kind": "stored_value", "unit": "import_spread", "range": [-50, 50]},
        golden=[
            {"inputs": row.tolist(), "output": answer.astype(float).tolist()}
            for row, answer in zip(rows, answers, strict=True)
        ],
    )


def believed(file: ModelFile) -> LoadedModel:
    return load_model(file, Purpose.DISPATCH_POLICY, FEATURES)


def beside(data: bytes, card: dict[str, Any]) -> ModelFile:
    """Return a file with a card that has its hash, whatever the file is."""
    digest = {"sha256": sha256(data).hexdigest()}
    return ModelFile(name="mine.onnx", data=data, card_document=card | digest)


def answers_at_random(model: LoadedModel) -> NDArray[np.float64]:
    random = np.random.default_rng(11)
    names = [one.feature for one in model.card.inputs]
    rows = random.uniform(-2, 2, (100, len(names))).tolist()
    return model.ask([dict(zip(names, row, strict=True)) for row in rows])


def verdict(file: ModelFile) -> Refusal | None:
    """Return why it is refused; ``None`` if it is believed."""
    try:
        believed(file)
    except ModelRefused as err:
        return err.refusal
    return None


def files(data: bytes, card: dict[str, Any] | None) -> list[ModelFile]:
    return [
        ModelFile(name="mine.onnx", data=one, card_document=card)
        for one in islice(mutations(data, seed=len(data)), COPIES)
    ]


@pytest.mark.parametrize("name", MODELS)
def test_damaged_model_beside_its_card_is_refused(name: str) -> None:
    data, card = MODELS[name], document(MODELS[name])
    whole = ModelFile(name="mine.onnx", data=data, card_document=card)
    assert verdict(whole) is None
    assert {verdict(file) for file in files(data, card)} == {Refusal.WRONG_HASH}


@pytest.mark.parametrize("name", MODELS)
def test_damaged_model_with_its_card_inside_is_refused(name: str) -> None:
    """Wherever the damage is: in the graph, in the card, in the hash itself."""
    data = sealed(MODELS[name], document(MODELS[name]))
    assert verdict(ModelFile(name="mine.onnx", data=data)) is None
    verdicts = [verdict(file) for file in files(data, None)]
    assert None not in verdicts
    assert Refusal.WRONG_HASH in verdicts


@pytest.mark.parametrize("name", MODELS)
def test_damaged_graph_is_refused_even_with_a_new_hash_of_the_file(name: str) -> None:
    """As if a tool had written the file anew, with whatever it had read."""
    data, card = MODELS[name], document(MODELS[name])
    wanted = answers_at_random(believed(beside(data, card)))
    accepted = 0
    for one in islice(mutations(data, seed=1), COPIES):
        file = beside(one, card)
        if verdict(file) is None:
            accepted += 1
            np.testing.assert_array_equal(answers_at_random(believed(file)), wanted)
    assert accepted < COPIES / 5


@pytest.mark.parametrize("name", MODELS)
def test_damaged_model_that_is_believed_keeps_to_its_golden_vectors(name: str) -> None:
    """With both hashes anew, only what it answers can tell; and nothing breaks."""
    data, card = MODELS[name], document(MODELS[name])
    del card["graph_sha256"]
    wanted = np.array([one["output"] for one in card["golden"]])
    columns = list(FEATURES)[: len(card["inputs"])]
    rows = [dict(zip(columns, one["inputs"], strict=True)) for one in card["golden"]]
    for one in islice(mutations(data, seed=2), COPIES):
        if verdict(beside(one, card)) is None:
            answers = believed(beside(one, card)).ask(rows)
            np.testing.assert_allclose(answers, wanted, rtol=1e-4, atol=1e-4)
