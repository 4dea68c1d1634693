"""A functional graph as plain data and back.

Floor 10. The form is that of Keras 3: layers with their configurations and inbound nodes, in which a tensor is named by
(layer, call, output). Raw operations stand among the layers.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import Any

from .. import tree
from ..core.node import Node
from ..core.tensor import SymbolicTensor
from ..core.trace import leaves_of, recording
from ..core.variable import Variable
from ..errors import LoadError
from ..layers.core.input_layer import InputLayer
from ..serialization import deserialize_keras_object, serialize_keras_object, shared_again, shared_objects
from ..typing import Structure
from .functional_graph import FunctionalGraph, node_names
from .operation_config import (
    apply_again,
    arguments_of,
    operation_from_config,
    operation_to_config,
    value_from_config,
    value_to_config,
)

__all__ = ["graph_from_config", "graph_to_config"]


# -- writing ----------------------------------------------------------------------------------------------------------


class _Writer:
    """Names every tensor of a graph by (layer, call, output).

    Args:
        owner: says the names.
        graph: the owner, or what it does in training.
        described: names, by identity, of layers and Variables that the reader gets from elsewhere.
    """

    def __init__(self, owner: FunctionalGraph, graph: FunctionalGraph, described: Mapping[int, str]):
        self.owner = owner
        self.graph = graph
        self.described = described
        self.names = node_names(owner, described) if described else owner.names
        self.calls: dict[int, int] = {}
        self.nodes_of: dict[str, list[Node]] = {}
        for node in (*(tensor.node for tensor in graph.graph.inputs), *graph.graph.nodes):
            nodes = self.nodes_of.setdefault(self.names[id(node)], [])
            self.calls[id(node)] = len(nodes)
            nodes.append(node)
        own = [variable for variable in owner.variables if id(variable) not in described]
        self.variables = {id(variable): number for number, variable in enumerate(own)}

    def history(self, tensor: SymbolicTensor) -> list[Any]:
        return [self.names[id(tensor.node)], self.calls[id(tensor.node)], tensor.index]

    def value(self, value: Any) -> Any:
        """Return an argument as plain data."""
        return value_to_config(value, self._reference)

    def _reference(self, value: Any) -> Any:
        if isinstance(value, SymbolicTensor):
            config = {"shape": list(value.shape), "dtype": value.dtype.name, "keras_history": self.history(value)}
            return {"class_name": "__keras_tensor__", "config": config}
        if isinstance(value, Variable) and id(value) in self.described:
            return {"class_name": "__variable__", "config": {"path": self.described[id(value)]}}
        if isinstance(value, Variable) and id(value) not in self.variables:
            layer, position = self.owner.layer_variables[id(value)]
            place = {"layer": self.names[id(layer)], "index": position}
            return {"class_name": "__variable__", "config": place}
        if isinstance(value, Variable):
            return {"class_name": "__variable__", "config": {"index": self.variables[id(value)]}}
        return None

    def structure(self, structure: Structure) -> Any:
        """Return a structure of tensors as plain data, in Keras's form of triples."""
        if structure is None:
            return None
        if isinstance(structure, SymbolicTensor):
            return self.history(structure)
        if isinstance(structure, dict):
            return {key: self.structure(item) for key, item in structure.items()}
        if isinstance(structure, tuple):
            return {"class_name": "__tuple__", "config": {"value": [self.structure(item) for item in structure]}}
        return [self.structure(item) for item in structure]

    def inbound(self, node: Node) -> dict[str, Any]:
        args, kwargs = arguments_of(node.operation, node.arguments, node.params)
        return {"args": [self.value(item) for item in args], "kwargs": {k: self.value(v) for k, v in kwargs.items()}}

    def ends(self) -> dict[str, Any]:
        """Return what goes in and out, and what the graph changes, as plain data."""
        graph = self.graph
        masks = [None if mask is None else self.history(mask) for mask in graph.masks]
        config = {
            "input_layers": self.structure(graph.inputs),
            "output_layers": self.structure(graph.outputs),
            "updates": [[self.value(variable), self.value(value)] for variable, value in graph.updates],
            "losses": [self.value(loss) for loss in graph.losses],
            "masks": masks,
            "output_masks": [None if mask is None else self.history(mask) for mask in graph.output_masks],
        }
        return {key: value for key, value in config.items() if value or key.endswith("layers")}

    def order(self) -> list[int]:
        """Return the order of the calls, as positions of their layers; empty if it is that of the layers themselves."""
        positions = {name: position for position, name in enumerate(self.nodes_of)}
        calls = [positions[self.names[id(node)]] for node in self.graph.graph.nodes]
        return calls if len(set(calls)) < len(calls) else []


