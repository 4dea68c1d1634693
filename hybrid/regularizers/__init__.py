"""Penalties on the values of variables, and what may be written for one: a name, a configuration, any callable."""

from __future__ import annotations

from collections.abc import Mapping as _Mapping
from typing import Any as _Any

from ..lookup import describe as _describe
from ..lookup import resolve as _resolve
from .penalties import L1, L1L2, L2, OrthogonalRegularizer, Regularizer

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
    "serialize",
]

l1 = L1
l2 = L2
l1_l2 = L1L2
orthogonal_regularizer = OrthogonalRegularizer

_MODULE = "hybrid.regularizers"
_ALIASES = {"l1_l2": "L1L2"}


def get(identifier: _Any) -> _Any:
    """Return the regularizer that a name, a configuration, a class or a callable stands for; `None` is `None`.

    Raises:
        ConfigError: for an unknown name; names the nearest ones.

    Example:
        >>> type(get("l2")).__name__
        'L2'
    """
    return deserialize(identifier)


def serialize(regularizer: _Any) -> _Any:
    """Return a regularizer as plain data.

    Raises:
        SerializationError: for a function of yours that was not registered.

    Example:
        >>> serialize(L2())["class_name"]
        'L2'
    """
    return _describe(regularizer, module=_MODULE)


def deserialize(config: _Any, custom_objects: _Mapping[str, _Any] | None = None) -> _Any:
    """Return the regularizer that `serialize` described.

    Example:
        >>> type(deserialize(serialize(L2()))).__name__
        'L2'
    """
    return _resolve(config, kind="regularizer", module=_MODULE, aliases=_ALIASES, custom_objects=custom_objects)
