"""Layers described by what their `call` does: a form that can be read without their code.

Floor 10. An archive holds, beside the class and the configuration of a layer of the user's own, what it owns and the
graphs of its calls, in terms of our own layers and ops. `RecordedCopy` is made of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .. import tree
from ..core.variable import Variable
from ..errors import HybridError
from ..layers.base.call import SLOT
from ..layers.base.tracking import local_names, owned_by, walk
from ..registry import is_builtin
from ..saving.paths import layer_paths, variable_paths
from ..saving.structure import structure_of
from ..serialization import serialize_keras_object
from .changes import changes_of
from .functional_graph import FunctionalGraph
from .graph_config import graph_to_config
from .observing import observe_calls
from .operation_config import slots_to_config
from .recording import CallSpec, recorded

__all__ = ["RecordedCall", "describe_recorded", "FurtherDescriptions", "named_arguments", "skeleton_of_arguments"]

_HIDDEN = frozenset(("built", "autocast", "activity_regularizer", "is_opaque", "supports_masking", "input_spec"))
_PLAIN = (bool, int, float, str, type(None))


class RecordedCall(NamedTuple):
    """One way in which a layer is called.

    Attributes:
        arguments: by name, a slot for every tensor.
        graph: what the call does; its inputs are the tensors in the order of the arguments.
    """

    arguments: dict[str, Any]
    graph: FunctionalGraph


# -- arguments by name ------------------------------------------------------------------------------------------------


def named_arguments(names: Sequence[str], args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call by name, those that are `None` left out: many ways to write one call."""
    surplus = {f"{names[-1] if names else 'inputs'}_{i}": arg for i, arg in enumerate(args[len(names) :])}
    named = {**dict(zip(names, args, strict=False)), **surplus, **kwargs}
    return {name: value for name, value in named.items() if value is not None}


def skeleton_of_arguments(named: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments with a slot in the place of every tensor."""
    return {
        key: tree.map_structure(lambda leaf: SLOT if _is_tensor(leaf) else leaf, named[key]) for key in sorted(named)
    }


def tensors_of_arguments(named: Mapping[str, Any]) -> list[Any]:
    """List the tensors of arguments, in the order of the arguments' names."""
    return [leaf for key in sorted(named) for leaf in tree.flatten(named[key]) if _is_tensor(leaf)]


def _is_tensor(leaf: Any) -> bool:
    return hasattr(leaf, "spec")


# -- writing ----------------------------------------------------------------------------------------------------------


class FurtherDescriptions:
    """Says of each layer of the user's own, while a model is written, what it does and what was changed of it.

    See `serialization.describing_further`.

    Args:
        model: that is written.
    """

    def __init__(self, model: Any):
        self.layers = {id(layer): layer for layer in walk(model) if not is_builtin(type(layer))}
        self.calls = observe_calls(model, list(self.layers.values())) if self.layers else {}

    def __call__(self, obj: Any) -> dict[str, Any]:
        """Return what is added to the description of an object."""
        if id(obj) not in self.layers:
            return {}
        changes = changes_of(obj)
        return self._recorded(obj) | ({"changed": serialize_keras_object(changes)} if changes else {})

    def _recorded(self, layer: Any) -> dict[str, Any]:
        calls = self.calls.get(id(layer), [])
        if not calls:
            return {"not_recorded": "no call of it was seen"}
        if any(not call.specs and call.template.args for call in calls):
            return {"not_recorded": "it is called on Python values only, so its graph differs from call to call"}
        try:
            return {"recorded": describe_recorded(layer, [_record(layer, call) for call in calls])}
        except HybridError as error:
            return {"not_recorded": str(error)}


def _record(layer: Any, call: CallSpec) -> RecordedCall:
    graph = recorded(layer, call)
    signature = layer._call_signature
    args, kwargs = call.template.fill(graph.leaves)
    named = named_arguments(signature.positional, args, kwargs)
    return RecordedCall(skeleton_of_arguments(named), graph.on(tensors_of_arguments(named)))


def describe_recorded(layer: Any, calls: Sequence[RecordedCall], original: str | None = None) -> dict[str, Any]:
    """Return the description of a `RecordedCopy` of a layer.

    Raises:
        SerializationError: if a part has no form as data.
    """
    owned = owned_by(layer)
    names = local_names(owned.layers)
    described = {id(part): path for path, part in layer_paths(layer).items() if path}
    described |= {id(variable): path for path, variable in variable_paths(layer).items()}
    config = {
        "name": layer.name,
        "trainable": layer.trainable,
        "dtype": layer.dtype,
        "original": original or type(layer).__name__,
        "parameters": layer._call_signature.positional,
        "attributes": _plain_attributes(layer),
        "children": [[names[id(child)], serialize_keras_object(child)] for child in owned.layers],
        "variables": [_variable_to_config(variable) for variable in owned.variables],
        "seeds": [serialize_keras_object(seed) for seed in owned.seeds],
        "metrics": [serialize_keras_object(metric) for metric in owned.metrics],
        "structure": structure_of(layer),
        "calls": [_call_to_config(call, described) for call in calls],
    }
    return {"module": "hybrid.models", "class_name": "RecordedCopy", "config": config, "registered_name": None}


def _call_to_config(call: RecordedCall, described: Mapping[int, str]) -> dict[str, Any]:
    return {
        "arguments": slots_to_config(call.arguments),
        "graph": graph_to_config(call.graph, described=described),
    }


def _variable_to_config(variable: Variable) -> dict[str, Any]:
    return {
        "name": variable.name,
        "shape": list(variable.shape),
        "dtype": variable.dtype.name,
        "trainable": variable.born_trainable,
        "regularizer": serialize_keras_object(variable.regularizer),
        "constraint": serialize_keras_object(variable.constraint),
    }


def _plain_attributes(layer: Any) -> dict[str, Any]:
    """Return the settings of a layer that are plain values: others may ask for them, as for a cell's `state_size`."""
    hidden = type(layer)._untracked | _HIDDEN
    return {
        name: serialize_keras_object(value)
        for name, value in vars(layer).items()
        if name not in hidden and not name.startswith("_") and _is_plain(value)
    }


def _is_plain(value: Any) -> bool:
    return all(isinstance(leaf, _PLAIN) for leaf in tree.flatten(value))
