"""The graph that a functional model owns: inputs and outputs in their structures, layers in their order.

Floor 10. Knows nothing of training and saving.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from .. import tree
from ..core.door import convert, is_tensor
from ..core.graph import Graph, key_of
from ..core.node import Node
from ..core.tensor import SymbolicTensor
from ..core.trace import fill, leaves_of, skeleton_of
from ..core.variable import Variable
from ..errors import ConfigError, DisconnectedGraphError, ShapeError, StructureError
from ..layers.base.described import with_mask
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
        outputs: tensor, or structure of them and of `None`, that can be computed from the inputs.
        updates: (Variable, tensor) pairs: what the Variables are assigned whenever the graph is replayed.
        losses: scalar tensors that every replay adds to the loss.
        when_training: what is done instead when the call trains, on the same inputs; the same if it is not given.
        output_masks: masks that the flat outputs are given, `None` for those that have none; empty if masks just ride.
        leaves: the inputs in the order in which a recorded call takes its tensors; as in `inputs` by default.
        masks: placeholders of the masks that the flat inputs carry, `None` where one carries none; or empty.
        kept: nodes that were recorded; calls of layers and draws of random numbers among them are run even if no output
            needs them. Given, the layers are in the order of recording.
        is_connected: whether it is known that the outputs can be computed from the inputs. Then it is put together
            when it is first needed: a stack of layers can grow in steps without paying for all its layers at each.

    Raises:
        DisconnectedGraphError: if an output cannot be computed from the inputs.
        ConfigError: if an input or output is no tensor, or an input is named twice.
    """

    def __init__(
        self,
        inputs: Structure,
        outputs: Structure,
        *,
        updates: Iterable[tuple[Variable, Any]] = (),
        losses: Sequence[Any] = (),
        masks: Sequence[SymbolicTensor | None] = (),
        when_training: FunctionalGraph | None = None,
        leaves: Sequence[SymbolicTensor] | None = None,
        output_masks: Sequence[Any] = (),
        kept: Sequence[Node] | None = None,
        is_connected: bool = False,
    ):
        flat_inputs, flat_outputs = tree.flatten(inputs), leaves_of(outputs)
        _check_ends(flat_inputs, flat_outputs)
        if any(not isinstance(tensor.node.operation, InputLayer) for tensor in flat_inputs):
            flat_inputs, flat_outputs = _cut(flat_inputs, flat_outputs)
        self.inputs = tree.unflatten(inputs, flat_inputs)
        self._skeleton = skeleton_of(outputs)
        self.outputs = fill(self._skeleton, flat_outputs)
        self.input_tensors: list[SymbolicTensor] = flat_inputs
        self.output_tensors: list[SymbolicTensor] = flat_outputs
        self.updates = list(updates)
        self.losses = list(losses)
        self.masks = list(masks)
        self.when_training = when_training
        self.leaves = list(flat_inputs if leaves is None else leaves)
        self.output_masks = list(output_masks)
        self.kept = kept
        self._names: dict[int, str] | None = None
        if kept is not None:
            known = {id(node) for node in self._make_graph(None).nodes}
            self.kept = [node for node in kept if id(node) not in known and _has_effects(node.operation)]
        if not is_connected:
            self.__dict__["graph"] = self._make_graph(self.kept)

    def _make_graph(self, kept: Sequence[Node] | None) -> Graph:
        effects = [*(value for _, value in self.updates), *self.losses, *leaves_of(self.output_masks)]
        return Graph([*self.input_tensors, *leaves_of(self.masks)], [*self.output_tensors, *effects], kept=kept)

    @cached_property
    def graph(self) -> Graph:
        """The graph between the flat inputs and outputs."""
        return self._make_graph(self.kept)

    @cached_property
    def operations(self) -> list[Any]:
        """The operations of the graph, each once, inputs that nothing needs last."""
        return self._ordered_operations()

    @cached_property
    def _layers(self) -> list[Layer]:
        # A derivative or a mask belongs to a layer that may have no call of its own here.
        further = [getattr(operation, "operation", None) for operation in self.operations]
        layers = [each for each in (*self.operations, *further) if getattr(each, "_is_layer", False)]
        return list({id(layer): layer for layer in layers}.values())

    @property
    def layers(self) -> list[Layer]:
        """The layers, each once, in the order of the graph; those that only training calls last."""
        if self.when_training is None:
            return self._layers
        return list({id(layer): layer for layer in (*self._layers, *self.when_training.layers)}.values())

    @property
    def names(self) -> dict[int, str]:
        """Names of nodes and layers by identity, unique in the graph."""
        if self._names is None:
            self._names = node_names(self)
        return self._names

    @property
    def every_node(self) -> list[Node]:
        """The nodes of this graph with those of its inputs, and what training does instead."""
        starts = [tensor.node for tensor in self.graph.inputs]
        further = [] if self.when_training is None else self.when_training.every_node
        return list({id(node): node for node in (*self.graph.all_nodes, *starts, *further)}.values())

    def for_training(self, training: bool | None) -> FunctionalGraph:
        """Return what a call does that trains or does not."""
        return self.when_training if training and self.when_training is not None else self

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
        for node in self.every_node:
            generator = getattr(node.operation, "generator", None)
            if isinstance(generator, SeedGenerator) and not generator.is_global:
                found.setdefault(id(generator), generator)
        return list(found.values())

    @property
    def variables(self) -> list[Variable]:
        """The Variables that the graph uses without a layer."""
        found: dict[int, Variable] = {}
        for node in self.every_node:
            for argument in node.arguments:
                if isinstance(argument, Variable):
                    found.setdefault(id(argument), argument)
        for graph in (self, self.for_training(True)):
            found.update({id(variable): variable for variable, _ in graph.updates})
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
        return [self.names[id(tensor.node)] for tensor in self.input_tensors]

    @property
    def output_names(self) -> list[str]:
        """Names of the flat outputs: keys where the outputs are a dict, else the names of the operations."""
        if isinstance(self.outputs, dict) and all(is_tensor(value) for value in self.outputs.values()):
            return sorted(self.outputs)
        unique = UniqueNames()
        return [unique.claim(self.names[id(tensor.node)]) for tensor in self.output_tensors]

    def belongs_to(self, owner: Any) -> None:
        """Tell the inputs whose graph starts with them."""
        for tensor in self.input_tensors:
            if isinstance(tensor.node.operation, InputLayer):
                tensor.node.operation.begins(owner)

    def introduce(self, owner: Any) -> None:
        """Tell the layers of a copied graph of the calls they were recorded in, and of its owner."""
        self.belongs_to(owner)
        for node in self.every_node:
            if isinstance(node.operation, Layer):
                node.operation.remember(node)

    def flatten_inputs(self, inputs: Structure) -> list[Any]:
        """Bring what was passed into the order of the graph's inputs; dicts are matched by key.

        Raises:
            StructureError: if something is missing, too many or unknown.
            ShapeError: if an input does not have the shape of its placeholder.
        """
        flat = self.order_inputs(inputs)
        return [self._fit(value, tensor) for value, tensor in zip(flat, self.input_tensors, strict=True)]

    def order_inputs(self, inputs: Structure) -> list[Any]:
        """Bring what was passed into the order of the graph's inputs, whatever its shapes.

        Raises:
            StructureError: if something is missing, too many or unknown.
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
        if len(flat) != len(self.input_tensors):
            raise StructureError(
                f"The model expects {len(self.input_tensors)} input(s), but it received {len(flat)}.",
                why=f"its inputs are: {', '.join(self.input_names)}",
                fix="pass one tensor for every input, or a dict by name",
            )
        return flat

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

    def arranged(self, tensors: Sequence[Any]) -> list[Any]:
        """Bring the tensors of a call of the layer that was recorded into the order of the graph's inputs."""
        given = {key_of(leaf): tensor for leaf, tensor in zip(self.leaves, tensors, strict=True)}
        return [given[key_of(tensor)] for tensor in self.input_tensors]

    def with_masks(self, values: Sequence[Any]) -> list[Any]:
        """Return the values for all inputs of the graph: the given ones, and the masks they carry that it asks for."""
        asked = zip(values, self.masks, strict=True) if self.masks else ()
        return [*values, *(value.mask for value, mask in asked if mask is not None)]

    def replay(self, inputs: Structure) -> tuple[Structure, list[Any]]:
        """Call the graph on other inputs, and assign what it assigns.

        Returns:
            `(outputs, losses)`.
        """
        results = iter(self.graph.replay(self.with_masks(self.flatten_inputs(inputs))))
        outputs = [next(results) for _ in self.output_tensors]
        for variable, _ in self.updates:
            variable.assign(next(results))
        losses = [next(results) for _ in self.losses]
        for index, mask in enumerate(self.output_masks):
            outputs[index] = with_mask(outputs[index], None if mask is None else next(results))
        return fill(self._skeleton, outputs), losses

    def on(self, inputs: Structure) -> FunctionalGraph:
        """Return the same graph with its inputs in another structure."""
        masks = {key_of(tensor): mask for tensor, mask in zip(self.input_tensors, self.masks, strict=False)}
        ends = self.ends(lambda tensor: tensor)
        training = None if self.when_training is None else self.when_training.on(inputs)
        ordered = [masks[key_of(tensor)] for tensor in tree.flatten(inputs)] if masks else ()
        return FunctionalGraph(**{**ends, "inputs": inputs, "masks": ordered, "when_training": training})

    def ends(
        self,
        tensor: Callable[[SymbolicTensor], Any],
        variable: Callable[[Variable], Any] = lambda variable: variable,
        node: Callable[[Node], Any] = lambda node: node,
        nest: Callable[..., Any] | None = None,
    ) -> dict[str, Any]:
        """Return what the graph was made of with other things in the places of its own, by argument of the class.

        Args:
            tensor: returns what stands for a tensor.
            variable: returns what stands for a Variable that is assigned.
            node: returns what stands for a node that is kept.
            nest: makes what stands for the graph of training of its arguments; a graph by default.
        """

        def replace(value: Any) -> Any:
            return None if value is None else tensor(value)

        training = self.when_training
        return {
            "inputs": tree.map_structure(replace, self.inputs),
            "outputs": tree.map_structure(replace, self.outputs),
            "updates": [(variable(each), replace(value)) for each, value in self.updates],
            "losses": list(map(replace, self.losses)),
            "masks": list(map(replace, self.masks)),
            "output_masks": list(map(replace, self.output_masks)),
            "kept": None if self.kept is None else list(map(node, self.kept)),
            "when_training": training and (nest or FunctionalGraph)(**training.ends(tensor, variable, node, nest)),
        }


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


