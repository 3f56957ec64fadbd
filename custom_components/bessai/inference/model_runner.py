"""Runs rows through an engine and looks at what comes back."""

from typing import TYPE_CHECKING

import numpy as np

from .engine import Engine, TensorSpec
from .errors import ModelRefused, Refusal
from .model_card import ModelCard

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FLOATS = ("float32", "float64")
_ROUNDING = 1e-6
"""Of the width of a range: an answer may miss it by so much of rounding."""


class ModelRunner:
    """An engine whose model has the input and output that its card speaks of.

    Raises:
        ModelRefused: If it has not: the model takes one table of decimal numbers,
            a row for each question and a column for each input, and answers one tensor.
    """

    def __init__(self, engine: Engine, card: ModelCard) -> None:
        self._engine, self._card = engine, card
        self._input = _only(engine.inputs, Refusal.WRONG_INPUTS)
        self._output = _only(engine.outputs, Refusal.WRONG_OUTPUT)
        self._row_by_row = _takes_one_row(self._input, len(card.inputs))

    @property
    def backend(self) -> str:
        """What computes."""
        return self._engine.backend

    def run(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return finite answers, ``(rows, columns)``, of scaled inputs.

        Raises:
            ModelRefused: If it cannot be computed, or the answers have another shape or
                are no finite numbers.
        """
        if not self._row_by_row:
            return self._run(rows)
        alone = [self._run(rows[at : at + 1]) for at in range(len(rows))]
        return np.concatenate(alone)

    def answer(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return answers that are also within the range of the card.

        Raises:
            ModelRefused: As ``run``, and if an answer is beyond the range.
        """
        answers, output = self.run(rows), self._card.output
        slack = _ROUNDING * (output.high - output.low)
        beyond = (answers < output.low - slack) | (answers > output.high + slack)
        if beyond.any():
            raise ModelRefused(
                Refusal.OUT_OF_RANGE,
                f"the answer {answers[beyond][0]:g} is not from {output.low:g} to "
                f"{output.high:g}",
            )
        return np.clip(answers, output.low, output.high)

    def _run(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        tensor = rows.astype(self._input.dtype)
        answers = self._engine.run({self._input.name: tensor})[self._output.name]
        columns = self._card.columns
        fitting = [(len(rows), columns), *([(len(rows),)] if columns == 1 else [])]
        if answers.shape not in fitting:
            raise ModelRefused(
                Refusal.WRONG_OUTPUT, f"shape {answers.shape}, not {fitting[0]}"
            )
        numbers = answers.astype(np.float64).reshape(fitting[0])
        if not np.isfinite(numbers).all():
            raise ModelRefused(Refusal.NOT_FINITE, "the answer")
        return numbers


def _only(specs: tuple[TensorSpec, ...], refusal: Refusal) -> TensorSpec:
    """Return the one tensor of decimal numbers that goes in or comes out."""
    if len(specs) != 1:
        names = ", ".join(spec.name for spec in specs)
        raise ModelRefused(refusal, f"{len(specs)} tensors ({names}) instead of one")
    if specs[0].dtype not in _FLOATS:
        raise ModelRefused(
            refusal, f"{specs[0].name} is {specs[0].dtype}, not {' or '.join(_FLOATS)}"
        )
    return specs[0]


def _takes_one_row(spec: TensorSpec, columns: int) -> bool:
    """Tell whether it was exported for a single row; refuse another shape."""
    if spec.shape is None:
        return False
    if (
        len(spec.shape) != 2
        or spec.shape[0] not in {None, 1}
        or spec.shape[1] not in {None, columns}
    ):
        shown = ", ".join("?" if one is None else str(one) for one in spec.shape)
        raise ModelRefused(
            Refusal.WRONG_INPUTS,
            f"{spec.name} is ({shown}), and the card has {columns} inputs",
        )
    return spec.shape[0] == 1
