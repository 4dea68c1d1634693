"""Operations of a graph as plain data and back: primitives, draws, and control flow with the graphs it holds.

Floor 10. Layers describe themselves; what stands among them raw is described here. The graph of a branch or a loop is
pure: its nodes hold primitives, control flow and functions with a custom gradient only, and refer to each other by
number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .. import tree
from ..core.derivatives import CustomGradient
from ..core.door import apply, convert
from ..core.dtypes import standardize_dtype
from ..core.graph import Graph, key_of
from ..core.primitive import Primitive, primitive_named
from ..core.spec import TensorSpec
from ..core.tape import CompositeGradient
from ..core.tensor import SymbolicTensor, Tensor
from ..core.trace import trace
from ..errors import LoadError, SerializationError
from ..layers.base.call import SLOT
from ..ops.recorded_flow import CONTROL_FLOW, ControlFlow
from ..serialization import deserialize_keras_object, serialize_keras_object

__all__ = [
    "GradientCall",
    "apply_again",
    "arguments_of",
    "operation_from_config",
    "operation_to_config",
    "positions_inside",
    "slots_from_config",
    "slots_to_config",
    "value_from_config",
    "value_to_config",
]

_MODULE = "hybrid.ops"


# -- operations -------------------------------------------------------------------------------------------------------


def operation_to_config(operation: Any) -> dict[str, Any]:
    """Return an operation as plain data.

    Raises:
        SerializationError: if it has no such form.
    """
    if isinstance(operation, Primitive):
        return {"module": _MODULE, "class_name": "__primitive__", "config": {"name": operation.name}}
    if isinstance(operation, ControlFlow):
        graphs = [_graph_to_config(graph) for graph in operation.graphs]
        config: dict[str, Any] = {"name": operation.name, "options": operation.get_config(), "graphs": graphs}
        return {"module": _MODULE, "class_name": "__control_flow__", "config": config}
    if isinstance(operation, CustomGradient):
        function = serialize_keras_object(operation.public)
        return {"module": _MODULE, "class_name": "__custom_gradient__", "config": {"function": function}}
    if isinstance(operation, CompositeGradient):
        config = {
            "operation": operation_to_config(operation.operation),
            "wanted": list(operation.wanted),
            "inner": positions_inside(operation),
        }
        return {"module": _MODULE, "class_name": "__gradient__", "config": config}
    return serialize_keras_object(operation)


def operation_from_config(data: Mapping[str, Any]) -> Any:
    """Make an operation of what `operation_to_config` returned.

    Raises:
        LoadError: if the data names no operation.
    """
    config = data["config"]
    if data["class_name"] == "__primitive__":
        return primitive_named(config["name"])
    if data["class_name"] == "__custom_gradient__":
        return deserialize_keras_object(config["function"]).operation
    if data["class_name"] == "__gradient__":
        return GradientCall(operation_from_config(config["operation"]), config["wanted"], config["inner"])
    if data["class_name"] != "__control_flow__":
        return deserialize_keras_object(data)
    kind = CONTROL_FLOW.get(config["name"])
    if kind is None:
        raise LoadError(f"There is no control flow named '{config['name']}'.", why=f"there are {sorted(CONTROL_FLOW)}")
    return kind.from_config(config["options"], [_graph_from_config(graph) for graph in config["graphs"]])


class GradientCall:
    """Applies the derivative of a composite to what its call was given.

    Args:
        operation: the composite.
        wanted: which of its tensors' cotangents are returned first.
        inner: positions, among its variables, of those whose cotangents are returned after them.
    """

    def __init__(self, operation: Any, wanted: Sequence[int], inner: Sequence[int]):
        self.operation = operation
        self.name = f"gradient_of_{operation.name}"
        self.wanted = tuple(wanted)
        self.inner = tuple(inner)

    def __call__(self, args: Sequence[Any], kwargs: Mapping[str, Any], *cotangents: Any) -> Any:
        """Apply it: to the arguments of the composite's call, and cotangents of its outputs."""
        if self.inner and not getattr(self.operation, "built", True):
            self.operation(*args, **kwargs)
        if isinstance(self.operation, CustomGradient):
            leaves, params = self.operation.divide(args, kwargs)
        else:
            leaves, template = self.operation._call_signature.divide(args, kwargs)
            params = {"call": template}
        inner = tuple(self.operation.variables[position] for position in self.inner)
        gradient = CompositeGradient(self.operation, len(leaves), self.wanted, inner, params)
        return apply(gradient, *leaves, *cotangents)


def positions_inside(gradient: CompositeGradient) -> list[int]:
    """List where, among the variables of its composite, those stand whose cotangents a gradient returns."""
    composite: Any = gradient.operation
    inside = [id(variable) for variable in composite.variables] if gradient.inner else []
    return [inside.index(id(variable)) for variable in gradient.inner]


