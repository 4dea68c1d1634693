"""Constraints on the values of variables, and what may be written for one: a name, a configuration, any callable."""

from __future__ import annotations

from collections.abc import Mapping as _Mapping
from typing import Any as _Any

from ..lookup import describe as _describe
from ..lookup import resolve as _resolve
from .projections import Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "serialize",
    "unit_norm",
]

max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
unit_norm = UnitNorm

_MODULE = "hybrid.constraints"
_ALIASES: dict[str, str] = {}


def get(identifier: _Any) -> _Any:
    """Return the constraint that a name, a configuration, a class or a callable stands for; `None` is `None`.

    Raises:
        ConfigError: for an unknown name; names the nearest ones.

    Example:
        >>> type(get("max_norm")).__name__
        'MaxNorm'
    """
    return deserialize(identifier)


def serialize(constraint: _Any) -> _Any:
    """Return a constraint as plain data.

    Raises:
        SerializationError: for a function of yours that was not registered.

    Example:
        >>> serialize(MaxNorm())["class_name"]
        'MaxNorm'
    """
    return _describe(constraint, module=_MODULE)


def deserialize(config: _Any, custom_objects: _Mapping[str, _Any] | None = None) -> _Any:
    """Return the constraint that `serialize` described.

    Example:
        >>> type(deserialize(serialize(MaxNorm()))).__name__
        'MaxNorm'
    """
    return _resolve(config, kind="constraint", module=_MODULE, aliases=_ALIASES, custom_objects=custom_objects)
