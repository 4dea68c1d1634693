"""Pooling over everything: the greatest element.

Floor 8.
"""

from __future__ import annotations

from .base import GlobalMaxPooling

__all__ = ["GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D"]


class GlobalMaxPooling1D(GlobalMaxPooling):
    """Take the greatest element over all places of sequences.

    Args:
        data_format: `"channels_last"` or `"channels_first"`; that of `hybrid.config` by default.
        keepdims: whether the spatial axes stay, with size 1.

    Variables: none.

    Input: `[batch, length, channels]`, or `[batch, channels, length]` with `channels_first`.
    Output: `[batch, channels]`.

    Example:
        >>> GlobalMaxPooling1D()(np.ones((2, 4, 3))).shape
        (2, 3)
    """

    _rank = 1


class GlobalMaxPooling2D(GlobalMaxPooling):
    """Take the greatest element over all places of images.

    Args:
        data_format: `"channels_last"` or `"channels_first"`; that of `hybrid.config` by default.
        keepdims: whether the spatial axes stay, with size 1.

    Variables: none.

    Input: `[batch, height, width, channels]`, or `[batch, channels, height, width]` with `channels_first`.
    Output: `[batch, channels]`.

    Example:
        >>> GlobalMaxPooling2D()(np.ones((2, 4, 4, 3))).shape
        (2, 3)
    """

    _rank = 2


class GlobalMaxPooling3D(GlobalMaxPooling):
    """Take the greatest element over all places of volumes.

    Args:
        data_format: `"channels_last"` or `"channels_first"`; that of `hybrid.config` by default.
        keepdims: whether the spatial axes stay, with size 1.

    Variables: none.

    Input: `[batch, depth, height, width, channels]`, or `[batch, channels, depth, height, width]` with
    `channels_first`.
    Output: `[batch, channels]`.

    Example:
        >>> GlobalMaxPooling3D()(np.ones((2, 4, 4, 4, 3))).shape
        (2, 3)
    """

    _rank = 3
