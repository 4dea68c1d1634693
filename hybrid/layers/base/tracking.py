"""What a layer owns, found by structure: Variables, layers, metrics and seeds in its attributes.

Floor 8. Attributes stay what the user assigned, a list stays a list; whoever needs the children looks for them, so what
is appended later is found as well. The order is that of the attributes.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from ...core.variable import Variable
from ...naming import UniqueNames, snake_case
from ...random import SeedGenerator

_PLAIN = frozenset((int, float, str, bool, type(None), bytes))


class Owned(NamedTuple):
    """What a layer owns directly, each once, in the order of its attributes."""

    variables: list[Variable]
    layers: list[Any]
    metrics: list[Any]
    seeds: list[SeedGenerator]


def attributes(layer: Any) -> Iterator[Any]:
    """Iterate over the values of a layer's attributes that may hold what it owns."""
    hidden = type(layer)._untracked
    for name, value in list(vars(layer).items()):
        if type(value) not in _PLAIN and name not in hidden:
            yield value


def owned_by(layer: Any) -> Owned:
    """Find what a layer owns directly."""
    owned = Owned([], [], [], [])
    _collect([*layer._own_variables, *attributes(layer), *layer._further_children()], owned, {id(layer)})
    return owned


def introduced(layer: Any) -> Owned:
    """Find what a layer owns directly, and let all of it know its owner: it may have come with an append to a list."""
    owned = owned_by(layer)
    adopt(layer, owned.layers)
    for variable in owned.variables:
        variable._own(layer)
    return owned


def _collect(values: Iterable[Any], owned: Owned, seen: set[int]) -> None:
    for value in values:
        kind = type(value)
        if kind in _PLAIN:
            continue
        if kind is Variable or isinstance(value, Variable):
            target: list[Any] = owned.variables
        elif isinstance(value, (list, tuple)):
            if id(value) not in seen:
                seen.add(id(value))
                _collect(value, owned, seen)
            continue
        elif isinstance(value, dict):
            if id(value) not in seen:
                seen.add(id(value))
                _collect(value.values(), owned, seen)
            continue
        elif getattr(kind, "_is_layer", False):
            target = owned.layers
        elif getattr(kind, "_is_metric", False):
            target = owned.metrics
        elif isinstance(value, SeedGenerator):
            target = owned.seeds
        else:
            continue
        if id(value) not in seen:
            seen.add(id(value))
            target.append(value)


def walk(layer: Any, *, enter: Callable[[Any], bool] | None = None) -> list[Any]:
    """List a layer and all layers below it, each once, parents before children, in stable order.

    Args:
        layer: where to begin.
        enter: which layers are listed and looked into; all by default.
    """
    found: list[Any] = []
    seen: set[int] = set()
    stack = [layer]
    while stack:
        current = stack.pop()
        if id(current) in seen or (enter is not None and not enter(current)):
            continue
        seen.add(id(current))
        found.append(current)
        stack.extend(reversed(introduced(current).layers))
    return found


def adopt(parent: Any, children: Iterable[Any]) -> None:
    """Give layers that have no owner yet an owner, and names that are unique among its children."""
    names: UniqueNames | None = None
    for child in children:
        if child._parent is not None and child._parent() is not None:
            continue
        if names is None:
            names = UniqueNames(
                c._name for c in owned_by(parent).layers if c._parent is not None and c._parent() is parent
            )
        base = snake_case(type(child).__name__) if child._auto_named else child._name
        child.__dict__["_name"] = names.claim(base)
        child.__dict__["_parent"] = weakref.ref(parent)


def local_names(layers: Iterable[Any]) -> dict[int, str]:
    """Return names by which siblings can be told apart, by identity: their own, made unique where two are equal."""
    names: dict[int, str] = {}
    unique = UniqueNames()
    for layer in layers:
        if id(layer) not in names:
            names[id(layer)] = unique.claim(layer.name)
    return names
