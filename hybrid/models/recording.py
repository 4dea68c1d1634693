"""The graph inside a layer: what its `call` does, recorded.

Floor 10. A functional model owns its graph; any other layer gets one by calling its `call` once on placeholders, with
the layers inside kept whole. The recording is kept until the layer's structure changes.
"""

from __future__ import annotations

import types
import weakref
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .. import tree
from ..core.context import call_scope, outside
from ..core.door import convert, record, spec_with_mask
from ..core.node import Node
from ..core.primitive import PRIMITIVES
from ..core.spec import TensorSpec
from ..core.tensor import SymbolicTensor, Tensor
from ..core.trace import leaves_of, recording
from ..core.variable import Variable
from ..errors import HybridError
from ..layers.base.call import CallTemplate, without_training
from ..layers.base.described import carrying
from ..layers.base.layer import Layer
from ..layers.base.rollback import BOOKKEEPING, unchanged
from ..layers.base.tracking import walk
from ..layers.core.input_layer import InputLayer
from ..naming import UniqueNames
from ..registry import is_builtin
from ..typing import Structure
from .functional_graph import FunctionalGraph
from .numpy_draws import refusing_draws
from .operation_config import slots_from_config, slots_to_config
from .training_branches import merge_branches

__all__ = [
    "CallSpec",
    "arguments_inside",
    "call_of",
    "graph_inside",
    "graph_of",
    "graph_or_none",
    "is_open",
    "leaf_names",
    "own_graph",
    "record_call",
    "recorded",
    "reveal",
    "values_inside",
]

_PLAIN = frozenset((int, float, str, bool, type(None), bytes, complex))
_NO_SETTINGS = (type, types.FunctionType, types.MethodType, types.ModuleType, Layer, Variable)
_IRRELEVANT = BOOKKEEPING | {"_trainable", "_arguments", "_call_losses", "_build_shapes", "_first_call"}


