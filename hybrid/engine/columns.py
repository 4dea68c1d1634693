"""Columns: small Variables that a program packs at its start and unpacks at its end are kept as one vector in between.

Floor 7. An optimizer records its rule on vectors of many variables. Put together anew at every run they would cost more
than they save; kept, an Adam step is a dozen array operations, however many weights there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..core.column import Column
from ..core.variable import Variable
from .program import Program, Step, Value

__all__ = ["Columns", "columns_of"]


class Columns(NamedTuple):
    """A program whose packed Variables are handed in and returned as vectors.

    Attributes:
        program: takes a vector for each of `read` after its inputs, and returns one for each of `written` after its
            outputs; packs and unpacks these Variables no more.
        read: columns that are handed in.
        written: columns that are assigned.
    """

    program: Program
    read: list[Column]
    written: list[Column]


def columns_of(program: Program) -> Columns:
    """Find the Variables that a program packs and unpacks.

    Example:
        >>> v, w = hybrid.Variable([1.0, 2.0]), hybrid.Variable(3.0)
        >>> optimizer = hybrid.optimizers.SGD(0.5, momentum=0.9)
        >>> step = hybrid.jit(lambda: optimizer.apply([v, w], [v, w]))
        >>> found = columns_of(step.lower().after)
        >>> len(found.read), len(found.written)
        (2, 2)
    """
    variable_of = {value: variable for variable, value in program.state}
    assigned = {value: variable for variable, value in program.updates if type(value) is Value}
    several = len(assigned) < len([value for _, value in program.updates if type(value) is Value])
    known: dict[tuple[int, ...], Column] = {}

    def column(variables: Sequence[Variable]) -> Column:
        return known.setdefault(tuple(map(id, variables)), Column(variables))

    steps: list[Step] = []
    read: list[Column] = []
    written: list[Column] = []
    vectors: list[Value] = []
    results: list[Value] = []
    taken: set[int] = set()
    for step in program.steps:
        name = step.operation.name
        if name == "pack" and all(type(a) is Value and a in variable_of for a in step.arguments):
            read.append(column([variable_of[a] for a in step.arguments]))
            vectors.append(step.outputs[0])
            continue
        if name == "unpack" and not several and all(value in assigned for value in step.outputs):
            flat = step.arguments[0]
            if type(flat) is Value and _is_fresh(flat, program):
                variables = [assigned[value] for value in step.outputs]
                written.append(column(variables))
                results.append(flat)
                taken.update(map(id, variables))
        steps.append(step)
    outputs = [*program.outputs, *results]
    updates = [(variable, value) for variable, value in program.updates if id(variable) not in taken]
    return Columns(Program([*program.inputs, *vectors], program.state, steps, outputs, updates), read, written)


def _is_fresh(value: Value, program: Program) -> bool:
    """Say whether a value is computed by the program, by an operation that makes a new array."""
    return any(value in step.outputs and step.operation.elementwise for step in program.steps)
