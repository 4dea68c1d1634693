"""`Scan`: a loop node that runs a known number of steps and has a derivative; how steps are recorded.

Floor 5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..core.door import apply, convert, shape_of, spec_of
from ..core.graph import Graph
from ..core.primitive import Primitive
from ..core.source import user_line
from ..core.spec import TensorSpec
from ..core.tape import filled_like
from ..core.tensor import wrap
from ..core.trace import TracedFunction, fill, leaves_of, skeleton_of, trace_function
from ..errors import ShapeError, StructureError
from ..typing import Structure
from .conversion import size_of_axis
from .definition import floats
from .recorded_flow import (
    ControlFlow,
    contradiction,
    gradient_graph,
    infer_graph,
    leaf_name,
    merge_all,
    position_of,
    refuse_frozen,
    same_skeleton,
    union,
)

__all__: list[str] = []


class _StackRows(Primitive):
    """Joins rows into a tensor; the cotangents of all rows are taken apart at once."""

    __slots__ = ()

    def pull_back(
        self, cotangents: Sequence[Any], outputs: Any, arguments: Sequence[Any], params: Any, wanted: Sequence[int]
    ) -> list[Any]:
        """Return the wanted rows of the cotangent."""
        rows = unstack_rows(cotangents[0], len(arguments))
        return [rows[index] for index in wanted]


STACK_ROWS = _StackRows(
    "stack_rows",
    lambda *rows: np.array(rows),
    lambda *rows: TensorSpec.of((len(rows), *rows[0].shape), rows[0].dtype),
    lambda index, g, y, *rows: None,
    samples=lambda rng: [((floats(rng, 2, 3), floats(rng, 2, 3)), {}), ((floats(rng),), {})],
)
UNSTACK_ROWS = Primitive(
    "unstack_rows",
    lambda x, count: tuple(x) if x.ndim > 1 else tuple(x[index, ...] for index in range(count)),
    lambda x, count: tuple(TensorSpec.of(x.shape[1:], x.dtype) for _ in range(count)),
    [lambda g, y, x, count: apply(STACK_ROWS, *(g if count > 1 else (g,)))],
    samples=lambda rng: [((floats(rng, 3, 2),), {"count": 3}), ((floats(rng, 1),), {"count": 1})],
)


def unstack_rows(x: Any, count: int) -> tuple[Any, ...]:
    """Return the rows of a tensor as a tuple, by one operation: its derivative puts them together once."""
    return apply(UNSTACK_ROWS, x, count=count) if count else ()


def check_length(length: Any, xs: Iterable[Any]) -> None:
    """Raise unless all sequences have the known length."""
    for x in xs:
        sizes = shape_of(x)
        if not sizes or (type(length) is int and sizes[0] not in (None, length)):
            raise ShapeError(
                f"A loop of {length} steps received a sequence of shape {list(sizes)}.",
                where=str(user_line()),
                why="the first axis of every sequence is the axis of the steps",
                fix="give all sequences the same first axis, and leave out length",
            )


class Scan(ControlFlow):
    """Calls a step a known number of times.

    The arguments are the number of steps, the carried values, the sequences, and what the step closes over; the outputs
    are the last carried values, the stacked results of the steps, and the values of Variables that the step assigns.

    Args:
        graphs: the step: from carried values, one row of every sequence, and closed-over values to new carried values,
            results, and new values of Variables.
        updates: positions of the Variables that the step assigns.
        carries: number of carried values.
        sequences: number of sequences.
        reverse: whether the steps run from the last row to the first.
    """

    name = "scan"

    def __init__(
        self, graphs: Iterable[Graph], updates: tuple[int, ...] = (), *, carries: int, sequences: int, reverse: bool
    ):
        super().__init__(graphs, updates)
        self.carries = carries
        self.sequences = sequences
        self.reverse = reverse
        # Inputs of the step that an output replaces after each step: carried values, and Variables it assigns.
        self._state = [*range(carries), *(position - 1 for position in updates)]

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "carries": self.carries,
            "sequences": self.sequences,
            "reverse": self.reverse,
        }

    def _split(self, outputs: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Divide outputs into the new state and the results of a step."""
        last = len(outputs) - (len(self._state) - self.carries)
        return [*outputs[: self.carries], *outputs[last:]], list(outputs[self.carries : last])

    def _join(self, state: Sequence[Any], results: Sequence[Any]) -> list[Any]:
        return [*state[: self.carries], *results, *state[self.carries :]]

    def infer(self, *specs: Any, **params: Any) -> list[TensorSpec]:
        """Return the specs of the outputs: those of the state must not change from step to step."""
        length, *inputs = specs
        first, last = self.carries, self.carries + self.sequences
        inputs = [TensorSpec.of(s.shape[1:], s.dtype) if first <= i < last else s for i, s in enumerate(inputs)]
        while True:
            state, results = self._split(infer_graph(self.graphs[0], inputs))
            before = [inputs[position] for position in self._state]
            merged = merge_all(before, state, lambda i, a=before, b=state: carry_error("scan", "", a[i], b[i]))  # type: ignore[misc]
            if merged == before:
                size = length if type(length) is int else None
                return self._join(before, [TensorSpec.of((size, *s.shape), s.dtype) for s in results])
            for position, spec in zip(self._state, merged, strict=True):
                inputs[position] = spec

    def execute(self, *arguments: Any) -> list[Any]:
        """Replay the step, row by row."""
        count, values = max(int(arguments[0]), 0), list(arguments[1:])
        first, last = self.carries, self.carries + self.sequences
        check_length(count, values[first:last])
        columns = [unstack_rows(x, count) for x in values[first:last]]
        step, state = self.graphs[0], self._state
        collected = []
        for index in range(count - 1, -1, -1) if self.reverse else range(count):
            values[first:last] = [column[index] for column in columns]
            new, results = self._split(step.replay(values))
            collected.append(results)
            for position, value in zip(state, new, strict=True):
                values[position] = value
        final = [values[position] for position in state]
        if not count:
            specs = self._split(self.infer(0, *map(_spec, arguments[1:])))[1]
            return self._join(final, [wrap(np.zeros([size or 0 for size in s.shape], s.dtype)) for s in specs])
        if self.reverse:
            collected.reverse()
        return self._join(final, [apply(STACK_ROWS, *column) for column in zip(*collected, strict=True)])

    def pull_back(
        self,
        cotangents: Sequence[Any],
        outputs: Sequence[Any],
        arguments: Sequence[Any],
        params: Any,
        wanted: list[int],
    ) -> list[Any]:
        """Run the loop again to keep every state, then run the derivative of the step the other way."""
        return _ScanDerivative(self, cotangents, outputs, arguments, [position - 1 for position in wanted]).cotangents()


