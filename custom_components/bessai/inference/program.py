"""A graph as a list of calls, each built and checked before anything runs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .budget import Array
from .kernel import ANY, Call, Kernel, Operand, Operator
from .onnx_model import Node, OnnxModel, unsupported
from .operators import OPERATORS, OPSETS
from .wire_numbers import unreadable

NOTHING: Array = np.empty(0, np.float32)
"""Stands for an input that is left out, and for what is not there any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call; values are kept in numbered places."""

    operator: str
    kernel: Kernel
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    done_with: tuple[int, ...]
    """Places that nobody reads afterwards: their memory is given back early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What computes the outputs of a model."""

    steps: tuple[Step, ...]
    values: tuple[Array, ...]
    """What is in each place before the first step: a constant, or nothing."""

    places: Mapping[str, int]
    """By the name of the value."""

    whole: bool
    """Whether also the nodes that were left out are of operators that are known."""


def build_program(model: OnnxModel) -> Program:
    """Return the steps that the outputs need; others are left out.

    Raises:
        ModelRefused: If an operator is not known, or not as it is used here; if names
            are there twice, or values are used before they are computed.
    """
    needed = _needed(model)
    builder = _Builder(model)
    for node in needed:
        builder.add(node)
    for spec in model.outputs:
        if (made := builder.operand(spec.name).dtype) != spec.dtype:
            raise unsupported(f"{spec.name} is {made}, not {spec.dtype}")
    return Program(
        steps=builder.steps({spec.name for spec in model.outputs}),
        values=tuple(builder.values),
        places=builder.places,
        whole=all(
            node.operator in OPERATORS.get(node.domain, ()) for node in model.nodes
        ),
    )


def _needed(model: OnnxModel) -> list[Node]:
    """Return the nodes that lead to the outputs, in their order."""
    if not model.outputs or not model.inputs:
        raise unsupported("a graph without inputs or outputs")
    wanted, needed = {spec.name for spec in model.outputs}, []
    for node in reversed(model.nodes):
        if wanted.intersection(node.outputs):
            wanted.update(node.inputs)
            needed.append(node)
    return needed[::-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Built:
    node: Node
    kernel: Kernel


class _Builder:
    def __init__(self, model: OnnxModel) -> None:
        self._opsets = model.opsets
        for domain, known in OPSETS.items():
            version = model.opsets.get(domain, known[0])
            if version not in known:
                raise unsupported(f"operators {domain or 'of ONNX'} {version}")
        self.places: dict[str, int] = {}
        self.values: list[Array] = [NOTHING]  # of what has no name
        self._operands: dict[str, Operand] = {}
        self._built: list[_Built] = []
        for spec in model.inputs:
            self._place(spec.name, Operand(dtype=np.dtype(spec.dtype)))
        for name, array in model.constants.items():
            self._place(name, Operand(dtype=array.dtype, constant=array))

    def operand(self, name: str) -> Operand:
        """Return what is known of a value that has been computed before."""
        if (operand := self._operands.get(name)) is None:
            raise unreadable(f"{name} is used before it is computed, if ever")
        return operand

    def add(self, node: Node) -> None:
        """Build a node."""
        row = self._row(node)
        outputs = list(node.outputs)
        while outputs and not outputs[-1]:
            outputs.pop()
        if not 0 < len(outputs) <= row.outputs:
            raise unsupported(f"{node.operator} with {len(outputs)} outputs")
        call = Call(
            node.operator,
            self._opsets[node.domain],
            self._operands_of(node, row),
            len(outputs),
            node.attributes,
        )
        built = row.build(call)
        call.finish()
        for name, dtype in zip(outputs, built.dtypes, strict=True):
            self._place(name, Operand(dtype=dtype, constant=built.constant))
        if built.constant is None:
            self._built.append(_Built(node=node, kernel=built.kernel))

    def steps(self, outputs: set[str]) -> tuple[Step, ...]:
        """Return what was built, each with what is not needed after it."""
        keep = {self.places[name] for name in outputs}
        steps: list[Step] = []
        for built in reversed(self._built):
            inputs = tuple(self.places.get(name, 0) for name in built.node.inputs)
            made = tuple(self.places[name] for name in built.node.outputs if name)
            ends = {*inputs, *made} - keep - {0}
            keep |= ends
            steps.append(
                Step(
                    operator=built.node.operator,
                    kernel=built.kernel,
                    inputs=inputs,
                    outputs=made,
                    done_with=tuple(sorted(ends)),
                )
            )
        return tuple(reversed(steps))

    def _row(self, node: Node) -> Operator:
        name = f"{node.domain}.{node.operator}" if node.domain else node.operator
        row = OPERATORS.get(node.domain, {}).get(node.operator)
        if row is None:
            raise unsupported(f"operator {name}")
        if (opset := self._opsets.get(node.domain)) is None:
            raise unreadable(f"no version is told of {name}")
        if opset < row.since:
            raise unsupported(f"operator {name} of version {opset}")
        return row

    def _operands_of(self, node: Node, row: Operator) -> tuple[Operand | None, ...]:
        operands = [self.operand(name) if name else None for name in node.inputs]
        while operands and operands[-1] is None:
            operands.pop()
        least, most = row.inputs
        if not least <= len(operands) <= most or None in operands[:least]:
            raise unsupported(f"{node.operator} with {len(operands)} inputs")
        return tuple(operands)

    def _place(self, name: str, operand: Operand) -> None:
        if name in self.places or not name:
            raise unreadable(f"{name or 'a value without a name'} is there twice")
        if operand.dtype not in ANY:
            raise unsupported(f"{name} has elements of {operand.dtype}")
        self.places[name] = len(self.values)
        self.values.append(NOTHING if operand.constant is None else operand.constant)
        self._operands[name] = operand
