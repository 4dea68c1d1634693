"""What a `call` does differently when it trains.

Floor 10. A `call` that takes `training` is recorded both ways. Most only hand the flag on to their layers: then one
graph serves both, in which the layers inherit the flag. The others branch: then both graphs are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import tree
from ..core.graph import key_of
from ..core.node import Node
from ..core.tensor import SymbolicTensor, Tensor
from ..layers.base.call import without_training
from ..layers.base.recorded import MaskOf
from .functional_graph import FunctionalGraph

__all__ = ["merge_branches"]


def merge_branches(inference: FunctionalGraph, training: FunctionalGraph) -> None:
    """Let a recorded graph also say what happens in training.

    Args:
        inference: the graph of a call that does not train; it is completed in place.
        training: the graph of the same call on the same inputs when it trains.
    """
    comparison = _Comparison(inference, training)
    if not comparison.agrees():
        inference.when_training = training
        return
    for node in comparison.handed_on:
        # The node was recorded a moment ago and nobody has seen it yet.
        node.params = {**node.params, "call": without_training(node.operation, node.params["call"])[0]}


class _Comparison:
    """Compares two graphs on the same inputs, node by node.

    Attributes:
        handed_on: nodes of the first that were told what the call around them was told.
    """

    def __init__(self, first: FunctionalGraph, second: FunctionalGraph):
        self.first = first
        self.second = second
        self.twins: dict[Any, Any] = {key_of(tensor): key_of(tensor) for tensor in first.graph.inputs}
        self.handed_on: list[Node] = []

    def agrees(self) -> bool:
        """Say whether both graphs do the same but for the flag that they hand on."""
        ours, theirs = self.first.graph, self.second.graph
        if len(ours.nodes) != len(theirs.nodes) or not _same_skeletons(self.first, self.second):
            return False
        if not all(map(self._same_node, ours.nodes, theirs.nodes)):
            return False
        updated = [[id(variable) for variable, _ in graph.updates] for graph in (self.first, self.second)]
        return updated[0] == updated[1] and self._same_values(ours.outputs, theirs.outputs)

    def _same_node(self, ours: Node, theirs: Node) -> bool:
        if not (
            _same_operation(ours.operation, theirs.operation) and self._same_values(ours.arguments, theirs.arguments)
        ):
            return False
        self.twins.update({(id(ours), index): (id(theirs), index) for index in range(len(ours.specs))})
        if not getattr(ours.operation, "_is_layer", False):
            return repr(ours.params) == repr(theirs.params)
        mine, flag = without_training(ours.operation, ours.params["call"])
        other, training = without_training(theirs.operation, theirs.params["call"])
        if training is True and not flag:
            self.handed_on.append(ours)
        elif flag is not training:
            return False
        return repr(mine) == repr(other)

    def _same_values(self, ours: Iterable[Any], theirs: Iterable[Any]) -> bool:
        ours, theirs = list(ours), list(theirs)
        return len(ours) == len(theirs) and all(map(self._same_value, ours, theirs))

    def _same_value(self, mine: Any, other: Any) -> bool:
        if mine is other:
            return True
        if isinstance(mine, SymbolicTensor) and isinstance(other, SymbolicTensor):
            return bool(self.twins.get(key_of(mine)) == key_of(other))
        if isinstance(mine, Tensor) and isinstance(other, Tensor):
            return mine.spec == other.spec and mine.numpy().tobytes() == other.numpy().tobytes()
        return type(mine) is type(other) and isinstance(mine, (bool, int, float)) and mine == other


def _same_skeletons(first: FunctionalGraph, second: FunctionalGraph) -> bool:
    skeletons = [tree.map_structure(lambda leaf: leaf is None, graph.outputs) for graph in (first, second)]
    return bool(skeletons[0] == skeletons[1])


def _same_operation(mine: Any, other: Any) -> bool:
    if isinstance(mine, MaskOf) and isinstance(other, MaskOf):
        return mine.operation is other.operation and mine.index == other.index
    return mine is other
