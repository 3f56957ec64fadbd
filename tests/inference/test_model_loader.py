"""Models that are believed, and every reason for not believing one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper
import pytest

from custom_components.bessai.inference import engines, model_loader
from custom_components.bessai.inference.engine import Engine, Tensors, TensorSpec
from custom_components.bessai.inference.engines import open_engines
from custom_components.bessai.inference.errors import ModelRefused, Refusal
from custom_components.bessai.inference.feature import Feature
from custom_components.bessai.inference.model_card import Purpose
from custom_components.bessai.inference.model_loader import LoadedModel, load_model
from custom_components.bessai.inference.model_shelf import ModelFile

from .card_builders import (
    BIAS,
    GATEWAY,
    WEIGHTS,
    card_document,
    column,
    graph_model,
    linear_model,
    sealed,
)

NOON = {"soc_pct": 10.0, "power_kw": 0.0, "temp_c": 20.0, "hour": 12.0}
PRICES: dict[str, Any] = {
    "purpose": "price_forecast",
    "inputs": [column("a", "", -5, 5), column("b", "", -5, 5)],
    "output": {
        "kind": "price_quantiles",
        "unit": "per_kwh",
        "quantiles": [0.1, 0.5, 0.9],
        "range": [-9, 9],
    },
    "golden": [{"inputs": [at, 1], "output": [at - 1, at, at + 1]} for at in range(3)],
}
PRICE_WEIGHTS = ((1, 1, 1), (-1, 0, 1))
PRICE_FEATURES = {name: Feature(name=name, unit="") for name in "ab"}


LINEAR = [helper.make_node("Gemm", ["x", "weights", "bias"], ["y"])]
CONSTANTS: dict[str, NDArray[Any]] = {
    "weights": np.array(WEIGHTS, np.float32),
    "bias": np.array(BIAS, np.float32),
}


def model_file(data: bytes, **changes: Any) -> ModelFile:
    """Return a model with a card beside it."""
    return ModelFile(
        name="mine.onnx", data=data, card_document=card_document(data, **changes)
    )


def load(
    file: ModelFile,
    purpose: Purpose = Purpose.DISPATCH_POLICY,
    features: Mapping[str, Feature] = GATEWAY,
) -> LoadedModel:
    return load_model(file, purpose, features)


def refusal_of(file: ModelFile) -> ModelRefused:
    with pytest.raises(ModelRefused) as refused:
        load(file)
    return refused.value


def answer(model: LoadedModel, **changes: float) -> float:
    return float(model.ask([NOON | changes])[0, 0])


def test_model_of_the_older_gateway_answers() -> None:
    model = load(model_file(linear_model()))
    assert model.card.name == "Gateway"
    assert model.backend == "onnxruntime"
    answers = model.ask([NOON, NOON | {"soc_pct": 50.0}])
    assert answers.shape == (2, 1)
    assert answers[:, 0] == pytest.approx([2.64, 0.24], abs=1e-6)


def test_our_own_engine_can_be_asked_for() -> None:
    file = model_file(linear_model())
    model = load_model(file, Purpose.DISPATCH_POLICY, GATEWAY, only_numpy=True)
    assert model.backend == "numpy"
    assert answer(model) == pytest.approx(2.64)


def test_power_is_told_with_the_sign_of_the_card() -> None:
    """The plant discharges with 5 kW, which this model calls -5."""
    model = load(model_file(linear_model()))
    assert answer(model, power_kw=5.0) == pytest.approx(2.64 - 0.5)


def test_power_of_our_sign_is_told_as_it_is() -> None:
    inputs = card_document()["inputs"]
    inputs[1]["sign"] = "discharging"
    model = load(model_file(linear_model(), inputs=inputs))
    assert answer(model, power_kw=5.0) == pytest.approx(2.64 + 0.5)


def test_range_is_of_the_value_with_the_sign_of_the_card() -> None:
    inputs = card_document()["inputs"]
    inputs[1]["range"] = [-1, 10]
    model = load(model_file(linear_model(), inputs=inputs))
    assert answer(model, power_kw=-10.0) == pytest.approx(2.64 + 1.0)
    with pytest.raises(ModelRefused, match="power_kw -10 kW is not from -1 to 10"):
        model.ask([NOON | {"power_kw": 10.0}])


def test_values_are_scaled_for_the_model() -> None:
    """What the model calls soc counts from the middle, in fifties."""
    inputs = card_document()["inputs"]
    inputs[0] |= {"offset": 50, "scale": 50}
    golden = [
        {"inputs": [-1, 0, 0, 0], "output": [3], "means": "charge"},
        {"inputs": [0, 0, 0, 0], "output": [0], "means": "rest"},
        {"inputs": [1, 0, 0, 0], "output": [-3], "means": "discharge"},
    ]
    data = linear_model(((-3,), (0,), (0,), (0,)), (0,))
    model = load(model_file(data, inputs=inputs, golden=golden))
    assert answer(model, soc_pct=75) == pytest.approx(-1.5)


@pytest.mark.parametrize(
    "data",
    [
        linear_model(rows=1),
        linear_model(dtype=TensorProto.DOUBLE),
        linear_model(rows=1, dtype=TensorProto.DOUBLE),
        graph_model(LINEAR, CONSTANTS, None),
        graph_model(LINEAR, CONSTANTS, [None, None]),
    ],
    ids=["one row", "double", "one row, double", "no shape", "no lengths"],
)
def test_exporters_write_the_input_in_different_ways(data: bytes) -> None:
    answers = load(model_file(data)).ask([NOON, NOON | {"soc_pct": 50.0}])
    assert answers[:, 0] == pytest.approx([2.64, 0.24])


def test_answer_may_be_a_plain_row_of_numbers() -> None:
    nodes = [
        helper.make_node("MatMul", ["x", "weights"], ["flat"]),
        helper.make_node("Add", ["flat", "bias"], ["y"]),
    ]
    weights = np.array([-0.06, 0.1, 0, 0.02], np.float32)
    constants = {"weights": weights, "bias": np.array(3, np.float32)}
    model = load(model_file(graph_model(nodes, constants, [None, 4])))
    assert model.ask([NOON, NOON]).shape == (2, 1)


def test_prices_are_three_for_each_row() -> None:
    data = linear_model(PRICE_WEIGHTS, (0, 0, 0))
    file = model_file(data, **PRICES)
    model = load(file, Purpose.PRICE_FORECAST, PRICE_FEATURES)
    answers = model.ask([{"a": 2, "b": 1}, {"a": 0, "b": 3}])
    assert answers.tolist() == [[1, 2, 3], [-3, 0, 3]]


def test_nothing_is_answered_to_no_question() -> None:
    assert load(model_file(linear_model())).ask([]).shape == (0, 1)


@pytest.mark.parametrize(
    ("changes", "refusal", "detail"),
    [
        ({"hour": None}, Refusal.MISSING_INPUT, "hour"),
        ({"hour": float("nan")}, Refusal.NOT_FINITE, "hour"),
        ({"soc_pct": 101.0}, Refusal.OUT_OF_RANGE, "soc_pct 101 % is not from 0 to"),
        ({"temp_c": -21.0}, Refusal.OUT_OF_RANGE, "temp_c -21 °C is not from -20 to"),
    ],
)
def test_model_is_not_asked_beyond_what_it_knows(
    changes: dict[str, float | None], refusal: Refusal, detail: str
) -> None:
    model = load(model_file(linear_model()))
    row = {name: value for name, value in (NOON | changes).items() if value is not None}
    with pytest.raises(ModelRefused) as refused:
        model.ask([NOON, row])
    assert refused.value.refusal is refusal
    assert refused.value.detail.startswith(detail)


def test_answer_beyond_the_range_is_refused() -> None:
    output = card_document()["output"] | {"range": [-3, 3]}
    model = load(model_file(linear_model(), output=output))
    assert answer(model, power_kw=-1.0) == pytest.approx(2.74)
    with pytest.raises(ModelRefused, match=r"the answer 3\.64 is not from -3 to 3"):
        model.ask([NOON | {"power_kw": -10.0}])


def test_answer_that_misses_the_range_by_rounding_is_cut() -> None:
    output = card_document()["output"] | {"range": [-3, 2.64]}
    data = linear_model(bias=(3.0000005,))
    assert answer(load(model_file(data, output=output))) == 2.64


def test_answer_that_is_no_number_is_refused() -> None:
    nodes = [
        helper.make_node("Gemm", ["x", "weights", "bias"], ["linear"]),
        helper.make_node("Add", ["x", "below"], ["above"]),
        helper.make_node("Log", ["above"], ["log"]),
        helper.make_node("ReduceSum", ["log", "axis"], ["sum"]),
        helper.make_node("Mul", ["sum", "zero"], ["nothing"]),
        helper.make_node("Add", ["linear", "nothing"], ["y"]),
    ]
    constants = CONSTANTS | {
        "below": np.array([1, 11, 19.5, 1], np.float32),
        "axis": np.array([1]),
        "zero": np.array(0, np.float32),
    }
    model = load(model_file(graph_model(nodes, constants, [None, 4])))
    assert answer(model) == pytest.approx(2.64)
    with pytest.raises(ModelRefused) as refused:
        model.ask([NOON | {"temp_c": -20.0}])
    assert refused.value.refusal is Refusal.NOT_FINITE


# What is refused when a model is loaded.


def test_model_without_a_card_is_refused() -> None:
    bare = ModelFile(name="mine.onnx", data=linear_model())
    assert refusal_of(bare).refusal is Refusal.NO_CARD


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.99])
def test_truncated_model_is_refused(share: float) -> None:
    data = linear_model()
    cut = data[: int(share * len(data))]
    beside = ModelFile(name="mine.onnx", data=cut, card_document=card_document(data))
    assert refusal_of(beside).refusal is Refusal.WRONG_HASH
    # Even if the owner writes a card for what is left of it.
    assert refusal_of(model_file(cut)).refusal in {
        *(Refusal.UNREADABLE, Refusal.UNSUPPORTED, Refusal.WRONG_INPUTS),
        *(Refusal.WRONG_OUTPUT, Refusal.GOLDEN_FAILED),
    }
    alone = ModelFile(name="mine.onnx", data=cut)
    assert refusal_of(alone).refusal in {Refusal.UNREADABLE, Refusal.NO_CARD}


def test_card_of_another_file_is_refused_before_anything_is_read() -> None:
    file = ModelFile(name="a.onnx", data=b"no model", card_document=card_document(b""))
    err = refusal_of(file)
    assert err.refusal is Refusal.WRONG_HASH
    assert err.detail.endswith("…, in the card e3b0c44298fc…")


def test_other_graph_than_that_of_the_card_is_refused() -> None:
    err = refusal_of(model_file(linear_model(), graph_sha256="0" * 64))
    assert err.refusal is Refusal.WRONG_HASH
    assert err.detail.startswith("of the graph: ")


def test_model_for_something_else_is_refused() -> None:
    file = model_file(linear_model(PRICE_WEIGHTS, (0, 0, 0)), **PRICES)
    assert refusal_of(file).refusal is Refusal.WRONG_PURPOSE


@pytest.mark.parametrize(
    ("at", "changes", "detail"),
    [
        (0, {"feature": "colour"}, "inputs[0].feature: 'colour' is not known"),
        (0, {"unit": "kWh"}, "inputs[0].unit: 'kWh', but soc_pct is in '%'"),
        (1, {"sign": None}, "inputs[1].sign: is missing: does + mean charging?"),
        (2, {"sign": "charging"}, "inputs[2].sign: temp_c is no power of the battery"),
    ],
)
def test_feature_that_we_cannot_tell_is_refused(
    at: int, changes: dict[str, str | None], detail: str
) -> None:
    inputs = card_document()["inputs"]
    changed = {**inputs[at], **changes}
    inputs[at] = {name: value for name, value in changed.items() if value is not None}
    err = refusal_of(model_file(linear_model(), inputs=inputs))
    assert (err.refusal, err.detail) == (Refusal.BAD_CARD, detail)


def reshaped(shape: list[int | None], dtype: int = TensorProto.FLOAT) -> bytes:
    nodes = [helper.make_node("Identity", ["x"], ["y"])]
    return graph_model(nodes, {}, shape, dtype=dtype)


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (linear_model(((1,),) * 5), "x is (?, 5), and the card has 4 inputs"),
        (reshaped([2, 4]), "x is (2, 4), and the card has 4 inputs"),
        (reshaped([4]), "x is (4), and the card has 4 inputs"),
        (reshaped([None, 4, 1]), "x is (?, 4, 1), and the card has 4 inputs"),
        (reshaped([None, 4], TensorProto.INT64), "x is int64, not float32 or float64"),
    ],
)
def test_input_of_another_shape_is_refused(data: bytes, detail: str) -> None:
    err = refusal_of(model_file(data))
    assert (err.refusal, err.detail) == (Refusal.WRONG_INPUTS, detail)


def test_answer_of_another_shape_is_refused() -> None:
    wide = linear_model(((1, 1), (0, 0), (0, 0), (0, 0)), (0, 0))
    err = refusal_of(model_file(wide))
    assert (err.refusal, err.detail) == (
        Refusal.WRONG_OUTPUT,
        "shape (3, 2), not (3, 1)",
    )


def test_two_answers_are_refused() -> None:
    nodes = [helper.make_node(name, ["x"], [name]) for name in ("Neg", "Abs")]
    two = graph_model(nodes, {}, [None, 4], outputs=("Neg", "Abs"))
    err = refusal_of(model_file(two))
    assert err.refusal is Refusal.WRONG_OUTPUT
    assert err.detail == "2 tensors (Neg, Abs) instead of one"


def test_model_beyond_the_budget_is_shown_to_no_other_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Opening it, onnxruntime would fill the memory with its constants."""
    monkeypatch.setattr(engines, "_onnxruntime", lambda *_: pytest.fail("it was shown"))
    nodes = [
        helper.make_node("Gemm", ["x", "weights", "bias"], ["z"]),
        helper.make_node("ConstantOfShape", ["many"], ["zeros"]),
        helper.make_node("ReduceSum", ["zeros"], ["zero"], keepdims=0),
        helper.make_node("Add", ["z", "zero"], ["y"]),
    ]
    constants: dict[str, NDArray[Any]] = {
        "weights": np.array(WEIGHTS, np.float32),
        "bias": np.array(BIAS, np.float32),
        "many": np.array([10**10], np.int64),
    }
    err = refusal_of(model_file(graph_model(nodes, constants, [None, 4])))
    assert (err.refusal, err.detail) == (
        Refusal.FAILED,
        "a result of 10000000000 elements",
    )


