"""Making layers of their arguments: the dtype argument, unknown arguments, configurations.

Floor 8.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from ...configurable import construct, constructor_signature
from ...core.dtypes import standardize_dtype
from ...errors import ConfigError, LoadError
from ...naming import nearest
from .tracking import adopt, owned_by

_OWN = frozenset(
    ("_name", "_auto_named", "_trainable", "_dtype", "_functional", "_call_signature", "built", "is_opaque")
)
_BASE = ("name", "trainable", "dtype", "activity_regularizer", "autocast")


def dtype_of(dtype: Any) -> np.dtype[Any]:
    """Return the dtype that a layer's `dtype` argument means; Keras's serialized policies are understood.

    Raises:
        ConfigError: for a mixed precision policy.
    """
    if isinstance(dtype, dict):
        dtype = dtype.get("config", {}).get("name")
    dtype = getattr(dtype, "name", dtype)
    if isinstance(dtype, str) and dtype.startswith("mixed"):
        raise ConfigError(
            f"The dtype policy '{dtype}' is not available.",
            why="mixed precision gains nothing on NumPy, which computes float16 in software",
            fix="use 'float32' or 'float64'",
        )
    return standardize_dtype(dtype)


def unknown_argument(cls: type, name: str) -> ConfigError:
    """Return the error for an argument that a layer's constructor does not have."""
    valid = [key for key in constructor_signature(cls).parameters if key not in ("kwargs", "args")]
    valid += [key for key in _BASE if key not in valid]
    close = nearest(name, valid)
    return ConfigError(
        f"{cls.__name__} has no argument '{name}'.",
        why=f"its arguments are: {', '.join(valid)}",
        fix=f"did you mean {' or '.join(close)}?" if close else f"leave '{name}' out",
    )


def construct_layer(cls: Any, config: dict[str, Any]) -> Any:
    """Call a layer's constructor with a configuration.

    Name, trainable and dtype are set afterwards where a user's constructor does not take them.
    """
    signature = constructor_signature(cls)
    takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in signature.parameters.values())
    later = {}
    if not takes_any:
        later = {key: value for key, value in config.items() if key in _BASE and key not in signature.parameters}
    instance = construct(cls, {key: value for key, value in config.items() if key not in later})
    if "name" in later:
        instance.name = later["name"]
    if "dtype" in later:
        instance.__dict__["_dtype"] = dtype_of(later["dtype"])
    if not later.get("trainable", True):
        instance.trainable = False
    return instance


class Changeable:
    """What a file can say of a layer beside its configuration."""

    _untracked: frozenset[str]

    def take_changes(self, attributes: dict[str, Any]) -> None:
        """Set attributes that were changed after the original was constructed.

        Raises:
            LoadError: if a name is not one that a user may set.
        """
        for name in attributes:
            if not name.isidentifier() or name.startswith("__") or name in self._untracked or name in _OWN:
                raise LoadError(f"A file cannot set the attribute '{name}'.", fix="this file is not to be trusted")
        for name, value in attributes.items():
            object.__setattr__(self, name, value)
        # All at once: a name is free when the layer that had it is in no attribute any more.
        adopt(self, owned_by(self).layers)
