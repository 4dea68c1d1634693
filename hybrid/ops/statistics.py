"""Spreads, quantiles, counts and what else is made of many numbers.

Floor 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import apply, shape_of
from ..core.dtypes import INT32
from ..core.primitive import Primitive
from ..core.spec import TensorSpec, normalize_axes, normalize_axis
from ..errors import ConfigError, ShapeError
from ..typing import TensorLike
from .arithmetic import add, divide, multiply, not_equal, subtract
from .conversion import cast, convert_to_tensor, stop_gradient
from .definition import as_float, as_tensor, floats, promote_float, public
from .exponential import exp, log, sqrt, square
from .finiteness import isfinite
from .indexing import getitem
from .reduction import max, mean, sum
from .selection import where
from .shaping import broadcast_like, concatenate, expand_dims, moveaxis, reshape
from .sorting import sort

__all__ = [
    "average",
    "bincount",
    "count_nonzero",
    "diff",
    "logsumexp",
    "median",
    "quantile",
    "std",
    "var",
]


@public()
def var(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the variance: the mean squared distance from the mean.

    Args:
        x: tensor of any shape; integers give the default float.
        axis: along which axes, all by default.
        keepdims: whether reduced axes stay, with size 1.

    Example:
        >>> var([1.0, 3.0]).numpy()
        array(1., dtype=float32)
    """
    x = as_float(x)
    return mean(square(subtract(x, mean(x, axis=axis, keepdims=True))), axis=axis, keepdims=keepdims)


