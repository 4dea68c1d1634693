"""What a configuration does not say of a model: for which shapes its layers were built, and what is frozen.

Floor 9. Configurations hold constructor arguments; layers that a constructor or `build` makes are described by their
paths.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..layers.base.tracking import walk
from .paths import layer_paths, variable_paths

__all__ = ["restore_structure", "structure_of"]


def structure_of(model: Any) -> dict[str, Any]:
    """Describe as plain data how far a model is built and what is frozen; what goes without saying is left out."""
    layers, variables = layer_paths(model), variable_paths(model)
    state: dict[str, Any] = {
        "build": {path: shapes for path, layer in layers.items() if (shapes := layer.get_build_config())},
        "frozen": [path for path, layer in layers.items() if not layer.trainable],
        "switched": [path for path, v in variables.items() if v.trainable != v.born_trainable],
    }
    return {key: value for key, value in state.items() if value}


def restore_structure(model: Any, state: Mapping[str, Any]) -> None:
    """Build and freeze a model as `structure_of` said of its original."""
    _build_all(model, state.get("build", {}))
    frozen, switched = set(state.get("frozen", ())), set(state.get("switched", ()))
    for path, layer in layer_paths(model).items():
        layer.__dict__["_trainable"] = path not in frozen
    for path, variable in variable_paths(model).items():
        variable.trainable = variable.born_trainable != (path in switched)


def _build_all(model: Any, builds: Mapping[str, Any]) -> None:
    """Build what is not built yet, parents first: a parent may make its children when it is built."""
    waiting = dict(builds)
    while waiting:
        layers = layer_paths(model)
        found = [path for path in waiting if path in layers]
        if not found:
            return
        for path in found:
            shapes = waiting.pop(path)
            layer = layers[path]
            if not layer.built:
                before = list(map(id, walk(layer)))
                layer.build_from_config(shapes)
                if list(map(id, walk(layer))) != before:
                    break
