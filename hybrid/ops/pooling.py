"""Pooling: the maximum or the mean of what a sliding window sees.

Floor 5. Average pooling is linear: it and its transpose are each other's derivatives. So are, for given inputs, picking
the greatest element of each window and putting values back where these were.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..config import standardize_data_format
from ..core.door import apply, shape_of
from ..core.primitive import Primitive
from ..core.spec import TensorSpec
from ..errors import ShapeError
from ..typing import Shape, TensorLike
from .definition import as_float, as_tensor, floats, public
from .windows import (
    Sizes,
    amounts,
    check_windows_fit,
    from_channels_last,
    output_sizes,
    pad,
    per_axis,
    standardize_padding,
    taps,
    to_channels_last,
)

__all__ = ["average_pool", "max_pool"]


def _pooled_shape(x_shape: Shape, window: Sizes, strides: Sizes, padding: Any, data_format: str) -> Shape:
    last = to_channels_last(tuple(x_shape), data_format)
    outputs = output_sizes(last[1:-1], window, strides, (1,) * len(window), padding)
    check_windows_fit("pooling", last[1:-1], window, outputs)
    return from_channels_last((last[0], *outputs, last[-1]), data_format)


def _infer_pool(x: Any, *_: Any, window: Any, strides: Any, padding: Any, data_format: str) -> TensorSpec:
    return TensorSpec.of(_pooled_shape(x.shape, window, strides, padding, data_format), x.dtype)


class _Pool:
    """One pooling of one array: its geometry, and the padded input."""

    def __init__(self, x: Any, window: Sizes, strides: Sizes, padding: Any, data_format: str, value: Any = 0):
        outputs = to_channels_last(_pooled_shape(x.shape, window, strides, padding, data_format), data_format)
        x = to_channels_last(x, data_format)
        steps = (1,) * len(window)
        self.pads = amounts(x.shape[1:-1], window, strides, steps, padding)
        self.x = pad(x, self.pads, value)
        self.shape: Sizes = outputs
        self.places = [index for _, index in taps(self.shape[1:-1], window, strides, steps)]
        self.overlaps = any(stride < length for stride, length in zip(strides, window, strict=True))
        self.data_format = data_format

    def finish(self, y: Any) -> Any:
        return from_channels_last(y, self.data_format)

    def unpad(self, x: Any) -> Any:
        return self.finish(pad(x, [(-before, -after) for before, after in self.pads]))


def _lowest(dtype: np.dtype[Any]) -> Any:
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min if dtype.kind in "iu" else False


def _compute_max(x: Any, **params: Any) -> Any:
    pool = _Pool(x, **params, value=_lowest(x.dtype))
    y = pool.x[pool.places[0]].copy()
    for index in pool.places[1:]:
        np.maximum(y, pool.x[index], out=y)
    return pool.finish(y)


def _firsts(pool: _Pool, y: Any) -> Any:
    """Yield for every place of the window where it holds the greatest element: the first of several equal ones."""
    free = np.ones(y.shape, bool)
    for index in pool.places:
        here = np.equal(pool.x[index], y)
        here &= free
        free ^= here
        yield index, here


def _compute_put(g: Any, x: Any, y: Any, **params: Any) -> Any:
    pool = _Pool(x, **params, value=_lowest(x.dtype))
    g = to_channels_last(g, pool.data_format)
    result = np.zeros(pool.x.shape, g.dtype)
    for index, here in _firsts(pool, to_channels_last(y, pool.data_format)):
        if pool.overlaps:
            result[index] += g * here
        else:
            np.multiply(g, here, out=result[index])
    return pool.unpad(result)


def _compute_pick(values: Any, x: Any, y: Any, **params: Any) -> Any:
    pool = _Pool(x, **params, value=_lowest(x.dtype))
    padded = _Pool(values, **params).x
    result = np.zeros(pool.shape, values.dtype)
    for index, here in _firsts(pool, to_channels_last(y, pool.data_format)):
        result += padded[index] * here
    return pool.finish(result)


def _counts(pool: _Pool, spatial: Sizes) -> Any:
    """Return how many elements each window sees that are no padding: `[1, *outputs, 1]`."""
    real = pad(np.ones((1, *spatial, 1), pool.x.dtype), pool.pads)
    counts = np.zeros((1, *pool.shape[1:-1], 1), pool.x.dtype)
    for index in pool.places:
        counts += real[index]
    return counts


def _compute_average(x: Any, **params: Any) -> Any:
    pool = _Pool(x, **params)
    y = pool.x[pool.places[0]].copy()
    for index in pool.places[1:]:
        y += pool.x[index]
    spatial = to_channels_last(x.shape, pool.data_format)[1:-1]
    y /= _counts(pool, spatial) if any(map(any, pool.pads)) else len(pool.places)
    return pool.finish(y)


def _compute_spread(g: Any, like: Any, **params: Any) -> Any:
    # The pool is of the shape of the input only: nothing of its values is read.
    pool = _Pool(np.broadcast_to(np.zeros((), g.dtype), like.shape), **params)
    spatial = to_channels_last(like.shape, pool.data_format)[1:-1]
    share = to_channels_last(g, pool.data_format) / (
        _counts(pool, spatial) if any(map(any, pool.pads)) else len(pool.places)
    )
    result = np.zeros(pool.x.shape, g.dtype)
    for index in pool.places:
        if pool.overlaps:
            result[index] += share
        else:
            result[index] = share
    return pool.unpad(result)


_CASES: tuple[tuple[Any, ...], ...] = (
    ((2, 4, 4, 2), (2, 2), (2, 2), "valid", "channels_last"),
    ((2, 2, 5, 4), (3, 2), (2, 1), "same", "channels_first"),
    ((1, 5, 2), (3,), (2,), "same", "channels_last"),
    ((1, 3, 4, 3, 1), (2, 2, 2), (1, 2, 1), "valid", "channels_last"),
    ((0, 4, 4, 2), (2, 2), (2, 2), "valid", "channels_last"),
)


def _distinct(rng: np.random.Generator, *shape: int) -> Any:
    """Values no two of which are close: a maximum has a kink where two are equal."""
    return rng.permutation(np.arange(np.prod(shape)) * 0.5 - 1.0).reshape(shape)


def _samples(rng: np.random.Generator) -> list[Any]:
    names = ("window", "strides", "padding", "data_format")
    return [((_distinct(rng, *shape),), dict(zip(names, params, strict=True))) for shape, *params in _CASES]


def _put_samples(rng: np.random.Generator) -> list[Any]:
    samples = []
    for (x,), params in _samples(rng):
        y = _compute_max(x, **params)
        samples.append(((floats(rng, *y.shape), x, y), params))
    return samples


def _pick_samples(rng: np.random.Generator) -> list[Any]:
    return [((floats(rng, *x.shape), x, y), params) for (_, x, y), params in _put_samples(rng)]


def _spread_samples(rng: np.random.Generator) -> list[Any]:
    return [((floats(rng, *_compute_average(x, **params).shape), x), params) for (x,), params in _samples(rng)]


MAX_POOL: Primitive = Primitive(
    "max_pool",
    _compute_max,
    _infer_pool,
    [lambda g, y, x, **params: apply(MAX_POOL_PUT, g, x, y, **params)],
    samples=_samples,
)
MAX_POOL_PUT: Primitive = Primitive(
    "max_pool_put",
    _compute_put,
    lambda g, x, y, **params: TensorSpec.of(x.shape, g.dtype),
    [lambda ct, _, g, x, y, **params: apply(MAX_POOL_PICK, ct, x, y, **params), None, None],
    samples=_put_samples,
)
MAX_POOL_PICK: Primitive = Primitive(
    "max_pool_pick",
    _compute_pick,
    _infer_pool,
    [lambda ct, _, values, x, y, **params: apply(MAX_POOL_PUT, ct, x, y, **params), None, None],
    samples=_pick_samples,
)
AVERAGE_POOL: Primitive = Primitive(
    "average_pool",
    _compute_average,
    _infer_pool,
    [lambda g, y, x, **params: apply(AVERAGE_POOL_SPREAD, g, x, **params)],
    samples=_samples,
)
AVERAGE_POOL_SPREAD: Primitive = Primitive(
    "average_pool_spread",
    _compute_spread,
    lambda g, like, **params: TensorSpec.of(like.shape, g.dtype),
    [lambda ct, y, g, like, **params: apply(AVERAGE_POOL, ct, **params), None],
    samples=_spread_samples,
)


def _apply(primitive: Primitive, x: Any, pool_size: Any, strides: Any, padding: str, data_format: str | None) -> Any:
    rank = len(shape_of(x)) - 2
    if not 1 <= rank <= 3:
        raise ShapeError(
            f"{primitive.name} cannot pool an input of shape {list(shape_of(x))}.",
            why="it needs a batch axis, 1 to 3 spatial axes and channels",
            fix="add the missing axes with expand_dims",
        )
    window = per_axis(pool_size, rank, "pool_size")
    return apply(
        primitive,
        x,
        window=window,
        strides=window if strides is None else per_axis(strides, rank, "strides"),
        padding=standardize_padding(padding),
        data_format=standardize_data_format(data_format),
    )


@public()
def max_pool(
    inputs: TensorLike,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Return the greatest element that a sliding window sees, in every channel by itself.

    Args:
        inputs: `[batch, *spatial, channels]`, or `[batch, channels, *spatial]` with `channels_first`.
        pool_size: size of the window, an int or one per spatial axis.
        strides: step of the window; its size by default.
        padding: `"valid"`, or `"same"` for windows that reach over the edges; what lies beyond them is not seen.
        data_format: `"channels_last"` or `"channels_first"`; that of `hybrid.config` by default.

    Returns:
        tensor `[batch, *sizes, channels]` of the same dtype and data format.

    Raises:
        ShapeError: if there are too few or too many axes, or the window is larger than the input.

    Example:
        >>> max_pool(np.arange(4.0).reshape(1, 4, 1), 2).numpy().ravel()
        array([1., 3.])
    """
    return _apply(MAX_POOL, as_tensor(inputs), pool_size, strides, padding, data_format)


@public()
def average_pool(
    inputs: TensorLike,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Return the mean of the elements that a sliding window sees, padding not counted; arguments as in `max_pool`.

    Example:
        >>> average_pool(np.arange(4.0).reshape(1, 4, 1), 2).numpy().ravel()
        array([0.5, 2.5])
    """
    return _apply(AVERAGE_POOL, as_float(inputs), pool_size, strides, padding, data_format)