def test_model_that_answers_otherwise_is_refused() -> None:
    err = refusal_of(model_file(linear_model(bias=(3.01,))))
    assert (err.refusal, err.detail) == (
        Refusal.GOLDEN_FAILED,
        "golden[0]: 2.65 instead of 2.64",
    )


def test_model_whose_rows_mind_their_neighbours_is_refused() -> None:
    """As one does that was exported while it was still in training."""
    nodes = [
        helper.make_node("Gemm", ["x", "weights", "bias"], ["linear"]),
        helper.make_node("ReduceMean", ["linear"], ["mean"], axes=[0]),
        helper.make_node("Sub", ["linear", "mean"], ["y"]),
    ]
    golden = card_document()["golden"]
    mean = sum(one["output"][0] for one in golden) / 3
    for one in golden:
        one["output"][0] -= mean
    data = graph_model(nodes, CONSTANTS, [None, 4])
    assert refusal_of(model_file(data, golden=golden)).refusal is Refusal.GOLDEN_FAILED


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_model_that_answers_no_number_is_refused(bad: float) -> None:
    err = refusal_of(model_file(linear_model(bias=(bad,))))
    assert (err.refusal, err.detail) == (Refusal.NOT_FINITE, "the answer")


def test_model_that_answers_beyond_its_range_is_refused() -> None:
    assert refusal_of(model_file(linear_model(bias=(30,)))).refusal is (
        Refusal.OUT_OF_RANGE
    )