def arguments_of(operation: Any, arguments: Sequence[Any], params: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the positional and keyword arguments of a recorded call, as they are written and called again."""
    if isinstance(operation, CompositeGradient):
        args, kwargs = arguments_of(operation.operation, arguments[: operation.count], operation.params)
        return [list(args), dict(kwargs), *arguments[operation.count :]], {}
    if isinstance(operation, CustomGradient):
        return tree.unflatten(params["skeleton"], arguments), params["static"]
    return params["call"].fill(arguments) if "call" in params else (arguments, params)


def apply_again(operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
    """Apply an operation to arguments that were read; return its flat outputs."""
    if callable(operation):
        return tree.flatten(operation(*args, **kwargs))
    params = dict(kwargs)
    if isinstance(params.get("dtype"), str):
        params["dtype"] = standardize_dtype(params["dtype"])
    arguments = [convert(arg) if isinstance(arg, np.ndarray) else arg for arg in args]
    return tree.flatten(apply(operation, *arguments, **params))


# -- arguments --------------------------------------------------------------------------------------------------------


def value_to_config(value: Any, write: Callable[[Any], Any]) -> Any:
    """Return an argument as plain data.

    Args:
        value: tensor, Variable, plain value, or a structure of them.
        write: returns a symbolic tensor or Variable as plain data, `None` for anything else.
    """
    data = write(value)
    if data is not None:
        return data
    if isinstance(value, Tensor):
        return serialize_keras_object(value.numpy())
    if isinstance(value, tuple):
        return {"class_name": "__tuple__", "config": {"value": [value_to_config(item, write) for item in value]}}
    if isinstance(value, list):
        return [value_to_config(item, write) for item in value]
    if isinstance(value, dict):
        return {key: value_to_config(item, write) for key, item in value.items()}
    return serialize_keras_object(value)


def value_from_config(data: Any, read: Mapping[str, Callable[[Mapping[str, Any]], Any]]) -> Any:
    """Make an argument of what `value_to_config` returned.

    Args:
        data: plain data.
        read: functions that find symbolic tensors and Variables, by the class name of what `write` returned.
    """
    if isinstance(data, list):
        return [value_from_config(item, read) for item in data]
    if not isinstance(data, dict):
        return data
    name = data.get("class_name")
    if isinstance(name, str) and name in read:
        return read[name](data["config"])
    if name == "__tuple__":
        return tuple(value_from_config(item, read) for item in data["config"]["value"])
    if name is not None and "config" in data:
        return deserialize_keras_object(data)
    return {key: value_from_config(item, read) for key, item in data.items()}


def slots_to_config(arguments: Any) -> Any:
    """Return the arguments of a call, slots in the places of its tensors, as plain data."""
    return value_to_config(arguments, lambda value: {"class_name": "__slot__", "config": {}} if value is SLOT else None)


def slots_from_config(data: Any) -> Any:
    """Make arguments with slots of what `slots_to_config` returned."""
    return value_from_config(data, {"__slot__": lambda _: SLOT})


# -- graphs of branches and loops -------------------------------------------------------------------------------------


def _graph_to_config(graph: Graph) -> dict[str, Any]:
    numbers = {key_of(tensor): number for number, tensor in enumerate(graph.inputs)}

    def write(value: Any) -> Any:
        if not isinstance(value, SymbolicTensor):
            return None
        return {"class_name": "__value__", "config": {"index": numbers[key_of(value)]}}

    nodes = []
    for node in graph.nodes:
        if not isinstance(node.operation, (Primitive, ControlFlow, CustomGradient)):
            raise SerializationError(
                f"A function given to a control-flow op calls '{node.operation.name}', which cannot be written there.",
                where=str(node.place) if node.place is not None else None,
                why="it needs values, so it is not recorded as ops but whole",
                fix="call it outside of the control flow, or do both inside the call of a registered layer",
            )
        args, kwargs = arguments_of(node.operation, node.arguments, node.params)
        nodes.append(
            {
                "operation": operation_to_config(node.operation),
                "args": [value_to_config(argument, write) for argument in args],
                "kwargs": {key: value_to_config(value, write) for key, value in kwargs.items()},
            }
        )
        numbers.update({(id(node), index): len(numbers) + index for index in range(len(node.specs))})
    return {
        "inputs": [{"shape": list(tensor.shape), "dtype": tensor.dtype.name} for tensor in graph.inputs],
        "nodes": nodes,
        "outputs": [value_to_config(output, write) for output in graph.outputs],
    }


def _graph_from_config(config: Mapping[str, Any]) -> Graph:
    with trace(inherits=False) as current:
        inputs = [
            current.placeholder(TensorSpec.of(tuple(spec["shape"]), standardize_dtype(spec["dtype"])))
            for spec in config["inputs"]
        ]
        values: list[Any] = list(inputs)
        read = {"__value__": lambda data: values[data["index"]]}
        for node in config["nodes"]:
            args = [value_from_config(argument, read) for argument in node["args"]]
            kwargs = {key: value_from_config(value, read) for key, value in node["kwargs"].items()}
            values.extend(apply_again(operation_from_config(node["operation"]), args, kwargs))
        outputs = [value_from_config(output, read) for output in config["outputs"]]
    return Graph(inputs, [convert(output) if isinstance(output, np.ndarray) else output for output in outputs])
