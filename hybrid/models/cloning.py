"""Cloning: a new model of the same structure, with new weights.

Floor 10.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import tree
from ..core.context import outside
from ..core.node import placeholder
from ..core.tensor import SymbolicTensor
from ..errors import ConfigError, PlaceholderError
from ..layers.base.layer import Layer
from ..layers.base.tracking import walk
from ..layers.core.input_layer import InputLayer
from ..registry import is_builtin
from ..saving.structure import restore_structure, structure_of
from ..serialization import copy_by_config
from .graph_clone import GraphCloner, is_plain_graph, is_plain_sequential
from .model import Model
from .structural_clone import StructuralCloner

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

    The clone is of the same class and shares nothing with the model: the same layers under the same names, tied where
    they were tied, frozen where they were frozen, built where they were built. A model whose configuration says all
    of it is made of its configuration. One that was changed after construction, or whose arguments are no data, is
    cloned attribute by attribute without running its constructor; a Variable that was given a value rather than an
    initializer keeps its present value. It is not compiled.

    Args:
        model: any model.
        input_tensors: symbolic tensors, or structure of them, that the clone is put on (functional and Sequential
            models).
        clone_function: `layer -> layer`, called once for every layer (not for inputs); what it returns stands wherever
            the layer stood, and takes its name if it has none of its own. In functional and Sequential models it is
            called for the layers of the graph, as in Keras. In subclassed models, where layers are nothing but
            attributes, it is called for the innermost layers, at any depth, in models of any style and in wrappers
            (`TimeDistributed`, `RNN`); an `LSTM` or a `MultiHeadAttention` counts as one layer.
        call_function: `(layer, *args, **kwargs) -> outputs`, how the layers of a functional clone are called.
        recursive: whether, in a functional or Sequential model, `clone_function` is called for the layers of nested
            functional and Sequential models, and of layers that hold layers, instead of for these.
        **kwargs: none are known.

    Returns:
        model of the same class.

    Raises:
        ConfigError: for arguments that the kind of model does not allow, and if an attribute holds something of which
            no second one can be made, such as an open file; names the attribute.

    Example:
        >>> model = hybrid.Sequential([hybrid.Input((3,)), hybrid.layers.Dense(2)])
        >>> [w.shape for w in clone_model(model).weights]
        [(3, 2), (2,)]
        >>> class Net(hybrid.Model):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.layers_of_mine = [hybrid.layers.Dropout(0.5)]
        ...     def call(self, x):
        ...         return self.layers_of_mine[0](x)
        >>> clone_model(Net(), clone_function=lambda layer: hybrid.layers.Dropout(0.1)).layers_of_mine[0].rate
        0.1
    """
    if kwargs:
        raise ConfigError(f"clone_model has no argument '{next(iter(kwargs))}'.", fix="see help(clone_model)")
    if not isinstance(model, Layer):
        raise ConfigError(f"clone_model clones models, not {type(model).__name__}.", fix="pass a model")
    starts = None if input_tensors is None else _starts(model, input_tensors)
    _check_kind(model, input_tensors=input_tensors, call_function=call_function)
    graphs = GraphCloner(model.__dict__.get("_functional"), starts, call_function, everywhere=recursive)
    with outside():
        replace: Any = None
        if clone_function is not None:
            replace = _Replacement(clone_function, recursive)
        elif graphs.changes_calls:
            replace = _unbuilt_layers(model)
        clone = StructuralCloner(model, replace=replace, graphs=graphs, by_config=not graphs.changes_calls).clone()
        if starts is not None and is_plain_sequential(model):
            clone._stack_input = starts[0].node.operation
            clone._make_graph_if_possible()
        if clone_function is not None:
            _build_as(model, clone)
    return clone


def _unbuilt_layers(model: Any) -> Callable[[Any, bool], Any] | None:
    """Clone the layers of a graph without building them: on other inputs they may be built for other shapes.

    Returns:
        what `StructuralCloner` takes as `replace`; `None` where a layer is more than its configuration says, so that
        it has to keep its shapes.
    """
    if StructuralCloner(model).from_config() is None:
        return None
    layers = [layer for layer in model._layers if not isinstance(layer, InputLayer)]
    twins = {}
    # All at once: what their configurations share stays shared.
    for layer, twin in zip(layers, copy_by_config(layers), strict=True):
        restore_structure(twin, {**structure_of(layer), "build": {}})
        twins[id(layer)] = twin
    return lambda layer, in_graph: twins.get(id(layer))