def test_model_of_the_wrong_sign_is_refused() -> None:
    """Its card contradicts itself nowhere, but it would discharge an empty battery."""
    data = linear_model(((0.06,), (0,), (0,), (0,)), (-3,))
    golden = [
        {"inputs": [10, 0, 20, 12], "output": [-2.4], "means": "discharge"},
        {"inputs": [95, 0, 20, 18], "output": [2.7], "means": "charge"},
        {"inputs": [50, 0, 20, 12], "output": [0.0], "means": "rest"},
    ]
    err = refusal_of(model_file(data, golden=golden))
    assert err.refusal is Refusal.WRONG_SIGN
    assert err.detail == "it discharges with 3 at 0 % and -3 at 100 %"


def test_sign_of_a_model_that_counts_discharging_is_probed_too() -> None:
    output = card_document()["output"] | {"sign": "discharging"}
    golden = [
        {"inputs": [10, 0, 20, 12], "output": [-2.4], "means": "charge"},
        {"inputs": [95, 0, 20, 18], "output": [2.7], "means": "discharge"},
        {"inputs": [50, 0, 20, 12], "output": [0.0], "means": "rest"},
    ]
    data = linear_model(((0.06,), (0,), (0,), (0,)), (-3,))
    assert answer(load(model_file(data, output=output, golden=golden))) == (
        pytest.approx(-2.4)
    )


