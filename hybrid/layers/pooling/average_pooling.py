"""Pooling: the mean of each window.

Floor 8.
"""

from __future__ import annotations

from .base import AveragePooling

__all__ = ["AveragePooling1D", "AveragePooling2D", "AveragePooling3D"]


class AveragePooling1D(AveragePooling):
    """Take the mean of each window of sequences.

    Args:
        pool_size: size of the window, an int.
        strides: step of the window; its size by default.
        padding: `"valid"`, or `"same"` for windows that reach over the edges; what lies beyond them does not count.
        data_format: `"channels_last"` or `"channels_first"`; that of `hybrid.config` by default.

    Variables: none.

    Input: `[batch, length, channels]`, or `[batch, channels, length]` with `channels_first`.
    Output: the same axes, shorter.

    Raises:
        ShapeError: if the window is larger than the input.

    Example:
        >>> AveragePooling1D(2)(np.ones((2, 4, 3))).shape
        (2, 2, 3)
    """

    _rank = 1


class AveragePooling2D(AveragePooling):
    """Take the mean of each window of images.

    Args:
        pool_size: size of the window, an int or one per spatial axis.
        strides: step of the window; its size by default.
        padding: `"valid"`, or `"same"` for windows that reach over the edges; what lies beyond them does not count.
        data_format: `"channels_last"` or `"channels_first"`; that of `hybrid.config` by default.

    Variables: none.

    Input: `[batch, height, width, channels]`, or `[batch, channels, height, width]` with `channels_first`.
    Output: the same axes, shorter.

    Raises:
        ShapeError: if the window is larger than the input.

    Example:
        >>> AveragePooling2D(2)(np.ones((2, 4, 4, 3))).shape
        (2, 2, 2, 3)
    """

    _rank = 2


class AveragePooling3D(AveragePooling):
    """Take the mean of each window of volumes.

    Args:
        pool_size: size of the window, an int or one per spatial axis.
        strides: step of the window; its size by default.
        padding: `"valid"`, or `"same"` for windows that reach over the edges; what lies beyond them does not count.
        data_format: `"channels_last"` or `"channels_first"`; that of `hybrid.config` by default.

    Variables: none.

    Input: `[batch, depth, height, width, channels]`, or `[batch, channels, depth, height, width]` with
    `channels_first`.
    Output: the same axes, shorter.

    Raises:
        ShapeError: if the window is larger than the input.

    Example:
        >>> AveragePooling3D(2)(np.ones((2, 4, 4, 4, 3))).shape
        (2, 2, 2, 2, 3)
    """

    _rank = 3
