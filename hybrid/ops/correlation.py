"""Convolution on arrays: copy windows of a few images into a buffer, one matrix product per block.

Floor 5; knows arrays only. One product over all windows (im2col) writes and reads back nine times the input for a
window of 3 x 3; one product per place of the window reads and writes the output nine times, and took three times as
long. Blocks that stay in the cache are as fast as the first or faster, and need a fraction of its memory. Depthwise
kernels have no sums over channels, and `einsum` adds up the windows where they are: it multiplies and adds in one go,
which is up to 2.5 times as fast as doing so place by place.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .windows import BLOCK_SIZE, Sizes, blocks, extent, pad, taps, view

Pads = Any

# Axes in sums of products (`einsum`): positions of a window, and places in it.
_POSITIONS, _PLACES = "xyz", "ijk"


def correlate(x: Any, kernel: Any, outputs: Sizes, strides: Sizes, pads: Pads, dilation: Sizes) -> Any:
    """Return the convolution of `[batch, *spatial, channels]` with `[*window, channels / groups, outputs]`."""
    *window, inner, outer = kernel.shape
    x = pad(x, pads)
    y = np.empty((x.shape[0], *outputs, outer), np.result_type(x, kernel))
    if not y.size or not kernel.size or not x.size:
        y[...] = 0
        return y
    groups = x.shape[-1] // inner
    if groups > 1 and inner == 1:
        return _depthwise(x, kernel, y, outputs, strides, dilation)
    width = outer // groups
    for group in range(groups):
        part = x[..., group * inner : (group + 1) * inner]
        matrix = kernel[..., group * width : (group + 1) * width].reshape(-1, width)
        target = y if groups == 1 else np.empty((*y.shape[:-1], width), y.dtype)
        _multiply_windows(view(part, outputs, tuple(window), strides, dilation), matrix, target)
        if groups > 1:
            y[..., group * width : (group + 1) * width] = target
    return y


def _multiply_windows(windows: Any, matrix: Any, target: Any) -> None:
    rows = matrix.shape[0]
    for images, lines in blocks(windows.shape):
        part = target[images, lines]
        np.matmul(windows[images, lines].reshape(-1, rows), matrix, out=part.reshape(-1, part.shape[-1]))


def _depthwise(x: Any, kernel: Any, y: Any, outputs: Sizes, strides: Sizes, dilation: Sizes) -> Any:
    channels = x.shape[-1]
    window = kernel.shape[:-2]
    windows = view(x, outputs, window, strides, dilation)
    results, kernel = y.reshape(*y.shape[:-1], channels, -1), kernel.reshape(*window, channels, -1)
    at, by = _POSITIONS[: len(window)], _PLACES[: len(window)]
    for number in range(kernel.shape[-1]):
        np.einsum(f"n{at}{by}c,{by}c->n{at}c", windows, kernel[..., number], out=results[..., number])
    return y


def correlate_input(
    g: Any, kernel: Any, spatial: Sizes, channels: int, strides: Sizes, pads: Pads, dilation: Sizes
) -> Any:
    """Return the gradient of `correlate` with respect to its input of the given spatial sizes and channels."""
    *window, inner, outer = kernel.shape
    outputs = g.shape[1:-1]
    dtype = np.result_type(g, kernel)
    if not g.size or not kernel.size:
        return np.zeros((g.shape[0], *spatial, channels), dtype)
    groups = channels // inner
    if (groups == 1 or inner * outer == groups) and all(stride == 1 for stride in strides):
        # The convolution of the padded gradient with the reversed kernel.
        flipped = kernel[(slice(None, None, -1),) * len(window)]
        flipped = flipped.swapaxes(-1, -2) if groups == 1 else flipped
        spans = [extent(length, step) - 1 for length, step in zip(window, dilation, strict=True)]
        around = tuple(
            (span - before, size - output - (span - before) + span)
            for span, (before, _), size, output in zip(spans, pads, spatial, outputs, strict=True)
        )
        return correlate(g, flipped, spatial, strides, around, dilation)
    reach = tuple(
        max((output - 1) * stride + extent(length, step), before + size)
        for output, stride, length, step, (before, _), size in zip(
            outputs, strides, window, dilation, pads, spatial, strict=True
        )
    )
    x = np.zeros((g.shape[0], *reach, channels), dtype)
    width = outer // groups
    if groups > 1 and inner == 1:
        _spread_depthwise(g, kernel, x, strides, dilation)
    else:
        for group in range(groups):
            part = slice(group * width, (group + 1) * width)
            _spread(g[..., part], kernel[..., part], x[..., group * inner : (group + 1) * inner], strides, dilation)
    return pad(x, [(-before, before + size - end) for (before, _), size, end in zip(pads, spatial, reach, strict=True)])


def _spread(g: Any, kernel: Any, x: Any, strides: Sizes, dilation: Sizes) -> None:
    """Add what every output element sends to the places of its window."""
    *window, inner, outer = kernel.shape
    outputs = g.shape[1:-1]
    matrix = kernel.reshape(-1, outer).T
    step = max(1, BLOCK_SIZE // max(math.prod(outputs) * matrix.shape[1], 1))
    for start in range(0, g.shape[0], step):
        block = g[start : start + step]
        sent = (block.reshape(-1, outer) @ matrix).reshape(block.shape[0], *outputs, *window, inner)
        for place, index in taps(outputs, tuple(window), strides, dilation):
            x[start : start + step][index] += sent[(slice(None),) * (len(outputs) + 1) + place]


def _spread_depthwise(g: Any, kernel: Any, x: Any, strides: Sizes, dilation: Sizes) -> None:
    channels = x.shape[-1]
    window = kernel.shape[:-2]
    kernel = kernel.reshape(*window, channels, -1)
    g = g.reshape(*g.shape[:-1], channels, -1)
    for image in range(g.shape[0]):
        for place, index in taps(g.shape[1:-2], window, strides, dilation):
            if kernel.shape[-1] == 1:
                x[image][index[1:]] += g[image, ..., 0] * kernel[place][:, 0]
            else:
                x[image][index[1:]] += np.einsum("...cm,cm->...c", g[image], kernel[place])


def correlate_kernel(x: Any, g: Any, shape: Sizes, strides: Sizes, pads: Pads, dilation: Sizes) -> Any:
    """Return the gradient of `correlate` with respect to its kernel of the given shape."""
    *window, inner, outer = shape
    outputs = g.shape[1:-1]
    x = pad(x, pads)
    kernel = np.zeros(shape, np.result_type(x, g))
    if not x.size or not g.size or not kernel.size:
        return kernel
    groups = x.shape[-1] // inner
    width = outer // groups
    if groups > 1 and inner == 1:
        windows = view(x, outputs, tuple(window), strides, dilation)
        sent, slopes = g.reshape(*g.shape[:-1], groups, width), kernel.reshape(*window, groups, width)
        at, by = _POSITIONS[: len(window)], _PLACES[: len(window)]
        for number in range(width):
            for seen, g in zip(windows, sent[..., number], strict=True):  # sums of sums lose fewer digits
                slopes[..., number] += np.einsum(f"{at}{by}c,{at}c->{by}c", seen, g)
        return kernel
    for group in range(groups):
        part = slice(group * width, (group + 1) * width)
        windows = view(x[..., group * inner : (group + 1) * inner], outputs, tuple(window), strides, dilation)
        total = np.zeros((math.prod(window) * inner, width), kernel.dtype)
        for images, lines in blocks(windows.shape):
            seen = windows[images, lines].reshape(-1, total.shape[0])
            total += seen.T @ g[images, lines, ..., part].reshape(-1, width)
        kernel[..., part] = total.reshape(*window, inner, width)
    return kernel
