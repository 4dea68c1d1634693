"""Dead code: steps that nothing needs are left out, and Variables that nothing reads are not read.

Floor 7.
"""

from __future__ import annotations

from ..program import Program, Step, Value

__all__ = ["without_dead_code"]


def without_dead_code(program: Program) -> Program:
    """Return the program without what influences neither its outputs nor the Variables.

    Example:
        >>> def f(x):
        ...     hybrid.ops.exp(x)
        ...     return -x
        >>> [step.operation.name for step in hybrid.jit(f).lower(np.ones(2)).after.steps]
        ['negative']
    """
    needed = {value for value in program.results if type(value) is Value}
    steps: list[Step] = []
    for step in reversed(program.steps):
        if not needed.isdisjoint(step.outputs):
            steps.append(step)
            needed.update(argument for argument in step.arguments if type(argument) is Value)
    state = [(variable, value) for variable, value in program.state if value in needed]
    return Program(program.inputs, state, steps[::-1], program.outputs, program.updates)
