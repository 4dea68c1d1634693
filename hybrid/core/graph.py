"""Graphs: the nodes between some inputs and some outputs, and how they are replayed.

Floor 4. A graph can be replayed on arrays, tensors or placeholders: replaying calls every operation again, in order, so
the same code serves running, re-recording, tracing and cloning. Nothing here recurses: a chain may have any length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, partial
from operator import attrgetter
from typing import Any

from .. import tree
from ..errors import DisconnectedGraphError
from .door import apply
from .node import Node
from .tensor import SymbolicTensor
from .variable import Variable

__all__ = ["Graph"]

Key = tuple[int, int]


def key_of(tensor: SymbolicTensor | Variable) -> Key:
    """Return what identifies a symbolic tensor (handles come and go, node and index stay) or a Variable."""
    return (id(tensor), -1) if type(tensor) is Variable else (id(tensor.node), tensor.index)  # type: ignore[union-attr]


class Graph:
    """The nodes from some inputs to some outputs.

    Args:
        inputs: symbolic tensors that will be handed in.
        outputs: what is to be computed: symbolic tensors, or constants.
        captures: whether Variables, and symbolic tensors that neither are inputs nor were recorded in `token`, are
            collected in `captures`: closures over an outer graph.
        token: with `captures`, the trace whose nodes belong to this graph.
        kept: nodes that belong to the graph even if no output needs them.

    Attributes:
        nodes: in the order in which they were recorded and are replayed.
        captures: outer symbolic tensors and Variables that the graph needs.

    Raises:
        DisconnectedGraphError: if an output needs a placeholder that is not among the inputs.
    """

    def __init__(
        self,
        inputs: Sequence[SymbolicTensor],
        outputs: Sequence[Any],
        *,
        captures: bool = False,
        token: object = None,
        kept: Sequence[Node] | None = None,
    ):
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self.captures: list[Any] = []
        self._input_keys = {key_of(tensor) for tensor in inputs}
        input_nodes = {
            id(tensor.node)
            for tensor in inputs
            if type(tensor) is SymbolicTensor and tensor.node.operation.is_placeholder
        }
        # Where nodes are kept, so are inputs that nothing needs.
        first = [] if kept is None else [*inputs, *(SymbolicTensor(node, 0) for node in kept)]
        finished = self._reachable([*self.outputs, *first], captures, token)
        inner = [node for node in finished if id(node) not in input_nodes]
        self.nodes: list[Node] = sorted(inner, key=attrgetter("serial"))
        self._finished = finished
        self._keeps = kept is not None
        self._plan: Any = None

    @cached_property
    def all_nodes(self) -> list[Node]:
        """The nodes and the placeholders of the inputs: by distance from the outputs, as Keras orders layers.

        Where nodes are kept, they are in the order of recording.
        """
        return sorted(self._finished, key=attrgetter("serial")) if self._keeps else _ordered(self._finished)

    def _reachable(self, roots: Sequence[Any], captures: bool, token: object) -> list[Node]:
        """List the nodes that the roots need, each after those it needs itself; iterative depth-first search."""
        finished: list[Node] = []
        state: dict[int, bool] = {}
        captured: set[Key] = set()
        for root in roots:
            stack: list[tuple[Any, bool]] = [(root, False)]
            while stack:
                item, is_done = stack.pop()
                if is_done:
                    finished.append(item)
                    continue
                kind = type(item)
                is_variable = captures and kind is Variable
                if not (is_variable or kind is SymbolicTensor) or key_of(item) in self._input_keys:
                    if kind is SymbolicTensor and item.node.operation.is_placeholder and id(item.node) not in state:
                        state[id(item.node)] = True
                        finished.append(item.node)
                    continue
                if is_variable or (captures and item.node.token is not token):
                    if key_of(item) not in captured:
                        captured.add(key_of(item))
                        self.captures.append(item)
                    continue
                node = item.node
                if id(node) in state:
                    continue
                if node.operation.is_placeholder:
                    raise self._disconnected(item)
                state[id(node)] = True
                stack.append((node, True))
                stack.extend((argument, False) for argument in reversed(node.arguments))
        return finished

    def _disconnected(self, tensor: SymbolicTensor) -> DisconnectedGraphError:
        given = ", ".join(f"'{t.node.operation.name}'" for t in self.inputs) or "none"
        return DisconnectedGraphError(
            f"The outputs need the input '{tensor.node.operation.name}' ({tensor.spec}), "
            "which is not among the inputs.",
            where=f"the given inputs are: {given}",
            why="every value that the outputs depend on must come from the inputs",
            fix=f"add '{tensor.node.operation.name}' to inputs, or make the outputs from the given inputs only",
        )

    def replay(self, values: Sequence[Any], captured: Sequence[Any] = ()) -> list[Any]:
        """Call every operation again.

        Args:
            values: one for every input: arrays, tensors or placeholders.
            captured: one for every capture; by default the captures themselves.

        Returns:
            the flat outputs.
        """
        if self._plan is None:
            self._plan = _make_plan(self)
        steps, size, output_slots = self._plan
        slots: list[Any] = [None] * size
        slots[: len(values)] = values
        slots[len(values) : len(values) + len(self.captures)] = captured or self.captures
        for call, argument_slots, constants, params, start, count, dead in steps:
            arguments = [constants[i] if slot is None else slots[slot] for i, slot in enumerate(argument_slots)]
            result = call(*arguments, **params)
            if count is None:
                slots[start] = result
            else:
                slots[start : start + count] = tree.flatten(result)
            for slot in dead:
                slots[slot] = None
        return [constant if slot is None else slots[slot] for slot, constant in output_slots]

    def replay_with(self, values: Sequence[Any], call: Callable[[Node, list[Any]], Any]) -> dict[Key, Any]:
        """Replay with another way of calling nodes; return every intermediate value by key.

        Args:
            values: one for every input.
            call: `(node, arguments) -> outputs` in the structure of the node.
        """
        known: dict[Key, Any] = {key_of(tensor): value for tensor, value in zip(self.inputs, values, strict=True)}
        for node in self.nodes:
            arguments = [
                known[key_of(argument)] if type(argument) is SymbolicTensor else argument for argument in node.arguments
            ]
            result = call(node, arguments)
            flat = [result] if node.structure is None else tree.flatten(result)
            known.update({(id(node), index): value for index, value in enumerate(flat)})
        return known


def _ordered(finished: Iterable[Node]) -> list[Node]:
    """Order nodes by their distance from the outputs, farthest first; ties as a reader of the code would meet them."""
    nodes = list(finished)
    depths: dict[int, int] = {}
    operation_depths: dict[int, int] = {}
    for node in reversed(nodes):
        depth = max(
            depths.get(id(node), 0), operation_depths.get(id(node.operation), 0) if node.operation.is_composite else 0
        )
        depths[id(node)] = depth
        operation_depths[id(node.operation)] = depth
        for argument in node.arguments:
            if type(argument) is SymbolicTensor:
                below = id(argument.node)
                depths[below] = max(depths.get(below, 0), depth + 1)
    rank = {id(node): index for index, node in enumerate(nodes)}
    return sorted(nodes, key=lambda node: (-depths[id(node)], rank[id(node)]))


def _make_plan(graph: Graph) -> Any:
    """Number all values once, so that a replay does no look-ups; note where each value is needed for the last time."""
    given = (*graph.inputs, *graph.captures)
    slot_of = {key_of(tensor): slot for slot, tensor in enumerate(given)}
    size = len(given)
    steps: list[Any] = []
    last_use: dict[int, int] = {}
    for position, node in enumerate(graph.nodes):
        argument_slots = [_slot(a, slot_of) for a in node.arguments]
        for slot in argument_slots:
            if slot is not None:
                last_use[slot] = position
        count = None if node.structure is None else len(node.specs)
        for index in range(len(node.specs)):
            slot_of[(id(node), index)] = size + index
        call_again = getattr(node.operation, "call_again", None)
        call = call_again if call_again is not None else partial(apply, node.operation)
        steps.append([call, argument_slots, node.arguments, node.params, size, count, []])
        size += len(node.specs)
    output_slots = [(_slot(output, slot_of), output) for output in graph.outputs]
    kept = {slot for slot, _ in output_slots}
    for slot, position in last_use.items():
        if slot not in kept:
            steps[position][-1].append(slot)
    return [tuple(step) for step in steps], size, output_slots


def _slot(value: Any, slot_of: dict[Key, int]) -> int | None:
    """Return where a value stands; `None` for constants, and for Variables that are no captures."""
    kind = type(value)
    return (
        slot_of[key_of(value)] if kind is SymbolicTensor else slot_of.get(key_of(value)) if kind is Variable else None
    )
