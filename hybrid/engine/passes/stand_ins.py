"""Stand-ins: where only the shape of an array counts, an array of zeros that takes no memory stands for it.

Floor 7. Derivatives ask for shapes of what was computed long before. With a stand-in, what has that shape is let go, or
need not be computed at all, and what depends on nothing else is a constant.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.spec import TensorSpec
from ..program import Program, Step, Value

__all__ = ["with_stand_ins"]


def with_stand_ins(program: Program) -> Program:
    """Return the program with constants for arguments whose values do not matter.

    Example:
        >>> lowered = hybrid.jit(hybrid.grad(lambda x: hybrid.ops.mean(hybrid.ops.exp(x)))).lower(np.ones(2))
        >>> print(with_stand_ins(lowered.before))
        program(a0: float64 [2])
            t0 = exp(a0)                    # float64 [2]
            t1 = mean(t0, axes=(0,), keepdims=False) # float64 []
            t2 = filled_like(0.0, value=1, dtype=float64) # float64 []
            t3 = share(t2, <float64 [2]>, axes=(0,), keepdims=False) # float64 [2]
            t4 = multiply(t3, t0)           # float64 [2]
            return t4
    """
    stand_ins: dict[tuple[Any, ...], np.ndarray[Any, Any]] = {}

    def stand_in(spec: TensorSpec) -> np.ndarray[Any, Any]:
        key = spec.shape, spec.dtype
        if key not in stand_ins:
            stand_ins[key] = np.broadcast_to(np.zeros((), spec.dtype), spec.shape)  # type: ignore[arg-type]
        return stand_ins[key]

    steps: list[Step] = []
    for step in program.steps:
        places = () if step.operation.is_composite else step.operation.likes(len(step.arguments))
        given = list(step.arguments)
        for place in places:
            if type(given[place]) is Value and None not in given[place].spec.shape:
                given[place] = stand_in(given[place].spec)
        step = step.on(given) if places else step
        steps.append(step)
    return Program(program.inputs, program.state, steps, program.outputs, program.updates)
