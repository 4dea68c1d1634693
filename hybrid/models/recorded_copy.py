"""`RecordedCopy`: what stands for a layer or model whose class is not known where its file is loaded.

Floor 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.context import outside
from ..errors import ConfigError
from ..layers.base.call import CallTemplate
from ..saving.paths import layer_paths, variable_paths
from ..saving.structure import restore_structure
from ..serialization import deserialize_keras_object
from .graph_config import graph_from_config
from .model import Model
from .operation_config import slots_from_config
from .recorded_config import (
    RecordedCall,
    describe_recorded,
    named_arguments,
    skeleton_of_arguments,
    tensors_of_arguments,
)
from .recording import CallSpec

__all__ = ["RecordedCopy"]


class RecordedCopy(Model):
    """A model that does what was recorded of another when it was saved, with the same layers and weights.

    `load_model` makes it where a class is neither registered nor passed in `custom_objects`. It can be called in the
    ways in which the original was called, trained, inspected, cloned and saved; methods of the original's own are lost.

    Attributes:
        original: name of the class that was not found.
        recorded_calls: the ways in which it can be called.
    """

    is_recorded_copy = True
    _untracked = Model._untracked | {"recorded_calls", "parameters"}

    def __init__(self, *, original: str, parameters: list[str], name: str | None = None, dtype: Any = None):
        super().__init__(name=name, dtype=dtype)
        self.original = original
        self.parameters = list(parameters)
        self._call_signature = type(self)._call_signature.renamed(self.parameters)
        self.parts: list[Any] = []
        self.seeds: list[Any] = []
        self.recorded_calls: list[RecordedCall] = []

    @property
    def kind(self) -> str:
        """What it is to a reader: the name of the original's class."""
        return f"{self.original}, recorded"

    def call(self, *inputs: Any, training: bool | None = None, **options: Any) -> Any:
        """Replay the graph that was recorded of such a call."""
        named = named_arguments(self.parameters, inputs, options)
        tensors = tensors_of_arguments(named)
        graph = self._matching(named, tensors).graph.for_training(training)
        outputs, losses = graph.replay(tensors)
        if losses:
            self.add_loss(losses)
        return outputs

    def _matching(self, named: dict[str, Any], tensors: list[Any]) -> RecordedCall:
        skeleton = repr(skeleton_of_arguments(named))
        alike = [call for call in self.recorded_calls if repr(call.arguments) == skeleton]
        if not alike:
            raise ConfigError(
                f"'{self.path}' was not recorded for a call with {skeleton}.",
                why=f"it is a recorded copy of {self.original}, whose calls were: "
                + "; ".join(repr(call.arguments) for call in self.recorded_calls),
                fix=f"call it in one of these ways, or load the file where {self.original} is registered",
            )
        return max(alike, key=lambda call: _fit(call, tensors))

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Note the first call of the original; the weights are there already."""
        if "first_call" in config:
            self.__dict__["_first_call"] = CallSpec.from_config(config["first_call"])[:2]
        self.__dict__["built"] = True

    def get_config(self) -> dict[str, Any]:
        """Return what it owns and does as plain data."""
        config: dict[str, Any] = describe_recorded(self, self.recorded_calls, self.original)["config"]
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None) -> RecordedCopy:
        """Make a copy of what `get_config` returned."""
        copy = cls(
            original=config["original"], parameters=config["parameters"], name=config["name"], dtype=config["dtype"]
        )
        attributes = {name: value for name, value in config["attributes"].items() if not hasattr(copy, name)}
        copy.take_changes({name: deserialize_keras_object(value) for name, value in attributes.items()})
        with outside():
            copy._take_parts(config)
            restore_structure(copy, config["structure"])
            copy._take_calls(config["calls"])
        if "_first_call" not in copy.__dict__ and copy.recorded_calls:
            call = copy.recorded_calls[0]
            specs = tuple(tensor.spec for tensor in call.graph.input_tensors)
            copy.__dict__["_first_call"] = specs, CallTemplate((), dict(call.arguments))
        copy.__dict__["built"] = True
        return copy

    def _take_parts(self, config: Mapping[str, Any]) -> None:
        parts = []
        for name, data in config["children"]:
            part = deserialize_keras_object(data)
            if part._parent is None or part._parent() is None:
                part.name = name
            parts.append(part)
        self.parts = parts
        for data in config["variables"]:
            self.add_weight(
                shape=tuple(data["shape"]),
                dtype=data["dtype"],
                trainable=bool(data["trainable"]),
                initializer="zeros",
                name=data["name"],
                regularizer=deserialize_keras_object(data["regularizer"]),
                constraint=deserialize_keras_object(data["constraint"]),
            )
        self.seeds = [deserialize_keras_object(seed) for seed in config["seeds"]]
        self.own_metrics = [deserialize_keras_object(metric) for metric in config["metrics"]]

    def _take_calls(self, calls: Any) -> None:
        known = {path: layer for path, layer in layer_paths(self).items() if path}
        variables = variable_paths(self)
        for data in calls:
            arguments = slots_from_config(data["arguments"])
            graph = graph_from_config(data["graph"], known, variables, remembers=False)
            self.recorded_calls.append(RecordedCall(arguments, graph))


def _fit(call: RecordedCall, tensors: list[Any]) -> int:
    """Say how well tensors fit what was recorded: by rank, then by size."""
    score = 0
    for tensor, expected in zip(tensors, call.graph.input_tensors, strict=True):
        shape, wanted = tuple(tensor.shape), tuple(expected.shape)
        if len(shape) != len(wanted):
            score -= 1000
        else:
            score += sum((a == b) - (None not in (a, b) and a != b) for a, b in zip(shape, wanted, strict=True))
    return score
