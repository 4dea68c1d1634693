"""Signatures: what of a call's arguments decides which program serves it.

Floor 7. Arrays count by shape and dtype and are handed in at every run. Everything else is static: numbers, strings and
`None` count by type and value, other objects by identity.
"""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.door import is_tensor
from ..core.spec import TensorSpec
from ..core.tensor import SymbolicTensor, Tensor
from ..core.variable import Variable

__all__ = ["NotConcreteError", "Signature", "divide", "filled", "leaves_of", "owners_of", "specs_of"]

Signature = tuple[Any, ...]

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_BY_IDENTITY: Any = (object.__hash__, object.__eq__)
_NUMBERS = frozenset((int, float, bool, str, bytes, type(None)))


class NotConcreteError(Exception):
    """An argument is symbolic, or of a dtype that programs do not compute with: the function is simply called."""


def divide(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Signature, list[Any]]:
    """Return the signature of a call and its arrays.

    Raises:
        NotConcreteError: if there is none.

    Example:
        >>> signature, arrays = divide((np.ones((2, 3), "float32"), 5), {})
        >>> len(arrays), signature == divide((np.zeros((2, 3), "float32"), 5), {})[0]
        (1, True)
    """
    key: list[Any] = []
    arrays: list[Any] = []
    for value in args:
        _walk(value, key, arrays)
    if kwargs:
        for name in sorted(kwargs):
            key.append(name)
            _walk(kwargs[name], key, arrays)
    return tuple(key), arrays


def _walk(value: Any, key: list[Any], arrays: list[Any]) -> None:
    kind = type(value)
    if kind is Tensor:
        array = value._value
        key += (array.shape, _checked(array))
        arrays.append(array)
        if value.mask is not None:
            key.append("mask")
            _walk(value.mask, key, arrays)
    elif kind is np.ndarray:
        key += (value.shape, _checked(value))
        arrays.append(value)
    elif kind in _NUMBERS:
        key += (kind, value)
    elif isinstance(value, (list, tuple)):
        key += (kind, len(value))
        for child in value:
            _walk(child, key, arrays)
    elif isinstance(value, dict):
        key += (kind, len(value), *value)
        for child in value.values():
            _walk(child, key, arrays)
    elif kind is SymbolicTensor:
        raise NotConcreteError
    elif _is_array_like(value):
        _walk(np.asarray(value), key, arrays)
    else:
        key.append(_identity(value))


def _checked(array: np.ndarray[Any, Any]) -> np.dtype[Any]:
    dtype: np.dtype[Any] = array.dtype
    if dtype.kind not in "biuf" or not dtype.isnative:
        raise NotConcreteError
    return dtype


def _is_array_like(value: Any) -> bool:
    return hasattr(value, "__array__") and not isinstance(value, (Variable, SymbolicTensor, type))


class _Same:
    """Stands for an object that is compared by identity, and keeps it alive so that nothing else gets its place."""

    __slots__ = ("value",)

    def __init__(self, value: Any):
        self.value = value

    def __eq__(self, other: object) -> bool:
        return type(other) is _Same and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


def _identity(value: Any) -> Any:
    kind = type(value)
    if kind is slice:
        return kind, value.start, value.stop, value.step
    if kind.__hash__ is None or isinstance(value, Variable):
        return _Same(value)
    if (kind.__hash__, kind.__eq__) == _BY_IDENTITY:
        try:
            return weakref.ref(value)  # a signature keeps no model alive
        except TypeError:
            return _Same(value)
    return kind, value


def specs_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[TensorSpec]:
    """List the specs of a call's arrays, each with the spec of its mask."""
    return [_spec_of(value) for value in leaves_of(args, kwargs)]


def filled(args: tuple[Any, ...], kwargs: dict[str, Any], values: Sequence[Any]) -> tuple[Any, Any]:
    """Return the arguments of a call with other values in the places of its arrays."""
    iterator = iter(values)
    put: Callable[[Any], Any] = lambda value: next(iterator) if _is_array(value) else value  # noqa: E731
    placed = tuple(_map(put, value) for value in args)
    by_name = {name: _map(put, kwargs[name]) for name in sorted(kwargs)}
    return placed, {name: by_name[name] for name in kwargs}


def _map(function: Callable[[Any], Any], value: Any) -> Any:
    # In the order of `_walk`, which does not sort keys: that of the dict is part of the signature.
    if isinstance(value, dict):
        children = {key: _map(function, child) for key, child in value.items()}
        return children if type(value) is dict else type(value)(children)
    if isinstance(value, (list, tuple)):
        return _rebuilt(value, [_map(function, child) for child in value])
    return function(value)


def _rebuilt(like: Any, children: list[Any]) -> Any:
    if isinstance(like, tuple) and hasattr(like, "_fields"):
        return type(like)(*children)
    return type(like)(children)


def leaves_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """List the arrays and tensors of a call, in the order in which `filled` replaces them."""
    found: list[Any] = []
    note: Callable[[Any], Any] = lambda value: found.append(value) if _is_array(value) else None  # noqa: E731
    for value in (*args, *(kwargs[name] for name in sorted(kwargs))):
        _map(note, value)
    return found


def _is_array(value: Any) -> bool:
    kind = type(value)
    if kind in _NUMBERS:
        return False
    return kind is Tensor or kind is np.ndarray or kind is TensorSpec or _is_array_like(value)


def _spec_of(value: Any) -> TensorSpec:
    if isinstance(value, TensorSpec):
        return value
    array = value if is_tensor(value) else np.asarray(value)
    spec = TensorSpec.of(tuple(array.shape), array.dtype)
    mask = getattr(value, "mask", None) if type(value) is Tensor else None
    return spec if mask is None else spec.with_mask(mask.spec)


def owners_of(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[str]:
    """Name the argument that each part of a call's signature comes from."""
    try:
        parameters = [each.name for each in inspect.signature(function).parameters.values() if each.kind in _POSITIONAL]
    except (TypeError, ValueError):
        parameters = []
    named = [
        (parameters[place] if place < len(parameters) else f"argument {place}", value, 0)
        for place, value in enumerate(args)
    ]
    named += [(name, kwargs[name], 1) for name in sorted(kwargs)]
    owners: list[str] = []
    for name, value, extra in named:
        key: list[Any] = []
        _walk(value, key, [])
        owners += [name] * (len(key) + extra)
    return owners
