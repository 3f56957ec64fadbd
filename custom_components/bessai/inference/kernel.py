"""What an operator is to the engine of our own: built once, then called.

All that a file says of an operator is judged while it is built. An attribute that no
builder asks for is refused: not to know what it means is not to run it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .budget import Array, Budget
from .errors import ModelRefused
from .onnx_model import AttributeValue, unsupported

type Dtype = np.dtype[Any]
type Kernel = Callable[[Sequence[Array], Budget], tuple[Array, ...]]
"""Of an input that is left out it gets an empty array, which it has to know of."""

FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)
INT32, INT64, BOOL = np.dtype(np.int32), np.dtype(np.int64), np.dtype(np.bool)
FLOATS: frozenset[Dtype] = frozenset((FLOAT32, FLOAT64))
NUMBERS: frozenset[Dtype] = FLOATS | {INT32, INT64}
ANY: frozenset[Dtype] = NUMBERS | {BOOL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operand:
    """What is known of an input before anything runs."""

    dtype: Dtype
    constant: Array | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """An operator that is ready to be called."""

    kernel: Kernel
    dtypes: tuple[Dtype, ...]
    """Of its results."""

    constant: Array | None = None
    """The result, where it is known already, so that nothing is ever called."""


class Call:
    """One node that is being built: what it is given, and what it is to do."""

    def __init__(
        self,
        operator: str,
        opset: int,
        operands: tuple[Operand | None, ...],
        outputs: int,
        attributes: Mapping[str, AttributeValue],
    ) -> None:
        """Take what the file says."""
        self.operator, self.opset = operator, opset
        self.operands, self.outputs = operands, outputs
        self._attributes = dict(attributes)

    def dtype(self, index: int, allowed: frozenset[Dtype] = ANY) -> Dtype:
        """Return the type of an input, which has to be there.

        Raises:
            ModelRefused: If it is left out, or of another type than allowed.
        """
        operand = self.operand(index)
        if operand is None or operand.dtype not in allowed:
            raise self.refused(f"input {index} of {operand and operand.dtype}")
        return operand.dtype

    def same_dtype(self, allowed: frozenset[Dtype] = ANY) -> Dtype:
        """Return the type that all inputs have.

        Raises:
            ModelRefused: If they differ, or it is another than allowed.
        """
        dtype = self.dtype(0, allowed)
        for operand in self.operands:
            if operand is not None and operand.dtype != dtype:
                raise self.refused(f"inputs of {dtype} and {operand.dtype}")
        return dtype

    def operand(self, index: int) -> Operand | None:
        """Return an input; ``None`` if it is left out."""
        return self.operands[index] if index < len(self.operands) else None

    def has(self, name: str) -> bool:
        """Return whether an attribute is given and not yet asked for."""
        return name in self._attributes

    def integer(self, name: str, default: int | None = None) -> int:
        """Return an attribute; without a default it has to be there."""
        return self._take(name, int, default)

    def real(self, name: str, default: float | None = None) -> float:
        """Return an attribute; without a default it has to be there."""
        return self._take(name, float, default)

    def text(self, name: str, default: str | None = None) -> str:
        """Return an attribute; without a default it has to be there."""
        return self._take(name, str, default)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return an attribute of several texts, none of them if it is not there."""
        return self._take(name, tuple, ())

    def array(self, name: str, dtype: type[np.generic] | None = None) -> Array:
        """Return a tensor or numbers of one type; empty if it is not there."""
        empty = np.empty(0, dtype)
        result = self._take(name, np.ndarray, empty)
        if dtype is not None and result.dtype != dtype:
            raise self.refused(f"attribute {name} of {result.dtype}")
        return result

    def integers(self, name: str) -> tuple[int, ...] | None:
        """Return an attribute of several integers; ``None`` if it is not there."""
        if name not in self._attributes:
            return None
        return tuple(self.array(name, np.int64).ravel().tolist())

    def only(self, name: str, *, value: int, default: int) -> None:
        """Ask for an attribute of which one value alone is supported.

        Raises:
            ModelRefused: If it is another.
        """
        if (given := self.integer(name, default)) != value:
            raise self.refused(f"attribute {name} is {given}")

    def finish(self) -> None:
        """End building.

        Raises:
            ModelRefused: If there are attributes that nobody asked for.
        """
        if self._attributes:
            raise self.refused(f"attribute {min(self._attributes)}")

    def refused(self, detail: str) -> ModelRefused:
        """Return what says that this operator cannot be run as it is."""
        return unsupported(f"{self.operator}: {detail}")

    def _take[Value](
        self, name: str, kind: type[Value], default: Value | None
    ) -> Value:
        value = self._attributes.pop(name, default)
        if value is None:
            raise self.refused(f"attribute {name} is missing")
        if not isinstance(value, kind):
            raise self.refused(f"attribute {name} has another type")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A row of the table of operators."""

    build: Callable[[Call], Built]
    inputs: tuple[int, int]
    """Least and most."""

    since: int = 1
    """The first version of the set of operators in which it means what is built."""

    outputs: int = 1
    """At most."""


def row(  # as short as a table wants it
    build: Callable[[Call], Built],
    least: int,
    most: int,
    since: int = 1,
    outputs: int = 1,
) -> Operator:
    """Return a row of the table."""
    return Operator(build=build, inputs=(least, most), since=since, outputs=outputs)
