"""Initializers of variables, and what may be written for one: a name, a configuration, any callable."""

from __future__ import annotations

from collections.abc import Mapping as _Mapping
from typing import Any as _Any

from ..lookup import describe as _describe
from ..lookup import resolve as _resolve
from .base import Initializer
from .constant import Constant, Identity, Ones, Zeros
from .random import Orthogonal, RandomNormal, RandomUniform, TruncatedNormal
from .scaling import GlorotNormal, GlorotUniform, HeNormal, HeUniform, LecunNormal, LecunUniform, VarianceScaling

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "IdentityInitializer",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "deserialize",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "serialize",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]

constant = Constant
identity = Identity
ones = Ones
zeros = Zeros
orthogonal = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
truncated_normal = TruncatedNormal
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
variance_scaling = VarianceScaling
IdentityInitializer = Identity
OrthogonalInitializer = Orthogonal

_MODULE = "hybrid.initializers"
_ALIASES = {"uniform": "RandomUniform", "normal": "RandomNormal", "one": "Ones", "zero": "Zeros"}


def get(identifier: _Any) -> _Any:
    """Return the initializer that a name, a configuration, a class or a callable stands for; `None` is `None`.

    Raises:
        ConfigError: for an unknown name; names the nearest ones.

    Example:
        >>> type(get("glorot_uniform")).__name__
        'GlorotUniform'
    """
    return deserialize(identifier)


def serialize(initializer: _Any) -> _Any:
    """Return an initializer as plain data.

    Raises:
        SerializationError: for a function of yours that was not registered.

    Example:
        >>> serialize(GlorotUniform())["class_name"]
        'GlorotUniform'
    """
    return _describe(initializer, module=_MODULE)


def deserialize(config: _Any, custom_objects: _Mapping[str, _Any] | None = None) -> _Any:
    """Return the initializer that `serialize` described.

    Example:
        >>> type(deserialize(serialize(GlorotUniform()))).__name__
        'GlorotUniform'
    """
    return _resolve(config, kind="initializer", module=_MODULE, aliases=_ALIASES, custom_objects=custom_objects)
