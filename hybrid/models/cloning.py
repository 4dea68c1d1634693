"""Cloning: a new model of the same structure, with new weights.

Floor 10.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from .. import tree
from ..core.context import outside
from ..core.door import apply
from ..core.graph import key_of
from ..core.node import Node
from ..core.tape import CompositeGradient
from ..core.tensor import SymbolicTensor
from ..core.variable import Variable
from ..errors import ConfigError
from ..layers.base.layer import Layer
from ..layers.base.recorded import MaskOf
from ..layers.core.input_layer import InputLayer
from ..saving.structure import restore_structure, structure_of
from ..serialization import copy_by_config
from .functional_graph import FunctionalGraph
from .model import Functional, Model
from .operation_config import GradientCall, arguments_of, positions_inside
from .sequential import Sequential

__all__ = ["clone_model"]


def clone_model(
    model: Any,
    input_tensors: Any = None,
    clone_function: Callable[[Any], Any] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
    **kwargs: Any,
) -> Any:
    """Make a new model of the same structure with newly initialized weights.

    Args:
        model: any model.
        input_tensors: symbolic tensors, or structure of them, that the clone is put on (functional and Sequential
            models).
        clone_function: `layer -> layer`, called for every layer (not for inputs); by default
            `type(layer).from_config(layer.get_config())`.
        call_function: `(layer, *args, **kwargs) -> outputs`, how the layers of the clone are called.
        recursive: whether `clone_function` is also called for the layers of nested models.
        **kwargs: none are known.

    Returns:
        model of the same class.

    Raises:
        ConfigError: for arguments that the kind of model does not allow.

    Example:
        >>> model = hybrid.Sequential([hybrid.Input((3,)), hybrid.layers.Dense(2)])
        >>> [w.shape for w in clone_model(model).weights]
        [(3, 2), (2,)]
    """
    if kwargs:
        raise ConfigError(f"clone_model has no argument '{next(iter(kwargs))}'.", fix="see help(clone_model)")
    with outside():
        if input_tensors is None and clone_function is None and call_function is None:
            clone = copy_by_config(model)
            restore_structure(clone, structure_of(model))
            return clone
        cloner = _Cloner(clone_function, call_function, recursive)
        if is_plain_sequential(model):
            return cloner.sequential(model, input_tensors)
        if is_plain_graph(model):
            return cloner.functional(model, input_tensors)
    raise ConfigError(
        f"'{model.name}' is a subclassed model: it is cloned by its configuration.",
        why="input_tensors, clone_function and call_function need a model that owns its graph",
        fix="clone_model(model), or make the changes in the constructor of the class",
    )


class _Cloner:
    """Clones each layer once, so that what was shared is shared again."""

    def __init__(self, clone_function: Any, call_function: Any, recursive: bool):
        self.clone_function = clone_function
        self.call_function = call_function
        self.recursive = recursive
        self.done: dict[int, tuple[Any, Any]] = {}
        self.owned: dict[int, tuple[Any, int]] = {}

    def begin(self, layers: Iterable[Any]) -> None:
        """Clone layers all at once where no function does it: what their configurations share stays shared."""
        if self.clone_function is None:
            originals = [layer for layer in layers if not isinstance(layer, InputLayer)]
            for original, twin in zip(originals, copy_by_config(originals), strict=True):
                restore_structure(twin, {**structure_of(original), "build": {}})
                self.done[id(original)] = (original, twin)

    def layer(self, layer: Any) -> Any:
        """Return the clone of a layer or Variable."""
        if id(layer) not in self.done:
            self.done[id(layer)] = (layer, self._new(layer))
        return self.done[id(layer)][1]

    def _new(self, layer: Any) -> Any:
        if isinstance(layer, Variable) and id(layer) in self.owned:
            owner, position = self.owned[id(layer)]
            twin, shapes = self.layer(owner), owner.get_build_config()
            if shapes:  # it may be built and lend a weight before it is called
                twin.build_from_config(shapes)
            return twin.variables[position]
        if isinstance(layer, Variable):
            return copy.deepcopy(layer)
        if isinstance(layer, InputLayer):
            return InputLayer.from_config(layer.get_config())
        if self.recursive and is_plain_sequential(layer):
            return self.sequential(layer)
        if self.recursive and is_plain_graph(layer):
            return self.functional(layer)
        twin = self.clone_function(layer)
        if not isinstance(twin, Layer):
            raise ConfigError(
                f"clone_function returned {type(twin).__name__} for the layer '{layer.path}'.", fix="return a layer"
            )
        return twin

    def sequential(self, model: Any, input_tensors: Any = None) -> Any:
        """Clone a Sequential."""
        self.begin(model.layers)
        layers = [self.layer(layer) for layer in model.layers]
        start = model._stack_input
        if input_tensors is not None:
            given = _symbols(input_tensors)
            if len(given) != 1:
                raise ConfigError(
                    "A Sequential model is cloned on one symbolic tensor.", fix="input_tensors=Input(...)"
                )
            layers = [given[0] if isinstance(given[0].node.operation, InputLayer) else _fresh_input(given[0]), *layers]
        elif start is not None:
            layers = [self.layer(start), *layers]
        clone = type(model)(layers, name=model.name)
        if start is None and input_tensors is None and model._functional is not None:
            clone.build(model.input_shape)
        clone.__dict__["_trainable"] = model._trainable
        return clone

    def functional(self, model: Any, input_tensors: Any = None) -> Any:
        """Clone a model that owns a graph by replaying the graph with the clones of its layers."""
        owner: FunctionalGraph = model._graph_or_raise("graph")
        self.begin(owner.layers)
        if input_tensors is None:
            starts = [self.layer(tensor.node.operation).make_tensor() for tensor in owner.graph.inputs]
        else:
            starts = _symbols(input_tensors)
        if len(starts) != len(owner.graph.inputs):
            raise ConfigError(
                f"'{model.name}' has {len(owner.graph.inputs)} inputs, but {len(starts)} input_tensors were given.",
                fix="give one symbolic tensor for every input",
            )
        self.owned |= owner.layer_variables
        known = owner.graph.replay_with(starts, self._call)
        outputs = [known[key_of(tensor)] for tensor in owner.graph.outputs]
        clone = type(model)(
            inputs=tree.unflatten(owner.inputs, starts), outputs=tree.unflatten(owner.outputs, outputs), name=model.name
        )
        clone.__dict__["_trainable"] = model._trainable
        return clone

    def _call(self, node: Node, arguments: list[Any]) -> Any:
        arguments = [self.layer(item) if isinstance(item, Variable) else item for item in arguments]
        if isinstance(node.operation, MaskOf):
            return apply(node.operation.of(self.layer(node.operation.operation)), *arguments, **node.params)
        if isinstance(node.operation, CompositeGradient) and getattr(node.operation.operation, "_is_layer", False):
            return self._gradient(node, arguments)
        if not getattr(node.operation, "_is_layer", False):
            return apply(node.operation, *arguments, **node.params)
        args, kwargs = node.params["call"].fill(arguments)
        layer = self.layer(node.operation)
        return layer(*args, **kwargs) if self.call_function is None else self.call_function(layer, *args, **kwargs)

    def _gradient(self, node: Node, arguments: list[Any]) -> Any:
        gradient: Any = node.operation
        args, _ = arguments_of(gradient, arguments, node.params)
        return GradientCall(self.layer(gradient.operation), gradient.wanted, positions_inside(gradient))(*args)


def is_plain_sequential(model: Any) -> bool:
    """Say whether a model is described by its stack of layers."""
    return isinstance(model, Sequential) and type(model).__init__ is Sequential.__init__


def is_plain_graph(model: Any) -> bool:
    """Say whether a model is described by its graph."""
    return isinstance(model, Functional) and type(model).__init__ is Model.__init__


def _symbols(structure: Any) -> list[SymbolicTensor]:
    leaves = tree.flatten(structure)
    if not all(isinstance(leaf, SymbolicTensor) for leaf in leaves):
        raise ConfigError("input_tensors must be symbolic tensors.", fix="input_tensors=Input(...)")
    return leaves


def _fresh_input(tensor: SymbolicTensor) -> InputLayer:
    return InputLayer(batch_shape=tensor.shape, dtype=tensor.dtype.name)
