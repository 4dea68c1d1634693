"""`Model`: a layer that can be trained, inspected, saved, and that may own a graph.

Floor 10. Being functional is data, not inheritance: `Model(inputs, outputs)` is a model that owns a graph, a subclass
that defines `call` owns none, and both are the same class with the same abilities.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .. import tree
from ..core.context import SCOPE, outside
from ..core.node import placeholder
from ..core.spec import TensorSpec
from ..core.tensor import Tensor
from ..errors import ConfigError, NotBuiltError, PlaceholderError, SerializationError
from ..layers.base.call import CallTemplate, without_training
from ..layers.base.construction import construct_layer
from ..layers.base.described import carrying, map_shapes
from ..layers.base.layer import Layer
from ..layers.base.tracking import adopt
from ..registry import custom_object_scope
from ..saving.model_files import ModelFiles
from ..saving.structure import structure_of
from ..serialization import serialize_keras_object, shared_objects
from ..training.trainer import Trainer
from ..typing import Structure
from .checking import call_for, check_calls, check_model
from .diagrams import model_html
from .ends import ends_among, graph_between, refuse_equal_names
from .functional_graph import FunctionalGraph
from .graph_config import graph_from_config, graph_to_config
from .layer_paths import layer_at
from .problems import Report
from .profiling import Profiled
from .recorded_config import FurtherDescriptions
from .recording import CallSpec, graph_of, reveal
from .summary import print_summary
from .survey import is_users

__all__ = ["Functional", "Model"]


class Model(Profiled, Trainer, ModelFiles, Layer):
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

    def __new__(cls, /, *args: Any, **kwargs: Any) -> Any:
        is_graph = len(args) >= 2 or {"inputs", "outputs"} & kwargs.keys()
        if cls is Model and is_graph:
            cls = Functional
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any):
        inputs, outputs, kwargs = ends_among(type(self), args, kwargs)
        super().__init__(**kwargs)
        self._functional: FunctionalGraph | None = None
        if _is_described_by_graph(type(self)):
            # The graph says it all; the captured tensors would keep the caller's nodes alive.
            self._arguments = ((), {})
        if inputs is not None:
            graph = graph_between(inputs, outputs)
            refuse_equal_names(self, graph.layers)
            self._own_graph(graph)

    def _own_graph(self, graph: FunctionalGraph) -> None:
        """Become functional: own a graph."""
        self._functional = graph
        graph.belongs_to(self)
        adopt(self, self._layers)
        for variable in self._functional.variables:
            variable._own(self)
        self.__dict__["built"] = True

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if self.__dict__.get("_functional") is not None:
            self._functional.introduce(self)  # type: ignore[union-attr]

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
            name: local name; a path such as `"block/dense"` reaches into nested layers. Where a layer is called several
                times, `"dense@1"` is its second call: the layer, with the `input` and `output` of that call.
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
        return layer_at(self, name or "")

    def _graph_or_raise(self, what: str) -> FunctionalGraph:
        graph = graph_of(self)
        if graph is None:
            raise NotBuiltError(
                f"'{self.path}' has no {what} yet.",
                why="it has not been built or called, so nothing is known of its inputs",
                fix="call it on data or on hybrid.Input(...), or build it for an input shape",
            )
        return graph

    def _reveal(self, layer: Any) -> None:
        """Record the calls below this model until one of the given layer is found, for its `input` and `output`."""
        reveal(self, layer)

    @property
    def inputs(self) -> list[Any]:
        """The symbolic inputs, as a flat list."""
        return list(self._graph_or_raise("inputs").input_tensors)

    @property
    def outputs(self) -> list[Any]:
        """The symbolic outputs, as a flat list."""
        return list(self._graph_or_raise("outputs").output_tensors)

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
        outputs, losses = functional.for_training(training).replay(carrying(inputs, mask))
        if losses:
            self.add_loss(losses)
        return outputs

    def infer(self, *specs: TensorSpec, call: Any) -> Structure:
        """Return the specs of the outputs; those of the graph where the inputs are what it was recorded with."""
        functional = self.__dict__.get("_functional")
        replays = type(self).call is Model.call and call.single
        if (
            functional is not None
            and replays
            and len(functional.input_tensors) == 1
            and specs[0].mask is None
            and not call.kwargs
            and not functional.losses
        ):
            outputs = functional.output_tensors
            if specs[0] == functional.input_tensors[0].spec and all(output.mask is None for output in outputs):
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
            leaves, template = self._call_signature.divide((inputs,), {})
            self._note_call(template, leaves)
        self.__dict__["built"] = True

    def _build_once(self, template: Any, leaves: Sequence[Any]) -> None:
        self._note_call(template, leaves)
        # The layers inside build themselves when `call` reaches them; a build of the user's own comes first.
        if type(self).build is not Model.build:
            super()._build_once(template, leaves)
        else:
            self._call_signature.check(self._description, *template.fill(leaves))
        self.__dict__["built"] = True

    def _admit(self, leaves: list[Any], template: CallTemplate) -> list[Any]:
        """Admit a call; an eager one that looks other than those before it is noted."""
        leaves = super()._admit(leaves, template)
        noted = self.__dict__.get("_first_call")
        if noted is not None and not self._is_like(noted, template, leaves):
            if SCOPE.get().trace is None and all(type(leaf) is Tensor for leaf in leaves):
                self._note_call(template, leaves)
            else:
                self.__dict__["_admitted"] = None
        return leaves

    def _is_like(self, noted: Any, template: CallTemplate, leaves: Sequence[Any]) -> bool:
        """Say whether a call has the ranks, dtypes and structure of one that was noted."""
        specs, expected = noted
        if len(specs) != len(leaves):
            return False
        for spec, leaf in zip(specs, leaves, strict=True):
            if len(spec.shape) != len(leaf.shape) or spec.dtype != leaf.dtype:
                return False
        options = template.kwargs
        if "training" in options:
            options = {key: value for key, value in options.items() if key != "training"}
        if template.args == expected.args:
            return bool(options == expected.kwargs)
        bare, _ = without_training(self, template)
        return bool(bare.args == expected.args and bare.kwargs == expected.kwargs)

    def _note_call(self, template: CallTemplate, leaves: Sequence[Any]) -> None:
        """Note what a call looks like: the model's graph is recorded with it when somebody asks for it."""
        bare, _ = without_training(self, template)
        self.__dict__["_first_call"] = tuple(map(_spec_of_any_batch, leaves)), bare

    def get_build_config(self) -> dict[str, Any] | None:
        """Return what `build_from_config` needs; nothing for a model that owns a graph: its configuration builds it."""
        if self.__dict__.get("_functional") is not None or not self.built:
            return None
        config: dict[str, Any] = super().get_build_config() or {"built": True}
        if "_first_call" in self.__dict__:
            try:
                return {**config, "first_call": CallSpec(*self.__dict__["_first_call"]).get_config()}
            except SerializationError:
                # Called with something that only this process knows: then the copy's graph waits for its first call.
                return config
        return config

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Create the weights for the shapes that `get_build_config` returned.

        The layers of a model without a `build` of its own say themselves what they were built for.
        """
        config = dict(config)
        first_call = config.pop("first_call", None)
        if first_call is not None:
            self.__dict__["_first_call"] = CallSpec.from_config(first_call)[:2]
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
            graph = graph_from_config(config)
        target = Functional if cls is Model else cls
        if target.__init__ is Model.__init__:
            model = target(name=config.get("name"))
            model._own_graph(graph)
        else:
            model = target(inputs=graph.inputs, outputs=graph.outputs, name=config.get("name"))
        if not config.get("trainable", True):
            model.__dict__["_trainable"] = False
        return model

    def to_json(self, **kwargs: Any) -> str:
        """Return the model's configuration as a JSON string; arguments are those of `json.dumps`."""
        data = serialize_keras_object(self)
        structure = structure_of(self)
        return json.dumps({**data, "structure": structure} if structure else data, **kwargs)

    def further_descriptions(self) -> Callable[[Any], Mapping[str, Any]]:
        """Return what describes each layer of the user's own by what its `call` does, for readers without its code."""
        return FurtherDescriptions(self)

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

    def check(self, *specs: Any, y: Structure = None) -> Report:
        """Return everything that can be seen to be wrong with the model before it meets data.

        `call` is walked on placeholders, with and without training. Where something fails, the walk goes on with what
        would have come out, so that all mistakes are found. Nothing changes by it: what was not built stays unbuilt.

        Found are: shapes and dtypes that do not fit; wrong arguments; layers that are created inside `call`, never
        called, or kept in no attribute; weights and inputs that nothing depends on; a last activation that does not
        suit the compiled loss; targets that do not suit outputs, loss and metrics; models inside that were compiled
        themselves; code that depends on values (a warning: such a model runs, but cannot be recorded).

        Args:
            *specs: what the model is called with: `TensorSpec`s, shapes or arrays, in structures, one for every
                argument; by default what it was made for or called with first.
            y: the same for the targets, in their structure; of arrays the labels are looked at, too.

        Returns:
            a `Report`: a tuple of `Problem`s, empty if there are none, whose `str` is a text to read.

        Raises:
            NotBuiltError: if no specs are given and the model was never called.

        Example:
            >>> class Net(Model):
            ...     def __init__(self):
            ...         super().__init__()
            ...         self.a, self.b = hybrid.layers.Dense(4), hybrid.layers.Dense(3)
            ...     def call(self, x):
            ...         return self.a(x) + self.b(x)
            >>> net = Net()
            >>> report = net.check((None, 8))
            >>> [problem.kind for problem in report], net.built
            (['shape'], False)
            >>> print(report[0].message)
            Shapes [None, 4] and [None, 3] cannot be broadcast together.
        """
        return check_model(self, specs, y)

    @property
    def _defines_call(self) -> bool:
        """Whether there is something to call; a model that is trained by steps of its own may do without."""
        return self.__dict__.get("_functional") is not None or type(self).call is not Model.call

    def _is_sound(self) -> bool:
        return self.__dict__.get("_functional") is not None and not is_users(self)

    def _refuse_calls(self, x: Structure, error: Exception | None) -> None:
        """Raise all that is wrong with calls on such inputs, the error itself where no more is known."""
        report = check_calls(self, call_for(self, [x]))
        if error is None or len(report) > 1:
            report.raise_if_any()
        super()._refuse_calls(x, error)

    def _repr_html_(self) -> str:
        return model_html(self)


class Functional(Model):
    """A model that was made of symbolic inputs and outputs; what `Model(inputs, outputs)` returns."""

    @classmethod
    def of_graph(cls, graph: FunctionalGraph, name: str | None = None) -> Functional:
        """Make a model that owns a given graph."""
        model = cls(name=name)
        model._own_graph(graph)
        return model


def _is_described_by_graph(cls: type) -> bool:
    """Say whether instances are made of inputs and outputs: a subclass with a constructor of its own is not."""
    return issubclass(cls, Functional) and cls.__init__ is Model.__init__


def _spec_of_any_batch(tensor: Any) -> TensorSpec:
    return TensorSpec((None, *tensor.shape[1:]) if tensor.shape else (), tensor.dtype)