class _ScanDerivative:
    """The derivative of a scan, as two scans."""

    def __init__(self, scan: Scan, cotangents: Any, outputs: Any, arguments: Any, wanted: list[int]):
        self.scan = scan
        self.length, *self.values = arguments
        self.first, self.last = scan.carries, scan.carries + scan.sequences
        self.wanted = wanted
        state, results = scan._split(list(zip(cotangents, outputs, strict=True)))
        self.state_cotangents = [c for c, output in state if output.dtype.kind == "f"]
        self.result_cotangents = [c for c, output in results if output.dtype.kind == "f"]
        self.float_state = [p for p, (_, o) in zip(scan._state, state, strict=True) if o.dtype.kind == "f"]
        self.rows = [p for p in wanted if self.first <= p < self.last]
        self.fixed = [p for p in wanted if p >= self.last and p not in scan._state]
        self.float_carries = sum(position < self.first for position in self.float_state)
        self.graph = gradient_graph(scan.graphs[0], [*self.float_state, *self.rows, *self.fixed])

    def _inputs(self, state: Sequence[Any], rows: Sequence[Any]) -> list[Any]:
        inputs = list(self.values)
        inputs[self.first : self.last] = rows
        for position, value in zip(self.scan._state, state, strict=True):
            inputs[position] = value
        return inputs

    def _forward(self, state: Any, rows: Any) -> Any:
        return self.scan._split(self.scan.graphs[0].replay(self._inputs(state, rows)))[0], state

    def _backward(self, carried: Any, inputs: Any) -> Any:
        state_cotangents, sums = carried
        rows, state, result_cotangents = inputs
        split = self.float_carries
        upstream = [*state_cotangents[:split], *result_cotangents, *state_cotangents[split:]]
        found = self.graph.replay([*self._inputs(state, rows), *upstream])
        first, last = len(self.float_state), len(self.float_state) + len(self.rows)
        return (found[:first], [a + b for a, b in zip(sums, found[last:], strict=True)]), found[first:last]

    def cotangents(self) -> list[Any]:
        """Return the cotangents of the wanted arguments."""
        xs = self.values[self.first : self.last]
        start = [self.values[position] for position in self.scan._state]
        options: dict[str, Any] = {"length": self.length}
        _, states = record_scan(self._forward, start, xs, reverse=self.scan.reverse, **options)
        sums = [filled_like(self.values[position], 0) for position in self.fixed]
        (state, sums), rows = record_scan(
            self._backward,
            (self.state_cotangents, sums),
            (xs, states, self.result_cotangents),
            reverse=not self.scan.reverse,
            **options,
        )
        positions = [*self.float_state, *self.fixed, *self.rows]
        found = dict(zip(positions, [*state, *sums, *rows], strict=True))
        return [found[position] for position in self.wanted]


