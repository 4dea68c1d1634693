"""Programs: a whole function as a flat list of steps at fixed shapes.

Floor 7. A program is plain data: what is handed in, which Variables are read, steps in order, what is returned and what
the Variables are assigned at the end. Passes make programs of programs; nothing here knows how one is executed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..core.node import Node
from ..core.source import SourceLine
from ..core.spec import TensorSpec
from ..core.variable import Variable
from .costs import bytes_of, flops_of, readable

__all__ = ["Origin", "Program", "Step", "Value"]


class Origin(NamedTuple):
    """Where a step comes from.

    Attributes:
        line: the user's file and line, where it is known.
        path: of the layer in whose `call` it was recorded; or the name of another part: "loss", "metrics", "optimizer".
        is_backward: whether it is part of the derivative of what belongs there.
    """

    line: SourceLine | None = None
    path: str = ""
    is_backward: bool = False


NOWHERE = Origin()


class Value:
    """What a step computes, or what is handed in: a name for an array. Identity is what counts.

    Args:
        spec: of the array.
    """

    __slots__ = ("spec",)

    def __init__(self, spec: TensorSpec):
        self.spec = spec

    def __repr__(self) -> str:
        return f"<Value {self.spec}>"


class Step:
    """One call of an operation.

    Args:
        operation: a primitive; or a composite without Variables of its own, which is run as it is.
        arguments: values, arrays and Python numbers.
        params: static parameters.
        outputs: values that the operation computes, flat.
        structure: skeleton of the outputs, `None` for a single one.
        place: where it comes from.
    """

    __slots__ = ("arguments", "operation", "outputs", "params", "place", "structure")

    def __init__(
        self,
        operation: Any,
        arguments: Sequence[Any],
        params: Mapping[str, Any],
        outputs: Sequence[Value],
        structure: Any = None,
        place: Origin = NOWHERE,
    ):
        self.operation = operation
        self.arguments = tuple(arguments)
        self.params = dict(params)
        self.outputs = tuple(outputs)
        self.structure = structure
        self.place = place

    @classmethod
    def of_node(cls, node: Node, arguments: Sequence[Any], place: Origin) -> Step:
        """Make the step that does what a node recorded."""
        outputs = [Value(spec) for spec in node.specs]
        return cls(node.operation, arguments, node.params, outputs, node.structure, place)

    def on(self, arguments: Sequence[Any]) -> Step:
        """Return the step with other arguments and the same outputs."""
        return Step(self.operation, arguments, self.params, self.outputs, self.structure, self.place)

    def __repr__(self) -> str:
        return f"<Step {self.operation.name} -> {', '.join(str(value.spec) for value in self.outputs)}>"


class Program:
    """A function as a flat list of steps.

    Args:
        inputs: values that are handed in.
        state: (Variable, value) pairs: the values that Variables have when the program starts.
        steps: in the order in which they run.
        outputs: what is returned: values, arrays and Python numbers.
        updates: (Variable, value) pairs: what Variables are assigned at the end.

    Example:
        >>> program = hybrid.jit(lambda x: hybrid.ops.tanh(x) * 2.0).lower(np.ones((2, 3))).before
        >>> print(program)
        program(a0: float64 [2, 3])
            t0 = tanh(a0)                   # float64 [2, 3]
            t1 = multiply(t0, 2.0)          # float64 [2, 3]
            return t1
    """

    __slots__ = ("inputs", "outputs", "state", "steps", "updates")

    def __init__(
        self,
        inputs: Sequence[Value],
        state: Sequence[tuple[Variable, Value]],
        steps: Sequence[Step],
        outputs: Sequence[Any],
        updates: Sequence[tuple[Variable, Any]] = (),
    ):
        self.inputs = list(inputs)
        self.state = list(state)
        self.steps = list(steps)
        self.outputs = list(outputs)
        self.updates = list(updates)

    @property
    def results(self) -> list[Any]:
        """What must be known at the end: the outputs, then the new values of Variables."""
        return [*self.outputs, *(value for _, value in self.updates)]

    def rebuilt(self, steps: Iterable[Step], replaced: Mapping[Value, Any]) -> Program:
        """Return the program with other steps, in which some values have been replaced by others or by constants.

        Args:
            steps: whose arguments may still name the values that were replaced.
            replaced: what stands for each of them now; must not name replaced values itself.
        """

        def now(argument: Any) -> Any:
            return replaced.get(argument, argument) if type(argument) is Value else argument

        changed = [step.on([now(argument) for argument in step.arguments]) for step in steps] if replaced else steps
        return Program(
            self.inputs,
            self.state,
            list(changed),
            [now(output) for output in self.outputs],
            [(variable, now(value)) for variable, value in self.updates],
        )

    def names(self) -> dict[Value, str]:
        """Return a short name for every value: `a` for arguments, `v` for Variables, `t` for what steps compute."""
        names = {value: f"a{number}" for number, value in enumerate(self.inputs)}
        names.update((value, f"v{number}") for number, (_, value) in enumerate(self.state))
        computed = [value for step in self.steps for value in step.outputs]
        names.update((value, f"t{number}") for number, value in enumerate(computed))
        return names

    def summary(self) -> str:
        """Return what the program costs, by kind of step: their number, operations where known, and bytes moved.

        Example:
            >>> program = hybrid.jit(lambda x, w: hybrid.ops.tanh(x @ w)).lower(np.ones((8, 4)), np.ones((4, 2))).after
            >>> print(program.summary())
            step                      number        FLOPs        bytes
            matmul                         1      128 FLOP        448 B
            tanh                           1       16 FLOP        256 B
            all                            2      144 FLOP        704 B
        """
        rows: dict[str, list[float]] = {}
        for step in self.steps:
            for name in (step.operation.name, "all"):
                row = rows.setdefault(name, [0, 0, 0])
                for column, number in enumerate((1, flops_of(step) or 0, bytes_of(step))):
                    row[column] += number
        total = rows.pop("all", [0, 0, 0])
        ordered = [*sorted(rows.items(), key=lambda row: -row[1][2]), ("all", total)]
        lines = [f"{'step':<24} {'number':>7} {'FLOPs':>12} {'bytes':>12}"]
        lines += [
            f"{name:<24} {number:>7} {readable(flops, 'FLOP'):>13} {readable(moved, 'B'):>12}"
            for name, (number, flops, moved) in ordered
        ]
        return "\n".join(lines)

    def __str__(self) -> str:
        names = self.names()
        heads = [f"{names[value]}: {value.spec}" for value in self.inputs]
        lines = [f"program({', '.join(heads)})"]
        lines += [f"    {names[value]} = {variable.path:<27} # {value.spec}" for variable, value in self.state]
        for step in self.steps:
            made = ", ".join(names[value] for value in step.outputs)
            call = f"{made} = {step.operation.name}({', '.join(_arguments_text(step, names))})"
            lines.append(f"    {call:<31} # {', '.join(str(value.spec) for value in step.outputs)}")
        lines += [f"    {variable.path} := {_text(value, names)}" for variable, value in self.updates]
        lines.append(f"    return {', '.join(_text(output, names) for output in self.outputs) or 'nothing'}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Program of {len(self.steps)} steps>"


def _arguments_text(step: Step, names: Mapping[Value, str]) -> list[str]:
    given = [_text(argument, names) for argument in step.arguments]
    return given + [f"{key}={value}" for key, value in step.params.items()]


def _text(value: Any, names: Mapping[Value, str]) -> str:
    if type(value) is Value:
        return names.get(value, "?")
    if isinstance(value, np.ndarray):
        return repr(value.item()) if value.size == 1 else f"<{value.dtype} {list(value.shape)}>"
    return repr(value)
