"""Late broadcasts: what is repeated along axes stays small until something needs it large.

Floor 7. The derivative of a reduction hands every element the same number. Element-wise functions broadcast by
themselves, so they take the small array; and where all they are given is small, they compute as little.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..program import Program, Step, Value
from .rewriting import Rewriter, rewritten, shape_of

__all__ = ["with_late_broadcasts"]

_REPEATING = ("spread", "share", "broadcast_to", "broadcast_like")


def with_late_broadcasts(program: Program) -> Program:
    """Return the program in which element-wise functions take what was broadcast before it was.

    Example:
        >>> f = lambda x: x - hybrid.ops.broadcast_to(hybrid.ops.mean(x, keepdims=True) * 2.0, x.shape)
        >>> [step.operation.name for step in hybrid.jit(f).lower(np.ones((2, 3))).after.steps]
        ['mean', 'multiply', 'subtract']
    """
    small: dict[Value, Any] = {}

    def rule(step: Step, rewriter: Rewriter) -> Any:
        spec = step.outputs[0].spec
        if step.operation.name in _REPEATING:
            return _remember(small, _before(step, rewriter), step, rewriter)
        if not _broadcasts(step) or not any(argument in small for argument in step.arguments if _is_value(argument)):
            return None
        given = [small.get(argument, argument) if _is_value(argument) else argument for argument in step.arguments]
        result = rewriter.call(step.operation.name, *given, **step.params)
        return result if result.spec == spec else _remember(small, result, step, rewriter)

    return rewritten(program, rule)


def _remember(small: dict[Value, Any], value: Any, step: Step, rewriter: Rewriter) -> Any:
    """Return the broadcast of a small value, and note what it is made of."""
    if value is None:
        return None
    spec = step.outputs[0].spec
    like = np.broadcast_to(np.zeros((), spec.dtype), shape_of(step.outputs[0]))
    large = rewriter.call("spread", value, like, axes=(), keepdims=True)
    small[large] = value
    return large


def _before(step: Step, rewriter: Rewriter) -> Any:
    """Return what a step repeats, of a shape that is broadcast to the result's."""
    value, shape = step.arguments[0], shape_of(step.outputs[0])
    size = math.prod(shape)
    if not isinstance(value, (Value, np.ndarray)) or not math.prod(shape_of(value)) < size:
        return None
    if step.operation.name == "share":
        value = rewriter.call("divide", value, float(size // _groups(step)))
    if step.operation.name in ("spread", "share") and not step.params["keepdims"] and shape_of(value):
        axes = step.params["axes"]
        kept = tuple(1 if axis in axes else size for axis, size in enumerate(shape))
        value = rewriter.call("reshape", value, shape=kept)
    return value


def _groups(step: Step) -> int:
    axes = step.params["axes"]
    return math.prod(size for axis, size in enumerate(shape_of(step.outputs[0])) if axis not in axes)


def _broadcasts(step: Step) -> bool:
    compute = step.operation.compute
    return step.operation.name == "cast" or isinstance(compute, np.ufunc) and compute.signature is None


def _is_value(argument: Any) -> bool:
    return type(argument) is Value
