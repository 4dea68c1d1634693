"""Activation functions, and what may be written for one: a name, a configuration, any callable."""

from __future__ import annotations

from collections.abc import Callable as _Callable
from collections.abc import Mapping as _Mapping
from typing import Any as _Any

from ..lookup import describe as _describe
from ..lookup import resolve as _resolve
from .functions import (
    celu,
    elu,
    exponential,
    gelu,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_swish,
    hard_tanh,
    leaky_relu,
    linear,
    log_sigmoid,
    log_softmax,
    mish,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    soft_shrink,
    softmax,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    swish,
    tanh,
    tanh_shrink,
    threshold,
)

__all__ = [
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
]

_MODULE = "hybrid.activations"
_ALIASES = {"swish": "silu", "hard_swish": "hard_silu"}


def get(identifier: _Any) -> _Callable[..., _Any]:
    """Return the activation that a name, a configuration or a callable stands for; `None` is `linear`.

    Raises:
        ConfigError: for an unknown name; names the nearest ones.

    Example:
        >>> get("relu") is relu, get(None) is linear
        (True, True)
    """
    return deserialize(identifier) if identifier is not None else linear


def serialize(activation: _Callable[..., _Any]) -> _Any:
    """Return an activation as plain data: its name, if it is one of ours.

    Raises:
        SerializationError: for a function of yours that was not registered.

    Example:
        >>> serialize(relu)
        'relu'
    """
    return _describe(activation, module=_MODULE)


def deserialize(config: _Any, custom_objects: _Mapping[str, _Any] | None = None) -> _Any:
    """Return the activation that `serialize` described.

    Example:
        >>> deserialize("relu") is relu
        True
    """
    return _resolve(config, kind="activation", module=_MODULE, aliases=_ALIASES, custom_objects=custom_objects)
