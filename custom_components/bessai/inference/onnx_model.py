"""An ONNX file as frozen values: read, bounded, and nothing in it that is not known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from .engine import TensorSpec
from .errors import ModelRefused, Refusal
from .onnx_fields import (
    ATTRIBUTE,
    ATTRIBUTE_FIELDS,
    DIMENSION,
    DTYPES,
    ENTRY,
    GRAPH,
    MODEL,
    NODE,
    OPSET,
    SHAPE,
    TENSOR,
    TENSOR_TYPE,
    TYPE,
    VALUE,
    AttributeType,
)
from .onnx_tensor import Array, Elements, parse_tensor
from .wire import Message, Pieces
from .wire_numbers import unreadable

type AttributeValue = float | int | str | Array | tuple[str, ...]

MOST_BYTES = 8 * 2**20
MOST_NODES = 4096
IR_VERSIONS = range(3, 14)
"""Those that say which operators they mean, and that were looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One call of an operator."""

    operator: str
    domain: str
    """Empty: the one of ONNX itself."""

    inputs: tuple[str, ...]
    """An empty name: an optional input that is left out."""

    outputs: tuple[str, ...]
    attributes: Mapping[str, AttributeValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxModel:
    """A file that was read as a whole; what its operators are is not yet judged."""

    opsets: Mapping[str, int]
    metadata: Mapping[str, str]
    graph_sha256: str
    """Of the bytes of the graph, without what describes it."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    constants: Mapping[str, Array]
    nodes: tuple[Node, ...]


def parse_model(data: bytes) -> OnnxModel:
    """Return what a file holds.

    Raises:
        ModelRefused: If it is too large, damaged, or has something that is never run:
            functions, subgraphs, data in other files, types other than dense tensors.
    """
    if len(data) > MOST_BYTES:
        raise ModelRefused(
            Refusal.TOO_LARGE, f"{len(data)} bytes, at most {MOST_BYTES}"
        )
    model = Message(memoryview(data), "model", MODEL, Pieces())
    if not model.has(7):
        raise unreadable("there is no graph")
    _refuse(model, {20: "training", 25: "functions", 26: "devices"})
    if (version := model.integer(1)) not in IR_VERSIONS:
        raise unsupported(f"IR version {version}")
    graph = model.message(7, "graph", GRAPH)
    _refuse(graph, {14: "quantisation", 15: "sparse tensors"})
    elements = Elements()
    constants = _unique(
        (each.text(8), parse_tensor(each, elements))
        for each in graph.messages(5, "tensor", TENSOR)
    )
    inputs = tuple(_spec(each) for each in graph.messages(11, "input", VALUE))
    return OnnxModel(
        opsets=_unique(
            # One exporter (skl2onnx 1.20) says the same twice.
            {
                (_domain(each.text(1)), each.integer(2))
                for each in model.messages(8, "opset", OPSET)
            }
        ),
        metadata=_unique(
            (each.text(1), each.text(2))
            for each in model.messages(14, "metadata", ENTRY)
        ),
        graph_sha256=sha256(model.data(7)).hexdigest(),
        # Old files list their constants as inputs, too: as what is taken by default.
        inputs=tuple(spec for spec in inputs if spec.name not in constants),
        outputs=tuple(_spec(each) for each in graph.messages(12, "output", VALUE)),
        constants=constants,
        nodes=_nodes(graph, elements),
    )


def unsupported(detail: str) -> ModelRefused:
    """Return what says that a file has something that is not run here."""
    return ModelRefused(Refusal.UNSUPPORTED, detail)


def _nodes(graph: Message, elements: Elements) -> tuple[Node, ...]:
    nodes: list[Node] = []
    for each in graph.messages(1, "node", NODE):
        if len(nodes) == MOST_NODES:
            raise ModelRefused(Refusal.TOO_LARGE, f"more than {MOST_NODES} nodes")
        nodes.append(_node(each, elements))
    return tuple(nodes)


def _node(message: Message, elements: Elements) -> Node:
    _refuse(message, {8: "overloads", 10: "devices"})
    return Node(
        operator=message.text(4),
        domain=_domain(message.text(7)),
        inputs=message.texts(1),
        outputs=message.texts(2),
        attributes=_unique(
            (each.text(1), _attribute(each, elements))
            for each in message.messages(5, "attribute", ATTRIBUTE)
        ),
    )


def _attribute(message: Message, elements: Elements) -> AttributeValue:
    _refuse(message, {6: "subgraphs", 11: "subgraphs", 21: "functions"})
    kind = message.integer(20)
    if kind not in ATTRIBUTE_FIELDS:
        raise unsupported(f"attribute {message.text(1)} of type {kind}")
    field = ATTRIBUTE_FIELDS[AttributeType(kind)]
    if any(message.has(other) for other in ATTRIBUTE - {1, 13, 20, field}):
        raise unreadable(f"attribute {message.text(1)} has two values")
    value: AttributeValue
    match AttributeType(kind):
        case AttributeType.FLOAT:
            value = message.real(field)
        case AttributeType.INT:
            value = message.integer(field)
        case AttributeType.STRING:
            value = message.text(field)
        case AttributeType.TENSOR:
            tensor = message.message(field, "tensor", TENSOR)
            value = parse_tensor(tensor, elements)
        case AttributeType.FLOATS:
            value = elements.take(message.reals(field, "<f4"))
        case AttributeType.INTS:
            value = elements.take(message.integers(field))
        case _:
            value = message.texts(field)
    return value


def _spec(message: Message) -> TensorSpec:
    name = message.text(1)
    kind = message.message(2, "type", TYPE)
    if not kind.has(1):
        raise unsupported(f"{name} is not a tensor")
    _refuse(kind, {4: "sequences", 5: "maps", 7: "opaque types", 8: "sparse tensors"})
    tensor = kind.message(1, "tensor type", TENSOR_TYPE)
    if (dtype := DTYPES.get(tensor.integer(1))) is None:
        raise unsupported(f"{name} has elements of type {tensor.integer(1)}")
    shape = None
    if tensor.has(2):
        axes = tensor.message(2, "shape", SHAPE).messages(1, "axis", DIMENSION)
        shape = tuple(_length(axis) for axis in axes)
    return TensorSpec(name=name, dtype=dtype.name, shape=shape)


def _length(axis: Message) -> int | None:
    if not axis.has(1):
        return None
    if (length := axis.integer(1)) < 0:
        raise unreadable(f"an axis of length {length}")
    return length


def _domain(name: str) -> str:
    return "" if name == "ai.onnx" else name


def _refuse(message: Message, parts: Mapping[int, str]) -> None:
    for number, name in parts.items():
        if message.has(number):
            raise unsupported(name)


def _unique[Value](pairs: Iterable[tuple[str, Value]]) -> Mapping[str, Value]:
    result: dict[str, Value] = {}
    for name, value in pairs:
        if name in result:
            raise unreadable(f"{name or 'what has no name'} is there twice")
        result[name] = value
    return MappingProxyType(result)