def graph_to_config(owner: FunctionalGraph, *, described: Mapping[int, str] | None = None) -> dict[str, Any]:
    """Return a graph as plain data.

    Args:
        owner: the graph.
        described: names, by identity, of layers and Variables that the reader gets from elsewhere.

    Raises:
        SerializationError: if a layer or an argument has no such form.
    """
    described = described or {}
    written = set(described)
    with shared_objects():
        config = _one_graph_to_config(_Writer(owner, owner, described), written)
        if owner.when_training is not None:
            config["when_training"] = _one_graph_to_config(_Writer(owner, owner.when_training, described), written)
    variables = [variable for variable in owner.variables if id(variable) not in described]
    if variables:
        config["variables"] = [_variable_config(variable) for variable in variables]
    return config


def _one_graph_to_config(writer: _Writer, written: set[int]) -> dict[str, Any]:
    layers = []
    for name, nodes in writer.nodes_of.items():
        operation = nodes[0].operation
        is_input = isinstance(operation, InputLayer)
        inbound: list[Any] = [] if is_input else [writer.inbound(node) for node in nodes]
        # In place: the description is marked when the layer is met again.
        data = {} if id(operation) in written else operation_to_config(operation)
        data |= {"name": name, "inbound_nodes": inbound}
        layers.append(data)
        if getattr(operation, "_is_layer", False):
            written.add(id(operation))
    order = writer.order()
    return {"layers": layers, **writer.ends(), **({"call_order": order} if order else {})}


def _variable_config(variable: Variable) -> dict[str, Any]:
    return {
        "name": variable.name,
        "dtype": variable.dtype.name,
        "trainable": variable.born_trainable,
        "value": serialize_keras_object(variable.numpy()),
    }


# -- reading ----------------------------------------------------------------------------------------------------------


