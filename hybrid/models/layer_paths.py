"""Layers and their calls by path: `block/dense` is a layer, `block@1/dense` is where its owner's second call uses it.

Floor 10. A path is made of local names, from owner to owner. The number of a call counts the calls of a layer in one
graph, in the order in which `summary()` shows them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from .. import tree
from ..core.node import Node
from ..errors import ConfigError
from ..layers.base.call import without_training
from ..layers.base.recorded import input_of, output_of
from ..layers.base.tracking import local_names, walk
from ..naming import nearest
from ..typing import Structure
from .functional_graph import FunctionalGraph
from .recording import graph_inside, graph_of
from .unfolding import Chain, Place, unfold_at

__all__ = ["CallIndex", "LayerCall", "layer_at", "outputs_at"]


class Segment(NamedTuple):
    """One part of a path: a layer, and which of its calls, `None` for the only one."""

    layer: Any
    number: int | None


class LayerCall:
    """One of several recorded calls of a layer; whatever else is asked of it, the layer answers.

    Args:
        layer: the layer.
        graph: of the model that was asked.
        chain: the call, and those it sits inside, outermost first.
        number: which of the calls it is.
    """

    def __init__(self, layer: Any, graph: FunctionalGraph, chain: Chain, number: int):
        self.layer = layer
        self.graph = graph
        self.chain = chain
        self.number = number

    @property
    def input(self) -> Any:
        """The symbolic input of the call, computed from the inputs of the model that was asked."""
        return self._seen_from_outside(input_of(self.chain[-1]))

    @property
    def output(self) -> Any:
        """The symbolic output of the call, computed from the inputs of the model that was asked."""
        return self._seen_from_outside(output_of(self.chain[-1]))

    def _seen_from_outside(self, tensors: Structure) -> Structure:
        if len(self.chain) == 1:
            return tensors
        places = tree.map_structure(lambda tensor: Place(self.chain[:-1], tensor), tensors)
        return unfold_at(self.graph, places).outputs

    def __getattr__(self, name: str) -> Any:
        return getattr(self.layer, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.layer(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<call {self.number} of {self.layer!r}>"


def layer_at(root: Any, path: str) -> Any:
    """Return the layer of a path, or one of its calls where the path has numbers.

    Raises:
        ConfigError: if there is none; names the nearest.
    """
    segments = _segments(root, path)
    layer = segments[-1].layer
    if all(segment.number is None for segment in segments):
        return layer
    graph = graph_of(root)
    if graph is None:
        raise ConfigError(
            f"'{root.path}' was never called, so its layers have no calls.", fix="call it on data first, or build it"
        )
    return LayerCall(layer, graph, _only_chain(root, graph, segments, path, CallIndex()), segments[-1].number or 0)


def outputs_at(root: Any, graph: FunctionalGraph, path: str, index: CallIndex) -> Structure:
    """Return the places of the outputs of the call that a path names, those of the graph for the empty path.

    Args:
        root: the model.
        graph: of the model.
        path: of a layer, or of a call.
        index: what is known of the calls already.

    Raises:
        ConfigError: if there is no such layer, it is not called, or it is called several times and none is chosen.
    """
    if not path:
        return tree.map_structure(lambda tensor: Place((), tensor), graph.outputs)
    chain = _only_chain(root, graph, _segments(root, path), path, index)
    return tree.map_structure(lambda tensor: Place(chain[:-1], tensor), output_of(chain[-1]))


def _segments(root: Any, path: str) -> list[Segment]:
    layer = root
    segments: list[Segment] = []
    for part in path.split("/"):
        name, at, number = part.rpartition("@")
        is_numbered = bool(at) and number.isdigit()
        layer = _child(layer, name if is_numbered else part)
        segments.append(Segment(layer, int(number) if is_numbered else None))
    return segments


def _child(layer: Any, name: str) -> Any:
    children = layer._layers
    names = local_names(children)
    found = next((child for child in children if names[id(child)] == name), None)
    if found is None:
        close = nearest(name, names.values())
        raise ConfigError(
            f"'{layer.path}' has no layer '{name}'.",
            why=f"its layers are: {', '.join(names.values()) or 'none'}",
            fix=f"did you mean {' or '.join(close)}?" if close else "use one of these names",
        )
    return found


def _only_chain(root: Any, graph: FunctionalGraph, segments: list[Segment], path: str, index: CallIndex) -> Chain:
    chosen = {id(segment.layer): segment.number for segment in segments if segment.number is not None}
    every = [
        (chain, name, numbers)
        for chain, name, numbers in index.chains_to(graph, segments[-1].layer)
        if all(numbers.get(layer) == number for layer, number in chosen.items())
    ]
    # A layer of several owners has several paths: the calls inside the layers on this one, and no others, are meant.
    on_the_way = {id(segment.layer) for segment in segments}
    fits = [(len(on_the_way & numbers.keys()), -len(numbers)) for _, _, numbers in every]
    found = [(chain, name) for (chain, name, _), fit in zip(every, fits, strict=True) if fit == max(fits)]
    if len(found) == 1:
        return found[0][0]
    if not found:
        raise ConfigError(
            f"'{root.path}' has no call '{path}'.",
            why="the layer exists, but the model does not call it"
            + (" as often" if chosen else ", or only in training, or inside a loop or a branch of operations"),
            fix="see model.summary(expand_nested=True) for the calls that it makes",
        )
    raise ConfigError(
        f"The layer '{path}' is called {len(found)} times in '{root.path}'.",
        why=f"its calls are: {', '.join(name for _, name in found[:8])}{', ...' if len(found) > 8 else ''}",
        fix=f"say which, as '{found[-1][1]}'",
    )


class CallIndex:
    """The calls of graphs by layer, for as many questions as are asked while nothing changes."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[FunctionalGraph, dict[int, list[Node]], dict[int, list[int]]]] = {}

    def _of(self, graph: FunctionalGraph) -> tuple[FunctionalGraph, dict[int, list[Node]], dict[int, list[int]]]:
        """Return the calls of each layer of a graph, and the layers of the graph that have a layer inside."""
        if id(graph) not in self._known:
            calls: dict[int, list[Node]] = {}
            holders: dict[int, list[int]] = {}
            for node in graph.graph.nodes:
                if getattr(node.operation, "_is_layer", False):
                    calls.setdefault(id(node.operation), []).append(node)
            for identity, nodes in calls.items():
                for part in walk(nodes[0].operation)[1:]:
                    holders.setdefault(id(part), []).append(identity)
            self._known[id(graph)] = graph, calls, holders
        return self._known[id(graph)]

    def chains_to(
        self, graph: FunctionalGraph, layer: Any, training: bool | None = None
    ) -> Iterator[tuple[Chain, str, dict[int, int]]]:
        """Find the calls of a layer, looking into those layers that have it inside.

        Yields:
            the calls from the outermost to the one of the layer, a path that names them, and their numbers by the
            identity of the layers.
        """
        _, calls, holders = self._of(graph)
        for identity in (id(layer), *holders.get(id(layer), ())):
            nodes = calls.get(identity, [])
            for number, node in enumerate(nodes):
                operation: Any = node.operation
                name = graph.names[identity] + (f"@{number}" if len(nodes) > 1 else "")
                if operation is layer:
                    yield (node,), name, {identity: number}
                    continue
                own = without_training(operation, node.params["call"])[1]
                own = training if own is None else own
                for chain, rest, inner in self.chains_to(graph_inside(node, own), layer, own):
                    yield (node, *chain), f"{name}/{rest}", {identity: number, **inner}
