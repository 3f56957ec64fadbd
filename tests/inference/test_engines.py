"""Both engines on what exporters write."""

import builtins
from collections.abc import Mapping
from hashlib import sha256
import sys
from typing import Any

import numpy as np
from onnx import helper, load_model_from_string
import pytest

from custom_components.bessai.inference.engine import Engine
from custom_components.bessai.inference.engines import open_engines
from custom_components.bessai.inference.errors import ModelRefused, Refusal

from .exported import EXPORTED, exported, rows
from .graphs import F32, TOLERANCE, difference, model, proto

ROWS = 1000


def inputs_of(engine: Engine, count: int) -> dict[str, Any]:
    """Return rows for the one input of an exported model."""
    (spec,) = engine.inputs
    assert spec.shape is not None
    columns = spec.shape[1]
    assert columns is not None
    return {spec.name: rows(count, columns)}


def test_there_are_models_of_each_exporter() -> None:
    kinds = {name.rsplit("_", 1)[0].split("_mlp")[0] for name in EXPORTED}
    assert {"skl2onnx", "torch_dynamo", "torch_torchscript"} <= kinds


@pytest.mark.parametrize("name", EXPORTED)
@pytest.mark.parametrize("count", [1, ROWS])
def test_engines_agree_on_what_exporters_write(name: str, count: int) -> None:
    opened = open_engines(exported(name))
    assert (opened.engine.backend, opened.reference.backend) == (
        "onnxruntime",
        "numpy",
    )
    given = inputs_of(opened.engine, count)
    (own,), (other,) = (
        [np.asarray(answer, np.float64) for answer in engine.run(given).values()]
        for engine in (opened.reference, opened.engine)
    )
    assert np.abs(own - other).max() <= TOLERANCE
    assert len(own) == count
    assert np.isfinite(own).all()


@pytest.mark.parametrize("name", EXPORTED)
def test_what_a_model_is_asked_matters(name: str) -> None:
    """A model that answers the same to everything would compare well, too."""
    engine = open_engines(exported(name), only_numpy=True).engine
    (answer,) = engine.run(inputs_of(engine, ROWS)).values()
    assert np.asarray(answer, np.float64).std(axis=0).min() > 1e-3


def test_engines_tell_the_same_of_a_model() -> None:
    opened = open_engines(exported("torch_dynamo_mlp_64x64"))
    assert opened.engine.inputs == opened.reference.inputs
    assert opened.engine.outputs == opened.reference.outputs
    (spec,) = opened.reference.inputs
    assert (spec.name, spec.dtype, spec.shape) == ("x", "float32", (None, 8))


def test_our_own_engine_can_be_asked_for() -> None:
    opened = open_engines(exported("skl2onnx_ridge"), only_numpy=True)
    assert opened.engine is opened.reference


def test_our_own_engine_runs_where_the_other_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = "custom_components.bessai.inference.onnxruntime_engine"
    monkeypatch.delitem(sys.modules, own)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    opened = open_engines(exported("skl2onnx_ridge"))
    assert opened.engine is opened.reference
    assert opened.engine.backend == "numpy"