def _has_effects(operation: Any) -> bool:
    return getattr(operation, "_is_layer", False) or getattr(operation, "generator", None) is not None


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


def node_names(owner: FunctionalGraph, given: Mapping[int, str] | None = None) -> dict[int, str]:
    """Name every node: a layer's by the layer, others by their operation, unique in the graph.

    Args:
        owner: the graph.
        given: names of layers by identity, for those that have one.

    Returns:
        names by identity of nodes, and of layers.
    """
    given = given or {}
    unique = UniqueNames(given.values())
    names = local_names(owner.layers) if not given else {}
    for layer in owner.layers:
        names[id(layer)] = given.get(id(layer)) or names.get(id(layer)) or unique.claim(layer.name)
    unique = UniqueNames((*given.values(), *names.values()))
    result = dict(names)
    for node in owner.every_node:
        if id(node.operation) in names:
            result[id(node)] = names[id(node.operation)]
        elif id(node) not in result:
            result[id(node)] = unique.claim(snake_case(node.operation.name))
    return result


# -- copying: a graph as a flat list, so that a chain of any length can be pickled ------------------------------------


def _flat(owner: FunctionalGraph) -> tuple[Any, ...]:
    nodes = sorted(owner.every_node, key=lambda node: (not node.operation.is_placeholder, node.serial))
    numbers = {id(node): number for number, node in enumerate(nodes)}

    def encode(value: Any) -> Any:
        return _Reference(numbers[id(value.node)], value.index) if isinstance(value, SymbolicTensor) else value

    rows = [
        (node.operation, [encode(a) for a in node.arguments], node.params, node.specs, node.structure, node.place)
        for node in nodes
    ]

    return rows, owner.ends(encode, node=lambda node: numbers[id(node)], nest=dict)


class _Reference:
    """Stands for a symbolic tensor: the number of a node and an index."""

    def __init__(self, number: int, index: int):
        self.number = number
        self.index = index


def _restore(rows: list[Any], ends: dict[str, Any]) -> FunctionalGraph:
    nodes: list[Node] = []

    def decode(value: Any) -> Any:
        return SymbolicTensor(nodes[value.number], value.index) if isinstance(value, _Reference) else value

    for operation, arguments, params, specs, structure, place in rows:
        node = Node(operation, tuple(decode(a) for a in arguments), params, specs, structure=structure, place=place)
        nodes.append(node)

    def graph_between(ends: dict[str, Any]) -> FunctionalGraph:
        decoded = tree.map_structure(decode, {key: ends[key] for key in ends if key not in ("kept", "when_training")})
        kept, training = ends["kept"], ends["when_training"]
        return FunctionalGraph(
            **decoded,
            kept=None if kept is None else [nodes[number] for number in kept],
            when_training=None if training is None else graph_between(training),
        )

    return graph_between(ends)