def test_model_that_is_not_told_the_charge_needs_no_probe() -> None:
    golden = [
        {"inputs": [at], "output": [at], "means": word}
        for at, word in ((2, "charge"), (-2, "discharge"), (0, "rest"))
    ]
    inputs = [column("power_kw", "kW", -10, 10, sign="charging")]
    file = model_file(linear_model(((1,),), (0,)), inputs=inputs, golden=golden)
    assert answer(load(file), power_kw=-4.0) == 4.0


@dataclass
class Shifted:
    """An engine that computes a little too much."""

    engine: Engine
    shift: float
    backend: str = "shifted"

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        return self.engine.inputs

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        return self.engine.outputs

    def run(self, inputs: Tensors) -> Tensors:
        return {
            name: np.add(array, self.shift)
            for name, array in self.engine.run(inputs).items()
        }


@pytest.mark.parametrize(("shift", "refused"), [(3e-5, False), (1e-3, True)])
def test_engines_have_to_agree(
    monkeypatch: pytest.MonkeyPatch, shift: float, *, refused: bool
) -> None:
    def open_shifted(data: bytes, **how: Any) -> Any:
        opened = open_engines(data, **how)
        return _Opened(opened, Shifted(opened.reference, shift))

    monkeypatch.setattr(model_loader, "open_engines", open_shifted)
    file = model_file(linear_model())
    if not refused:
        assert load(file).backend == "onnxruntime"
        return
    err = refusal_of(file)
    assert err.refusal is Refusal.ENGINES_DIFFER
    assert err.detail == "golden[0]: 2.64 by onnxruntime, 2.641 by shifted"


