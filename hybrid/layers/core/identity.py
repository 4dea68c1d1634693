"""The layer that does nothing.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ..base.layer import Layer

__all__ = ["Identity"]


class Identity(Layer):
    """Return the inputs.

    Variables: none.

    Input: any structure of tensors. Output: the same.

    Example:
        >>> Identity()(np.array([1.0, 2.0])).numpy()
        array([1., 2.], dtype=float32)
    """

    supports_masking = True

    def call(self, inputs: Any) -> Any:
        """Return the inputs."""
        return inputs
