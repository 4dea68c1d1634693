"""`Diagram`: a model as boxes and arrows, plain data that every writer of pictures reads.

Floor 10. Knows neither pixels nor formats. There is one box for each recorded call, so that a diagram has no cycles
even where a layer is called twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from ... import tree
from ...core.node import Node
from ...core.spec import TensorSpec
from ...core.tensor import SymbolicTensor
from ...core.variable import Variable
from ...errors import StructureError
from ...layers.base.tracking import local_names
from ..functional_graph import FunctionalGraph
from ..labels import call_numbers, count_parameters, kind_of, nodes_of
from ..recording import arguments_inside, graph_or_none, is_open

__all__ = ["Arrow", "Box", "Diagram", "Port", "Source", "arrows_of", "diagram_of"]


class Port(NamedTuple):
    """One output of a box: its name where there are several, else nothing, and what it gives."""

    name: str
    spec: TensorSpec


class Source(NamedTuple):
    """Where a value comes from: a box, and which of its outputs."""

    box: Box
    output: int


@dataclass(eq=False)
class Box:
    """One call of a layer or an operation, an input, or a Variable.

    Attributes:
        name: unique among layers of the same diagram.
        kind: class of the layer, or name of the operation.
        role: what it is.
        outputs: what it gives.
        arguments: what it takes, in the order of the call; in the order of the inner inputs where it opens.
        inner: what is inside, told at the first call only.
        parameters: number of elements of all weights.
        trainable: whether weights are trained, `None` without weights.
        built: whether the weights are there.
        activation: name of the activation function, if it has one.
        call: which call of the layer this is, from 0.
        calls: how often the layer is called.
        results: names of the outputs of the whole model that it gives.
    """

    name: str
    kind: str
    role: Literal["input", "layer", "operation", "variable"]
    outputs: tuple[Port, ...] = ()
    arguments: list[Source] = field(default_factory=list)
    inner: Diagram | None = None
    parameters: int = 0
    trainable: bool | None = None
    built: bool = True
    activation: str | None = None
    call: int = 0
    calls: int = 1
    results: list[str] = field(default_factory=list)

    @property
    def opens(self) -> bool:
        """Whether its inside can be drawn in its place: each of its arguments and outputs has one counterpart there."""
        inner = self.inner
        return (
            inner is not None
            and inner.is_connected
            and len(inner.inputs) == len(self.arguments)
            and len(inner.outputs) == len(self.outputs)
        )


@dataclass(eq=False)
class Diagram:
    """The boxes of a model, each after those it takes values from.

    Attributes:
        name: of the model.
        kind: its class.
        boxes: all of them.
        inputs: those of the boxes that are inputs, in order.
        outputs: where the model's outputs come from.
        is_connected: whether it is known which box takes what; else the boxes are only those of the layers.
    """

    name: str
    kind: str
    boxes: list[Box]
    inputs: list[Box] = field(default_factory=list)
    outputs: list[Source] = field(default_factory=list)
    is_connected: bool = True

    def count(self, *, expand: bool) -> int:
        """Return the number of boxes to be drawn: of the outermost ones, or of all when what opens is opened."""
        if not expand:
            return len(self.boxes)
        opened = [box.inner for box in self.boxes if box.opens and box.inner is not None]
        return len(self.boxes) - len(opened) + sum(inner.count(expand=True) - len(inner.inputs) for inner in opened)


def diagram_of(layer: Any) -> Diagram:
    """Make the diagram of a model or of another layer that has layers inside.

    Example:
        >>> x = hybrid.Input((3,), name="x")
        >>> diagram = diagram_of(hybrid.Model(x, hybrid.layers.Dense(3)(x) + x))
        >>> [(box.name, [source.box.name for source in box.arguments]) for box in diagram.boxes]
        [('x', []), ('dense', ['x']), ('add', ['dense', 'x'])]
    """
    diagram, graph = _inside(layer), graph_or_none(layer)
    if graph is not None:
        for name, source in zip(_output_names(graph), diagram.outputs, strict=True):
            source.box.results.append(name)
    return diagram


def _inside(layer: Any, node: Node | None = None) -> Diagram:
    graph = graph_or_none(layer, node) if is_open(layer) else None
    return _unconnected(layer) if graph is None else _connected(layer, graph)


def _output_names(graph: FunctionalGraph) -> list[str]:
    return ["/".join(map(str, path)) for path, leaf in tree.flatten_with_path(graph.outputs) if leaf is not None]


def _unconnected(layer: Any) -> Diagram:
    children = layer._layers
    names = local_names(children)
    boxes = [_layer_box(child, names[id(child)], _known_outputs(child)) for child in children]
    return Diagram(layer.name, kind_of(layer), boxes, is_connected=False)


def _known_outputs(layer: Any) -> tuple[Port, ...]:
    """Return what a layer gives that nobody was seen calling: its graph says it, if it has one."""
    graph = graph_or_none(layer) if layer._layers else None
    if graph is None:
        return ()
    return tuple(Port(n, tensor.spec) for n, tensor in zip(_output_names(graph), graph.output_tensors, strict=True))


def _connected(layer: Any, graph: FunctionalGraph) -> Diagram:
    nodes = nodes_of(graph.graph)
    numbers = call_numbers(graph.graph.nodes)
    calls: dict[int, int] = {}
    for node in nodes:
        calls[id(node.operation)] = calls.get(id(node.operation), 0) + 1
    variables = _variable_boxes(nodes)
    boxes: dict[int, Box] = {}
    for node in nodes:
        box = _node_box(node, graph.names[id(node)], numbers.get(id(node), 0))
        if node.operation.is_composite:
            box.calls = calls[id(node.operation)]
        for argument in _ordered_arguments(node, box):
            if isinstance(argument, SymbolicTensor):
                box.arguments.append(Source(boxes[id(argument.node)], argument.index))
            elif isinstance(argument, Variable):
                box.arguments.append(Source(variables[id(argument)], 0))
        boxes[id(node)] = box
    outputs = [Source(boxes[id(tensor.node)], tensor.index) for tensor in graph.output_tensors]
    inputs = [boxes[id(tensor.node)] for tensor in graph.input_tensors]
    return Diagram(layer.name, kind_of(layer), [*variables.values(), *boxes.values()], inputs, outputs)


def _variable_boxes(nodes: Iterable[Node]) -> dict[int, Box]:
    found = {id(a): a for node in nodes for a in node.arguments if isinstance(a, Variable)}
    return {
        identity: Box(
            variable.path,
            "Variable",
            "variable",
            (Port("", variable.spec),),
            parameters=count_parameters([variable]),
            trainable=variable.trainable,
        )
        for identity, variable in found.items()
    }


def _node_box(node: Node, name: str, number: int) -> Box:
    names = _leaf_names(node.structure) if node.structure is not None else [""]
    outputs = tuple(Port(name, spec) for name, spec in zip(names, node.specs, strict=True))
    operation = node.operation
    if getattr(operation, "is_placeholder", False):
        return Box(name, kind_of(operation), "input", outputs)
    if not getattr(operation, "_is_layer", False):
        return Box(name, kind_of(operation), "operation", outputs, call=number)
    # Only the first call tells what is inside: the others use the same, and a picture stays as long as its model.
    return _layer_box(operation, name, outputs, number, node)


def _layer_box(layer: Any, name: str, outputs: tuple[Port, ...] = (), call: int = 0, node: Node | None = None) -> Box:
    weights = layer.weights
    return Box(
        name,
        kind_of(layer),
        "layer",
        outputs,
        inner=_inside(layer, node) if layer._layers and call == 0 else None,
        parameters=count_parameters(weights),
        trainable=bool(layer.trainable) if weights else None,
        built=layer.built,
        activation=_activation_name(layer),
        call=call,
    )


def _activation_name(layer: Any) -> str | None:
    activation = getattr(layer, "activation", None)
    if activation is None:
        return None
    return getattr(activation, "__name__", None) or getattr(activation, "name", None) or type(activation).__name__


def _ordered_arguments(node: Node, box: Box) -> Sequence[Any]:
    """Return what a call takes; for a box that opens, in the order of the inputs inside."""
    graph = graph_or_none(node.operation, node) if box.inner is not None and is_open(node.operation) else None
    if graph is None:
        return node.arguments
    try:
        return arguments_inside(graph, node)
    except StructureError:
        return node.arguments


def _leaf_names(structure: Any) -> list[str]:
    """Name the leaves of a structure by the keys and indices that lead to them; a single tensor has no name."""
    return ["/".join(map(str, path)) for path, _ in tree.flatten_with_path(structure)]


class Arrow(NamedTuple):
    """One value on its way between two boxes that are drawn."""

    source: Source
    target: Box


def arrows_of(diagram: Diagram, *, expand: bool) -> Iterator[Arrow]:
    """Yield the arrows between the boxes that are drawn when what opens is opened, if wanted, or left closed.

    The inputs of what is opened are not drawn themselves: an arrow to such an input goes on to what takes it.
    """
    # For every input inside something opened: where its value comes from.
    given: dict[int, Source] = {}
    levels = [diagram]
    for level in levels:
        for box in level.boxes:
            if expand and box.opens and box.inner is not None:
                levels.append(box.inner)
                given.update((id(i), source) for i, source in zip(box.inner.inputs, box.arguments, strict=True))
    for level in levels:
        for box in level.boxes:
            if not (expand and box.opens):
                for source in box.arguments:
                    yield Arrow(_drawn(source, given, expand=expand), box)


def _drawn(source: Source, given: dict[int, Source], *, expand: bool) -> Source:
    while True:
        box = source.box
        if id(box) in given:
            source = given[id(box)]
        elif expand and box.opens and box.inner is not None:
            source = box.inner.outputs[source.output]
        else:
            return source