class CallSpec(NamedTuple):
    """What a call looks like without its values.

    Attributes:
        specs: of the flat tensors.
        template: everything else, without `training`.
        training: what the call says of it, `None` where it says nothing.
    """

    specs: tuple[TensorSpec, ...]
    template: CallTemplate
    training: bool | None = None

    def with_sizes(self, batch: int, length: int) -> CallSpec:
        """Return the same call with all sizes known: `batch` on first axes, `length` on others."""

        def sized(shape: tuple[int | None, ...]) -> tuple[int, ...]:
            return tuple((length if axis else batch) if size is None else size for axis, size in enumerate(shape))

        return self._replace(specs=tuple(TensorSpec.of(sized(spec.shape), spec.dtype) for spec in self.specs))

    @property
    def key(self) -> tuple[Any, ...]:
        """What two calls have in common that give the same graph."""
        specs = tuple((spec.shape, spec.dtype, spec.mask and spec.mask.shape) for spec in self.specs)
        return specs, repr(self.template), self.training

    def get_config(self) -> dict[str, Any]:
        """Return the specs and the template as plain data.

        Raises:
            SerializationError: if an argument has no such form.
        """
        arguments = [list(self.template.args), self.template.kwargs]
        return {"specs": [s.get_config() for s in self.specs], "arguments": slots_to_config(arguments)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> CallSpec:
        """Make a description of what `get_config` returned."""
        args, kwargs = slots_from_config(config["arguments"])
        return cls(tuple(TensorSpec(**spec) for spec in config["specs"]), CallTemplate(tuple(args), kwargs))

    @classmethod
    def of_node(cls, node: Node, training: bool | None = None) -> CallSpec:
        """Describe a recorded call.

        Args:
            node: of a layer.
            training: what the call around it says.
        """
        template, own = without_training(node.operation, node.params["call"])
        specs = tuple(spec_with_mask(argument) for argument in node.arguments)
        return cls(specs, template, training if own is None else own)


# -- finding graphs ---------------------------------------------------------------------------------------------------


class Recordings:
    """The graphs of a layer's calls, for as long as its structure stays what it is.

    The layers inside speak of one of them: their `output` would be ambiguous otherwise.

    Args:
        structure: of the layer, comparable.

    Attributes:
        graphs: by `CallSpec.key`.
        spoken_of: the one whose calls the layers inside remember as theirs.
    """

    __slots__ = ("graphs", "spoken_of", "structure")

    def __init__(self, structure: list[Any]):
        self.structure = structure
        self.graphs: dict[Any, FunctionalGraph] = {}
        self.spoken_of: FunctionalGraph | None = None

    def speak_of(self, graph: FunctionalGraph | None) -> None:
        """Let the layers inside remember the calls of another graph."""
        if graph is not self.spoken_of:
            for node in () if self.spoken_of is None else self.spoken_of.graph.nodes:
                if isinstance(node.operation, Layer):
                    node.operation._forget(node)
            for node in () if graph is None else graph.graph.nodes:
                if isinstance(node.operation, Layer):
                    node.operation.remember(node)
            self.spoken_of = graph

    def refresh(self, layer: Any) -> None:
        """Let the layers inside forget what is gone, if the layer or what it is called with changed since."""
        if "_first_call" in layer.__dict__:
            graph_of(layer)
        elif structure_now(layer) != self.structure:
            self.speak_of(None)
            del layer.__dict__["_recordings"]


def graph_of(layer: Any) -> FunctionalGraph | None:
    """Return the graph of a layer as it stands: the one it owns, or that of its last call; `None` before any call.

    The layers inside remember the calls of this graph as theirs.

    Raises:
        PlaceholderError: if its `call` depends on values.
    """
    own = own_graph(layer)
    if own is not None:
        return own
    call = call_of(layer)
    if call is None:
        return None
    graph = recorded(layer, call)
    layer.__dict__["_recordings"].speak_of(graph)
    return graph


def own_graph(layer: Any) -> FunctionalGraph | None:
    """Return the graph that a layer owns and replays; a `call` of the user's may do more than replay it."""
    functional: FunctionalGraph | None = getattr(layer, "_functional", None)
    return functional if functional is not None and is_builtin(type(layer).call) else None


def call_of(layer: Any) -> CallSpec | None:
    """Return what a layer is called with: what it was called with last, else the inputs of the graph it owns."""
    first_call = layer.__dict__.get("_first_call")
    if first_call is not None:
        return CallSpec(*first_call)
    functional: FunctionalGraph | None = layer.__dict__.get("_functional")
    if functional is None:
        return None
    leaves, template = layer._call_signature.divide((functional.inputs,), {})
    return CallSpec(tuple(leaf.spec for leaf in leaves), template)


def is_open(layer: Any) -> bool:
    """Say whether a reader is shown what happens inside a layer: of ours, only inside models."""
    return hasattr(layer, "layers") or not is_builtin(type(layer))


def graph_or_none(layer: Any, node: Node | None = None) -> FunctionalGraph | None:
    """Return the graph inside a layer, for a reader.

    Args:
        layer: any layer.
        node: the call of it that the reader looks into; by default its first.

    Returns:
        `None` if it was never called, or its `call` depends on values.
    """
    try:
        return graph_of(layer) if node is None else graph_inside(node)
    except HybridError:
        return None


def graph_inside(node: Node, training: bool | None = None) -> FunctionalGraph:
    """Return the graph inside a recorded call of a layer.

    Args:
        node: the call.
        training: what the call around it says.

    Raises:
        PlaceholderError: if `call` depends on values.
    """
    own = own_graph(node.operation)
    if own is None:
        return recorded(node.operation, CallSpec.of_node(node, training))
    return own.for_training(training)


def recorded(layer: Any, call: CallSpec) -> FunctionalGraph:
    """Record a layer's `call`, or return what was recorded since the structure of the layer changed."""
    structure = structure_now(layer)
    known: Recordings | None = layer.__dict__.get("_recordings")
    if known is None or known.structure != structure:
        if known is not None:
            known.speak_of(None)
        known = layer.__dict__["_recordings"] = Recordings(structure)
    key = call.key
    if key not in known.graphs:
        graph = record_call(layer, call)
        if call.training is None and layer._call_signature.sees_training:
            training = call._replace(training=True)
            merge_branches(graph, record_call(layer, training, inputs=graph))
        known.graphs[key] = graph
        # An object of the user's that counts calls was changed by this one, which is not another structure.
        known.structure = structure_now(layer)
        if known.spoken_of is None:
            known.speak_of(graph)
    return known.graphs[key]


def structure_now(layer: Layer) -> list[Any]:
    """Return what a layer's graph depends on besides its arguments: its parts and their settings, comparable."""
    state: list[Any] = []
    seen: set[int] = set()
    for part in walk(layer):
        hidden = type(part)._untracked | _IRRELEVANT
        settings = {name: value for name, value in vars(part).items() if name not in hidden}
        state += [id(part), *settings, *_settings_of(list(settings.values()), seen)]
    return state


class _Same:
    """An object that compares equal to itself only; held, so that no other object gets its identity meanwhile."""

    __slots__ = ("value",)

    def __init__(self, value: Any):
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.value is other.value

    __hash__ = None  # type: ignore[assignment]


def _settings_of(values: list[Any], seen: set[int]) -> Iterator[Any]:
    """Yield what can be compared of some values, and of what their containers and the user's own objects hold."""
    waiting = [(value, False) for value in reversed(values)]
    while waiting:
        value, is_inside = waiting.pop()
        kind = type(value)
        if kind in _PLAIN:
            yield kind
            yield value
            continue
        if isinstance(value, (list, tuple, dict)):
            yield len(value)
            held = list(value.values() if isinstance(value, dict) else value)
            names = list(map(repr, value)) if isinstance(value, dict) else []
        else:
            yield _Same(value)
            own = vars(value) if _holds_settings(value, is_inside=is_inside) else {}
            held, names, is_inside = list(own.values()), list(own), True
        if held and id(value) not in seen:
            seen.add(id(value))
            yield from names
            waiting.extend((item, is_inside) for item in reversed(held))


def _holds_settings(value: Any, *, is_inside: bool) -> bool:
    """Say whether an object of the user's is looked into; of what such an object holds, only dataclasses are.

    Further inside there may be anything: a logger leads to all loggers of the process.
    """
    if is_inside and not hasattr(value, "__dataclass_fields__"):
        return False
    own = getattr(value, "__dict__", None)
    return type(own) is dict and not isinstance(value, _NO_SETTINGS) and not is_builtin(type(value))


def reveal(model: Any, layer: Any) -> None:
    """Record what is below a model until a call of the layer is found; what cannot be recorded is passed over."""
    graph = graph_of(model)
    waiting = [] if graph is None else [graph]
    seen: set[int] = set()
    while waiting and not layer._inbound_nodes:
        graph = waiting.pop(0)
        for node in graph.graph.nodes:
            operation: Any = node.operation
            if getattr(operation, "_is_layer", False) and id(operation) not in seen and layer in walk(operation)[1:]:
                seen.add(id(operation))
                waiting.append(graph_inside(node))


# -- recording --------------------------------------------------------------------------------------------------------


def record_call(layer: Any, call: CallSpec, *, inputs: FunctionalGraph | None = None) -> FunctionalGraph:
    """Call a layer's `call` on placeholders and return the graph of what it did. Nothing changes by it.

    Args:
        layer: any layer.
        call: what it is called with.
        inputs: a graph whose inputs are used again; new ones are made by default.

    Raises:
        PlaceholderError: if `call` depends on values.
        FrozenValueError: if it draws random numbers with NumPy or Python.
    """
    if inputs is None:
        structure, leaves, masks = _placeholders(layer, call)
    else:
        structure, leaves, masks = inputs.inputs, inputs.leaves, inputs.masks
    losses: list[tuple[Any, Any]] = []
    with (
        refusing_draws(layer),
        outside(),
        unchanged(layer),
        call_scope(training=call.training, layers=(), losses=losses),
    ):
        with recording(remembers=False, subject=layer) as current:
            results = layer.run(*leaves, call=call.template)
            outputs = tree.map_structure(_symbolic, results)
            marks = layer._decides_mask or layer.supports_masking
            output_masks = [getattr(result, "mask", None) for result in leaves_of(results)] if marks else []
            output_masks = [_symbolic(mask) for mask in output_masks]
            added = [_symbolic(loss) for _, loss in losses]
            updates = [(variable, _symbolic(value)) for variable, value in current.updates]
    return FunctionalGraph(
        structure,
        outputs,
        updates=updates,
        losses=added,
        masks=masks,
        leaves=leaves,
        output_masks=output_masks,
        kept=current.nodes,
    )


def _symbolic(value: Any) -> Any:
    """Return an output as a symbolic tensor: one that depends on no input is recorded as a constant."""
    if value is None or isinstance(value, SymbolicTensor):
        return value
    return record(PRIMITIVES["read"], value if isinstance(value, (Tensor, Variable)) else convert(value))


def values_inside(graph: FunctionalGraph, node: Node, arguments: Sequence[Any]) -> list[Any]:
    """Return the values of the inputs of the graph inside a call, for arguments in the places of the call's own."""
    if own_graph(node.operation) is None:
        return graph.arranged(arguments)
    args, kwargs = node.params["call"].fill(arguments)
    return graph.flatten_inputs(carrying(args[0] if args else kwargs["inputs"], kwargs.get("mask")))


def arguments_inside(graph: FunctionalGraph, node: Node) -> list[Any]:
    """Return what a call hands to the inputs of the graph inside it, as it stands, for a reader."""
    if own_graph(node.operation) is None:
        return graph.arranged(node.arguments)
    args, kwargs = node.params["call"].fill(node.arguments)
    return graph.order_inputs(args[0] if args else kwargs["inputs"])


def _placeholders(layer: Any, call: CallSpec) -> tuple[Structure, list[SymbolicTensor], list[SymbolicTensor | None]]:
    """Make inputs for a call: in the structure of the arguments, flat, and those of the masks they carry."""
    leaves: list[SymbolicTensor] = []
    masks: list[SymbolicTensor | None] = []
    for name, spec in zip(leaf_names(layer, call), call.specs, strict=True):
        tensor = make_input(name, spec, layer)
        mask = None if spec.mask is None else make_input(f"{name}_mask", spec.mask, layer)
        tensor.mask = mask
        leaves.append(tensor)
        masks.append(mask)
    given = list(_tensor_arguments(layer, call.template, leaves).values())
    inputs = given[0] if len(given) == 1 else given
    if len(given) > 1 and any(_holds(value, leaves) for value in call.template.fill(leaves)[1].values()):
        inputs = _tensor_arguments(layer, call.template, leaves)
    if not all(isinstance(leaf, SymbolicTensor) for leaf in tree.flatten(inputs)):
        inputs = leaves
    of_leaf = {id(leaf): mask for leaf, mask in zip(leaves, masks, strict=True)}
    ordered = [of_leaf[id(leaf)] for leaf in tree.flatten(inputs)]
    return inputs, leaves, ordered if any(mask is not None for mask in masks) else []


def make_input(name: str, spec: TensorSpec, owner: Any) -> SymbolicTensor:
    """Make a placeholder of a spec; it belongs to the layer whose call is recorded on it."""
    layer = InputLayer(batch_shape=spec.shape, dtype=spec.dtype.name, name=name)
    layer.__dict__["_parent"] = weakref.ref(owner)
    layer.begins(owner)
    return layer.make_tensor()


def _tensor_arguments(layer: Any, template: CallTemplate, leaves: Sequence[Any]) -> dict[str, Any]:
    """Return those arguments of a call that hold tensors, by name."""
    arguments = layer._call_signature.by_name(*template.fill(leaves))
    return {name: value for name, value in arguments.items() if _holds(value, leaves)}


def _holds(value: Any, leaves: Sequence[Any]) -> bool:
    known = set(map(id, leaves))
    return any(id(item) in known for item in tree.flatten(value))


def leaf_names(layer: Any, call: CallSpec) -> list[str]:
    """Name the tensors of a call: by the key where one stands in a dict, else by argument and position."""
    marks = [object() for _ in call.specs]
    names: dict[int, str] = {}
    unique = UniqueNames(child.name for child in layer._layers)
    for argument, value in _tensor_arguments(layer, call.template, marks).items():
        for path, leaf in tree.flatten_with_path(value):
            last = path[-1] if path else None
            base = last if isinstance(last, str) and last else "_".join(map(str, (argument, *path)))
            names[id(leaf)] = unique.claim(base.replace("/", "_"))
    return [names[id(mark)] for mark in marks]