@public()
def std(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the standard deviation, the square root of the variance; arguments as in `var`.

    Example:
        >>> std([1.0, 3.0]).numpy()
        array(1., dtype=float32)
    """
    return sqrt(var(x, axis=axis, keepdims=keepdims))


@public(reduces=np.logaddexp)
def logsumexp(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Return `log(sum(exp(x)))` without overflow; arguments as in `var`.

    Example:
        >>> logsumexp([1000.0, 1000.0]).numpy()
        array(1000.6932, dtype=float32)
    """
    x = as_float(x)
    if axis is None:
        axis = tuple(range(len(shape_of(x))))
    top = stop_gradient(max(x, axis=axis, keepdims=True))
    # A maximum that is infinite would give inf - inf.
    top = where(isfinite(top), top, 0.0)
    result = add(log(sum(exp(subtract(x, top)), axis=axis, keepdims=True)), top)
    return result if keepdims else sum(result, axis=axis)


@public()
def count_nonzero(x: TensorLike, axis: Any = None) -> Any:
    """Count the elements that are not zero, as int32; arguments as in `var`.

    Example:
        >>> count_nonzero([[1, 0], [2, 3]], axis=1).numpy()
        array([1, 2], dtype=int32)
    """
    return sum(cast(not_equal(x, 0), INT32), axis=axis)


@public()
def average(x: TensorLike, axis: Any = None, weights: TensorLike | None = None) -> Any:
    """Return the weighted mean.

    Args:
        x: tensor of any shape.
        axis: along which axes, all by default.
        weights: of the elements, in the shape of `x`, or a vector along the one axis; equal by default.

    Raises:
        ShapeError: if the weights fit neither.

    Example:
        >>> average([1.0, 3.0], weights=[3.0, 1.0]).numpy()
        array(1.5, dtype=float32)
    """
    if weights is None:
        return mean(x, axis=axis)
    x, weights = promote_float(as_tensor(x), as_tensor(weights))
    rank = len(shape_of(x))
    if len(shape_of(weights)) == 1 and rank > 1:
        axes = normalize_axes(axis, rank)
        if len(axes) != 1:
            raise ShapeError("A vector of weights needs one axis.", fix="name the axis, or give weights like x")
        weights = reshape(weights, tuple(-1 if each == axes[0] else 1 for each in range(rank)))
    weights = broadcast_like(weights, x)
    return divide(sum(multiply(x, weights), axis=axis), sum(weights, axis=axis))


_METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


@public()
def quantile(x: TensorLike, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
    """Return quantiles: values below which a given share of the elements lies.

    Args:
        x: tensor of any shape.
        q: the share, between 0 and 1; a number or a list of them.
        axis: along which axes, all by default; their sizes must be known.
        method: what to return between two elements: `"linear"`, `"lower"`, `"higher"`, `"midpoint"` or `"nearest"`.
        keepdims: whether reduced axes stay, with size 1.

    Returns:
        tensor; for a list of shares it has a first axis for them.

    Raises:
        ShapeError: if the number of elements is not known, or zero.
        ConfigError: for another method, or shares out of range.

    Example:
        >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5).numpy()
        array(2.5, dtype=float32)
    """
    if method not in _METHODS:
        raise ConfigError(f"Unknown method: {method!r}.", fix=f"use one of {', '.join(map(repr, _METHODS))}")
    shares = np.asarray(q, "float64")
    if shares.size and not (0 <= shares.min() and shares.max() <= 1):
        raise ConfigError(f"The share {q} is out of range.", fix="use numbers between 0 and 1")
    x = as_float(x)
    axes = normalize_axes(axis, len(shape_of(x)))
    ordered = sort(_joined(x, axes), axis=-1)
    size = shape_of(ordered)[-1]
    if not size:
        raise ShapeError(f"quantile needs a known number of elements, not shape {list(shape_of(x))} along {axes}.")
    results = [_between(ordered, share * (size - 1), method) for share in shares.reshape(-1).tolist()]
    if keepdims:
        results = [expand_dims(result, axes) if axes else result for result in results]
    return concatenate([expand_dims(result, 0) for result in results]) if shares.ndim else results[0]


def _joined(x: Any, axes: tuple[int, ...]) -> Any:
    """Return a tensor with the given axes joined into one, the last."""
    rank = len(shape_of(x))
    sizes = [shape_of(x)[axis] for axis in axes]
    total = None if None in sizes else int(np.prod(sizes))  # type: ignore[arg-type]
    if total is None:
        return x
    x = moveaxis(x, axes, tuple(range(rank - len(axes), rank)))
    leading = shape_of(x)[: rank - len(axes)]
    if leading.count(None) > 1:
        raise ShapeError(f"quantile cannot keep several unknown sizes, as in {list(shape_of(x))}.")
    return reshape(x, (*(-1 if size is None else size for size in leading), total))


def _between(ordered: Any, place: float, method: str) -> Any:
    low, high = int(np.floor(place)), int(np.ceil(place))
    if method == "nearest":
        low = high = int(np.rint(place))
    below, above = getitem(ordered, (..., low)), getitem(ordered, (..., high))
    if method in ("lower", "nearest") or low == high:
        return below
    if method == "higher":
        return above
    part = 0.5 if method == "midpoint" else place - low
    return add(multiply(below, 1 - part), multiply(above, part))


@public()
def median(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the middle element, or the mean of the two in the middle; arguments as in `quantile`.

    Example:
        >>> median([3.0, 1.0, 2.0]).numpy()
        array(2., dtype=float32)
    """
    return quantile(x, 0.5, axis=axis, keepdims=keepdims)


@public(function=np.diff)
def diff(a: TensorLike, n: int = 1, axis: int = -1) -> Any:
    """Return the differences of neighbours.

    Args:
        a: tensor of rank 1 or more.
        n: how often differences are taken.
        axis: along which axis.

    Example:
        >>> diff([1, 4, 9]).numpy()
        array([3, 5], dtype=int32)
    """
    a = as_tensor(a)
    before = (slice(None),) * normalize_axis(axis, len(shape_of(a)))
    for _ in range(n):
        later, earlier = getitem(a, (*before, slice(1, None))), getitem(a, (*before, slice(None, -1)))
        a = not_equal(later, earlier) if a.dtype.kind == "b" else subtract(later, earlier)
    return convert_to_tensor(a)


BINCOUNT = Primitive(
    "bincount",
    lambda x, minlength: np.bincount(x, minlength=minlength).astype(INT32),
    lambda x, minlength: TensorSpec.of((None,), INT32),
    samples=lambda rng: [((np.array([0, 2, 2]),), {"minlength": 4})],
)
WEIGHTED_BINCOUNT = Primitive(
    "weighted_bincount",
    lambda x, weights, minlength: np.bincount(x, weights, minlength).astype(weights.dtype),
    lambda x, weights, minlength: TensorSpec.of((None,), weights.dtype),
    [None, lambda g, y, x, weights, minlength: getitem(g, x)],
    samples=lambda rng: [((np.array([0, 2, 2]), floats(rng, 3)), {"minlength": 4})],
)


@public(function=np.bincount)
def bincount(x: TensorLike, weights: TensorLike | None = None, minlength: int = 0, sparse: bool = False) -> Any:
    """Count how often each number occurs.

    Args:
        x: vector of integers, 0 or more.
        weights: of the elements; then weights are added up instead.
        minlength: size of the result at least.
        sparse: must be false: there are no sparse tensors.

    Returns:
        vector, int32 or of the dtype of the weights; its size depends on the values and is unknown while recording.

    Raises:
        ShapeError: if `x` is no vector.
        ConfigError: if `sparse` is true.

    Example:
        >>> bincount([0, 2, 2]).numpy()
        array([1, 0, 2], dtype=int32)
    """
    if sparse:
        raise ConfigError("bincount cannot make a sparse tensor.", fix="leave out sparse=True")
    x = as_tensor(x)
    if len(shape_of(x)) != 1:
        raise ShapeError(f"bincount needs a vector, not shape {list(shape_of(x))}.", fix="use ops.reshape(x, (-1,))")
    if weights is None:
        return apply(BINCOUNT, x, minlength=int(minlength))
    return apply(WEIGHTED_BINCOUNT, x, as_tensor(weights), minlength=int(minlength))
