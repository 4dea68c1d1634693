"""`Model`: a layer that can be trained, inspected, saved, and that may own a graph.

Floor 10. Being functional is data, not inheritance: `Model(inputs, outputs)` is a model that owns a graph, a subclass
that defines `call` owns none, and both are the same class with the same abilities.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from .. import tree
from ..core.context import outside
from ..core.door import convert, is_tensor
from ..core.node import placeholder
from ..core.spec import TensorSpec
from ..errors import ConfigError, NotBuiltError, PlaceholderError, StructureError
from ..layers.base.construction import construct_layer
from ..layers.base.described import map_shapes, with_mask
from ..layers.base.layer import Layer
from ..layers.base.tracking import adopt, local_names
from ..naming import nearest, snake_case
from ..registry import custom_object_scope
from ..saving.model_files import ModelFiles
from ..saving.structure import structure_of
from ..serialization import serialize_keras_object, shared_objects
from ..training.trainer import Trainer
from ..typing import Structure
from .diagrams import model_html
from .functional_graph import FunctionalGraph
from .graph_config import graph_from_config, graph_to_config
from .summary import print_summary

__all__ = ["Functional", "Model"]


class Model(Trainer, ModelFiles, Layer):
    """A model: functional if it is given inputs and outputs, imperative if a subclass defines `call`.

    Args:
        inputs: symbolic tensor of `Input(...)`, or structure of them.
        outputs: symbolic tensor that was computed from the inputs, or structure of them.
        name: of the model.

    Example:
        >>> x = hybrid.Input((3,))
        >>> model = Model(x, hybrid.layers.Dense(2)(x))
        >>> model(np.ones((5, 3))).shape
        (5, 2)
        >>> class Twice(Model):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.inner = hybrid.layers.Dense(2)
        ...     def call(self, x):
        ...         return 2 * self.inner(x)
        >>> Twice()(np.ones((5, 3))).shape
        (5, 2)
    """

    _untracked = Layer._untracked | Trainer._untracked | {"_functional", "_first_call"}

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        is_graph = len(args) >= 2 or {"inputs", "outputs"} & kwargs.keys()
        if cls is Model and is_graph:
            cls = Functional
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any):
        inputs, outputs, kwargs = _ends(type(self), args, kwargs)
        super().__init__(**kwargs)
        self._functional: FunctionalGraph | None = None
        if _is_described_by_graph(type(self)):
            # The graph says it all; the captured tensors would keep the caller's nodes alive.
            self._arguments = ((), {})
        if inputs is not None:
            self._own_graph(inputs, outputs)

    def _own_graph(self, inputs: Structure, outputs: Structure) -> None:
        """Become functional: own the graph between these tensors."""
        self._functional = FunctionalGraph(inputs, outputs)
        refuse_equal_names(self)
        adopt(self, self._layers)
        for variable in self._functional.variables:
            variable._own(self)
        self.__dict__["built"] = True

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if self.__dict__.get("_functional") is not None:
            self._functional.introduce()  # type: ignore[union-attr]

    def _further_children(self) -> Sequence[Any]:
        functional = self.__dict__.get("_functional")
        return () if functional is None else (*functional.layers, *functional.variables, *functional.generators)

    # -- structure ----------------------------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers that the model owns directly, in order."""
        return self._layers

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its index.

        Args:
            name: local name; a path such as `"block/dense"` reaches into nested layers.
            index: position in `layers`.

        Raises:
            ConfigError: if there is none; names the nearest.
        """
        if (name is None) == (index is None):
            raise ConfigError("get_layer needs a name or an index, one of them.", fix="get_layer('dense')")
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ConfigError(f"'{self.name}' has {len(self.layers)} layers, none at index {index}.")
            return self.layers[index]
        layer: Any = self
        for part in (name or "").split("/"):
            children = layer._layers
            names = local_names(children)
            found = next((child for child in children if names[id(child)] == part), None)
            if found is None:
                close = nearest(part, names.values())
                raise ConfigError(
                    f"'{layer.path}' has no layer '{part}'.",
                    why=f"its layers are: {', '.join(names.values()) or 'none'}",
                    fix=f"did you mean {' or '.join(close)}?" if close else "use one of these names",
                )
            layer = found
        return layer

    def _graph_or_raise(self, what: str) -> FunctionalGraph:
        functional = self.__dict__.get("_functional")
        if functional is None:
            raise NotBuiltError(
                f"'{self.path}' has no {what}.",
                why="only a model that owns a graph has them" if self.built else "it has not been built yet",
                fix="use Model(inputs, outputs), or a Sequential with an Input",
            )
        return functional

    @property
    def inputs(self) -> list[Any]:
        """The symbolic inputs, as a flat list."""
        return list(self._graph_or_raise("inputs").graph.inputs)

    @property
    def outputs(self) -> list[Any]:
        """The symbolic outputs, as a flat list."""
        return list(self._graph_or_raise("outputs").graph.outputs)

    @property
    def input(self) -> Any:
        """The symbolic inputs, in their structure."""
        return self._graph_or_raise("input").inputs

    @property
    def output(self) -> Any:
        """The symbolic outputs, in their structure."""
        return self._graph_or_raise("output").outputs

    @property
    def input_names(self) -> list[str]:
        """Names of the inputs."""
        return self._graph_or_raise("input_names").input_names

    @property
    def output_names(self) -> list[str] | None:
        """Names of the outputs, `None` where they are not known before a call."""
        functional = self.__dict__.get("_functional")
        return None if functional is None else functional.output_names

    @property
    def input_shape(self) -> Any:
        """Shapes of the inputs, in their structure."""
        return tree.map_structure(lambda tensor: tensor.shape, self.input)

    @property
    def output_shape(self) -> Any:
        """Shapes of the outputs, in their structure."""
        return tree.map_structure(lambda tensor: tensor.shape, self.output)

    # -- calling ------------------------------------------------------------------------------------------------------

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Replay the graph. Subclasses without a graph define it."""
        functional = self.__dict__.get("_functional")
        if functional is None:
            raise NotImplementedError(
                f"{type(self).__name__} owns no graph and defines no call(self, inputs): define one, "
                "or use Model(inputs, outputs)."
            )
        return functional.replay(carrying(inputs, mask))

    def infer(self, *specs: TensorSpec, call: Any) -> Structure:
        """Return the specs of the outputs; those of the graph where the inputs are what it was recorded with."""
        functional = self.__dict__.get("_functional")
        replays = type(self).call is Model.call and call.single
        if (
            functional is not None
            and replays
            and len(functional.graph.inputs) == 1
            and specs[0].mask is None
            and not call.kwargs
        ):
            outputs = functional.graph.outputs
            if specs[0] == functional.graph.inputs[0].spec and all(output.mask is None for output in outputs):
                return tree.map_structure(lambda output: output.spec, functional.outputs)
        return super().infer(*specs, call=call)

    def build(self, input_shape: Any = None) -> None:
        """Create the weights of all layers by calling the model on placeholders.

        Args:
            input_shape: with the batch axis; a structure of shapes for several inputs.

        Raises:
            PlaceholderError: if `call` depends on values; then call the model on data instead.
        """
        if self.__dict__.get("_functional") is None and input_shape is not None:
            inputs = map_shapes(lambda shape: placeholder(TensorSpec(shape, self.dtype)), input_shape)
            self.__dict__["built"] = True
            try:
                with outside():
                    self(inputs)
            except PlaceholderError:
                self.__dict__["built"] = False
                raise
        self.__dict__["built"] = True

    def _build_once(self, template: Any, leaves: Sequence[Any]) -> None:
        self.__dict__["_first_call"] = [_spec_of_any_batch(leaf) for leaf in leaves], template
        # The layers inside build themselves when `call` reaches them; a build of the user's own comes first.
        if type(self).build is not Model.build:
            super()._build_once(template, leaves)
        else:
            self._call_signature.check(self._description, *template.fill(leaves))
        self.__dict__["built"] = True

    def get_build_config(self) -> dict[str, Any] | None:
        """Return what `build_from_config` needs; nothing for a model that owns a graph: its configuration builds it."""
        if self.__dict__.get("_functional") is not None:
            return None
        return super().get_build_config() or ({"built": True} if self.built else None)

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Create the weights for the shapes that `get_build_config` returned.

        The layers of a model without a `build` of its own say themselves what they were built for.
        """
        if "built" in config:
            self.__dict__["built"] = True
        else:
            super().build_from_config(config)

    # -- configuration ------------------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return the model as plain data: its graph where it owns one, else its constructor's arguments.

        Raises:
            SerializationError: if a part has no such form.
        """
        if not _is_described_by_graph(type(self)):
            return super().get_config()
        functional = self._graph_or_raise("config")
        with shared_objects():
            return {"name": self.name, "trainable": self.trainable, **graph_to_config(functional)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """Make a model of what `get_config` returned.

        Args:
            config: plain data.
            custom_objects: classes and functions by name, for those that are not registered.
        """
        if "input_layers" not in config:
            return construct_layer(cls, config)
        with custom_object_scope(custom_objects or {}):
            inputs, outputs = graph_from_config(config)
        target = Functional if cls is Model else cls
        model = target(inputs=inputs, outputs=outputs, name=config.get("name"))
        if not config.get("trainable", True):
            model.__dict__["_trainable"] = False
        return model

    def to_json(self, **kwargs: Any) -> str:
        """Return the model's configuration as a JSON string; arguments are those of `json.dumps`."""
        data = serialize_keras_object(self)
        structure = structure_of(self)
        return json.dumps({**data, "structure": structure} if structure else data, **kwargs)

    # -- looking ------------------------------------------------------------------------------------------------------

    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Print a table of the layers: types, output shapes, parameters, connections.

        Args:
            line_length: width of the table.
            positions: relative ends of the columns.
            print_fn: called with the text instead of `print`.
            expand_nested: whether layers inside layers are shown.
            show_trainable: whether a column says what is trained.
            layer_range: names (or patterns) of the first and the last layer to show.

        Raises:
            NotBuiltError: if the model has no weights yet.
        """
        print_summary(
            self,
            line_length=line_length,
            positions=positions,
            print_fn=print_fn,
            expand_nested=expand_nested,
            show_trainable=show_trainable,
            layer_range=layer_range,
        )

    def _repr_html_(self) -> str:
        return model_html(self)


class Functional(Model):
    """A model that was made of symbolic inputs and outputs; what `Model(inputs, outputs)` returns."""


def _is_described_by_graph(cls: type) -> bool:
    """Say whether instances are made of inputs and outputs: a subclass with a constructor of its own is not."""
    return issubclass(cls, Functional) and cls.__init__ is Model.__init__


def _ends(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
    """Find inputs and outputs among the arguments of the constructor."""
    kwargs = dict(kwargs)
    inputs, outputs = kwargs.pop("inputs", None), kwargs.pop("outputs", None)
    rest = list(args)
    if rest and inputs is None:
        inputs = rest.pop(0)
    if rest and outputs is None:
        outputs = rest.pop(0)
    if rest:
        kwargs.setdefault("name", rest.pop(0))
    if (inputs is None) != (outputs is None):
        raise ConfigError(
            f"{cls.__name__} received {'inputs' if outputs is None else 'outputs'} only.",
            fix="Model(inputs, outputs), or Model() in the constructor of a subclass",
        )
    return inputs, outputs, kwargs


def _spec_of_any_batch(tensor: Any) -> TensorSpec:
    return TensorSpec((None, *tensor.shape[1:]) if tensor.shape else (), tensor.dtype)


def carrying(inputs: Structure, mask: Structure) -> Structure:
    """Return inputs that carry the masks that were passed explicitly."""
    if mask is None:
        return inputs
    flat, masks = tree.flatten(inputs), tree.flatten(mask)
    if len(masks) != len(flat):
        raise StructureError(f"{len(masks)} masks were given for {len(flat)} inputs.", fix="pass one each, or None")
    masked = [
        leaf if each is None else with_mask(leaf, each if is_tensor(each) else convert(each))
        for leaf, each in zip(flat, masks, strict=True)
    ]
    return tree.unflatten(inputs, masked)


def refuse_equal_names(model: Model) -> None:
    """Raise if two layers were given the same name by their author; names made of the class are made unique instead.

    Raises:
        ConfigError: names both.
    """
    seen: dict[str, Layer] = {}
    for layer in model._layers:
        other = seen.setdefault(layer.name, layer)
        chosen = not layer._auto_named and not layer.name.startswith(snake_case(type(layer).__name__))
        if other is not layer and chosen and not other._auto_named:
            raise ConfigError(
                f"Two layers of '{model.name}' are named '{layer.name}'.",
                why="a layer is found and its weights are stored by its name",
                fix="give one of them another name",
            )
