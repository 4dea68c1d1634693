"""Numbers brought to another range.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ... import ops
from ...config import image_data_format
from ..base.layer import Layer

__all__ = ["Rescaling"]


class Rescaling(Layer):
    """Compute `inputs * scale + offset`.

    Args:
        scale: number, or one per channel.
        offset: number, or one per channel.

    Variables: none.

    Input: numbers, any shape. Output: float, the shape of the input.

    Example:
        >>> Rescaling(1 / 255)(np.array([0, 255])).numpy()
        array([0., 1.], dtype=float32)
    """

    supports_masking = True

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.scale = scale
        self.offset = offset

    def call(self, inputs: Any) -> Any:
        """Scale and shift the inputs."""
        inputs = ops.cast(inputs, self.compute_dtype)
        return ops.add(ops.multiply(inputs, self._along(self.scale)), self._along(self.offset))

    def _along(self, value: Any) -> Any:
        if isinstance(value, (int, float)):
            return value
        value = ops.convert_to_tensor(value, dtype=self.compute_dtype)
        per_channel = len(value.shape) == 1 and image_data_format() == "channels_first"
        return ops.reshape(value, (-1, 1, 1)) if per_channel else value
