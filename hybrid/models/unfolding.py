"""Looking into the calls of a graph: recording it again with some calls replaced by what happens inside them.

Floor 10. This is how a tensor deep inside nested models becomes an output of a model of its own, and how nested models
are dissolved into one flat graph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import tree
from ..core.door import apply
from ..core.graph import key_of
from ..core.node import Node
from ..core.tensor import SymbolicTensor
from ..core.trace import fill, recording, skeleton_of
from ..errors import DisconnectedGraphError
from ..layers.base.call import CallTemplate, without_training
from ..layers.core.input_layer import InputLayer
from ..typing import Structure
from .functional_graph import FunctionalGraph
from .recording import graph_inside, values_inside
from .training_branches import merge_branches

__all__ = ["Chain", "Place", "connect", "unfold", "unfold_at"]

Chain = tuple[Node, ...]


class Place:
    """Where a tensor is computed: the calls it sits inside, outermost first, and the tensor in the innermost graph.

    Attributes:
        chain: recorded calls; each but the first is a node of the graph inside the one before.
        tensor: of the graph inside the last of them.
    """

    __slots__ = ("chain", "tensor")

    def __init__(self, chain: Chain, tensor: SymbolicTensor):
        self.chain = chain
        self.tensor = tensor


class _Unfolder:
    """Records a graph again, looking into some of its calls.

    Args:
        looks_into: `chain -> whether the last call of the chain is replaced by what is inside`.
    """

    def __init__(self, looks_into: Callable[[Chain], bool]):
        self.looks_into = looks_into
        self.known: dict[tuple[int, ...], dict[Any, Any]] = {}
        self.branches = False
        self.losses: list[Any] = []

    def run(
        self, graph: FunctionalGraph, values: Sequence[Any], chain: Chain = (), training: bool | None = None
    ) -> Structure:
        def call(node: Node, arguments: list[Any]) -> Any:
            inner = (*chain, node)
            if not getattr(node.operation, "_is_layer", False):
                return call_again(node, arguments)
            if not self.looks_into(inner):
                return call_again(node, arguments, training)
            own = without_training(node.operation, node.params["call"])[1]
            own = training if own is None else own
            inside = graph_inside(node, own)
            return self.run(inside, values_inside(inside, node, arguments), inner, own)

        self.branches |= graph.when_training is not None
        starts = graph.with_masks(values)
        known = self.known[tuple(map(id, chain))] = graph.graph.replay_with(starts, call)
        for variable, value in graph.updates:
            variable.assign(_known(known, value))  # what follows reads the new value
        self.losses += [_known(known, loss) for loss in graph.losses]
        outputs = [_known(known, output) for output in graph.output_tensors]
        return fill(skeleton_of(graph.outputs), outputs)

    def unfolded(self, graph: FunctionalGraph, training: bool | None) -> FunctionalGraph:
        """Record all of a graph again, as it is when the call around it trains or does not."""
        with recording(remembers=False) as current:
            outputs = self.run(graph.for_training(training), graph.input_tensors, training=training)
            updates = list(current.updates)
        effects: dict[str, Any] = {"updates": updates, "losses": self.losses, "masks": graph.masks}
        return FunctionalGraph(graph.inputs, outputs, kept=current.nodes, **effects)

    def at(self, place: Place) -> Any:
        return _known(self.known[tuple(map(id, place.chain))], place.tensor)


def _known(known: dict[Any, Any], value: Any) -> Any:
    return known.get(key_of(value), value) if isinstance(value, SymbolicTensor) else value


def call_again(node: Node, arguments: Sequence[Any], training: bool | None = None) -> Any:
    """Apply a node's operation to other arguments.

    Args:
        node: a recorded call.
        arguments: in the places of its own.
        training: what the call says to a layer that was not told otherwise, `None` to leave it as it is.
    """
    again = getattr(node.operation, "call_again", None)
    if again is None:
        return apply(node.operation, *arguments, **node.params)
    template = node.params["call"]
    if training is not None and without_training(node.operation, template)[1] is None:
        bare, _ = without_training(node.operation, template)
        template = CallTemplate(bare.args, {**bare.kwargs, "training": training})
    return again(*arguments, call=template)


def unfold(graph: FunctionalGraph, looks_into: Callable[[Chain], bool], places: Structure = None) -> FunctionalGraph:
    """Record a graph again with some calls replaced by what happens inside them.

    Args:
        graph: of a model.
        looks_into: `chain -> bool`, called with every recorded call and those it sits inside.
        places: `Place`s of the outputs, in a structure; by default the outputs and effects of the graph.

    Returns:
        graph on the same inputs, with the same layers.
    """
    unfolder = _Unfolder(looks_into)
    result = unfolder.unfolded(graph, None)
    if places is not None:
        return FunctionalGraph(graph.inputs, tree.map_structure(unfolder.at, places))
    if unfolder.branches:
        merge_branches(result, _Unfolder(looks_into).unfolded(graph, True))
    return result


def unfold_at(graph: FunctionalGraph, places: Structure) -> FunctionalGraph:
    """Record a graph again so that tensors inside its calls are outputs.

    A call that is looked into is looked into for everything that follows it, so the outputs depend on each other as
    they do in the model. What none of the outputs needs is left out.
    """
    opened: set[tuple[int, ...]] = set()
    for place in tree.flatten(places):
        opened.update(tuple(map(id, place.chain[:depth])) for depth in range(1, 1 + len(place.chain)))
    return unfold(graph, lambda chain: tuple(map(id, chain)) in opened, places)


# -- tensors of inner graphs as outputs --------------------------------------------------------------------------------


def connect(inputs: Structure, outputs: Structure) -> Structure:
    """Express outputs by inputs also where they were taken from inside of a call, as `layer.output` of a nested layer.

    Args:
        inputs: symbolic tensors of a model's graph.
        outputs: symbolic tensors of the same graph, or of the graphs inside its calls.

    Returns:
        the outputs, computed from the inputs; the very tensors if there is nothing to look into or no way to.

    Raises:
        DisconnectedGraphError: if an output is inside a layer that is called several times.
    """
    given = {key_of(tensor) for tensor in tree.flatten(inputs)}
    places = tree.map_structure(lambda tensor: _place(tensor, given), outputs)
    flat = tree.flatten(places)
    if None in flat or not any(place.chain for place in flat):
        return outputs
    tops = [SymbolicTensor(place.chain[0], 0) if place.chain else place.tensor for place in flat]
    return unfold_at(FunctionalGraph(inputs, tops), places).outputs


def _place(tensor: Any, given: set[Any]) -> Place | None:
    """Find where, seen from the inputs, a tensor is computed; `None` if nowhere."""
    if not isinstance(tensor, SymbolicTensor):
        return None
    places = _places(tensor, given)
    if len(places) > 1:
        chains = [place.chain for place in places[:2]]
        layer: Any = next(a.operation for a, b in zip(*chains, strict=False) if a is not b)
        raise DisconnectedGraphError(
            f"An output was taken from inside '{layer.path}', which is called several times.",
            why="so it is not clear which of the calls is meant",
            fix=f"models.extract(model, ['{layer.name}@0/...']), where the number says which call",
        )
    return places[0] if places else None


def _places(tensor: SymbolicTensor, given: set[Any], climbed: Chain = ()) -> list[Place]:
    """Climb from a tensor to the graph of the inputs, in all ways: from inside each call to the call."""
    start = _foreign_start(tensor, given)
    if start is None:
        return [Place((), tensor)]
    operation = start.node.operation
    owners = operation.owners if isinstance(operation, InputLayer) else []
    found: dict[tuple[int, ...], Place] = {}
    for call in [call for owner in owners for call in owner._calls() if call not in climbed]:
        for outer in _places(SymbolicTensor(call, 0), given, (*climbed, call)):
            chain = (*outer.chain, outer.tensor.node)
            inner = _counterpart(tensor, outer.tensor.node)
            if inner is not None:
                found[tuple(map(id, chain))] = Place(chain, inner)
    return list(found.values())


def _counterpart(tensor: SymbolicTensor, node: Node) -> SymbolicTensor | None:
    """Find what a tensor of a recorded layer is in a call of the layer: it may be of another recording."""
    inside = graph_inside(node)
    if any(inner is tensor.node for inner in inside.every_node):
        return tensor
    recordings = node.operation.__dict__.get("_recordings")
    for graph in () if recordings is None else recordings.graphs.values():
        ours, theirs = (_like(tensor.node, each) for each in (inside, graph))
        positions = [position for position, inner in enumerate(theirs) if inner is tensor.node]
        if positions and len(ours) == len(theirs):
            return SymbolicTensor(ours[positions[0]], tensor.index)
    return None


def _like(node: Node, graph: FunctionalGraph) -> list[Node]:
    """List the calls of the operation of a node in a graph."""
    return [each for each in graph.graph.nodes if each.operation is node.operation]


def _foreign_start(tensor: SymbolicTensor, given: set[Any]) -> SymbolicTensor | None:
    """Return a placeholder that a tensor needs and that is not among the inputs."""
    stack = [tensor]
    seen: set[int] = set()
    while stack:
        current = stack.pop()
        if key_of(current) in given or id(current.node) in seen:
            continue
        seen.add(id(current.node))
        if current.node.operation.is_placeholder:
            return current
        stack.extend(argument for argument in current.node.arguments if type(argument) is SymbolicTensor)
    return None
