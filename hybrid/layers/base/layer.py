"""`Layer`: what can be called on placeholders and on arrays.

Floor 8. A layer is a composite operation that owns state. Everything that happens around a user's `call` happens in
`Layer.__call__` and `Layer.run`; what else a layer can do lives in the mixins it is composed of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import constraints, initializers, regularizers, tree
from ...configurable import Configurable, captured_arguments, serialize_config_value
from ...core.context import CALL, CHANGES, SCOPE, CallScope, is_other, outside
from ...core.door import apply, is_tensor
from ...core.dtypes import is_float, standardize_dtype
from ...core.primitive import Composite
from ...core.source import user_line
from ...core.tensor import Tensor
from ...core.witness import UNANSWERED, present_witness
from ...errors import ConfigError, PlaceholderError, UntrackedLayerError
from ...naming import snake_case
from ...serialization import shared_objects
from ...typing import Structure
from .admission import Admission
from .call import SINGLE, CallSignature, CallTemplate
from .construction import Changeable, construct_layer, dtype_of, unknown_argument
from .described import (
    as_output,
    map_shapes,
    remembering_shapes,
    with_mask,
)
from .display import layer_html
from .inference import Inferred
from .recorded import Recorded
from .tracking import _PLAIN, holds_any, introduced, walk
from .weights import Weights

__all__ = ["Layer"]

_new_tuple = tuple.__new__  # what NamedTuples are made by, without the call of a Python function
_LEGACY = {"input_shape", "batch_input_shape", "input_dim", "batch_shape"}


class Layer(Configurable, Admission, Recorded, Inferred, Weights, Changeable, Composite):
    """A building block of models: computation with state.

    Subclasses define `__init__` (which calls `super().__init__(**kwargs)`), `build(input_shape)` where weights depend
    on shapes, and `call`. An instance is called like a function: on a symbolic tensor the call is recorded, on an array
    it runs.

    Args:
        activity_regularizer: function of the output to a penalty, or its name.
        trainable: whether optimizers change the weights.
        dtype: of weights and computations; the default float if not given.
        autocast: whether float inputs are cast to the dtype of the layer.
        name: local name; made of the class's name by default, unique among siblings.

    Example:
        >>> class Scale(Layer):
        ...     def build(self, input_shape):
        ...         self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="factor")
        ...     def call(self, inputs):
        ...         return inputs * self.factor
        >>> Scale()(np.ones((2, 3))).shape, Scale()(hybrid.Input((3,))).shape
        ((2, 3), (None, 3))
    """

    _is_layer = True
    is_recorded_copy = False
    _untracked: frozenset[str] = frozenset(
        (
            "_arguments",
            "_own_variables",
            "_parent",
            "_nodes",
            "_call_losses",
            "_admitted",
            "_usual_calls",
            "_build_shapes",
            "_recordings",
            "input_spec",
        )
    )
    # Attributes that no recorded call depends on: setting them leaves programs as they are.
    _incidental: frozenset[str] = frozenset(("trainable", "name", "built", "_first_call"))
    _call_signature: CallSignature
    _decides_mask: bool = False
    _name: str
    _auto_named: bool
    _parent: Any
    _trainable: bool
    _dtype: Any
    input_spec: Any
    supports_masking = False

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ):
        self._initialize(name)
        legacy = {key: kwargs.pop(key) for key in list(kwargs) if key in _LEGACY}
        if kwargs:
            raise unknown_argument(type(self), next(iter(kwargs)))
        if legacy:
            self._legacy_input = legacy
        self._trainable = bool(trainable)
        self.autocast = autocast
        self._dtype = dtype_of(dtype)
        self.activity_regularizer = regularizers.get(activity_regularizer)

    def _initialize(self, name: str | None) -> None:
        if name is not None and (not isinstance(name, str) or not name or "/" in name):
            raise ConfigError(f"Not a name for a layer: {name!r}.", fix="use a non-empty string without '/'")
        state = self.__dict__
        state["_name"] = name or snake_case(type(self).__name__)
        state["_auto_named"] = name is None
        state["_parent"] = None
        state["_nodes"] = []
        state["_own_variables"] = []
        state["_call_losses"] = []
        state["built"] = False
        state["input_spec"] = None
        state["is_opaque"] = False
        state["supports_masking"] = type(self).supports_masking
        self._remember_calls()
        witness = present_witness()
        if witness is not None:
            witness.creates(self)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        definer = next(owner for owner in cls.__mro__ if "build" in vars(owner))
        if definer is cls or not issubclass(definer, Layer):  # a mixin's build is not wrapped yet
            cls.build = remembering_shapes(cls.build)  # type: ignore[method-assign]
        if "call" in vars(cls) or "_call_signature" not in vars(cls):
            cls._call_signature = CallSignature(cls.call)
        cls._decides_mask = cls.compute_mask is not Layer.compute_mask

    # -- attributes --------------------------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        state = self.__dict__
        if state.get("built") and name not in self._incidental and is_other(state.get(name, self), value):
            if not CALL.get().layers:
                CHANGES.note_composite(self, name)
        if type(value) in _PLAIN:
            object.__setattr__(self, name, value)
            return
        if "_nodes" not in self.__dict__:
            raise ConfigError(
                f"{type(self).__name__}.__init__ sets '{name}' before it calls super().__init__().",
                where=str(user_line()),
                fix="make super().__init__(**kwargs) the first line of __init__",
            )
        object.__setattr__(self, name, value)
        if name not in self._untracked and holds_any(value):
            introduced(self)

    def _further_children(self) -> Sequence[Any]:
        """Layers that are owned without being in an attribute: those of a graph."""
        return ()

    @property
    def name(self) -> str:
        """Local name, unique among the layers of the same owner."""
        return self._name

    @name.setter
    def name(self, value: str) -> None:
        self.__dict__["_name"], self.__dict__["_auto_named"] = value, False

    @property
    def path(self) -> str:
        """Names from the outermost owner to this layer, joined by slashes."""
        names: list[str] = []
        layer: Any = self
        seen: set[int] = set()
        while layer is not None and id(layer) not in seen:
            seen.add(id(layer))
            names.append(layer._name)
            layer = layer._parent() if layer._parent is not None else None
        return "/".join(reversed(names))

    @property
    def kind(self) -> str:
        """What the layer is to a reader of a summary or a plot: the name of its class."""
        return type(self).__name__

    @property
    def trainable(self) -> bool:
        """Whether optimizers change the weights of this layer; setting it sets it for all layers below."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in walk(self):
            layer.__dict__["_trainable"] = bool(value)
            for variable in layer._owned().variables:
                variable.trainable = bool(value) and variable.born_trainable

    @property
    def dtype(self) -> str:
        """Name of the dtype of the weights."""
        return self._dtype.name

    @property
    def variable_dtype(self) -> str:
        """Name of the dtype of the weights."""
        return self.dtype

    @property
    def compute_dtype(self) -> str:
        """Name of the dtype of the computations."""
        return self.dtype

    @property
    def _layers(self) -> list[Any]:
        """The layers that this one owns directly, in the order of its attributes."""
        return introduced(self).layers

    def _variable_defaults(self, initializer: Any, dtype: Any, regularizer: Any, constraint: Any) -> tuple[Any, ...]:
        standard = self._dtype if dtype is None else standardize_dtype(dtype)
        default = "glorot_uniform" if is_float(standard) else "zeros"
        return (
            initializers.get(default if initializer is None else initializer),
            standard,
            regularizers.get(regularizer),
            constraints.get(constraint),
        )

    # -- building ----------------------------------------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Create the weights. Called once, before the first call; subclasses override it.

        Args:
            input_shape: of the input: a tuple, or a structure of tuples for several. A subclass may instead name one
                parameter `<argument>_shape` for every argument of its `call`.
        """
        self.built = True

    def get_build_config(self) -> dict[str, Any] | None:
        """Return what `build_from_config` needs to create the weights again: the shapes that `build` was given."""
        return self.__dict__.get("_build_shapes")

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Create the weights for the shapes that `get_build_config` returned."""
        if not self.built:
            with outside():
                self.build(**{name: map_shapes(tuple, shapes) for name, shapes in config.items()})
            self.__dict__["built"] = True

    # -- calling -----------------------------------------------------------------------------------------------------

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs. Subclasses override it."""
        raise NotImplementedError(f"{type(self).__name__} defines no call(self, inputs)")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the layer: on placeholders the call is recorded, on arrays it runs.

        Args:
            *args: tensors, arrays, and structures of them.
            **kwargs: likewise; `training` and masks are inherited from the enclosing call where they are not given.

        Returns:
            what `call` returns, as tensors.

        Raises:
            ShapeError: or another HybridError, with the path of the layer that raised it.
        """
        try:
            if len(args) == 1 and not kwargs and type(args[0]) is Tensor:  # as layers call layers
                leaves, template = list(args), SINGLE
            else:
                leaves, template = self._call_signature.divide(args, kwargs)
            look = self._admitted
            if not template.plain or not self.built or look != (leaves[0].shape, leaves[0].dtype, self.input_spec):
                leaves = self._admit(leaves, template)
            if self._parent is None and CALL.get().layers:
                self._seek_owner()
            return apply(self, *leaves, call=template)
        except Exception as error:
            self._annotate(error)
            witness = present_witness()
            answer = UNANSWERED if witness is None else witness.call_fails(error, self, args, kwargs)
            if answer is UNANSWERED:
                raise
            return answer

    def call_again(self, *leaves: Any, call: CallTemplate) -> Any:
        """Call the layer with other tensors in the places of a recorded call's."""
        args, kwargs = call.fill(leaves)
        return self(*args, **kwargs)

    def run(self, *leaves: Any, call: CallTemplate) -> Any:
        """Run `call` inside the scopes it may look at. The door calls it; users call the layer."""
        signature = self._call_signature
        args: tuple[Any, ...] = leaves
        training, layers, losses = CALL.get()
        if call.plain:
            training, kwargs = signature.settle_training_of_one(call.training, training)
        else:
            args, kwargs = call.fill(leaves)
            training, args = signature.settle_training(training, args, kwargs)
        is_masked = False
        for leaf in leaves:
            if leaf.mask is not None:
                is_masked = True
        if is_masked and signature.masks:
            self._add_masks(signature, args, kwargs)
        if losses is None:
            losses = []
            recorder = SCOPE.get().trace
            if recorder is None or not layers:
                self.__dict__["_call_losses"] = losses
                if recorder is not None and recorder.hides_values:
                    recorder.at_end.append(losses.clear)
        if self._usual_calls is not None and call.plain and not is_masked:
            usual = self._usual_calls.run(leaves, training, self._as_function)
            if usual is not None:
                return usual
        token = CALL.set(_new_tuple(CallScope, (training, (*layers, self), losses)))
        try:
            outputs = self.call(*args, **kwargs)
            if self.activity_regularizer is not None:
                for output in tree.flatten(outputs):
                    self.add_loss(self.activity_regularizer(output))
        except PlaceholderError:
            trace = SCOPE.get().trace
            if not self._states_output() or trace is None or trace.subject is self or self.is_opaque:
                raise
            self.__dict__["is_opaque"] = True
            return apply(self, *leaves, call=call)
        except TypeError:
            signature.check(self._description, args, kwargs)
            raise
        finally:
            CALL.reset(token)
        if type(outputs) is not Tensor and not is_tensor(outputs):
            outputs = tree.map_structure(as_output, outputs)
        if self._decides_mask or (is_masked and self.supports_masking):
            outputs = self._mask_outputs(outputs, args, leaves)
        return outputs

    def _add_masks(self, signature: CallSignature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Pass on the masks that the arguments carry, where `call` asks for them and the caller gave none."""
        by_name = signature.by_name(args, kwargs)
        first = args[0] if args else None
        for name in signature.masks:
            if by_name.get(name) is not None:
                continue
            source = first if name == "mask" else by_name.get(name.removesuffix("_mask"))
            if source is None:
                continue
            masks = tree.map_structure(lambda item: getattr(item, "mask", None), source)
            if any(mask is not None for mask in tree.flatten(masks)):
                kwargs[name] = masks

    def _mask_outputs(self, outputs: Structure, args: tuple[Any, ...], leaves: Sequence[Any]) -> Structure:
        """Let the outputs carry their masks."""
        decides = self._decides_mask
        flat = tree.flatten(outputs)
        if not decides and all(output is None or output.mask is not None for output in flat):
            return outputs
        first = args[0] if len(args) == 1 else list(args) if args else None
        previous = tree.map_structure(lambda item: getattr(item, "mask", None), first)
        masks = self.compute_mask(first, previous)
        spread = [masks] * len(flat) if masks is None or is_tensor(masks) else tree.flatten(masks)
        inputs = {id(leaf) for leaf in leaves}
        masked = []
        for output, mask in zip(flat, spread, strict=False):
            if output is not None and output.mask is not mask:
                if id(output) in inputs:
                    output = with_mask(output, mask)
                else:
                    output.mask = mask
            masked.append(output)
        masked.extend(flat[len(masked) :])
        return tree.unflatten(outputs, masked) if tree.is_nested(outputs) else masked[0]

    def compute_mask(self, inputs: Structure, previous_mask: Structure = None) -> Structure:
        """Return the mask of the output.

        Args:
            inputs: of the call.
            previous_mask: the masks that they carry, in the same structure.

        Returns:
            bool tensor, `None`, or a list of them for several outputs.
        """
        return previous_mask

    # -- configuration -----------------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as plain data.

        Nothing needs to be written in a subclass: the arguments it was made with are captured. One that overrides it
        adds to what `super().get_config()` returns, as in Keras.
        """
        with shared_objects():
            config: dict[str, Any] = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype}
            for name, value in captured_arguments(self).items():
                if name not in config:
                    config[name] = serialize_config_value(self, name, value)
            return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a layer of what `get_config` returned."""
        return construct_layer(cls, config)

    # -- messages ----------------------------------------------------------------------------------------------------

    @property
    def _description(self) -> str:
        return f"{type(self).__name__} '{self.path}'"

    def _annotate(self, error: Exception) -> None:
        """Tell an error that passes through which layer and which of the user's lines it comes from."""
        if getattr(error, "_hybrid_layer", None) is None and isinstance(error, Exception):
            error.add_note(f"  layer: {self._description}, called at {user_line()}")
            try:
                error._hybrid_layer = self.path  # type: ignore[attr-defined]
            except AttributeError:
                return

    def _seek_owner(self) -> None:
        """Find the owner of a layer that was appended to a list since; refuse one that would be lost."""
        enclosing = CALL.get().layers
        for parent in reversed(enclosing):
            introduced(parent)
            if self._parent is not None:
                return
        if enclosing and self.weights:
            raise UntrackedLayerError(
                f"{self._description} is called by '{enclosing[-1].path}', but no attribute of it leads there.",
                where=f"called at {user_line()}",
                why=f"its {len(self.weights)} weights would not be trained, counted or saved",
                fix=f"keep it in an attribute of {type(enclosing[-1]).__name__} (or a list, tuple or dict in one)",
            )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

    def _repr_html_(self) -> str:
        return layer_html(self)

    def __getstate__(self) -> dict[str, Any]:
        # Recorded calls are not state, and weak references cannot be pickled: the owner sets itself again.
        state = {**self.__dict__, "_nodes": [], "_parent": None, "_call_losses": []}
        for name in ("_recordings", "_admitted", "_usual_calls"):
            state.pop(name, None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._remember_calls()
        introduced(self)