class _Replacement:
    """Decides for which layers a clone function is called, and calls it.

    Args:
        function: `layer -> layer`.
        recursive: as in `clone_model`.
    """

    def __init__(self, function: Callable[[Any], Any], recursive: bool):
        self.function = function
        self.recursive = recursive

    def __call__(self, layer: Any, in_graph: bool) -> Any:
        """Return what takes the place of a layer; `None` if it is to be looked into."""
        if not self._is_called_for(layer, as_a_whole=in_graph and not self.recursive):
            return None
        twin = self.function(layer)
        if not isinstance(twin, Layer):
            raise ConfigError(
                f"clone_function returned {type(twin).__name__} for the layer '{layer.path}'.", fix="return a layer"
            )
        return twin

    def _is_called_for(self, layer: Any, *, as_a_whole: bool) -> bool:
        if is_plain_sequential(layer) or is_plain_graph(layer):
            return as_a_whole
        if isinstance(layer, Model):
            return not layer._layers
        return as_a_whole or not layer._layers or (is_builtin(type(layer)) and not _was_given_layers(layer))


def _was_given_layers(layer: Any) -> bool:
    """Say whether a layer of ours holds layers of the user's, as a wrapper does, rather than its own, as an LSTM."""
    return any(isinstance(item, Layer) for item in tree.flatten(list(layer._arguments)))


def _check_kind(model: Any, **options: Any) -> None:
    allowed = {
        "input_tensors": is_plain_graph(model) or is_plain_sequential(model),
        "call_function": is_plain_graph(model),
    }
    for name, value in options.items():
        if value is not None and not allowed[name]:
            kind = "a Sequential" if is_plain_sequential(model) else "a subclassed model"
            raise ConfigError(
                f"'{model.name}' is {kind}: it cannot be cloned with {name}.",
                why="how its layers are called, and on what, is written in its own call; a clone has the same",
                fix="clone_function exchanges layers in every kind of model; to call them differently, "
                "write another call in a subclass, or build a Model(inputs, outputs)",
            )


def _build_as(model: Any, clone: Any) -> None:
    """Build the layers that a clone function returned for what the model was built for, if that can be recorded."""
    for layer in walk(clone):
        # A wrapper builds what it was given, and does so when it is built.
        wraps = is_builtin(type(layer)) and not isinstance(layer, Model) and _was_given_layers(layer)
        if wraps and not all(inner.built for inner in walk(layer)):
            layer.__dict__["built"] = False
            layer.__dict__.pop("_build_shapes", None)
    shapes, first = model.__dict__.get("_build_shapes"), model.__dict__.get("_first_call")
    try:
        if first is not None:
            specs, template = first
            args, kwargs = template.fill([placeholder(spec) for spec in specs])
            clone(*args, **kwargs)
        elif shapes and type(clone).build is Model.build:
            clone.__dict__["built"] = False
            clone.build_from_config(shapes)
    except PlaceholderError:
        # They build themselves when the clone meets its first input, as those of the model did.
        return


def _starts(model: Any, structure: Any) -> list[SymbolicTensor]:
    leaves = tree.flatten(structure)
    if not all(isinstance(leaf, SymbolicTensor) for leaf in leaves):
        raise ConfigError("input_tensors must be symbolic tensors.", fix="input_tensors=Input(...)")
    if is_plain_sequential(model):
        if len(leaves) != 1:
            raise ConfigError("A Sequential model is cloned on one symbolic tensor.", fix="input_tensors=Input(...)")
        return [_as_input(leaves[0])]
    functional = model.__dict__.get("_functional")
    if functional is not None and len(leaves) != len(functional.graph.inputs):
        raise ConfigError(
            f"'{model.name}' has {len(functional.graph.inputs)} inputs, but {len(leaves)} input_tensors were given.",
            fix="give one symbolic tensor for every input",
        )
    return leaves


def _as_input(tensor: SymbolicTensor) -> SymbolicTensor:
    """Return a tensor that a Sequential can start with: an input of the same shape for what is none."""
    if isinstance(tensor.node.operation, InputLayer):
        return tensor
    return InputLayer(batch_shape=tensor.shape, dtype=tensor.dtype.name).make_tensor()
