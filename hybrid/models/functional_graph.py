"""The graph that a functional model owns: inputs and outputs in their structures, layers in their order.

Floor 10. Knows nothing of training and saving.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from .. import tree
from ..core.door import convert, is_tensor
from ..core.graph import Graph, key_of
from ..core.node import Node
from ..core.tensor import SymbolicTensor
from ..core.variable import Variable
from ..errors import ConfigError, DisconnectedGraphError, ShapeError, StructureError
from ..layers.base.layer import Layer
from ..layers.base.tracking import local_names
from ..layers.core.input_layer import InputLayer
from ..naming import UniqueNames, nearest, snake_case
from ..random import SeedGenerator
from ..typing import Structure

__all__ = ["FunctionalGraph"]


class FunctionalGraph:
    """A graph with structured inputs and outputs.

    Args:
        inputs: symbolic tensor, or structure of them.
        outputs: tensor, or structure of them, that can be computed from the inputs.
        is_connected: whether it is known that they can. Then the graph is put together when it is first needed: a stack
            of layers can grow in steps without paying for all its layers at each.

    Raises:
        DisconnectedGraphError: if an output cannot be computed from the inputs.
        ConfigError: if an input or output is no tensor, or an input is named twice.
    """

    def __init__(self, inputs: Structure, outputs: Structure, *, is_connected: bool = False):
        flat_inputs, flat_outputs = tree.flatten(inputs), tree.flatten(outputs)
        _check_ends(flat_inputs, flat_outputs)
        if any(not isinstance(tensor.node.operation, InputLayer) for tensor in flat_inputs):
            flat_inputs, flat_outputs = _cut(flat_inputs, flat_outputs)
        self.inputs = tree.unflatten(inputs, flat_inputs)
        self.outputs = tree.unflatten(outputs, flat_outputs)
        if not is_connected:
            self.__dict__["graph"] = Graph(flat_inputs, flat_outputs)

    @cached_property
    def graph(self) -> Graph:
        """The graph between the flat inputs and outputs."""
        return Graph(tree.flatten(self.inputs), tree.flatten(self.outputs))

    @cached_property
    def operations(self) -> list[Any]:
        """The operations of the graph, each once, inputs that nothing needs last."""
        return self._ordered_operations()

    @cached_property
    def layers(self) -> list[Layer]:
        """The layers among the operations."""
        return [operation for operation in self.operations if getattr(operation, "_is_layer", False)]

    @cached_property
    def names(self) -> dict[int, str]:
        """Names of nodes and layers by identity, unique in the graph."""
        return node_names(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, _flat(self)

    def _ordered_operations(self) -> list[Any]:
        """List the operations of the graph, each once, inputs that nothing needs last."""
        nodes = [*self.graph.all_nodes, *(tensor.node for tensor in self.graph.inputs)]
        found: dict[int, Any] = {}
        for node in nodes:
            # Two calls of a primitive are two operations to a reader; two calls of a layer are one layer.
            key = id(node.operation) if node.operation.is_composite else id(node)
            found.setdefault(key, node.operation)
        return list(found.values())

    @property
    def generators(self) -> list[SeedGenerator]:
        """The generators that the graph draws from without a layer; the global one belongs to no model."""
        found: dict[int, SeedGenerator] = {}
        for node in self.graph.nodes:
            generator = getattr(node.operation, "generator", None)
            if isinstance(generator, SeedGenerator) and not generator.is_global:
                found.setdefault(id(generator), generator)
        return list(found.values())

    @property
    def variables(self) -> list[Variable]:
        """The Variables that the graph uses without a layer."""
        found: dict[int, Variable] = {}
        for node in self.graph.nodes:
            for argument in node.arguments:
                if isinstance(argument, Variable):
                    found.setdefault(id(argument), argument)
        if found:
            for identity in self.layer_variables:
                found.pop(identity, None)
        return list(found.values())

    @property
    def layer_variables(self) -> dict[int, tuple[Layer, int]]:
        """The Variables of the graph's layers by identity: the layer, and the position among its variables."""
        return {
            id(variable): (layer, position)
            for layer in reversed(self.layers)
            for position, variable in enumerate(layer.variables)
        }

    @property
    def input_names(self) -> list[str]:
        """Names of the flat inputs."""
        return [self.names[id(tensor.node)] for tensor in self.graph.inputs]

    @property
    def output_names(self) -> list[str]:
        """Names of the flat outputs: keys where the outputs are a dict, else the names of the operations."""
        if isinstance(self.outputs, dict) and all(is_tensor(value) for value in self.outputs.values()):
            return sorted(self.outputs)
        unique = UniqueNames()
        return [unique.claim(self.names[id(tensor.node)]) for tensor in self.graph.outputs]

    def introduce(self) -> None:
        """Tell the layers of a copied graph of the calls they were recorded in."""
        for node in self.graph.all_nodes:
            if isinstance(node.operation, Layer):
                node.operation.remember(node)

    def flatten_inputs(self, inputs: Structure) -> list[Any]:
        """Bring what was passed into the order of the graph's inputs; dicts are matched by key.

        Raises:
            StructureError: if something is missing, too many or unknown.
            ShapeError: if an input does not have the shape of its placeholder.
        """
        mine = self.inputs
        if isinstance(inputs, dict):
            keys = list(mine) if isinstance(mine, dict) else self.input_names
            _check_keys(inputs, keys)
            flat = (
                tree.flatten({key: inputs[key] for key in keys})
                if isinstance(mine, dict)
                else [inputs[k] for k in keys]
            )
        elif isinstance(mine, dict) and not is_tensor(inputs) and not isinstance(inputs, (list, tuple)):
            raise StructureError(
                "The model takes a dict of inputs.", why=f"its keys are {sorted(mine)}", fix="pass a dict"
            )
        else:
            flat = tree.flatten(inputs)
        if len(flat) != len(self.graph.inputs):
            raise StructureError(
                f"The model expects {len(self.graph.inputs)} input(s), but it received {len(flat)}.",
                why=f"its inputs are: {', '.join(self.input_names)}",
                fix="pass one tensor for every input, or a dict by name",
            )
        return [self._fit(value, tensor) for value, tensor in zip(flat, self.graph.inputs, strict=True)]

    def _fit(self, value: Any, placeholder: SymbolicTensor) -> Any:
        expected, given = placeholder.spec.shape, tuple(value.shape)
        if len(given) == len(expected) - 1 and expected and expected[-1] == 1:
            value = (
                value.reshape((*(-1 if size is None else size for size in given), 1))
                if None not in given[1:]
                else value
            )
            given = (*given, 1)
        elif len(given) == len(expected) + 1 and given[-1] == 1:
            value, given = value[..., 0], given[:-1]
        fits = len(given) == len(expected) and all(
            mine is None or theirs is None or mine == theirs for mine, theirs in zip(expected, given, strict=True)
        )
        if not fits:
            name = self.names[id(placeholder.node)]
            raise ShapeError(
                f"The input '{name}' of the model has shape {list(expected)}, but it received {list(given)}.",
                why="the shape was fixed by Input(...)",
                fix=f"pass an array of shape {list(expected)}, where None can be any size",
            )
        if value.dtype != placeholder.dtype and hasattr(value, "astype"):
            return value.astype(placeholder.dtype)
        return value

    def replay(self, inputs: Structure) -> Structure:
        """Call the graph on other inputs."""
        return tree.unflatten(self.outputs, self.graph.replay(self.flatten_inputs(inputs)))


