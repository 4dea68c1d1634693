"""Pooling over everything: the mean.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ... import ops
from .base import GlobalAveragePooling

__all__ = ["GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D"]


class GlobalAveragePooling1D(GlobalAveragePooling):
    """Take the mean over all places of sequences.

    Args:
        data_format: `"channels_last"` or `"channels_first"`; that of `hybrid.config` by default.
        keepdims: whether the spatial axes stay, with size 1.

    Variables: none.

    Input: `[batch, length, channels]`, or `[batch, channels, length]` with `channels_first`; optionally `mask`,
    bool `[batch, length]`: masked steps do not count. Output: `[batch, channels]`.

    Example:
        >>> GlobalAveragePooling1D()(np.ones((2, 4, 3))).shape
        (2, 3)
    """

    _rank = 1
    supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Pool the inputs."""
        if mask is None:
            return super().call(inputs)
        (axis,) = self._axes()
        weights = ops.expand_dims(ops.cast(mask, inputs.dtype), 2 if axis == 1 else 1)
        count = ops.maximum(ops.sum(weights, axis=axis, keepdims=self.keepdims), 1.0)
        return ops.divide(ops.sum(ops.multiply(inputs, weights), axis=axis, keepdims=self.keepdims), count)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return no mask: there are no steps left."""
        return None


class GlobalAveragePooling2D(GlobalAveragePooling):
    """Take the mean over all places of images.

    Args:
        data_format: `"channels_last"` or `"channels_first"`; that of `hybrid.config` by default.
        keepdims: whether the spatial axes stay, with size 1.

    Variables: none.

    Input: `[batch, height, width, channels]`, or `[batch, channels, height, width]` with `channels_first`.
    Output: `[batch, channels]`.

    Example:
        >>> GlobalAveragePooling2D()(np.ones((2, 4, 4, 3))).shape
        (2, 3)
    """

    _rank = 2


class GlobalAveragePooling3D(GlobalAveragePooling):
    """Take the mean over all places of volumes.

    Args:
        data_format: `"channels_last"` or `"channels_first"`; that of `hybrid.config` by default.
        keepdims: whether the spatial axes stay, with size 1.

    Variables: none.

    Input: `[batch, depth, height, width, channels]`, or `[batch, channels, depth, height, width]` with
    `channels_first`.
    Output: `[batch, channels]`.

    Example:
        >>> GlobalAveragePooling3D()(np.ones((2, 4, 4, 4, 3))).shape
        (2, 3)
    """

    _rank = 3
