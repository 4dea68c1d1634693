"""Reuse of memory: a step writes its result over an argument that nothing needs any more.

Floor 7. Large arrays cost as much to allocate as to compute. Only NumPy's element-wise functions write in place, and
only over what a step of the program has made and nothing else can share: numbers stay the same, bit by bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .program import Program, Step, Value

__all__ = ["SMALLEST", "overwritten"]

SMALLEST = 1 << 12
"""Number of bytes from which on writing in place is worth a word in the source."""

# Beside element-wise functions: what shares no memory with its arguments.
_SEPARATE = frozenset("matmul affine affine_slopes pack sum share spread relu gate".split())


def overwritten(program: Program) -> Mapping[int, Value]:
    """Return, by the number of a step, the argument that its result is written over.

    Example:
        >>> program = hybrid.jit(lambda x: -hybrid.ops.exp(x) * 2.0).lower(np.ones(1000)).after
        >>> sorted(overwritten(program))
        [1, 2]
    """
    last: dict[Value, int] = {}
    makers: dict[Value, Step] = {}
    shared = {value for value in program.results if type(value) is Value}
    for number, step in enumerate(program.steps):
        separate = _is_separate(step)
        for argument in step.arguments:
            if type(argument) is Value:
                last[argument] = number
                if not separate:
                    shared.add(argument)
        for value in step.outputs:
            makers[value] = step
            if not separate:
                shared.add(value)
    return {
        number: chosen
        for number, step in enumerate(program.steps)
        if _writes_in_place(step)
        for chosen in [_chosen(step, number, last, makers, shared)]
        if chosen is not None
    }


def _chosen(
    step: Step, number: int, last: Mapping[Value, int], makers: Mapping[Value, Step], shared: set[Value]
) -> Value | None:
    result = step.outputs[0].spec
    for argument in step.arguments:
        if (
            type(argument) is Value
            and argument in makers
            and argument not in shared
            and last[argument] == number
            and argument.spec == result
        ):
            return argument
    return None


def _is_elementwise(compute: Any) -> bool:
    return isinstance(compute, np.ufunc) and compute.signature is None and compute.nout == 1


def _writes_in_place(step: Step) -> bool:
    spec = step.outputs[0].spec
    large = bool(spec.shape) and (spec.size or 0) * spec.dtype.itemsize >= SMALLEST
    return large and not step.operation.is_composite and not step.params and _is_elementwise(step.operation.compute)


def _is_separate(step: Step) -> bool:
    if step.operation.is_composite:
        return False
    return step.operation.name in _SEPARATE or _is_elementwise(step.operation.compute)
