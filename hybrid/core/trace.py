"""Traces: scopes in which Variables are symbolic and assignments are collected instead of done.

Floor 4. Inferring a shape, looking inside a layer and compiling a step are one act: calling it again on placeholders under
a trace. Composites are inlined, so a trace of anything is a flat graph of primitives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .. import tree
from ..typing import Structure
from .context import SCOPE, scope
from .door import convert, is_tensor
from .graph import Graph
from .node import placeholder
from .spec import TensorSpec
from .state import StateScope
from .tensor import SymbolicTensor
from .variable import Variable

__all__ = ["Trace", "TracedFunction", "trace", "trace_function"]


class Trace:
    """What a trace collects.

    Attributes:
        token: marks the nodes that were recorded in this trace.
        updates: the values that Variables were assigned, as symbolic tensors.
    """

    __slots__ = ("token", "updates")

    def __init__(self) -> None:
        self.token = object()
        outer = SCOPE.get().state
        self.updates = StateScope(outer if outer is not None else ())

    def placeholder(self, spec: TensorSpec, mask: TensorSpec | None = None) -> SymbolicTensor:
        """Make an input of the trace, with a symbolic mask if one is described."""
        tensor = placeholder(spec, token=self.token)
        if mask is not None:
            tensor.mask = placeholder(mask, token=self.token)
        return tensor


@contextmanager
def trace(*, tapes: tuple[Any, ...] = ()) -> Iterator[Trace]:
    """Record everything in a block: Variables are symbolic, assignments are collected.

    Args:
        tapes: outer tapes that see what is recorded; none by default.
    """
    current = Trace()
    with scope(trace=current, state=current.updates, tapes=tapes):
        yield current


class TracedFunction:
    """A function as a graph.

    Attributes:
        graph: its inputs are the flat arguments; its flat outputs are those of the function.
        structure: skeleton of what the function returns.
        updates: (Variable, symbolic value) pairs of the assignments it made.
    """

    def __init__(self, graph: Graph, structure: Structure, updates: list[tuple[Variable, Any]]):
        self.graph = graph
        self.structure = structure
        self.updates = updates

    @property
    def output_specs(self) -> list[TensorSpec]:
        """Specs of the flat outputs."""
        return [output.spec for output in self.graph.outputs]

    def replay(self, arguments: Sequence[Any], captured: Sequence[Any] = ()) -> Structure:
        """Call the graph on other arguments; the result has the structure of the function's."""
        return tree.unflatten(self.structure, self.graph.replay(arguments, captured))


def trace_function(function: Callable[..., Any], specs: Sequence[TensorSpec]) -> TracedFunction:
    """Record a function of flat tensors.

    Args:
        function: takes as many tensors as there are specs, returns a structure of tensors.
        specs: of the arguments.

    Returns:
        the function as a graph; tensors of an outer graph that it closes over are its captures.
    """
    before = SCOPE.get().state
    with trace() as current:
        inputs = [current.placeholder(spec) for spec in specs]
        result = function(*inputs)
        outputs = [leaf if is_tensor(leaf) else convert(leaf) for leaf in tree.flatten(result)]
        graph = Graph(inputs, outputs, captures=True, token=current.token)
    updates = [
        (variable, value) for variable, value in current.updates if before is None or before.get(variable) is not value
    ]
    return TracedFunction(graph, tree.structure_of(result), updates)
