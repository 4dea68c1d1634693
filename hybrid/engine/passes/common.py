"""Common subexpressions: what is computed twice from the same values is computed once.

Floor 7. Draws are no exception: they are functions of a seed state.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..program import Program, Step, Value

__all__ = ["without_repetition"]

_SMALL = 16


def without_repetition(program: Program) -> Program:
    """Return the program without steps that compute what an earlier step has computed.

    Example:
        >>> hybrid.jit(lambda x: hybrid.ops.exp(x) + hybrid.ops.exp(x)).lower(np.ones(2)).after
        <Program of 2 steps>
    """
    replaced: dict[Value, Any] = {}
    first: dict[Any, Step] = {}
    steps: list[Step] = []
    for step in program.steps:
        if replaced:
            step = step.on([replaced.get(a, a) if type(a) is Value else a for a in step.arguments])
        key = _key(step)
        known = first.setdefault(key, step) if key is not None else step
        if known is step:
            steps.append(step)
        else:
            replaced.update(zip(step.outputs, known.outputs, strict=True))
    return program.rebuilt(steps, replaced)


def _key(step: Step) -> Any:
    """Return what two steps have in common if they compute the same; `None` where that is not known."""
    if step.operation.is_composite:
        return None
    try:
        params = tuple((name, type(value), value) for name, value in sorted(step.params.items()))
        hash(params)
    except TypeError:
        return None
    return id(step.operation), tuple(map(_argument_key, step.arguments)), params


def _argument_key(argument: Any) -> Any:
    if isinstance(argument, np.ndarray) and argument.size <= _SMALL:
        return argument.dtype, argument.shape, argument.tobytes()
    if type(argument) is Value or isinstance(argument, np.ndarray):
        return id(argument)
    return type(argument), repr(argument)
