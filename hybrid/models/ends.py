"""From the arguments of a model's constructor to its graph.

Floor 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import ConfigError, DisconnectedGraphError
from ..layers.base.layer import Layer
from ..naming import snake_case
from ..typing import Structure
from .functional_graph import FunctionalGraph
from .unfolding import connect

__all__ = ["ends_among", "graph_between", "refuse_equal_names"]


def ends_among(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
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


def graph_between(inputs: Structure, outputs: Structure) -> FunctionalGraph:
    """Return the graph between tensors; outputs may also be inside of what is called there."""
    try:
        return FunctionalGraph(inputs, outputs)
    except DisconnectedGraphError:
        connected = connect(inputs, outputs)
        if connected is outputs:
            raise
    return FunctionalGraph(inputs, connected)


def refuse_equal_names(model: Layer, layers: Sequence[Layer]) -> None:
    """Raise if two layers were given the same name by their author; names made of the class are made unique instead.

    Layers that come from inside other models were named for their owners.

    Raises:
        ConfigError: names both.
    """
    seen: dict[str, Layer] = {}
    for layer in layers:  # before they are adopted, which makes names unique
        owner = None if layer._parent is None else layer._parent()
        if owner is not None and owner is not model:
            continue
        other = seen.setdefault(layer.name, layer)
        chosen = not layer._auto_named and not layer.name.startswith(snake_case(type(layer).__name__))
        if other is not layer and chosen and not other._auto_named:
            raise ConfigError(
                f"Two layers of '{model.name}' are named '{layer.name}'.",
                why="a layer is found and its weights are stored by its name",
                fix="give one of them another name",
            )
