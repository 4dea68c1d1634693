"""Branches: `cond` and `switch`.

Floor 5. A concrete condition chooses at once, as Python's `if`; a symbolic one records both branches in one node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core.door import apply, convert_argument, is_symbolic, shape_of
from ..core.source import user_line
from ..core.spec import TensorSpec
from ..core.trace import TracedFunction, fill, trace_function
from ..errors import ConfigError, DTypeError, ShapeError, StructureError
from ..typing import TensorLike
from .recorded_flow import (
    ControlFlow,
    contradiction,
    gradient_graph,
    has_symbolic,
    infer_graph,
    is_live,
    leaf_name,
    merge_all,
    position_of,
    refuse_frozen,
    same_skeleton,
    settle_leaves,
    union,
)

__all__ = ["cond", "switch"]


class Branches(ControlFlow):
    """A choice between graphs of the same inputs and outputs. The first argument chooses, the others are handed in."""

    name = "branches"

    def choose(self, value: Any) -> int:
        """Return the position of the graph that a concrete value chooses."""
        raise NotImplementedError

    def infer(self, *specs: Any, **params: Any) -> list[TensorSpec]:
        """Return what holds for the outputs of every branch."""
        outputs = infer_graph(self.graphs[0], specs[1:])
        for graph in self.graphs[1:]:
            others = infer_graph(graph, specs[1:])
            known = outputs
            outputs = merge_all(known, others, lambda i, a=known, b=others: _branch_error(self.name, "", a[i], b[i]))  # type: ignore[misc]
        return outputs

    def execute(self, *arguments: Any) -> list[Any]:
        """Replay the branch that is chosen."""
        return self.graphs[self.choose(arguments[0])].replay(arguments[1:])

    def pull_back(
        self,
        cotangents: Sequence[Any],
        outputs: Sequence[Any],
        arguments: Sequence[Any],
        params: Any,
        wanted: list[int],
    ) -> list[Any]:
        """Choose between the derivatives of the branches."""
        graphs = [gradient_graph(graph, [position - 1 for position in wanted]) for graph in self.graphs]
        floats = [c for c, output in zip(cotangents, outputs, strict=True) if output.dtype.kind == "f"]
        return apply(type(self)(graphs), *arguments, *floats)


class Cond(Branches):
    """A choice between two graphs by a truth value."""

    name = "cond"

    def choose(self, value: Any) -> int:
        return 0 if value else 1


class Switch(Branches):
    """A choice between graphs by an index, which is clipped to those there are."""

    name = "switch"

    def choose(self, value: Any) -> int:
        return min(max(int(value), 0), len(self.graphs) - 1)


def _branch_error(name: str, leaf: str, first: TensorSpec, second: TensorSpec) -> Exception:
    return contradiction(
        f"The branches of ops.{name} return different tensors{leaf}",
        first,
        second,
        why="which branch runs is not known while recording, so all must return the same shapes and dtypes",
        fix="cast, reshape or broadcast the result of one branch",
    )


def _record_branches(kind: type[Branches], selector: Any, functions: Sequence[Callable[[], Any]]) -> Any:
    traced = [trace_function(function, []) for function in functions]
    _check_branches(kind.name, traced)
    updated = union([variable for variable, _ in each.updates] for each in traced)
    captures = union([*(each.graph.captures for each in traced), updated])
    refuse_frozen(kind.name, traced, [selector, *captures])
    graphs = [each.closed(captures, updated) for each in traced]
    operation = kind(graphs, tuple(1 + position_of(variable, captures) for variable in updated))
    outputs = apply(operation, selector, *captures)
    return fill(traced[0].structure, outputs[: len(outputs) - len(updated)])


def _check_branches(name: str, traced: Sequence[TracedFunction]) -> None:
    first = traced[0]
    for other in traced[1:]:
        if not same_skeleton(first.structure, other.structure):
            raise StructureError(
                f"The branches of ops.{name} return different structures: {first.structure} against {other.structure}.",
                where=str(user_line()),
                why="which branch runs is not known while recording",
                fix="return the same lists, tuples, dict keys and None from every branch",
            )
        a, b, structure = first.output_specs, other.output_specs, first.structure
        merge_all(a, b, lambda i, a=a, b=b, s=structure: _branch_error(name, leaf_name(s, i), a[i], b[i]))  # type: ignore[misc]


def _checked_scalar(value: Any, name: str, role: str) -> Any:
    value = convert_argument(value)
    if shape_of(value):
        raise ShapeError(
            f"The {role} of ops.{name} must be a scalar, not a tensor of shape {list(shape_of(value))}.",
            where=str(user_line()),
            fix="use ops.any or ops.all to make one truth value of many, or ops.where to choose element by element",
        )
    return value


def _choose(
    kind: type[Branches], selector: Any, chosen: Callable[[], int], functions: Sequence[Callable[[], Any]]
) -> Any:
    if not is_symbolic(selector):
        result = functions[chosen()]()
        # A choice by a Variable among symbolic results would be frozen: it is recorded instead.
        if not (is_live(selector) and has_symbolic(result)):
            return settle_leaves(result)
    return _record_branches(kind, selector, functions)


def cond(pred: TensorLike, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """Call one of two functions, as a condition says.

    With a concrete condition only the chosen function is called. With a symbolic one both are recorded, and the choice
    is made anew whenever the graph is replayed; gradients flow through the branch that was taken.

    Args:
        pred: scalar truth value.
        true_fn: function of no arguments that returns a tensor, or a structure of tensors and `None`.
        false_fn: function of no arguments that returns the same structure, shapes and dtypes.

    Returns:
        what the chosen function returns.

    Raises:
        ShapeError: if `pred` is no scalar, or the branches' shapes differ (checked while recording).
        DTypeError: if their dtypes differ.
        StructureError: if their structures differ.

    Example:
        >>> x = hybrid.ops.convert_to_tensor(3.0)
        >>> cond(x > 0, lambda: x * 2, lambda: -x).numpy()
        array(6., dtype=float32)
    """
    if not callable(true_fn) or not callable(false_fn):
        raise ConfigError("ops.cond needs two functions.", fix="ops.cond(pred, lambda: a, lambda: b)")
    pred = _checked_scalar(pred, "cond", "condition")
    return _choose(Cond, pred, lambda: 0 if pred else 1, (true_fn, false_fn))


def switch(index: TensorLike, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """Call one of several functions, as an index says.

    Args:
        index: scalar integer, clipped to the functions there are.
        branches: functions that take the operands and return the same structure, shapes and dtypes.
        *operands: handed to the function that is called.

    Returns:
        what the chosen function returns.

    Raises:
        ShapeError: if `index` is no scalar, or the branches' shapes differ (checked while recording).
        DTypeError: if `index` is no integer, or the branches' dtypes differ.
        StructureError: if their structures differ.

    Example:
        >>> float(switch(1, [lambda x: x, lambda x: x * 2], 3.0))
        6.0
    """
    functions = list(branches)
    if not functions or not all(map(callable, functions)):
        raise ConfigError("ops.switch needs one or more functions.", fix="ops.switch(index, [f, g], x)")
    index = _checked_scalar(index, "switch", "index")
    if type(index) is not int and getattr(index, "dtype", None) is not None and index.dtype.kind not in "iu":
        raise DTypeError(f"The index of ops.switch must be an integer, not {index.dtype}.", fix="cast it to int32")
    bound = [lambda function=function: function(*operands) for function in functions]
    return _choose(Switch, index, lambda: min(max(int(index), 0), len(functions) - 1), bound)
