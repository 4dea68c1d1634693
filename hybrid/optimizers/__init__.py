"""Optimizers, and what may be written for one: a name, a configuration, a class, the thing."""

from __future__ import annotations

from collections.abc import Mapping as _Mapping
from typing import Any as _Any

from ..lookup import describe as _describe
from ..lookup import resolve as _resolve
from . import schedules
from .adagrad import Adadelta, Adagrad
from .adam import Adam, AdamW
from .adam_variants import Adamax, Nadam
from .base import Optimizer
from .ftrl import Ftrl
from .lion import Lion
from .rmsprop import RMSprop
from .sgd import SGD

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lion",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]

_MODULE = "hybrid.optimizers"


def get(identifier: _Any) -> _Any:
    """Return the optimizer that a name, a configuration or a class stands for; `None` is `None`.

    Raises:
        ConfigError: for an unknown name; names the nearest ones.

    Example:
        >>> get("rmsprop"), get({"class_name": "Adam", "config": {"learning_rate": 0.5}}).get_config()["learning_rate"]
        (<RMSprop 'rm_sprop'>, 0.5)
    """
    return deserialize(identifier)


def serialize(optimizer: _Any) -> _Any:
    """Return an optimizer as plain data: how it was made, without its variables.

    Example:
        >>> serialize(SGD(momentum=0.5))["config"]["momentum"]
        0.5
    """
    return _describe(optimizer, module=_MODULE)


def deserialize(config: _Any, custom_objects: _Mapping[str, _Any] | None = None) -> _Any:
    """Return the optimizer that `serialize` described.

    Example:
        >>> deserialize(serialize(SGD(momentum=0.5))).momentum
        0.5
    """
    return _resolve(
        config,
        kind="optimizer",
        module=_MODULE,
        custom_objects=custom_objects,
        accepts=lambda thing: isinstance(thing, Optimizer),
    )
