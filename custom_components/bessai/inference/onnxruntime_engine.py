"""Runs a model with onnxruntime, where that can be imported; no other file does.

It has no wheel for musl (Home Assistant OS and Container): it is never needed.
"""

from typing import Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]

from .engine import Tensors, TensorSpec
from .errors import ModelRefused, Refusal
from .numpy_engine import check_inputs
from .onnx_model import OnnxModel

_FATAL = 4
"""It writes of everything below straight to the terminal."""


class OnnxruntimeEngine:
    """A session: one thread, no memory that it does not give back."""

    def __init__(self, data: bytes, model: OnnxModel) -> None:
        """Open a session.

        Args:
            data: The file.
            model: What our own reader has found in it, and let pass.

        Raises:
            ModelRefused: If it does not take the model.
        """
        self._inputs, self._outputs = model.inputs, model.outputs
        self._names = [spec.name for spec in model.outputs]
        onnxruntime.disable_telemetry_events()
        try:
            self._session: Any = onnxruntime.InferenceSession(
                data, _options(), providers=["CPUExecutionProvider"]
            )
        except Exception as err:  # its errors have no base class of their own
            raise ModelRefused(Refusal.UNSUPPORTED, f"onnxruntime: {err}") from err

    @property
    def backend(self) -> str:
        """Its name."""
        return "onnxruntime"

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """What it wants."""
        return self._inputs

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """What it answers."""
        return self._outputs

    def run(self, inputs: Tensors) -> Tensors:
        """Compute all outputs.

        Raises:
            ModelRefused: If inputs do not fit, or it cannot be computed.
        """
        check_inputs(self._inputs, inputs)
        try:
            results = self._session.run(self._names, dict(inputs))
        except Exception as err:  # as above
            raise ModelRefused(Refusal.FAILED, f"onnxruntime: {err}") from err
        return {
            name: np.asarray(result)
            for name, result in zip(self._names, results, strict=True)
        }


def _options() -> Any:
    options: Any = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    options.log_severity_level = _FATAL
    return options
