"""What our engine would compute wrongly, or without end, it does not compute."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from onnx import helper, numpy_helper
import pytest

from custom_components.bessai.inference import budget, engines
from custom_components.bessai.inference.engines import open_engines
from custom_components.bessai.inference.errors import ModelRefused, Refusal

from .graphs import F32, Case, model

ML = "ai.onnx.ml"
I64 = np.dtype(np.int64)
X = np.ones((2, 3), np.float32)
WHOLE = np.ones((2, 3), np.int64)


def call(operator: str, *inputs: Any, **more: Any) -> Case:
    constant = more.pop("constant", ())
    opset, domain = more.pop("opset", 21), more.pop("domain", "")
    dtypes = more.pop("dtypes", ())
    return Case(
        operator=operator,
        inputs=inputs,
        constant=constant,
        attributes=more,
        opset=opset,
        domain=domain,
        dtypes=dtypes,
    )


def whole(*numbers: int) -> Any:
    return np.array(numbers, np.int64)


BUILT: Mapping[str, tuple[Case, str]] = {
    "a kind of gate": (call("Gelu", X, approximate="x"), "approximate is x"),
    "quotients of integers": (call("Div", WHOLE, WHOLE), "positive constant"),
    "quotients by zero": (
        call("Div", WHOLE, whole(0), constant=[1]),
        "positive constant",
    ),
    "a choice between types": (call("Where", X > 0, X, WHOLE), "different types"),
    "no truths": (call("Where", X, X, X), "input 0 of float32"),
    "limits as inputs, too early": (call("Clip", X, X, opset=10), "later version"),
    "limits of integers, too early": (call("Clip", WHOLE, opset=10), "later version"),
    "axes as inputs, too early": (
        call("ReduceSum", X, whole(1), opset=12),
        "later version",
    ),
    "axes to leave out as inputs, too early": (
        call("Squeeze", X, whole(1), opset=12),
        "later version",
    ),
    "an operator that came later": (
        call("LayerNormalization", X, X, opset=16),
        "LayerNormalization of version 16",
    ),
    "a sum of what is left out": (call("Sum", X, None, X), "an input is missing"),
    "a row of what is left out": (
        call("Concat", X, None, X, axis=0),
        "an input is missing",
    ),
    "a normalisation without a limit": (
        call("LayerNormalization", X, None, X),
        "3 inputs",
    ),
    "cuts without an input": (call("Slice", X, None, whole(1)), "3 inputs"),
    "a needed attribute is missing": (call("Concat", X), "axis is missing"),
    "an attribute of another type": (
        call("Concat", X, axis=1.0),
        "axis has another type",
    ),
    "a list of another type": (
        call("Transpose", X, perm=[1.0, 0.0]),
        "perm of float32",
    ),
    "the last of the largest": (
        call("ArgMax", X, select_last_index=1, dtypes=[I64]),
        "select_last_index is 1",
    ),
    "training": (
        call("Dropout", X, np.float32(0.5), np.bool(True), constant=[1, 2]),
        "training",
    ),
    "training, perhaps": (
        call("Dropout", X, np.float32(0.5), np.bool(False)),
        "training",
    ),
    "training of batches": (
        call("BatchNormalization", X, *[np.ones(3, np.float32)] * 4, training_mode=1),
        "training_mode is 1",
    ),
    "another type of sums": (
        call("LayerNormalization", X, X[0], stash_type=16),
        "stash_type is 16",
    ),
    "to texts": (call("Cast", X, to=8), "Cast: to None"),
    "to small numbers": (call("Cast", X, to=2), "Cast: to uint8"),
    "numbers of parts": (
        call("Split", X, num_outputs=3, dtypes=[F32, F32]),
        "another number of outputs",
    ),
    "nothing as a constant": (call("Constant", dtypes=[F32]), "no value, or a text"),
    "a text as a constant": (
        call("Constant", value_string="x", dtypes=[F32]),
        "no value, or a text",
    ),
    "many values to fill with": (
        call("ConstantOfShape", whole(2), value=numpy_helper.from_array(X)),
        "value has not one element",
    ),
    "the largest, of a sign": (
        call("Normalizer", X, domain=ML, norm="MAX"),
        "norm MAX",
    ),
    "coefficients of half a target": (
        call("LinearRegressor", X, domain=ML, coefficients=[1.0] * 3, targets=2),
        "3 coefficients for 2 targets",
    ),
    "intercepts of other targets": (
        call(
            "LinearRegressor", X, domain=ML, coefficients=[1.0], intercepts=[1.0, 2.0]
        ),
        "2 intercepts for 1 targets",
    ),
    "a transformed line": (
        call(
            "LinearRegressor",
            X,
            domain=ML,
            coefficients=[1.0],
            post_transform="PROBIT",
        ),
        "post_transform PROBIT",
    ),
}


@pytest.mark.parametrize("name", BUILT)
def test_what_is_not_computed_is_named(name: str) -> None:
    case, text = BUILT[name]
    with pytest.raises(ModelRefused) as refused:
        open_engines(case.model(), only_numpy=True)
    assert refused.value.refusal == Refusal.UNSUPPORTED
    assert text in refused.value.detail


BIG = np.ones((3000, 1), np.float32)
RUN: Mapping[str, Case] = {
    "shapes that do not fit": call("Add", X, np.ones(4, np.float32)),
    "an axis that is not there": call("Flatten", X, axis=3),
    "parts that are too long": call("Split", X, whole(1, 3), axis=1, dtypes=[F32, F32]),
    "back to the end": call(
        "Slice", X, whole(0), whole(2**31 - 1), whole(0), whole(-1)
    ),
    "channels that do not fit": call(
        "BatchNormalization", X, *[np.ones(2, np.float32)] * 4
    ),
    "scales that do not fit": call(
        "Scaler", X, domain=ML, scale=[1.0, 2.0], offset=[1.0, 2.0]
    ),
    "values to put in that do not fit": call(
        "Imputer", X, domain=ML, imputed_value_floats=[1.0, 2.0]
    ),
    "a column before the first": call("ArrayFeatureExtractor", X, whole(-1), domain=ML),
    "a column after the last": call("ArrayFeatureExtractor", X, whole(3), domain=ML),
    "a row after the last": call("Gather", X, whole(2)),
    "a limit that is a list": call("Clip", X, np.ones(3, np.float32)),
    "a bias larger than the result": call(
        "Gemm", X, X.T, np.ones((2, 2, 2), np.float32)
    ),
    "a shape of another size": call("Reshape", X, whole(7)),
    "a large square": call("Add", BIG, BIG.T),
    "a large product": call("MatMul", BIG, BIG.T),
    "a large matrix": call("Gemm", BIG, BIG, transB=1),
    "a large filling": call("ConstantOfShape", whole(3000, 3000), dtypes=[F32]),
    "an endless filling": call("ConstantOfShape", whole(2**62, 2), dtypes=[F32]),
    "a filling of a length below 0": call("ConstantOfShape", whole(-1), dtypes=[F32]),
    "a large stretch": call("Expand", X, whole(10**6, 2, 3)),
    "a large gathering": call("Gather", BIG, np.zeros((3000, 1), np.int64), axis=1),
    "many columns": call(
        "ArrayFeatureExtractor", BIG, np.zeros(3000, np.int64), domain=ML
    ),
}


@pytest.mark.parametrize("name", RUN)
def test_what_does_not_fit_fails(name: str) -> None:
    case = RUN[name]
    engine = open_engines(case.model(), only_numpy=True).engine
    with pytest.raises(ModelRefused) as refused:
        engine.run(case.given())
    assert refused.value.refusal == Refusal.FAILED


def repeated(count: int, step: Callable[[str, str], Any]) -> bytes:
    """Return a chain of calls from x to y."""
    names = ["x", *(f"a{index}" for index in range(count - 1)), "y"]
    nodes = [step(names[at], names[at + 1]) for at in range(count)]
    return model(nodes, {"x": F32}, {"y": F32})


def test_work_is_bounded() -> None:
    """Each product is small enough; there are too many of them."""
    data = repeated(20, lambda a, b: helper.make_node("MatMul", [a, a], [b]))
    engine = open_engines(data, only_numpy=True).engine
    engine.run({"x": np.eye(20, dtype=np.float32)})
    with pytest.raises(ModelRefused) as refused:
        engine.run({"x": np.eye(400, dtype=np.float32)})
    assert refused.value.refusal == Refusal.FAILED


def test_work_after_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MOST_WORK", 1000)
    data = repeated(20, lambda a, b: helper.make_node("Relu", [a], [b]))
    engine = open_engines(data, only_numpy=True).engine
    engine.run({"x": np.ones(50, np.float32)})
    with pytest.raises(ModelRefused) as refused:
        engine.run({"x": np.ones(51, np.float32)})
    assert refused.value.refusal == Refusal.FAILED


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain keeps one result at a time, a sum of all keeps them all."""
    monkeypatch.setattr(budget, "MOST_KEPT", 250)
    chain = repeated(20, lambda a, b: helper.make_node("Relu", [a], [b]))
    given = {"x": np.ones(50, np.float32)}
    open_engines(chain, only_numpy=True).engine.run(given)
    names = [f"a{index}" for index in range(6)]
    nodes = [helper.make_node("Relu", ["x"], [name]) for name in names]
    nodes += [helper.make_node("Sum", names, ["y"])]
    wide = open_engines(model(nodes, {"x": F32}, {"y": F32}), only_numpy=True).engine
    with pytest.raises(ModelRefused) as refused:
        wide.run(given)
    assert refused.value.refusal == Refusal.FAILED


