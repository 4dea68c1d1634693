"""Identities: steps that hand on their argument are left out.

Floor 7.
"""

from __future__ import annotations

from typing import Any

from ..program import Program, Step, Value

__all__ = ["without_identities"]

_HANDED_ON = frozenset(("read", "stop_gradient"))


def without_identities(program: Program) -> Program:
    """Return the program without reads, gradient stops, and casts and reshapes to what a value is already.

    Example:
        >>> hybrid.jit(lambda x: hybrid.ops.stop_gradient(x) * 2.0).lower(np.ones(2)).after
        <Program of 1 steps>
    """
    replaced: dict[Value, Any] = {}
    steps: list[Step] = []
    for step in program.steps:
        if replaced:
            step = step.on([replaced.get(a, a) if type(a) is Value else a for a in step.arguments])
        if _hands_on(step):
            replaced[step.outputs[0]] = step.arguments[0]
        else:
            steps.append(step)
    return program.rebuilt(steps, replaced)


def _hands_on(step: Step) -> bool:
    name = step.operation.name
    if name not in _HANDED_ON and name not in ("cast", "reshape"):
        return False
    argument = step.arguments[0]
    return type(argument) is Value and argument.spec == step.outputs[0].spec
