"""From the bytes of an ONNX file to what runs it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .engine import Engine
from .errors import ModelRefused
from .numpy_engine import NumpyEngine
from .onnx_model import OnnxModel, parse_model
from .wire_numbers import unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedModel:
    """A model that was read and can be run; whether it is right is not yet known."""

    engine: Engine
    """onnxruntime where it can be imported and takes the model, else our own."""

    reference: NumpyEngine
    """Our own, which is always there, to compare with; it may be the same object."""

    metadata: Mapping[str, str]
    """``metadata_props`` of the file."""

    graph_sha256: str
    """Of the bytes of the graph, without what describes it, in hex."""


def open_engines(
    data: bytes,
    *,
    only_numpy: bool = False,
    vet: Callable[[NumpyEngine], None] = lambda _: None,
) -> OpenedModel:
    """Return what runs a model; it blocks, so never in an event loop.

    Whatever onnxruntime is given has passed our own reader, with every operator.

    Args:
        data: The bytes of an ONNX file.
        only_numpy: Whether to leave onnxruntime alone, although it is there.
        vet: Refuses what onnxruntime is not to be given; it computes constants when it
            is opened, and knows no budget.

    Raises:
        ModelRefused: If the file is too large, cannot be read, or has something that
            is not supported.
    """
    try:
        model = parse_model(data)
        reference = NumpyEngine(model)
    except (ArithmeticError, LookupError, MemoryError, TypeError, ValueError) as err:
        # Readers say what is wrong; this is what damaged files do besides.
        raise unreadable(f"{type(err).__name__}: {err}") from err
    vet(reference)
    engine = None if only_numpy else _onnxruntime(data, model, reference)
    return OpenedModel(
        engine=engine or reference,
        reference=reference,
        metadata=model.metadata,
        graph_sha256=model.graph_sha256,
    )


def _onnxruntime(
    data: bytes, model: OnnxModel, reference: NumpyEngine
) -> Engine | None:
    """Return the other engine; ``None`` where there is none, or not for this model."""
    if not reference.program.whole:
        return None
    try:
        from .onnxruntime_engine import OnnxruntimeEngine  # noqa: PLC0415 - may lack
    except ImportError, OSError:  # the second of a wheel for another machine
        return None
    try:
        return OnnxruntimeEngine(data, model)
    except ModelRefused:
        return None