def _spec(value: Any) -> Any:
    return spec_of(value if hasattr(value, "spec") or isinstance(value, np.ndarray) else convert(value))


def carry_error(name: str, leaf: str, before: TensorSpec, after: TensorSpec) -> Exception:
    """Return the error for a carried value that changes its spec."""
    return contradiction(
        f"A carried value of ops.{name} changes{leaf}",
        before,
        after,
        why="it must have the same shape and dtype before and after every step",
        fix=f"start with a value of {after}, or cast and reshape what is returned",
    )


def trace_step(
    name: str, step: Callable[..., Any], skeleton: Structure, specs: Sequence[TensorSpec], others: Sequence[TensorSpec]
) -> TracedFunction:
    """Record a step `(flat state, flat rest) -> (state, results)` with specs of the state that do not change.

    Raises:
        StructureError: if the state changes its structure.
        ShapeError: or DTypeError if a value of it changes its shape or dtype.
    """
    count = len(specs)
    traced = trace_function(lambda *flat: step(flat[:count], flat[count:]), [*specs, *others])
    check_skeleton(name, skeleton, traced.structure[0])
    after = traced.output_specs[:count]
    merged = merge_all(specs, after, lambda i: carry_error(name, leaf_name(skeleton, i), specs[i], after[i]))
    # A size that becomes unknown after a step is unknown before the next.
    return traced if merged == list(specs) else trace_step(name, step, skeleton, merged, others)


def check_skeleton(name: str, before: Structure, after: Structure) -> None:
    """Raise unless the carried structure stays the same."""
    if not same_skeleton(before, after):
        raise StructureError(
            f"The carried structure of ops.{name} changes: {before} against {after}.",
            where=str(user_line()),
            why="it must be the same before and after every step",
            fix="return the structure that was received",
        )


def record_scan(f: Callable[..., Any], init: Structure, xs: Structure, *, length: Any, reverse: bool) -> Any:
    """Record `f` once and apply a Scan of it; arguments as in `ops.scan`, leaves are tensors."""
    start, sequences = leaves_of(init), leaves_of(xs)
    check_length(length, sequences)
    carry, row = skeleton_of(init), skeleton_of(xs)
    rows = [TensorSpec.of(shape_of(x)[1:], x.dtype) for x in sequences]
    traced = trace_step(
        "scan", lambda a, b: step_result(f(fill(carry, a), fill(row, b))), carry, [x.spec for x in start], rows
    )
    updated = [variable for variable, _ in traced.updates]
    captures = union([traced.graph.captures, updated])
    refuse_frozen("scan", [traced], [*start, *sequences, *captures])
    first = 1 + len(start) + len(sequences)
    operation = Scan(
        [traced.closed(captures, updated)],
        tuple(first + position_of(variable, captures) for variable in updated),
        carries=len(start),
        sequences=len(sequences),
        reverse=reverse,
    )
    outputs = apply(operation, length, *start, *sequences, *captures)
    return fill(traced.structure, outputs[: len(outputs) - len(updated)])


def step_result(result: Any) -> Any:
    """Return what a step returned, if it is a pair."""
    if type(result) in (tuple, list) and len(result) == 2:
        return tuple(result)
    raise StructureError(
        "The function given to ops.scan must return a pair (carry, y).",
        where=str(user_line()),
        fix="return carry, None where there is no result per step",
    )


def length_of(xs: Structure, length: Any) -> Any:
    """Return the number of steps: an int where it is known, else a symbolic integer."""
    leaves = leaves_of(xs)
    if not leaves:
        return length
    for leaf in leaves:
        check_length("unknown" if length is None else length, [leaf])
    known = next((shape_of(leaf)[0] for leaf in leaves if shape_of(leaf)[0] is not None), None)
    return known if known is not None else length if length is not None else size_of_axis(leaves[0], 0)
