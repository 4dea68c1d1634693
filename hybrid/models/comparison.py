"""Whether a copy of a model has the structure of its original: classes, attributes, sharing, shapes; not the weights.

Floor 10.
"""

from __future__ import annotations

import types
from typing import Any

import numpy as np

from ..core.tensor import Tensor
from ..core.variable import Variable
from ..layers.base.layer import Layer
from ..optimizers.base import Optimizer
from ..random import SeedGenerator
from .functional_graph import FunctionalGraph
from .object_parts import attributes_of, captured_by, is_fixed, is_left_by_calls, parts_of

__all__ = ["Comparison"]

# A configuration names a layer, and says nothing of how it came to its name, of the arguments and of earlier calls.
_UNSEEN = frozenset(
    ("_auto_named", "_arguments", "_build_shapes", "_first_call", "_admitted", "_usual_calls", "is_opaque")
)
_MISSING = object()
_Children = list[tuple[str, Any, Any]]


class Comparison:
    """Walks an original and its copy side by side.

    Args:
        original: a layer, or any object.
        copy: what should be its independent equal.

    Attributes:
        difference: path of the first attribute that differs or that both share, `None` if there is none.
        pairs: originals and their counterparts, by identity of the original.
    """

    def __init__(self, original: Any, copy: Any, path: str = "model"):
        self.pairs: dict[int, tuple[Any, Any]] = {}
        self._originals: dict[int, Any] = {}
        # Parts of objects are made on the way: an identity must not be given to another one.
        self._alive: list[Any] = []
        self.difference = self._walk(path, original, copy)

    def _walk(self, path: str, original: Any, copy: Any) -> str | None:
        stack = [(path, original, copy)]
        while stack:
            path, a, b = stack.pop()
            if is_fixed(a) and (a is b or isinstance(a, types.FunctionType) is False):
                if a is not b and not _equal(a, b):
                    return path
                continue
            if isinstance(a, tuple):
                # A tuple cannot change: it does not matter whether two attributes hold one or equal ones.
                children = self._children(path, a, b)
            elif id(a) in self.pairs or id(b) in self._originals:
                if self.pairs.get(id(a), (a, None))[1] is not b:
                    return path
                continue
            else:
                children = None if a is b else self._children(path, a, b)
                self.pairs[id(a)] = (a, b)
                self._originals[id(b)] = a
            if children is None:
                return path
            stack.extend(reversed(children))
        return None

    def _children(self, path: str, a: Any, b: Any) -> _Children | None:
        """Return what is to be compared next; `None` if the two differ already."""
        if type(a) is not type(b):
            return None
        for kind, rule in _RULES:
            if isinstance(a, kind):
                return rule(path, a, b)
        return self._parts(path, a, b)

    def _parts(self, path: str, a: Any, b: Any) -> _Children | None:
        try:
            parts, others = parts_of(a), parts_of(b)
        except Exception:
            # Nothing can be said of it but that the constructor made a second one.
            return []
        if parts is None or others is None:
            return [] if parts is others else None
        self._alive.append((parts, others))
        if parts.make is not others.make:
            return None
        children: list[_Children | None] = [
            _sequences(path, parts.arguments, others.arguments),
            _sequences(path, parts.items, others.items),
            _sequences(path, parts.pairs, others.pairs),
            _states(path, parts.state, others.state),
        ]
        return None if None in children else [child for group in children if group is not None for child in group]


def _equal(a: Any, b: Any) -> bool:
    return type(a) is type(b) and bool(a == b or (a != a and b != b))


def _sequences(path: str, a: Any, b: Any) -> _Children | None:
    if len(a) != len(b):
        return None
    return [(f"{path}[{index}]", x, y) for index, (x, y) in enumerate(zip(a, b, strict=True))]


def _states(path: str, a: Any, b: Any) -> _Children | None:
    if not isinstance(a, dict) or not isinstance(b, dict):
        return [(path, a, b)]
    seen, others = ({key: value for key, value in state.items() if key not in _UNSEEN} for state in (a, b))
    return _mappings(f"{path}.", "", seen, others)


def _mappings(before: str, after: str, a: Any, b: Any) -> _Children | None:
    if len(a) != len(b) or not all(map(_equal, a, b)):
        return None
    return [(f"{before}{key}{after}", value, b[key]) for key, value in a.items()]


def _layers(path: str, a: Any, b: Any) -> _Children | None:
    mine, other = dict(attributes_of(a)), dict(attributes_of(b))
    left = {name for name, value in mine.items() if is_left_by_calls(value)} | _UNSEEN
    names = [name for name in mine if name not in left]
    if names != [name for name in other if name not in left]:
        odd = next((name for name in (*names, *other) if name not in left and (name in mine) != (name in other)), "")
        return [(f"{path}.{odd}", mine.get(odd, _MISSING), other.get(odd, Ellipsis))]
    return [(f"{path}.{name}", mine[name], other[name]) for name in names]


def _variables(path: str, a: Variable, b: Variable) -> _Children | None:
    def described(v: Variable) -> tuple[Any, ...]:
        return v.name, v.spec, v.trainable, v.born_trainable

    if described(a) != described(b):
        return None
    return [(path, a.regularizer, b.regularizer), (path, a.constraint, b.constraint)]


def _seeds(path: str, a: SeedGenerator, b: SeedGenerator) -> _Children | None:
    return [(path, a.state, b.state)] if (a.seed, a.name) == (b.seed, b.name) else None


def _optimizers(path: str, a: Optimizer, b: Optimizer) -> _Children | None:
    return [] if a.get_config() == b.get_config() else None


def _tensors(path: str, a: Any, b: Any) -> _Children | None:
    x, y = np.asarray(a), np.asarray(b)
    same = x.dtype == y.dtype and x.shape == y.shape and x.dtype != object and x.tobytes() == y.tobytes()
    return [] if same else None


def _functions(path: str, a: types.FunctionType, b: types.FunctionType) -> _Children | None:
    return _sequences(path, captured_by(a), captured_by(b)) if a.__code__ is b.__code__ else None


def _methods(path: str, a: types.MethodType, b: types.MethodType) -> _Children | None:
    return [(path, a.__self__, b.__self__)] if a.__func__ is b.__func__ else None


def _graphs(path: str, a: FunctionalGraph, b: FunctionalGraph) -> _Children | None:
    nodes, others = a.graph.all_nodes, b.graph.all_nodes
    if [node.specs for node in nodes] != [node.specs for node in others]:
        return None
    pairs = [(node.operation, other.operation) for node, other in zip(nodes, others, strict=True)]
    if any(type(mine) is not type(other) or mine.name != other.name for mine, other in pairs):
        return None
    before = path.removesuffix("._functional")
    return [(f"{before}.get_layer({mine.name!r})", mine, other) for mine, other in pairs if isinstance(mine, Layer)]


_RULES: tuple[tuple[Any, Any], ...] = (
    (Layer, _layers),
    (Variable, _variables),
    (SeedGenerator, _seeds),
    (Optimizer, _optimizers),
    (FunctionalGraph, _graphs),
    ((Tensor, np.ndarray), _tensors),
    ((list, tuple), _sequences),
    (dict, lambda path, a, b: _mappings(f"{path}['", "']", a, b)),
    (types.FunctionType, _functions),
    (types.MethodType, _methods),
)