def test_an_import_that_breaks_is_as_good_as_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A wheel for another machine says so by an OSError."""
    real = builtins.__import__

    def broken(name: str, *rest: Any, **more: Any) -> Any:
        if name == "onnxruntime":
            raise OSError("invalid ELF header")
        return real(name, *rest, **more)

    own = "custom_components.bessai.inference.onnxruntime_engine"
    monkeypatch.delitem(sys.modules, own)
    monkeypatch.setattr(builtins, "__import__", broken)
    assert open_engines(exported("skl2onnx_ridge")).engine.backend == "numpy"


def test_what_describes_a_model_is_told() -> None:
    file = load_model_from_string(exported("torch_torchscript_mlp_64x64"))
    before = open_engines(file.SerializeToString())
    helper.set_model_props(file, {"bessai_model_card": "{}", "more": "ünd"})
    after = open_engines(file.SerializeToString())
    assert after.metadata == {"bessai_model_card": "{}", "more": "ünd"}
    assert after.graph_sha256 == before.graph_sha256
    # The library writes a graph as it was read.
    assert after.graph_sha256 == sha256(file.graph.SerializeToString()).hexdigest()


def relu(**inputs: Any) -> bytes:
    node = helper.make_node("Relu", ["x"], ["y"])
    return model([node], inputs or {"x": F32}, {"y": F32})


WRONG: Mapping[str, dict[str, Any]] = {
    "none": {},
    "another name": {"z": np.zeros((1, 8), np.float32)},
    "one too many": {
        "x": np.zeros((1, 8), np.float32),
        "z": np.zeros((1, 8), np.float32),
    },
    "another type": {"x": np.zeros((1, 8))},
    "another length": {"x": np.zeros((1, 7), np.float32)},
    "another number of axes": {"x": np.zeros(8, np.float32)},
}


@pytest.mark.parametrize("only_numpy", [True, False])
@pytest.mark.parametrize("name", WRONG)
def test_inputs_that_do_not_fit_are_refused(name: str, *, only_numpy: bool) -> None:
    opened = open_engines(
        exported("torch_torchscript_mlp_64x64"), only_numpy=only_numpy
    )
    with pytest.raises(ModelRefused) as refused:
        opened.engine.run(WRONG[name])
    assert refused.value.refusal == Refusal.WRONG_INPUTS


def test_inputs_without_end_are_refused() -> None:
    engine = open_engines(relu()).engine
    with pytest.raises(ModelRefused) as refused:
        engine.run({"x": np.zeros(4_000_001, np.float32)})
    assert refused.value.refusal == Refusal.TOO_LARGE


@pytest.mark.parametrize("only_numpy", [True, False])
def test_what_fails_while_it_runs_is_refused(*, only_numpy: bool) -> None:
    """Neither engine knows of the shapes before."""
    node = helper.make_node("MatMul", ["x", "y"], ["z"])
    data = model([node], {"x": F32, "y": F32}, {"z": F32})
    engine = open_engines(data, only_numpy=only_numpy).engine
    with pytest.raises(ModelRefused) as refused:
        engine.run(dict.fromkeys("xy", np.zeros((2, 3), np.float32)))
    assert refused.value.refusal == Refusal.FAILED


def test_what_overflows_is_not_finite_and_no_warning() -> None:
    node = helper.make_node("Exp", ["x"], ["y"])
    opened = open_engines(model([node], {"x": F32}, {"y": F32}))
    given = {"x": np.array([1000, -1000, np.nan], np.float32)}
    answer = opened.reference.run(given)
    assert difference(answer, opened.engine.run(given)) == 0
    assert not np.isfinite(answer["y"][0])


def test_a_model_that_the_other_engine_does_not_take_runs_on_ours() -> None:
    """It has no such operator for numbers of 64 bits."""
    node = helper.make_node("HardSigmoid", ["x"], ["y"])
    wide = np.dtype(np.float64)
    opened = open_engines(model([node], {"x": wide}, {"y": wide}))
    assert opened.engine is opened.reference
    assert opened.engine.run({"x": np.array([10.0])})["y"] == [1.0]


def test_what_the_outputs_do_not_need_is_left_out() -> None:
    """As the head of a network for training; the other engine would look at it."""
    nodes = [
        helper.make_node("Relu", ["x"], ["y"]),
        helper.make_node("RandomNormalLike", ["x"], ["noise"]),
        helper.make_node("Add", ["noise", "y"], ["sample"]),
    ]
    opened = open_engines(model(nodes, {"x": F32}, {"y": F32}))
    assert opened.engine is opened.reference
    assert [step.operator for step in opened.reference.program.steps] == ["Relu"]


def test_answers_belong_to_whoever_asked() -> None:
    node = helper.make_node("Identity", ["x"], ["y"])
    engine = open_engines(model([node], {"x": F32}, {"y": F32}), only_numpy=True).engine
    given = np.zeros(3, np.float32)
    answer: Any = engine.run({"x": given})["y"]
    answer[:] = 1
    assert not given.any()


def test_old_files_list_constants_as_inputs() -> None:
    file = proto(
        [helper.make_node("Add", ["x", "one"], ["y"])],
        {"x": F32, "one": F32},
        {"y": F32},
        {"one": np.ones(1, np.float32)},
    )
    engine = open_engines(file.SerializeToString()).reference
    assert [spec.name for spec in engine.inputs] == ["x"]
    assert engine.run({"x": np.ones(1, np.float32)})["y"] == [2]


CONSTANTS: Mapping[str, tuple[Any, Any]] = {
    "value_float": (1.5, np.float32),
    "value_int": (2, np.int64),
    "value_floats": ([1.5, 2.5], np.float32),
    "value_ints": ([1, 2], np.int64),
    "value": (
        helper.make_tensor("", 1, [2], [0.5, 1.5]),
        np.float32,
    ),
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants_have_many_forms(name: str) -> None:
    value, kind = CONSTANTS[name]
    dtype = np.dtype(kind)
    nodes = [
        helper.make_node("Constant", [], ["c"], **{name: value}),
        helper.make_node("Add", ["x", "c"], ["y"]),
    ]
    opened = open_engines(model(nodes, {"x": dtype}, {"y": dtype}))
    assert opened.engine.backend == "onnxruntime"
    given = {"x": np.ones(2, dtype)}
    assert difference(opened.reference.run(given), opened.engine.run(given)) == 0
