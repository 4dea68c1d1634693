"""Where a Variable stands in a model: structural paths.

Floor 9. A path is made of the local names of the layers that lead to a Variable. It depends on the structure only, so
equal models have equal paths, in any process. A Variable that can be reached in several ways has the first of its
paths.
"""

from __future__ import annotations

from typing import Any

from ..core.variable import Variable
from ..layers.base.tracking import local_names
from ..naming import UniqueNames

__all__ = ["layer_paths", "measured_paths", "variable_paths"]


def layer_paths(root: Any) -> dict[str, Any]:
    """Return all layers by path; that of the root is empty. Parents come before children."""
    found: dict[str, Any] = {}
    seen: set[int] = set()
    stack: list[tuple[str, Any]] = [("", root)]
    while stack:
        path, layer = stack.pop()
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        found[path] = layer
        children = layer._owned().layers
        names = local_names(children)
        stack.extend((_join(path, names[id(child)]), child) for child in reversed(children))
    return found


def variable_paths(root: Any) -> dict[str, Variable]:
    """Return all Variables of a layer by path: weights, seeds, and the state of metrics in attributes."""
    found: dict[str, Variable] = {}
    paths = UniqueNames()
    seen: set[int] = set()
    for path, layer in layer_paths(root).items():
        owned = layer._owned()
        named = [(variable.name, variable) for variable in owned.variables]
        named += [("seed_generator_state", seed.state) for seed in owned.seeds]
        named += [
            (f"{metric.name}/{variable.name}", variable) for metric in owned.metrics for variable in metric.variables
        ]
        names = UniqueNames()
        for name, variable in named:
            if id(variable) not in seen:
                seen.add(id(variable))
                found[paths.claim(_join(path, names.claim(name)))] = variable
    return found


def measured_paths(root: Any) -> list[str]:
    """Return the paths of those Variables that metrics in attributes count with."""
    metrics = [metric for layer in layer_paths(root).values() for metric in layer._owned().metrics]
    measured = {id(variable) for metric in metrics for variable in metric.variables}
    return [path for path, variable in variable_paths(root).items() if id(variable) in measured]


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name
