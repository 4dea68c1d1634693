"""Chains: element-wise steps on large arrays of one shape, as one step that runs block by block.

Floor 7. A large array that one step has written has left the cache when the next one reads it. A chain takes a block of
every array through all of its steps while that stays in the cache; what only the chain needs never exists in full.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.spec import TensorSpec
from .blocks import COLUMN, FULL, ROW, SCALAR, SHARE, Chain
from .memory import bytes_in, use_of
from .planning import SMALLEST
from .program import Program, Step, Value
from .threads import cores

__all__ = ["LEAST", "chained", "kind_of"]

LEAST = 1 << 20
"""Number of bytes of an array from which on blocks stay in the cache longer than it would."""
TOGETHER = 1 << 24
"""Number of bytes of the results of all steps from which on this pays."""
FEWEST = 16
"""Number of rows that there must be: blocks are made of whole rows."""


def chained(program: Program) -> Program:
    """Return the program in which element-wise steps that follow one another are chains.

    Example:
        >>> program = hybrid.jit(lambda x: hybrid.ops.exp(x * 0.5) + 1.0).lower(np.ones((1000, 1000))).after
        >>> [step.operation.name for step in chained(program).steps]
        ['chain']
    """
    uses: dict[Value, int] = {}
    for value in (*program.results, *(a for step in program.steps for a in step.arguments)):
        if type(value) is Value:
            uses[value] = uses.get(value, 0) + 1
    steps: list[Step] = []
    group: _Group | None = None
    for step in program.steps:
        if group is not None and group.takes(step):
            group.add(step)
            continue
        if group is not None and group.is_needed_by(step):
            steps += group.steps(uses)
            group = None
        if group is None:
            group = _Group(step.outputs[0].spec.shape)
            if group.takes(step):
                group.add(step)
                continue
            group = None
        # It needs nothing of the open group: it may as well come before.
        steps.append(step)
    steps += group.steps(uses) if group is not None else ()
    return Program(program.inputs, program.state, steps, program.outputs, program.updates)


def _is_eligible(step: Step) -> bool:
    is_large = bytes_in(step.outputs[0]) >= SMALLEST
    return is_large and getattr(step.operation, "elementwise", False) and use_of(step).elementwise


class _Group:
    """Steps that may become a chain."""

    def __init__(self, shape: Any):
        self._shape: tuple[int, ...] = shape
        self._members: list[Step] = []
        self._made: set[Value] = set()
        self._splits = set(range(len(shape) + 1))

    def takes(self, step: Step) -> bool:
        """Say whether a step can be one more."""
        same = len(step.outputs) == 1 and step.outputs[0].spec.shape == self._shape
        return same and _is_eligible(step) and bool(self._splits_with(step))

    def add(self, step: Step) -> None:
        self._splits = self._splits_with(step)
        self._members.append(step)
        self._made.update(step.outputs)

    def is_needed_by(self, step: Step) -> bool:
        """Say whether a step needs something that the group makes."""
        return any(argument in self._made for argument in step.arguments if type(argument) is Value)

    def steps(self, uses: dict[Value, int]) -> list[Step]:
        """Return the chain; the steps as they are where that does not pay, or where rows are too long."""
        split = max(self._splits)
        rows, columns = math.prod(self._shape[:split]), math.prod(self._shape[split:])
        if rows < FEWEST or not self._pays():
            return self._members
        inside: dict[Value, int] = {}
        given: dict[int, Any] = {}
        stand_ins: dict[int, Value] = {}
        for argument in (a for step in self._members for a in step.arguments if _is_array(a)):
            if type(argument) is Value and argument in self._made:
                inside[argument] = inside.get(argument, 0) + 1
            else:
                given[id(argument)] = argument
                stand_ins[id(argument)] = argument if type(argument) is Value else _stand_in(argument)
        results = [v for step in self._members for v in step.outputs if uses.get(v, 0) > inside.get(v, 0)]
        members = [step.on([stand_ins.get(id(a), a) for a in step.arguments]) for step in self._members]
        kinds = [str(kind_of(_shape_of(argument), self._shape, split)) for argument in given.values()]
        shape = (rows,) if columns == 1 else (rows, columns)
        chain = Chain(members, list(stand_ins.values()), results, shape, kinds)
        structure = None if len(results) == 1 else tuple(range(len(results)))
        return [Step(chain, list(given.values()), {}, results, structure, self._members[0].place)]

    def _pays(self) -> bool:
        """Say whether blocks, or threads, make up for what dividing costs."""
        sizes = [bytes_in(step.outputs[0]) for step in self._members]
        by_threads = cores() > 1 and math.prod(self._shape) * len(sizes) >= 2 * SHARE
        return len(sizes) > 1 and (by_threads or (max(sizes) >= LEAST and sum(sizes) >= TOGETHER))

    def _splits_with(self, step: Step) -> set[int]:
        shapes = [_shape_of(argument) for argument in step.arguments if _is_array(argument)]
        return {k for k in self._splits if all(kind_of(shape, self._shape, k) for shape in shapes)}


def _is_array(argument: Any) -> bool:
    return type(argument) is Value or isinstance(argument, np.ndarray)


def _stand_in(array: np.ndarray[Any, Any]) -> Value:
    return Value(TensorSpec.of(array.shape, array.dtype))


def _shape_of(argument: Any) -> tuple[int, ...]:
    return argument.spec.shape if type(argument) is Value else argument.shape  # type: ignore[return-value]


def kind_of(shape: tuple[int, ...], full: tuple[int, ...], split: int) -> str | None:
    """Return what an operand is where arrays are seen as matrices, `None` if nothing of the sort.

    Args:
        shape: of the operand.
        full: of the results.
        split: number of axes that count as rows; the others are columns.

    Example:
        >>> kind_of((3,), (5, 2, 3), 2), kind_of((5, 2, 1), (5, 2, 3), 2), kind_of((2, 3), (5, 2, 3), 2)
        ('row', 'column', None)
    """
    shape = (1,) * (len(full) - len(shape)) + tuple(shape)
    if shape == full:
        return FULL
    if math.prod(shape) == 1:
        return SCALAR
    above, below = shape[:split], shape[split:]
    if math.prod(above) == 1 and below == full[split:]:
        return ROW
    return COLUMN if above == full[:split] and math.prod(below) == 1 else None
