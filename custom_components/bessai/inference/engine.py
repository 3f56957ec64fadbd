"""What runs a model, whatever does it underneath."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

type Tensors = Mapping[str, NDArray[np.generic]]
"""By name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """An input or output of a model."""

    name: str
    dtype: str
    """Of numpy: ``float32``, ``int64`` …"""

    shape: tuple[int | None, ...] | None
    """``None`` for a length that may vary; ``None`` as a whole where it is not told."""


class Engine(Protocol):
    """A model that is ready to run; not to be used by two threads at a time."""

    @property
    def backend(self) -> str:
        """``numpy`` or ``onnxruntime``."""
        ...

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """What it wants, in the order of the model."""
        ...

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """What it answers."""
        ...

    def run(self, inputs: Tensors) -> Tensors:
        """Compute all outputs; it blocks, so never in an event loop.

        Raises:
            ModelRefused: If inputs do not fit, or it cannot be computed.
        """
        ...