class _Reader:
    """Calls the layers of a configuration again, each call as soon as its arguments are there."""

    def __init__(
        self,
        config: Mapping[str, Any],
        operations: Mapping[str, Any],
        variables: Mapping[Any, Variable],
        remembers: bool,
    ):
        self.config = config
        self.remembers = remembers
        self.operations: dict[str, Any] = dict(operations)
        self.outputs: dict[tuple[str, int], list[Any]] = {}
        self.variables = variables
        self._references = {
            "__keras_tensor__": lambda data: self._tensor(data["keras_history"]),
            "__variable__": self._variable,
        }

    def run(self) -> FunctionalGraph:
        waiting: dict[str, list[tuple[tuple[str, int], dict[str, Any]]]] = {}
        for data in self.config["layers"]:
            name = data.get("name") or data["config"]["name"]
            if name not in self.operations:
                self.operations[name] = operation_from_config(data)
            operation = self.operations[name]
            if isinstance(operation, InputLayer):
                self.outputs[name, 0] = [operation.output]
            waiting[name] = [((name, number), inbound) for number, inbound in enumerate(data["inbound_nodes"])]
        with recording(remembers=self.remembers):
            self._call_all(self._in_order(waiting))
        further = self.config.get("when_training")
        outputs = self._structure(self.config["output_layers"])
        if not leaves_of(outputs):
            raise LoadError("The configuration of a graph names no outputs.")
        return FunctionalGraph(
            self._structure(self.config["input_layers"]),
            outputs,
            updates=[(self._value(variable), self._value(value)) for variable, value in self.config.get("updates", ())],
            losses=[self._value(loss) for loss in self.config.get("losses", ())],
            masks=[None if mask is None else self._tensor(mask) for mask in self.config.get("masks", ())],
            output_masks=[None if mask is None else self._tensor(mask) for mask in self.config.get("output_masks", ())],
            when_training=None if further is None else self._further(further),
        )

    def _further(self, config: Mapping[str, Any]) -> FunctionalGraph:
        """Read what is done in training, with the same layers."""
        layers = {name: layer for name, layer in self.operations.items() if getattr(layer, "_is_layer", False)}
        return _Reader(config, layers, self.variables, False).run()

    def _in_order(self, waiting: dict[str, list[Any]]) -> list[Any]:
        """List the calls in the order in which they were recorded."""
        order = self.config.get("call_order")
        if order is None:
            return [call for calls in waiting.values() for call in calls]
        names = list(waiting)
        upcoming = {name: iter(calls) for name, calls in waiting.items()}
        calls = [next(upcoming[names[position]], None) for position in order]
        if None in calls or len(calls) != sum(map(len, waiting.values())):
            raise LoadError("The configuration's order of calls does not name every call once.")
        return calls

    def _call_all(self, calls: list[Any]) -> None:
        """Make every call as soon as what it needs is there: in the given order where that was recorded by us."""
        followers: dict[tuple[str, int], list[int]] = {}
        missing: list[int] = []
        for position, (_, inbound) in enumerate(calls):
            needs = {history for history in _histories(inbound) if history not in self.outputs}
            missing.append(len(needs))
            for need in needs:
                followers.setdefault(need, []).append(position)
        ready = [position for position, count in enumerate(missing) if count == 0]
        heapq.heapify(ready)
        while ready:
            key, inbound = calls[heapq.heappop(ready)]
            self.outputs[key] = self._call(self.operations[key[0]], inbound)
            for follower in followers.get(key, ()):
                missing[follower] -= 1
                if missing[follower] == 0:
                    heapq.heappush(ready, follower)
        if any(missing):
            stuck = next(key for (key, _), count in zip(calls, missing, strict=True) if count)
            raise LoadError(
                f"The layer '{stuck[0]}' of the configuration can never be called.",
                why="its inputs name layers that do not exist or depend on it",
                fix="this configuration was not written by get_config",
            )

    def _call(self, operation: Any, inbound: dict[str, Any]) -> list[Any]:
        args = [self._value(item) for item in inbound.get("args", ())]
        kwargs = {key: self._value(item) for key, item in inbound.get("kwargs", {}).items()}
        leaves = tree.flatten([args, kwargs])
        if not getattr(operation, "is_composite", True) and not any(
            isinstance(leaf, (SymbolicTensor, Variable)) for leaf in leaves
        ):
            raise LoadError(
                f"The configuration calls '{operation.name}' on nothing that comes from the inputs.",
                why="loading records; a call on constants would compute",
                fix="this configuration was not written by get_config",
            )
        return apply_again(operation, args, kwargs)

    def _variable(self, data: Mapping[str, Any]) -> Variable:
        if "layer" in data:
            return self.operations[data["layer"]].variables[data["index"]]
        return self.variables[data["path"] if "path" in data else data["index"]]

    def _tensor(self, history: Sequence[Any]) -> Any:
        try:
            return self.outputs[str(history[0]), int(history[1])][int(history[2])]
        except (KeyError, IndexError, TypeError, ValueError):
            raise LoadError(f"The configuration names a tensor that does not exist: {history!r}.") from None

    def _value(self, data: Any) -> Any:
        return value_from_config(data, self._references)

    def _structure(self, data: Any) -> Structure:
        if data is None:
            return None
        if isinstance(data, dict):
            if data.get("class_name") == "__tuple__":
                return tuple(self._structure(item) for item in data["config"]["value"])
            return {key: self._structure(item) for key, item in data.items()}
        if len(data) == 3 and isinstance(data[0], str) and all(isinstance(number, int) for number in data[1:]):
            return self._tensor(data)
        return [self._structure(item) for item in data]


def _histories(data: Any) -> set[tuple[str, int]]:
    """Find the calls whose outputs an inbound node needs."""
    found: set[tuple[str, int]] = set()
    stack = [data]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, dict):
            if item.get("class_name") == "__keras_tensor__":
                history = item["config"]["keras_history"]
                found.add((str(history[0]), int(history[1])))
            elif item.get("class_name") == "__variable__" and "layer" in item["config"]:
                # A layer has its weights once it was called.
                found.add((str(item["config"]["layer"]), 0))
            else:
                stack.extend(item.values())
    return found


def _make_variable(data: Mapping[str, Any]) -> Variable:
    return Variable(
        deserialize_keras_object(data["value"]),
        dtype=data["dtype"],
        trainable=bool(data["trainable"]),
        name=data["name"],
    )


def graph_from_config(
    config: Mapping[str, Any],
    operations: Mapping[str, Any] | None = None,
    variables: Mapping[str, Variable] | None = None,
    remembers: bool = True,
) -> FunctionalGraph:
    """Record a graph from plain data.

    Args:
        config: as `graph_to_config` returned it.
        operations: operations to use, by name; others are made from their configurations.
        variables: Variables to use, by name.
        remembers: whether the layers remember the calls as theirs.

    Raises:
        LoadError: if the data has no meaning.
    """
    with shared_again(config):
        own = dict(enumerate(_make_variable(data) for data in config.get("variables", ())))
        return _Reader(config, operations or {}, {**(variables or {}), **own}, remembers).run()
