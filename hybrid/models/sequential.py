"""`Sequential`: a stack of layers.

Floor 10.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from ..core.context import outside
from ..core.tensor import SymbolicTensor
from ..errors import ConfigError, PlaceholderError
from ..layers.base.described import carrying
from ..layers.base.layer import Layer
from ..layers.base.tracking import adopt
from ..layers.core.input_layer import InputLayer
from ..naming import unique_name
from ..registry import custom_object_scope
from ..serialization import deserialize_keras_object, serialize_keras_object, shared_again, shared_objects
from .ends import refuse_equal_names
from .functional_graph import FunctionalGraph
from .model import Model

__all__ = ["Sequential"]


class Sequential(Model):
    """A stack of layers, each called on the output of the one before.

    With an `Input` first it owns a graph at once; without one it gets its graph when it first meets an input or is
    built. Where a layer asks for values it can have none, and needs to be made without an `Input`.

    Args:
        layers: layers in order.
        trainable: whether optimizers change the weights.
        name: of the model.

    Raises:
        ConfigError: if something is no layer, or two layers have the same name.

    Example:
        >>> model = Sequential([hybrid.Input((3,)), hybrid.layers.Dense(4), hybrid.layers.Dense(2)])
        >>> model.output_shape
        (None, 2)
    """

    _untracked = Model._untracked | {"_stack_input"}

    def __init__(self, layers: Iterable[Any] | None = None, trainable: bool = True, name: str | None = None):
        super().__init__(trainable=trainable, name=name)
        self._stack: list[Layer] = []
        self._stack_input: InputLayer | None = None
        for layer in layers or ():
            self._append(layer)
        refuse_equal_names(self, self._stack)
        adopt(self, self._stack)
        self._make_graph_if_possible()

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Put a layer on top of the stack.

        Args:
            layer: a layer, or an `Input` as the first.
            rebuild: whether the graph is made again at once, if there is one.
        """
        before = self._stack_input, self._functional, self.built
        self._append(layer)
        try:
            refuse_equal_names(self, self._stack)
            adopt(self, self._stack[-1:])
            if rebuild and self._functional is not None and self._stack_input is not None:
                self._own(self._functional.inputs, self._stack[-1](self._functional.outputs))
            else:
                self._forget_graph()
                if rebuild:
                    self._make_graph_if_possible()
        except Exception:
            if not isinstance(layer, (InputLayer, SymbolicTensor)):
                _release(self._stack.pop(), self._stack)
            self._stack_input, self._functional, self.__dict__["built"] = before
            raise

    def pop(self, rebuild: bool = True) -> Layer:
        """Remove the uppermost layer and return it.

        Raises:
            ConfigError: if there is none.
        """
        if not self._stack:
            raise ConfigError(f"'{self.name}' has no layer to remove.", fix="add a layer first")
        layer = self._stack.pop()
        _release(layer, self._stack)
        self._forget_graph()
        if rebuild:
            self._make_graph_if_possible()
        return layer

    def _append(self, layer: Any) -> None:
        if isinstance(layer, SymbolicTensor) and isinstance(layer.node.operation, InputLayer):
            layer = layer.node.operation
        if not isinstance(layer, Layer):
            raise ConfigError(
                f"A Sequential holds layers, not {type(layer).__name__}.",
                fix="wrap a function as layers.Lambda(function), and put lists of layers flat",
            )
        if isinstance(layer, InputLayer):
            if self._stack_input is not None or self._stack:
                raise ConfigError("An Input must be the first of a Sequential's layers.", fix="put Input(...) first")
            self._stack_input = layer
            return
        if not self._stack and self._stack_input is None:
            self._stack_input = _input_of(layer)
        self._stack.append(layer)

    def _forget_graph(self) -> None:
        self._functional = None
        self.__dict__["built"] = False

    def _make_graph_if_possible(self) -> None:
        if self._stack_input is not None:
            self._make_graph(self._stack_input.output)

    def _make_graph(self, start: SymbolicTensor) -> None:
        tensor = start
        with outside():  # a trace that is active where the model is first called would dissolve the layers
            for layer in self._stack:
                tensor = layer(tensor)
        self._own(start, tensor)

    def _own(self, start: SymbolicTensor, end: Any) -> None:
        """Own the graph from a placeholder to what the layers of the stack made of it, one after the other."""
        self._functional = FunctionalGraph(start, end, is_connected=True)
        self._functional.belongs_to(self)
        self.__dict__["built"] = True

    def _further_children(self) -> Sequence[Any]:
        return self._stack

    @property
    def layers(self) -> list[Layer]:
        """The layers of the stack, in order; the `Input` is not one of them."""
        return list(self._stack)

    def build(self, input_shape: Any = None) -> None:
        """Make the graph for inputs of a shape.

        Args:
            input_shape: with the batch axis.
        """
        if self._functional is None and input_shape is not None and self._stack:
            self._make_graph(InputLayer(batch_shape=tuple(input_shape), dtype=self.dtype).make_tensor())
        self.__dict__["built"] = self._functional is not None

    def _build_once(self, template: Any, leaves: Sequence[Any]) -> None:
        self._call_signature.check(self._description, *template.fill(leaves))
        if len(leaves) == 1 and self._stack:
            shape = (None, *leaves[0].shape[1:]) if leaves[0].shape else ()
            # A layer that asks for values leaves the model without a graph: the layers then run one after the other.
            # The graph is of layers, and stays: it is no part of a trace that happens to be active.
            with suppress(PlaceholderError), outside():
                self._make_graph(InputLayer(batch_shape=shape, dtype=leaves[0].dtype.name).make_tensor())
        self.__dict__["built"] = True

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Call the layers one after the other."""
        if mask is not None:
            inputs = carrying(inputs, mask)
        if isinstance(inputs, dict) and self._stack_input is not None and self._functional is not None:
            (inputs,) = self._functional.flatten_inputs(inputs)
        for layer in self._stack:
            inputs = layer(inputs)
        return inputs

    def get_config(self) -> dict[str, Any]:
        """Return the layers' configurations, in order, as plain data."""
        if type(self) is not Sequential and type(self).__init__ is not Sequential.__init__:
            return super().get_config()
        with shared_objects():
            stack = ([self._stack_input] if self._stack_input is not None else []) + self._stack
            config: dict[str, Any] = {
                "name": self.name,
                "trainable": self.trainable,
                "layers": [serialize_keras_object(layer) for layer in stack],
            }
            if self._stack_input is None and self._functional is not None:
                config["build_input_shape"] = list(self.input_shape)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """Make a model of what `get_config` returned."""
        if "layers" not in config or not isinstance(config["layers"], list):
            return super().from_config(config, custom_objects)
        with custom_object_scope(custom_objects or {}), shared_again(config):
            layers = [deserialize_keras_object(data) for data in config["layers"]]
        model = cls(layers=layers, name=config.get("name"))
        model.__dict__["_trainable"] = config.get("trainable", True)
        if config.get("build_input_shape"):
            model.build(tuple(config["build_input_shape"]))
        return model


def _release(layer: Layer, remaining: Sequence[Layer]) -> None:
    """Let a layer that was taken off the stack belong to nobody."""
    if layer not in remaining:
        layer.__dict__["_parent"] = None


def _input_of(layer: Layer) -> InputLayer | None:
    """Return an input for a first layer that says its shape, as `Dense(4, input_shape=(3,))` or a model does."""
    legacy = layer.__dict__.get("_legacy_input", {})
    if "input_dim" in legacy:
        return InputLayer(shape=(legacy["input_dim"],), dtype=layer.dtype)
    if "input_shape" in legacy:
        return InputLayer(shape=legacy["input_shape"], dtype=layer.dtype)
    if "batch_input_shape" in legacy or "batch_shape" in legacy:
        return InputLayer(batch_shape=legacy.get("batch_input_shape") or legacy["batch_shape"], dtype=layer.dtype)
    functional = layer.__dict__.get("_functional")
    if functional is not None and isinstance(functional.inputs, SymbolicTensor):
        start = functional.inputs
        return InputLayer(batch_shape=start.shape, dtype=start.dtype.name, name=unique_name(start.name, ()))
    return None
