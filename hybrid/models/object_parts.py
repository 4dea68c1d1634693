"""What objects are made of: which values may be shared by a model and its clone, and the parts of all others.

Floor 10. Knows nothing of cloning and comparing, which both go by these answers.
"""

from __future__ import annotations

import copyreg
import enum
import functools
import re
import types
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, NamedTuple

import numpy as np

from ..core.primitive import Primitive
from ..core.spec import TensorSpec
from ..core.tensor import SymbolicTensor, Tensor
from ..core.variable import Variable
from ..layers.base.call import CallTemplate, Slot
from ..layers.base.layer import Layer
from ..optimizers.base import Optimizer
from ..random import SeedGenerator
from ..training.trainer import Trainer

__all__ = ["Parts", "attributes_of", "captured_by", "is_empty", "is_fixed", "is_left_by_calls", "parts_of"]

_FIXED = (
    *(type(None), type(Ellipsis), type(NotImplemented), bool, int, float, complex, str, bytes, range, slice, property),
    *(type, types.ModuleType, types.CodeType, re.Pattern, enum.Enum, PurePath),
    *(np.generic, np.dtype, np.ufunc, TensorSpec, CallTemplate, Slot, Primitive),
)
_OF_CALLS = frozenset(("_nodes", "_parent", "_call_losses", "_admitted", "_usual_calls"))
_OF_TRAINING = frozenset(
    ("_guard", "_trained", "_callbacks", "_state_of_training", "_resume_at", "history", "stop_training")
)
_OF_COMPILE = (Trainer._untracked - Layer._untracked) | frozenset(
    ("compiled", "run_eagerly", "jit_compile", "steps_per_execution", "loss_weights")
)
_STATEFUL = (Layer, Variable, SeedGenerator, Optimizer)


class Parts(NamedTuple):
    """What an object can be put together from again, as pickling and copying see it."""

    make: Any
    arguments: tuple[Any, ...]
    state: Any
    items: list[Any]
    pairs: list[tuple[Any, Any]]


def is_fixed(value: Any) -> bool:
    """Say whether a value never changes, so that a model and its clone can share it."""
    if isinstance(value, _FIXED):
        return True
    if isinstance(value, types.FunctionType):
        return not any(map(_reaches_state, captured_by(value)))
    if isinstance(value, SeedGenerator):
        return value.is_global
    if isinstance(value, types.BuiltinFunctionType):
        return value.__self__ is None or isinstance(value.__self__, (types.ModuleType, type))
    return False


def captured_by(function: types.FunctionType) -> list[Any]:
    """List what a function carries with it: what it closes over, and the defaults of its arguments."""
    return [
        *(cell.cell_contents for cell in function.__closure__ or () if not is_empty(cell)),
        *(function.__defaults__ or ()),
        *(function.__kwdefaults__ or {}).values(),
    ]


def is_empty(cell: types.CellType) -> bool:
    """Say whether a variable that a function closes over has no value yet."""
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return True
    return False


def _reaches_state(value: Any) -> bool:
    """Say whether what a function carries leads to layers, Variables or seeds: it then belongs to one model."""
    seen: set[int] = set()
    stack = [value]
    while stack:
        item = stack.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, _STATEFUL) or getattr(type(item), "_is_metric", False):
            return not is_fixed(item)
        if isinstance(item, types.FunctionType):
            stack.extend(captured_by(item))
        elif isinstance(item, types.MethodType):
            stack.append(item.__self__)
        elif isinstance(item, functools.partial):
            stack.extend((item.func, item.args, item.keywords))
        elif isinstance(item, (list, tuple, set, frozenset)):
            stack.extend(item)
        elif isinstance(item, dict):
            stack.extend(item.values())
    return False


def is_left_by_calls(value: Any) -> bool:
    """Say whether a value was computed by a call of the model rather than chosen: it is no part of the structure."""
    if isinstance(value, (list, tuple)):
        return bool(value) and all(map(is_left_by_calls, value))
    if isinstance(value, dict):
        return bool(value) and all(map(is_left_by_calls, value.values()))
    return isinstance(value, SymbolicTensor) or (isinstance(value, Tensor) and value._live)


def attributes_of(layer: Any) -> Iterator[tuple[str, Any]]:
    """Iterate over the attributes that make up a layer; recorded calls, compile and training are no part of it."""
    hidden = _OF_CALLS
    if isinstance(layer, Trainer):
        hidden = hidden | _OF_TRAINING | (_OF_COMPILE if layer.compiled else frozenset())
    return ((name, value) for name, value in list(vars(layer).items()) if name not in hidden)


def parts_of(value: Any) -> Parts | None:
    """Take an object apart; `None` for one that copies are the same object as.

    Raises:
        TypeError: or what else the object raises, if it cannot be taken apart: an open file, a lock, a generator.
    """
    reduce = copyreg.dispatch_table.get(type(value))
    reduced: Any = reduce(value) if reduce is not None else value.__reduce_ex__(4)
    if isinstance(reduced, str):
        return None
    make, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
    return Parts(make, arguments, state, list(items or ()), list(pairs or ()))
