"""`While`: a loop node whose number of steps depends on values. It has no derivative.

Floor 5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..core.door import apply
from ..core.graph import Graph
from ..core.source import user_line
from ..core.spec import TensorSpec
from ..core.trace import fill, leaves_of, skeleton_of, trace_function
from ..core.variable import Variable
from ..errors import ConfigError, GradientError, ShapeError
from ..typing import Structure
from .recorded_flow import ControlFlow, infer_graph, merge_all, position_of, refuse_frozen, union
from .recorded_scan import carry_error, trace_step

__all__: list[str] = []


class While(ControlFlow):
    """Calls a body as long as a condition holds.

    The arguments are the loop values and what the functions close over; the outputs are the last loop values and the
    values of Variables that the body assigns.

    Args:
        graphs: condition and body, both from loop values and closed-over values.
        updates: positions of the Variables that the body assigns.
        carries: number of loop values.
        maximum_iterations: bound of the number of steps.
    """

    name = "while_loop"

    def __init__(
        self,
        graphs: Iterable[Graph],
        updates: tuple[int, ...] = (),
        *,
        carries: int,
        maximum_iterations: int | None = None,
    ):
        super().__init__(graphs, updates)
        self.carries = carries
        self.maximum_iterations = maximum_iterations
        self._state = [*range(carries), *updates]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "carries": self.carries, "maximum_iterations": self.maximum_iterations}

    def infer(self, *specs: Any, **params: Any) -> list[TensorSpec]:
        """Return the specs of the loop values, which must not change from step to step."""
        inputs = list(specs)
        while True:
            before = [inputs[position] for position in self._state]
            after = infer_graph(self.graphs[1], inputs)
            merged = merge_all(before, after, lambda i, a=before, b=after: carry_error(self.name, "", a[i], b[i]))  # type: ignore[misc]
            if merged == before:
                return merged
            for position, spec in zip(self._state, merged, strict=True):
                inputs[position] = spec

    def execute(self, *arguments: Any) -> list[Any]:
        """Replay condition and body in turn."""
        values, steps = list(arguments), 0
        condition, body = self.graphs
        while (self.maximum_iterations is None or steps < self.maximum_iterations) and condition.replay(values)[0]:
            for position, value in zip(self._state, body.replay(values), strict=True):
                values[position] = value
            steps += 1
        return [values[position] for position in self._state]

    def pull_back(self, *_: Any) -> list[Any]:
        """Raise: how many steps to go back is not known.

        Raises:
            GradientError: always.
        """
        raise GradientError(
            "A recorded while_loop has no derivative.",
            why="the number of its steps depends on values, so the states it passes through cannot be kept in a tensor",
            fix="use ops.fori_loop or ops.scan with a fixed number of steps (on arrays, ops.while_loop has a gradient)",
        )


def record_while(
    condition: Callable[..., Any], body: Callable[..., Any], loop_vars: Structure, maximum_iterations: int | None
) -> Any:
    """Record condition and body once and apply a While of them; leaves are tensors."""
    start, skeleton = leaves_of(loop_vars), skeleton_of(loop_vars)
    traced = trace_step(
        "while_loop", lambda a, _: (body(fill(skeleton, a)), None), skeleton, [x.spec for x in start], []
    )
    specs = [tensor.spec for tensor in traced.graph.inputs]
    test = trace_function(lambda *flat: condition(fill(skeleton, flat)), specs)
    if test.updates:
        variable: Variable = test.updates[0][0]
        raise ConfigError(
            f"The condition of ops.while_loop assigns variable '{variable.path}'.", fix="assign in the body of the loop"
        )
    if test.structure is None or len(test.output_specs) != 1 or test.output_specs[0].shape != ():
        raise ShapeError(
            f"The condition of ops.while_loop must return one truth value, not {test.output_specs}.",
            where=str(user_line()),
            fix="use ops.any or ops.all to make one of many",
        )
    updated = [variable for variable, _ in traced.updates]
    captures = union([traced.graph.captures, test.graph.captures, updated])
    refuse_frozen("while_loop", [traced, test], [*start, *captures])
    operation = While(
        [test.closed(captures), traced.closed(captures, updated)],
        tuple(len(start) + position_of(variable, captures) for variable in updated),
        carries=len(start),
        maximum_iterations=maximum_iterations,
    )
    outputs = apply(operation, *start, *captures)
    return fill(traced.structure[0], outputs[: len(start)])