class _Opened:
    def __init__(self, opened: Any, reference: Engine) -> None:
        self.metadata, self.graph_sha256 = opened.metadata, opened.graph_sha256
        self.engine, self.reference = opened.engine, reference


# Cards inside the file.


def test_card_may_be_inside_the_model() -> None:
    data = sealed(linear_model(), card_document())
    model = load(ModelFile(name="mine.onnx", data=data))
    assert model.card.name == "Gateway"
    assert answer(model) == pytest.approx(2.64)


def test_card_beside_the_model_counts_alone() -> None:
    """An owner can write one for a model of others, whose own card may be useless."""
    data = sealed(linear_model(), {"bessai_model_card": 7})
    assert load(model_file(data, name="Mine")).card.name == "Mine"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"bessai_model_card": 1}'])
def test_damaged_card_inside_is_refused(text: str) -> None:
    data = sealed(linear_model(), {}, bessai_model_card=text)
    err = refusal_of(ModelFile(name="mine.onnx", data=data))
    assert err.refusal is Refusal.BAD_CARD


def test_hash_of_the_whole_file_is_asked_for_inside_too() -> None:
    """A card says how inputs are scaled: a changed one is as bad as a changed graph."""
    data = sealed(linear_model(), card_document())
    changed = data.replace(b'"range": [0, 24]', b'"range": [0, 42]')
    assert changed != data
    err = refusal_of(ModelFile(name="mine.onnx", data=changed))
    assert err.refusal is Refusal.WRONG_HASH


def test_hash_that_is_in_the_file_twice_is_refused() -> None:
    """Else it would be open of which of them the digits are taken as zeros."""
    data = sealed(linear_model(), card_document(), copy="0" * 64)
    err = refusal_of(ModelFile(name="mine.onnx", data=data))
    assert (err.refusal, err.detail) == (
        Refusal.WRONG_HASH,
        "the hash is not in the file just once",
    )
