"""The base of layers that hold one other layer.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ...errors import ConfigError
from ..base.layer import Layer

__all__ = ["Wrapper"]


class Wrapper(Layer):
    """A layer around another one; by itself it calls it and changes nothing.

    Args:
        layer: the layer inside.

    Raises:
        ConfigError: if it is no layer.

    Example:
        >>> Wrapper(hybrid.layers.Dense(4))(np.ones((2, 3))).shape
        (2, 4)
    """

    def __init__(self, layer: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.layer = checked_layer(layer, type(self).__name__)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Call the layer inside."""
        return self.layer(*args, **kwargs)


def checked_layer(layer: Any, owner: str) -> Any:
    """Return a layer.

    Raises:
        ConfigError: if it is none.
    """
    if not isinstance(layer, Layer):
        raise ConfigError(f"{owner} needs a layer, not {layer!r}.", fix=f"{owner}(Dense(32))")
    return layer
