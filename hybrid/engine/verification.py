"""Whether a program is well formed: run after every pass in the tests, so that a broken pass is found where it broke.

Floor 7.
"""

from __future__ import annotations

from typing import Any

from .program import Program, Value

__all__ = ["problems_of"]


def problems_of(program: Program) -> list[str]:
    """List what is wrong with a program; nothing for a good one.

    Every value is handed in or computed once, before it is used; a Variable is read and assigned at most once.

    Example:
        >>> from hybrid.engine.program import Program, Value
        >>> problems_of(Program([], [], [], [Value(hybrid.TensorSpec((2,), "float32"))]))
        ['an output is never computed']
    """
    problems: list[str] = []
    known: set[Value] = set()

    def define(value: Value, what: str) -> None:
        if value in known:
            problems.append(f"{what} is defined twice")
        known.add(value)

    def use(value: Any, what: str) -> None:
        if type(value) is Value and value not in known:
            problems.append(f"{what} is never computed")

    for value in (*program.inputs, *(value for _, value in program.state)):
        define(value, "an input")
    for number, step in enumerate(program.steps):
        for argument in step.arguments:
            use(argument, f"an argument of step {number} ({step.operation.name})")
        for value in step.outputs:
            define(value, f"an output of step {number} ({step.operation.name})")
    for output in program.outputs:
        use(output, "an output")
    for variable, value in program.updates:
        use(value, f"the new value of '{variable.path}'")
        if type(value) is Value and value.spec != variable.spec:
            problems.append(f"the new value of '{variable.path}' is {value.spec}, not {variable.spec}")
    for what, variables in (("read", program.state), ("assigned", program.updates)):
        if len({id(variable) for variable, _ in variables}) != len(variables):
            problems.append(f"a Variable is {what} twice")
    return problems
