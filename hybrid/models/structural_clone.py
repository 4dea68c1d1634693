"""Cloning by structure: a second object of the same attributes, made without running a constructor.

Floor 10. What is a part of the model is made anew, what never changes is shared, and what the original holds twice the
clone holds twice. Weights begin anew; compile state is left out. Graphs are made of the cloned layers.
"""

from __future__ import annotations

import types
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.graph import key_of
from ..core.tensor import SymbolicTensor, wrap
from ..core.variable import Variable, _initial_array
from ..errors import ConfigError, HybridError
from ..layers.base.layer import Layer
from ..layers.base.tracking import adopt, walk
from ..layers.core.input_layer import InputLayer
from ..optimizers.base import Optimizer
from ..random import SeedGenerator
from ..saving.structure import restore_structure, structure_of
from ..serialization import copy_by_config
from .comparison import Comparison
from .functional_graph import FunctionalGraph
from .graph_clone import GraphCloner
from .object_parts import attributes_of, captured_by, is_empty, is_fixed, is_left_by_calls, parts_of

__all__ = ["StructuralCloner"]


class StructuralCloner:
    """Clones objects, each once, so that what was shared is shared again.

    Args:
        root: the model that is cloned.
        replace: `(layer, in_graph) -> layer or None`, asked for every layer before it is cloned; `in_graph` says
            whether it was met as a layer of a functional model or a Sequential.
        graphs: how graphs are made.
        by_config: whether a layer is made of its configuration where that is exact.
    """

    def __init__(
        self,
        root: Any,
        *,
        replace: Callable[[Any, bool], Any] | None = None,
        graphs: GraphCloner | None = None,
        by_config: bool = True,
    ):
        self.root = root
        self.replace = replace
        self.graphs = graphs or GraphCloner()
        self.by_config = by_config
        # As `copy.deepcopy` keeps it, so that a `__deepcopy__` of the user's own can be handed it.
        self.memo: dict[int, Any] = {}
        self.inexact: dict[int, str] = {}
        self._layers: list[tuple[Any, Any]] = []
        self._variables: list[tuple[Variable, Variable]] = []
        self._later: list[tuple[Any, str, Any]] = []
        self._uninitialized: list[Variable] = []
        self._alive: list[Any] = []
        self._known = {id(layer) for layer in walk(root)}
        self._replaced: dict[int, tuple[Any, int]] = {}
        self._in_graph = False
        self._shares_the_rest = False
        self._rules: tuple[tuple[Any, Callable[[Any, str], Any]], ...] = (
            (Layer, self._layer),
            (Variable, self._variable),
            (SeedGenerator, self._seed),
            (Optimizer, self._optimizer),
            (FunctionalGraph, self._graph),
            (types.FunctionType, self._function),
            (types.MethodType, lambda value, path: types.MethodType(value.__func__, self.copy(value.__self__, path))),
            (weakref.ref, self._reference),
        )

    def clone(self) -> Any:
        """Return the clone of the root.

        Raises:
            ConfigError: names the attribute of which no second one can be made.
        """
        clone = self.copy(self.root, "model")
        self._settle()
        self.graphs.fill_all(self)
        # What is found only among the arguments of a constructor is needed for nothing but a configuration.
        self._shares_the_rest = True
        for twin, name, value in self._later:
            twin.__dict__[name] = self.copy(value, name)
        self._settle()
        if self.graphs.changes_calls:
            adopt(clone, clone._layers)
        for variable in self._uninitialized:
            variable._set_array(_initial_array(variable.initializer, variable.shape, variable.dtype, variable.name))
        return clone

    def from_config(self) -> Any:
        """Return the root made of its configuration if that is exact, else `None`."""
        return self._from_config(self.root, "model")

    def copy(self, value: Any, path: str) -> Any:
        """Return the counterpart of a value."""
        if is_fixed(value):
            return value
        if id(value) in self.memo:
            return self.memo[id(value)]
        kind = type(value)
        if kind is list:
            twins: list[Any] = []
            self._remember(value, twins)
            twins.extend(self.copy(item, f"{path}[{index}]") for index, item in enumerate(value))
            return twins
        if kind is dict:
            table: dict[Any, Any] = {}
            self._remember(value, table)
            table.update((self.copy(key, path), self.copy(item, f"{path}[{key!r}]")) for key, item in value.items())
            return table
        if kind is tuple:
            items = tuple(self.copy(item, f"{path}[{index}]") for index, item in enumerate(value))
            self._remember(value, value if all(map(_is, items, value)) else self.memo.get(id(value), items))
            return self.memo[id(value)]
        for wanted, rule in self._rules:
            if isinstance(value, wanted):
                twin = rule(value, path)
                break
        else:
            twin = self._object(value, path)
        self._remember(value, twin)
        return twin

    def _remember(self, value: Any, twin: Any) -> None:
        self.memo[id(value)] = twin
        self._alive.append(value)

    # -- layers -------------------------------------------------------------------------------------------------------

    def _layer(self, layer: Any, path: str) -> Any:
        if self.replace is not None and layer is not self.root and not isinstance(layer, InputLayer):
            twin = self.replace(layer, self._in_graph)
            if twin is None:
                return self._attributes(layer, path)
            self._replaced.update((id(v), (layer, position)) for position, v in enumerate(layer.variables))
        elif self.by_config and self.replace is None and (made := self._from_config(layer, path)) is not None:
            return made
        elif hasattr(layer, "__deepcopy__"):
            twin = layer.__deepcopy__(self.memo)
        else:
            return self._attributes(layer, path)
        self._layers.append((layer, twin))
        return twin

    def _from_config(self, layer: Any, path: str) -> Any:
        """Return a layer of the same configuration, if it is of the same structure and shares nothing with others."""
        try:
            twin = copy_by_config(layer)
            restore_structure(twin, structure_of(layer))
            compared = Comparison(layer, twin, path)
        except Exception as error:
            self.inexact[id(layer)] = str(error).partition("\n")[0]
            return None
        if compared.difference is not None:
            self.inexact[id(layer)] = f"what its configuration gives differs at {compared.difference}"
            return None
        if not self.memo.keys().isdisjoint(compared.pairs):
            return None
        self._alive.append(compared)
        self.memo.update({identity: copied for identity, (_, copied) in compared.pairs.items()})
        self._layers.extend(pair for pair in compared.pairs.values() if isinstance(pair[0], Layer))
        self._variables.extend(pair for pair in compared.pairs.values() if isinstance(pair[0], Variable))
        return twin

    def _attributes(self, layer: Any, path: str) -> Any:
        """Return a layer whose attributes are copied, in their order; no constructor runs."""
        twin = object.__new__(type(layer))
        self._remember(layer, twin)
        self._layers.append((layer, twin))
        twin.__dict__.update(_nodes=[], _parent=None, _call_losses=[])
        # Below a subclassed model all layers are its attributes, whatever style of model holds them.
        before = self._in_graph
        self._in_graph = self.graphs.owns_its_layers(layer) and (before or layer is self.root)
        for name, value in attributes_of(layer):
            if name == "_arguments" or _is_symbolic(value):
                self._later.append((twin, name, value))
                twin.__dict__[name] = None
            else:
                shown = {"_functional": "", "_stack": ".layers"}.get(name, f".{name}")
                twin.__dict__[name] = self.copy(value, path + shown)
        self._in_graph = before
        return twin

    # -- what layers hold ---------------------------------------------------------------------------------------------

    def _variable(self, variable: Variable, path: str) -> Any:
        if id(variable) not in self._replaced:
            self._copy_owner(variable)
        if id(variable) in self._replaced:
            return self._of_replaced(variable, path)
        if id(variable) in self.memo:
            return self.memo[id(variable)]
        twin = object.__new__(type(variable))
        self._remember(variable, twin)
        self._variables.append((variable, twin))
        twin.__dict__.update(variable.__getstate__(), _tensor=wrap(variable._tensor._value.copy(), None, True))
        for name in ("initializer", "regularizer", "constraint"):
            setattr(twin, name, self.copy(getattr(variable, name), path))
        if twin.initializer is not None:
            self._uninitialized.append(twin)
        return twin

    def _copy_owner(self, variable: Variable) -> None:
        """Clone the layer that a Variable belongs to before the Variable, if another one that uses it was met first."""
        below, owner = None, _referent(variable._owner)
        while owner is not None and id(owner) not in self.memo and id(owner) in self._known:
            below, owner = owner, _referent(owner._parent)
        if below is not None:
            before, self._in_graph = self._in_graph, owner is self.root and self.graphs.owns_its_layers(owner)
            self.copy(below, f"model.{below.path}")
            self._in_graph = before

    def _of_replaced(self, variable: Variable, path: str) -> Any:
        """Return the Variable that stands, in the layer that clone_function returned, in the place of another's."""
        layer, position = self._replaced[id(variable)]
        twin = self.memo[id(layer)]
        if not twin.built and layer.get_build_config():
            twin.build_from_config(layer.get_build_config())
        if position >= len(twin.variables) or twin.variables[position].shape != variable.shape:
            raise ConfigError(
                f"clone_function returned a {type(twin).__name__} for '{layer.path}' that has no counterpart of its "
                f"variable '{variable.name}'.",
                where=f"{path} uses this variable, too",
                fix="return a layer with the same variables, or do not tie them",
            )
        return twin.variables[position]

    def _seed(self, seed: SeedGenerator, path: str) -> Any:
        twin = type(seed).from_config(seed.get_config())
        twin.state = self.memo.get(id(seed.state), twin.state)
        self._variables.append((seed.state, twin.state))
        self._remember(seed.state, twin.state)
        return twin

    def _optimizer(self, optimizer: Optimizer, path: str) -> Any:
        return copy_by_config(optimizer)

    def _graph(self, graph: FunctionalGraph, path: str) -> Any:
        """Return a graph without content: it is filled when all layers are whole."""
        twin = object.__new__(FunctionalGraph)
        self._remember(graph, twin)
        for layer in graph.layers:
            self.copy(layer, f"{path}.get_layer({layer.name!r})")
        self.graphs.pending.append((graph, twin))
        return twin

    def _function(self, function: types.FunctionType, path: str) -> Any:
        """Return a function that carries the clones of the layers which the original carries."""
        cells = [types.CellType() for _ in function.__closure__ or ()]
        twin = types.FunctionType(
            function.__code__, function.__globals__, function.__name__, function.__defaults__, tuple(cells) or None
        )
        self._remember(function, twin)
        captured = iter(captured_by(function))
        for old, new in zip(function.__closure__ or (), cells, strict=True):
            if not is_empty(old):
                new.cell_contents = self.copy(next(captured), path)
        twin.__defaults__ = self.copy(function.__defaults__, path)
        twin.__kwdefaults__ = self.copy(function.__kwdefaults__, path)
        twin.__dict__.update(function.__dict__)
        twin.__qualname__, twin.__doc__ = function.__qualname__, function.__doc__
        return twin

    def _reference(self, reference: weakref.ref[Any], path: str) -> Any:
        target = reference()
        is_mine = id(target) in self._known or id(target) in self.memo
        return weakref.ref(self.copy(target, path)) if is_mine else reference

    def _object(self, value: Any, path: str) -> Any:
        """Return a second object as pickling would: made of its parts, or by its own `__deepcopy__`."""
        if isinstance(value, SymbolicTensor):
            return self.graphs.symbols.get(key_of(value))
        try:
            if hasattr(value, "__deepcopy__") and not _holds_objects(value):
                return value.__deepcopy__(self.memo)
            parts = parts_of(value)
            if parts is None:
                return value
            self._alive.append(parts)
            twin = parts.make(*(self.copy(item, path) for item in parts.arguments))
            self._remember(value, twin)
            self._fill(twin, parts, path)
        except HybridError:
            raise
        except Exception as error:
            if self._shares_the_rest:
                return value
            raise self._refused(value, path, error) from error
        if getattr(type(value), "_is_metric", False):
            twin.reset_state()
        return twin

    def _fill(self, twin: Any, parts: Any, path: str) -> None:
        state = parts.state
        if isinstance(state, dict):
            state = {name: self.copy(item, f"{path}.{name}") for name, item in state.items()}
        elif state is not None:
            state = self.copy(state, path)
        if state is not None and hasattr(twin, "__setstate__"):
            twin.__setstate__(state)
        elif state is not None:
            table, slots = state if isinstance(state, tuple) else (state, None)
            getattr(twin, "__dict__", {}).update(table or {})
            for name, item in (slots or {}).items():
                object.__setattr__(twin, name, item)
        for item in parts.items:
            twin.append(self.copy(item, path))
        for key, item in parts.pairs:
            twin[self.copy(key, path)] = self.copy(item, f"{path}[{key!r}]")

    def _refused(self, value: Any, path: str, error: Exception) -> ConfigError:
        reason = self.inexact.get(id(self.root))
        kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
        return ConfigError(
            f"'{self.root.name}' cannot be cloned: no second {kind} can be made.",
            where=f"held by {path}",
            why=f"{error}" + (f"; and the model cannot be made of its configuration: {reason}" if reason else ""),
            fix=f"give the class that holds it a get_config and from_config that make it anew, set the attribute after "
            f"cloning, or give {type(value).__qualname__} a method __deepcopy__(self, memo)",
        )

    # -- at the end ---------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Give the clones the owners and names of their originals."""
        for layer, twin in self._layers:
            if twin is not layer and _referent(twin._parent) is None:
                mine = self.memo.get(id(_referent(layer._parent)))
                twin.__dict__["_parent"] = None if mine is None else weakref.ref(mine)
                if twin._auto_named:
                    twin.__dict__.update(_name=layer._name, _auto_named=layer._auto_named)
        for variable, copied in self._variables:
            mine = self.memo.get(id(_referent(variable._owner)))
            if mine is not None:
                copied._own(mine)


def _referent(reference: Any) -> Any:
    return None if reference is None else reference()


def _is(a: Any, b: Any) -> bool:
    return a is b


def _is_symbolic(value: Any) -> bool:
    return is_left_by_calls(value) and not is_fixed(value) and _first_leaf_is_symbolic(value)


def _first_leaf_is_symbolic(value: Any) -> bool:
    while isinstance(value, (list, tuple, dict)):
        value = next(iter(value.values() if isinstance(value, dict) else value))
    return isinstance(value, SymbolicTensor)


def _holds_objects(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == object
