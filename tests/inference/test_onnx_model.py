"""What is in a file that is never run is refused by name, before anything runs."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from onnx import AttributeProto, ModelProto, TensorProto, helper, numpy_helper
import pytest

from custom_components.bessai.inference import onnx_model, onnx_tensor, wire
from custom_components.bessai.inference.engines import open_engines
from custom_components.bessai.inference.errors import ModelRefused, Refusal

from .graphs import F32, model, proto

I64 = np.dtype(np.int64)
ML = "ai.onnx.ml"


def good() -> ModelProto:
    """Return y = relu(x + w)."""
    nodes = [
        helper.make_node("Add", ["x", "w"], ["a"]),
        helper.make_node("Relu", ["a"], ["y"]),
    ]
    return proto(nodes, {"x": F32}, {"y": F32}, {"w": np.ones(3, np.float32)})


def refused(data: bytes) -> ModelRefused:
    with pytest.raises(ModelRefused) as caught:
        open_engines(data)
    return caught.value


def spoilt(change: Callable[[ModelProto], Any]) -> ModelRefused:
    file = good()
    change(file)
    return refused(file.SerializeToString())


def test_the_good_one_runs() -> None:
    engine = open_engines(good().SerializeToString()).engine
    answer = engine.run({"x": np.array([-3, 0, 2], np.float32)})
    assert answer["y"].tolist() == [0, 1, 3]


def _external(file: ModelProto) -> None:
    tensor = file.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../secrets.yaml")
    tensor.ClearField("raw_data")


def _node(**fields: Any) -> Callable[[ModelProto], None]:
    def change(file: ModelProto) -> None:
        for name, value in fields.items():
            setattr(file.graph.node[1], name, value)

    return change


def _attribute(name: str, value: Any) -> Callable[[ModelProto], None]:
    return lambda file: file.graph.node[1].attribute.append(
        helper.make_attribute(name, value)
    )


def _subgraph(file: ModelProto) -> None:
    body = helper.make_graph([], "body", [], [])
    file.graph.node[1].attribute.append(helper.make_attribute("body", body))


def _version(number: int, place: int = 0) -> Callable[[ModelProto], None]:
    return lambda file: setattr(file.opset_import[place], "version", number)


def _sparse_attribute(file: ModelProto) -> None:
    attribute = file.graph.node[1].attribute.add(name="sparse_value")
    attribute.type = AttributeProto.SPARSE_TENSOR
    attribute.sparse_tensor.dims.append(1)


def _reference(file: ModelProto) -> None:
    file.graph.node[1].attribute.add(name="a", ref_attr_name="b", type=1)


def _no_inputs(file: ModelProto) -> None:
    file.graph.ClearField("input")
    file.graph.node[0].input[0] = "w"


def _no_tensor(file: ModelProto) -> None:
    kind = file.graph.input[0].type
    kind.Clear()
    kind.sequence_type.elem_type.tensor_type.elem_type = 1


def _text_input(file: ModelProto) -> None:
    file.graph.input[0].type.tensor_type.elem_type = TensorProto.STRING


def _segment(file: ModelProto) -> None:
    file.graph.initializer[0].segment.begin = 1


UNSUPPORTED: Mapping[str, tuple[Callable[[ModelProto], Any], str]] = {
    "an operator": (_node(op_type="Loop"), "operator Loop"),
    "a domain": (_node(domain="com.example"), "operator com.example.Relu"),
    "an attribute": (_attribute("alpha", 1.0), "Relu: attribute alpha"),
    "a subgraph": (_subgraph, "subgraphs"),
    "an attribute that is a list of tensors": (
        _attribute("a", [numpy_helper.from_array(np.ones(1))]),
        "attribute a of type 9",
    ),
    "an attribute of a function": (_reference, "functions"),
    "a sparse attribute": (_sparse_attribute, "type 11"),
    "an overload": (_node(overload="other"), "overloads"),
    "too many inputs": (lambda f: f.graph.node[1].input.append("x"), "2 inputs"),
    "too few inputs": (lambda f: f.graph.node[0].input.pop(), "1 inputs"),
    "an input that is left out": (
        lambda f: f.graph.node[0].input.__setitem__(0, ""),
        "2 inputs",
    ),
    "too many outputs": (lambda f: f.graph.node[1].output.append("z"), "2 outputs"),
    "types that differ": (
        lambda f: f.graph.initializer[0].CopyFrom(
            numpy_helper.from_array(np.ones(3), "w")
        ),
        "Add: inputs of float32 and float64",
    ),
    "another type than is told": (
        lambda f: setattr(f.graph.output[0].type.tensor_type, "elem_type", 11),
        "y is float32, not float64",
    ),
    "a type unheard of": (
        lambda f: setattr(f.graph.initializer[0], "data_type", 99),
        "w: elements of type 99",
    ),
    "small integers": (
        lambda f: f.graph.initializer[0].CopyFrom(
            numpy_helper.from_array(np.ones(3, np.uint8), "w")
        ),
        "w has elements of uint8",
    ),
    "texts": (_text_input, "x has elements of type 8"),
    "sequences": (_no_tensor, "x is not a tensor"),
    "data in another file": (_external, "w: data outside of the file"),
    "segments": (_segment, "w: segments"),
    "functions": (lambda f: f.functions.add(name="f"), "functions"),
    "training": (lambda f: f.training_info.add(), "training"),
    "sparse tensors": (
        lambda f: f.graph.sparse_initializer.add(),
        "sparse tensors",
    ),
    "quantisation": (
        lambda f: f.graph.quantization_annotation.add(tensor_name="w"),
        "quantisation",
    ),
    "operators too new": (_version(27), "operators of ONNX 27"),
    "operators too old": (_version(6), "operators of ONNX 6"),
    "operators of learning too new": (_version(6, 1), "operators ai.onnx.ml 6"),
    "a file too new": (lambda f: setattr(f, "ir_version", 14), "IR version 14"),
    "a file too old": (lambda f: setattr(f, "ir_version", 2), "IR version 2"),
    "no inputs": (_no_inputs, "without inputs or outputs"),
    "no outputs": (
        lambda f: f.graph.ClearField("output"),
        "without inputs or outputs",
    ),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_is_not_run_is_named(name: str) -> None:
    change, text = UNSUPPORTED[name]
    refusal = spoilt(change)
    assert refusal.refusal == Refusal.UNSUPPORTED
    assert text in refusal.detail


def _set(place: int, field: str, value: str) -> Callable[[ModelProto], None]:
    def change(file: ModelProto) -> None:
        getattr(file.graph.node[place], field)[0] = value

    return change


def _renamed(name: str) -> Callable[[ModelProto], None]:
    """Give what comes out a name that something else has."""

    def change(file: ModelProto) -> None:
        file.graph.node[1].output[0] = file.graph.output[0].name = name

    return change


def _two_values(file: ModelProto) -> None:
    attribute = helper.make_attribute("a", 1.0)
    attribute.i = 1
    file.graph.node[1].attribute.append(attribute)


def _dims(*dims: int) -> Callable[[ModelProto], None]:
    def change(file: ModelProto) -> None:
        del file.graph.initializer[0].dims[:]
        file.graph.initializer[0].dims.extend(dims)

    return change


def _tensor(**fields: Any) -> Callable[[ModelProto], None]:
    def change(file: ModelProto) -> None:
        tensor = file.graph.initializer[0]
        tensor.Clear()
        tensor.CopyFrom(TensorProto(name="w", dims=[3], **fields))

    return change


UNREADABLE: Mapping[str, tuple[Callable[[ModelProto], Any], str]] = {
    "a circle": (_set(0, "input", "y"), "y is used before it is computed"),
    "a value that nobody makes": (_set(0, "input", "q"), "q is used before"),
    "an output that nobody makes": (
        lambda f: setattr(f.graph.output[0], "name", "q"),
        "q is used before",
    ),
    "nodes in disorder": (lambda f: f.graph.node.reverse(), "a is used before"),
    "a name twice": (_renamed("a"), "a is there twice"),
    "a name of an input": (_renamed("x"), "x is there twice"),
    "a constant twice": (
        lambda f: f.graph.initializer.append(f.graph.initializer[0]),
        "w is there twice",
    ),
    "an input twice": (
        lambda f: f.graph.input.append(f.graph.input[0]),
        "x is there twice",
    ),
    "an input without a name": (
        lambda f: setattr(f.graph.input[0], "name", ""),
        "without a name",
    ),
    "an attribute twice": (
        lambda f: f.graph.node[1].attribute.extend([helper.make_attribute("a", 1)] * 2),
        "a is there twice",
    ),
    "an attribute of two values": (_two_values, "attribute a has two values"),
    "metadata twice": (
        lambda f: [f.metadata_props.add(key="k", value=v) for v in "ab"],
        "k is there twice",
    ),
    "two versions of operators": (
        lambda f: f.opset_import.append(helper.make_opsetid("", 20)),
        "is there twice",
    ),
    "no version of operators": (
        lambda f: f.opset_import.pop(0),
        "no version is told of Add",
    ),
    "no graph": (lambda f: f.ClearField("graph"), "there is no graph"),
    "too few elements": (_dims(4), "w has 3 elements, by its shape 4"),
    "a length below 0": (_dims(-1, -3), "w has the shape [-1, -3]"),
    "too many axes": (_dims(*[1] * 8, 3), "w has the shape"),
    "half an element": (_tensor(data_type=1, raw_data=bytes(11)), "ends too early"),
    "elements of another type": (
        _tensor(data_type=1, int64_data=[1, 2, 3]),
        "w has elements of another type",
    ),
    "elements in two ways": (
        _tensor(data_type=1, float_data=[1, 2, 3], raw_data=bytes(12)),
        "w has elements of another type",
    ),
    "elements beyond their type": (
        _tensor(data_type=2, int32_data=[1, 2, 300]),
        "w has elements beyond uint8",
    ),
    "an axis of a length below 0": (
        lambda f: f.graph.input[0].type.tensor_type.shape.dim.add(dim_value=-2),
        "an axis of length -2",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_damaged_is_named(name: str) -> None:
    change, text = UNREADABLE[name]
    refusal = spoilt(change)
    assert refusal.refusal == Refusal.UNREADABLE
    assert text in refusal.detail


def test_a_file_is_bounded() -> None:
    refusal = refused(bytes(onnx_model.MOST_BYTES + 1))
    assert refusal.refusal == Refusal.TOO_LARGE


def test_nodes_are_bounded() -> None:
    count = onnx_model.MOST_NODES
    names = ["x", *(f"a{index}" for index in range(count - 1)), "y"]

    def chain(names: list[str]) -> bytes:
        nodes = [
            helper.make_node("Relu", [one], [other]) for one, other in pairwise(names)
        ]
        return model(nodes, {"x": F32}, {"y": F32})

    assert open_engines(chain(names), only_numpy=True)
    assert refused(chain(["x", "b", *names[1:]])).refusal == Refusal.TOO_LARGE


@pytest.mark.parametrize(("left", "fits"), [(3, True), (2, False)])
def test_elements_are_bounded(
    left: int, *, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_tensor, "MOST_ELEMENTS", left)
    data = good().SerializeToString()
    assert fits == bool(_outcome(data) is None)


def _outcome(data: bytes) -> Refusal | None:
    try:
        open_engines(data, only_numpy=True)
    except ModelRefused as err:
        return err.refusal
    return None


def test_fields_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    count = wire.Pieces(10)
    count.take(10)
    with pytest.raises(ModelRefused) as caught:
        count.take(1)
    assert caught.value.refusal == Refusal.TOO_LARGE


TENSORS: Mapping[str, tuple[TensorProto, list[Any]]] = {
    "floats": (helper.make_tensor("w", 1, [2], [1.5, -2]), [1.5, -2]),
    "doubles": (helper.make_tensor("w", 11, [2], [1.5, -2]), [1.5, -2]),
    "integers": (helper.make_tensor("w", 7, [3], [1, -2, 2**62]), [1, -2, 2**62]),
    "short integers": (helper.make_tensor("w", 6, [2], [1, -2]), [1, -2]),
    "truths": (helper.make_tensor("w", 9, [2], [True, False]), [True, False]),
    "none": (helper.make_tensor("w", 1, [0], []), []),
    "raw truths": (
        TensorProto(name="w", data_type=9, dims=[3], raw_data=bytes([0, 1, 2])),
        [False, True, True],
    ),
}


@pytest.mark.parametrize("name", TENSORS)
def test_elements_are_read_in_any_form(name: str) -> None:
    tensor, expected = TENSORS[name]
    node = helper.make_node("Identity", ["w"], ["y"])
    dtype = helper.tensor_dtype_to_np_dtype(tensor.data_type)
    file = proto([node], {"x": F32}, {"y": dtype})
    file.graph.initializer.append(tensor)
    engine = open_engines(file.SerializeToString(), only_numpy=True).engine
    answer = engine.run({"x": np.zeros(1, np.float32)})["y"]
    assert answer.tolist() == expected
    assert answer.dtype == dtype
