"""The geometry of sliding windows, which convolution and pooling share: sizes, padding, views, blocks.

Floor 5. Arrays here are `[batch, *spatial, channels]`. Padding is `"valid"`, `"same"` or a (before, after) pair per
spatial axis; a negative amount crops.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..errors import ConfigError, ShapeError
from ..typing import Shape

Padding = Any
"""`"valid"`, `"same"` or a tuple of (before, after) pairs."""

Sizes = tuple[int, ...]

# Elements of the buffer that windows are copied to before a matrix product: it should stay in the processor's cache.
BLOCK_SIZE = 2**19


def per_axis(value: Any, rank: int, name: str) -> Sizes:
    """Return one positive int per spatial axis.

    Raises:
        ConfigError: if it is something else.

    Example:
        >>> per_axis(2, 2, "strides"), per_axis((1, 3), 2, "strides")
        ((2, 2), (1, 3))
    """
    sizes = (value,) * rank if isinstance(value, (int, np.integer)) else tuple(value)
    if len(sizes) == 1 < rank:
        sizes = sizes * rank
    if len(sizes) != rank or not all(isinstance(size, (int, np.integer)) and size > 0 for size in sizes):
        raise ConfigError(
            f"{name} must be a positive int or {rank} of them, one per spatial axis; received {value!r}.",
            fix=f"{name}={(1,) * rank}, for example",
        )
    return tuple(int(size) for size in sizes)


def standardize_padding(padding: Any) -> str:
    """Return `"valid"` or `"same"` in lower case.

    Raises:
        ConfigError: for anything else.
    """
    name = padding.lower() if isinstance(padding, str) else padding
    if name not in ("valid", "same"):
        raise ConfigError(f"Unknown padding: {padding!r}.", fix="use 'valid' or 'same'")
    return str(name)


def extent(window: int, dilation: int) -> int:
    """Return how many elements a dilated window spans."""
    return (window - 1) * dilation + 1


def output_sizes(spatial: Shape, window: Shape, strides: Sizes, dilation: Sizes, padding: Padding) -> Shape:
    """Return how many windows there are along each axis; it may be negative where the window does not fit.

    Example:
        >>> output_sizes((5, None), (3, 3), (2, 2), (1, 1), "same")
        (3, None)
    """
    sizes: list[int | None] = []
    for axis, size in enumerate(spatial):
        length = window[axis]
        if size is not None and padding == "same":
            sizes.append(-(-size // strides[axis]))
        elif size is None or length is None:
            sizes.append(None)
        else:
            before, after = (0, 0) if padding == "valid" else padding[axis]
            sizes.append((size + before + after - extent(length, dilation[axis])) // strides[axis] + 1)
    return tuple(sizes)


def amounts(
    spatial: Sizes, window: Sizes, strides: Sizes, dilation: Sizes, padding: Padding
) -> tuple[tuple[int, int], ...]:
    """Return how much is padded before and after each spatial axis; the odd one of "same" goes after."""
    if padding == "valid":
        return ((0, 0),) * len(spatial)
    if padding != "same":
        return tuple(padding)
    result = []
    for size, length, stride, step in zip(spatial, window, strides, dilation, strict=True):
        total = max((-(-size // stride) - 1) * stride + extent(length, step) - size, 0)
        result.append((total // 2, total - total // 2))
    return tuple(result)


def check_windows_fit(name: str, x_shape: Shape, window: Shape, outputs: Shape) -> None:
    """Raise if a window is larger than what it slides over.

    Raises:
        ShapeError: then.
    """
    if any(
        size is not None and (size < 0 or (size == 0 and x_size != 0))
        for size, x_size in zip(outputs, x_shape, strict=True)
    ):
        raise ShapeError(
            f"{name} cannot slide a window of {list(window)} over an input of shape {list(x_shape)}.",
            why="the window, with its dilation, is larger than the input",
            fix="use padding='same', a smaller window, or larger inputs",
        )


def pad(x: Any, pads: Sequence[tuple[int, int]], value: Any = 0) -> Any:
    """Pad (or, where negative, crop) the spatial axes of an array."""
    if not any(before or after for before, after in pads):
        return x
    kept = tuple(
        slice(max(-before, 0), size - max(-after, 0)) for size, (before, after) in zip(x.shape[1:-1], pads, strict=True)
    )
    x = x[(slice(None), *kept)]
    widths = [(max(before, 0), max(after, 0)) for before, after in pads]
    sizes = [size + sum(width) for size, width in zip(x.shape[1:-1], widths, strict=True)]
    padded = np.full((x.shape[0], *sizes, x.shape[-1]), value, x.dtype)
    inner = tuple(slice(width[0], width[0] + size) for width, size in zip(widths, x.shape[1:-1], strict=True))
    padded[(slice(None), *inner)] = x
    return padded


def taps(outputs: Sizes, window: Sizes, strides: Sizes, dilation: Sizes) -> Iterator[tuple[Sizes, tuple[slice, ...]]]:
    """Yield every place in the window, with the index of what all windows see at that place."""
    for place in itertools.product(*map(range, window)):
        spatial = tuple(
            slice(start * step, start * step + max(count - 1, 0) * stride + 1 if count else start * step, stride)
            for start, step, stride, count in zip(place, dilation, strides, outputs, strict=True)
        )
        yield place, (slice(None), *spatial)


def view(x: Any, outputs: Sizes, window: Sizes, strides: Sizes, dilation: Sizes) -> Any:
    """Return all windows of an array, without copying: `[batch, *outputs, *window, channels]`."""
    own = x.strides[1:-1]
    return as_strided(
        x,
        (x.shape[0], *outputs, *window, x.shape[-1]),
        (
            x.strides[0],
            *(stride * step for stride, step in zip(strides, own, strict=True)),
            *(stride * step for stride, step in zip(dilation, own, strict=True)),
            x.strides[-1],
        ),
        writeable=False,
    )


def blocks(shape: Sizes) -> Iterator[tuple[slice, slice]]:
    """Divide a view of windows into blocks of whole images or, where these are large, of rows of one image."""
    count, rows = shape[0], shape[1]
    row = math.prod(shape[2:])
    if rows * row <= BLOCK_SIZE:
        step = max(1, BLOCK_SIZE // max(rows * row, 1))
        for start in range(0, count, step):
            yield slice(start, start + step), slice(None)
        return
    step = max(1, BLOCK_SIZE // row)
    for image in range(count):
        for start in range(0, rows, step):
            yield slice(image, image + 1), slice(start, start + step)


def to_channels_last(x: Any, data_format: str) -> Any:
    """Return an array (or, for a shape, the shape) with its channels last."""
    if data_format == "channels_last":
        return x
    return (x[0], *x[2:], x[1]) if isinstance(x, tuple) else np.moveaxis(x, 1, -1)


def from_channels_last(x: Any, data_format: str) -> Any:
    """Return an array (or, for a shape, the shape) in a data format; the inverse of `to_channels_last`."""
    if data_format == "channels_last":
        return x
    return (x[0], x[-1], *x[1:-1]) if isinstance(x, tuple) else np.moveaxis(x, -1, 1)
