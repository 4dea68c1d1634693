"""Constant folding: what depends on nothing that changes is computed now.

Floor 7.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..program import Program, Step, Value

__all__ = ["with_folded_constants"]

LARGEST = 1 << 16
"""Number of elements up to which results are kept instead of being computed again."""


def with_folded_constants(program: Program) -> Program:
    """Return the program with steps on constants replaced by what they compute.

    A step that fails is left where it is, to fail when the program runs.

    Example:
        >>> hybrid.jit(lambda x: x + hybrid.ops.sum(hybrid.ops.ones_like(x))).lower(np.ones(2)).after
        <Program of 1 steps>
    """
    replaced: dict[Value, Any] = {}
    steps: list[Step] = []
    for step in program.steps:
        if replaced:
            step = step.on([replaced.get(a, a) if type(a) is Value else a for a in step.arguments])
        results = _results(step)
        if results is None:
            steps.append(step)
        else:
            replaced.update(zip(step.outputs, results, strict=True))
    return program.rebuilt(steps, replaced)


def _results(step: Step) -> list[Any] | None:
    if step.operation.is_composite or any((value.spec.size or 0) > LARGEST for value in step.outputs):
        return None
    if any(type(argument) is Value for argument in step.arguments):
        return None
    try:
        found = step.operation.compute(*step.arguments, **step.params)
    except Exception:
        return None
    return [np.asarray(each) for each in (found if step.structure is not None else [found])]