def _check_ends(inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
    for tensor in inputs:
        if not isinstance(tensor, SymbolicTensor):
            raise ConfigError(
                f"A model's inputs must be symbolic tensors, not {type(tensor).__name__}.",
                fix="x = hybrid.Input(shape); y = layer(x); Model(x, y)",
            )
    keys = [key_of(tensor) for tensor in inputs]
    if len(set(keys)) != len(keys):
        raise ConfigError("A tensor is named twice among the inputs of the model.", fix="name every input once")
    if not outputs:
        raise ConfigError("A model needs at least one output.", fix="Model(inputs, outputs)")
    for tensor in outputs:
        if not isinstance(tensor, SymbolicTensor):
            raise DisconnectedGraphError(
                f"A model's outputs must be symbolic tensors, not {type(tensor).__name__}.",
                why="an output that does not depend on the inputs is a constant",
                fix="compute the outputs from the inputs by calling layers and ops on them",
            )


def _cut(inputs: Sequence[SymbolicTensor], outputs: Sequence[SymbolicTensor]) -> tuple[list[Any], list[Any]]:
    """Start a graph at tensors in the middle of another: record what follows them on new inputs."""
    graph = Graph(inputs, outputs)
    starts = [
        InputLayer(
            batch_shape=tensor.shape,
            dtype=tensor.dtype.name,
            name=None if not isinstance(tensor.node.operation, InputLayer) else tensor.node.operation.name,
        ).make_tensor()
        if not isinstance(tensor.node.operation, InputLayer)
        else tensor
        for tensor in inputs
    ]
    return starts, [output if is_tensor(output) else convert(output) for output in graph.replay(starts)]


def _check_keys(inputs: dict[str, Any], keys: Sequence[str]) -> None:
    missing = [key for key in keys if key not in inputs]
    unknown = [key for key in inputs if key not in keys]
    if missing or unknown:
        wrong = f"the unknown key '{unknown[0]}'" if unknown else f"no key '{missing[0]}'"
        close = nearest(unknown[0], keys) if unknown else []
        raise StructureError(
            f"The inputs have {wrong}.",
            why=f"the inputs of the model are: {', '.join(map(str, keys))}",
            fix=f"did you mean {' or '.join(close)}?" if close else "pass one array for every input, by name",
        )


def node_names(owner: FunctionalGraph) -> dict[int, str]:
    """Name every node: a layer's by the layer, others by their operation, unique in the graph.

    Returns:
        names by identity of nodes, and of layers.
    """
    names = dict(local_names(owner.layers))
    unique = UniqueNames(names.values())
    result = dict(names)
    for node in (*owner.graph.all_nodes, *(tensor.node for tensor in owner.graph.inputs)):
        if id(node.operation) in names:
            result[id(node)] = names[id(node.operation)]
        elif id(node) not in result:
            result[id(node)] = unique.claim(snake_case(node.operation.name))
    return result


# -- copying: a graph as a flat list, so that a chain of any length can be pickled ------------------------------------


def _flat(owner: FunctionalGraph) -> tuple[Any, ...]:
    known = {id(node) for node in owner.graph.all_nodes}
    nodes = [*(tensor.node for tensor in owner.graph.inputs if id(tensor.node) not in known), *owner.graph.all_nodes]
    numbers = {id(node): number for number, node in enumerate(nodes)}

    def encode(value: Any) -> Any:
        return _Reference(numbers[id(value.node)], value.index) if isinstance(value, SymbolicTensor) else value

    rows = [
        (node.operation, [encode(a) for a in node.arguments], node.params, node.specs, node.structure, node.place)
        for node in nodes
    ]
    return rows, tree.map_structure(encode, owner.inputs), tree.map_structure(encode, owner.outputs)


class _Reference:
    """Stands for a symbolic tensor: the number of a node and an index."""

    def __init__(self, number: int, index: int):
        self.number = number
        self.index = index


def _restore(rows: list[Any], inputs: Structure, outputs: Structure) -> FunctionalGraph:
    nodes: list[Node] = []

    def decode(value: Any) -> Any:
        return SymbolicTensor(nodes[value.number], value.index) if isinstance(value, _Reference) else value

    for operation, arguments, params, specs, structure, place in rows:
        node = Node(operation, tuple(decode(a) for a in arguments), params, specs, structure=structure, place=place)
        nodes.append(node)
    return FunctionalGraph(tree.map_structure(decode, inputs), tree.map_structure(decode, outputs))
