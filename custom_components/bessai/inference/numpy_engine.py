"""Runs a model with numpy alone, so on every machine."""

from collections.abc import Sequence

import numpy as np

from .budget import MOST_RESULT, Array, Budget
from .engine import Tensors, TensorSpec
from .errors import ModelRefused, Refusal
from .onnx_model import OnnxModel
from .program import NOTHING, Program, Step, build_program


class NumpyEngine:
    """A model as a list of calls of numpy."""

    def __init__(self, model: OnnxModel) -> None:
        """Build every operator that the outputs need.

        Raises:
            ModelRefused: If one of them is not known, or not as it is used here.
        """
        self._inputs, self._outputs = model.inputs, model.outputs
        self.program: Program = build_program(model)

    @property
    def backend(self) -> str:
        """Its name."""
        return "numpy"

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
        places, values = self.program.places, list(self.program.values)
        for name, array in inputs.items():
            values[places[name]] = array
        budget = Budget()
        # What overflows is not finite, and whoever asks looks for that.
        with np.errstate(all="ignore"):
            for step in self.program.steps:
                _call(step, values, budget)
        # Copied: never a constant of the model, nor a view of an input.
        return {
            spec.name: np.array(values[places[spec.name]], order="C")
            for spec in self._outputs
        }


def _call(step: Step, values: list[Array], budget: Budget) -> None:
    try:
        results = step.kernel([values[place] for place in step.inputs], budget)
    except (ArithmeticError, LookupError, MemoryError, TypeError, ValueError) as err:
        # All that numpy says of shapes and indices that do not fit.
        raise ModelRefused(Refusal.FAILED, f"{step.operator}: {err}") from err
    for place, result in zip(step.outputs, results, strict=True):
        budget.keep(result)
        values[place] = result
    for place in step.done_with:
        budget.release(values[place])
        values[place] = NOTHING


def check_inputs(specs: Sequence[TensorSpec], inputs: Tensors) -> None:
    """Make sure that inputs are those that a model wants.

    Raises:
        ModelRefused: If name, type or shape differs, or one is very large.
    """
    if inputs.keys() != {spec.name for spec in specs}:
        raise ModelRefused(
            Refusal.WRONG_INPUTS,
            f"{', '.join(inputs)} for {', '.join(spec.name for spec in specs)}",
        )
    for spec in specs:
        array = inputs[spec.name]
        if array.dtype != spec.dtype or not _fits(array.shape, spec.shape):
            raise ModelRefused(
                Refusal.WRONG_INPUTS,
                f"{spec.name}: {array.dtype} {array.shape}"
                f" for {spec.dtype} {spec.shape}",
            )
        if array.size > MOST_RESULT:
            raise ModelRefused(Refusal.TOO_LARGE, f"{spec.name}: {array.size} elements")


def _fits(shape: tuple[int, ...], wanted: tuple[int | None, ...] | None) -> bool:
    return wanted is None or (
        len(shape) == len(wanted)
        and all(want in {None, have} for have, want in zip(shape, wanted, strict=True))
    )