def test_one_result_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MOST_RESULT", 10)
    data = repeated(1, lambda a, b: helper.make_node("Relu", [a], [b]))
    with pytest.raises(ModelRefused) as refused:
        open_engines(data, only_numpy=True).engine.run({"x": np.ones(11, np.float32)})
    assert refused.value.refusal == Refusal.FAILED


def test_a_result_without_a_name_is_none() -> None:
    node = helper.make_node("Dropout", ["x"], ["y", ""], seed=3)
    engine = open_engines(model([node], {"x": F32}, {"y": F32}), only_numpy=True).engine
    assert engine.run({"x": X})["y"].tolist() == X.tolist()


def test_the_share_that_is_dropped_matters_in_training_only() -> None:
    node = helper.make_node("Dropout", ["x"], ["y"], ratio=0.9)
    data = model([node], {"x": F32}, {"y": F32}, opset=11)
    assert open_engines(data, only_numpy=True).engine.run({"x": X})["y"].all()


def test_a_machine_without_memory_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(data: bytes) -> None:
        raise MemoryError("for an array")

    monkeypatch.setattr(engines, "parse_model", parse)
    with pytest.raises(ModelRefused) as refused:
        open_engines(b"")
    assert refused.value.refusal == Refusal.UNREADABLE


@pytest.mark.parametrize("operator", ["Erf", "Gelu"])
def test_what_python_computes_counts_more(operator: str) -> None:
    """Element by element it takes about fifty times as long."""
    data = repeated(1, lambda a, b: helper.make_node(operator, [a], [b]))
    engine = open_engines(data, only_numpy=True).engine
    engine.run({"x": np.ones(1000, np.float32)})
    with pytest.raises(ModelRefused) as refused:
        engine.run({"x": np.ones(2_000_000, np.float32)})
    assert refused.value.refusal == Refusal.FAILED
